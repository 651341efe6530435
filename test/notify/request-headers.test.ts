/** Headers of receivers: what is secret of them is masked in whatever a peer quotes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestHeaders } from '../../src/shell/notify/request-headers.ts';

test('what stands behind the scheme or the name is masked as well as the whole', () => {
  for (const [value, quoted] of [
    ['Token abcdef123456', 'invalid token abcdef123456'],
    ['session=s3cr3tvalue; theme=dark', 'no session s3cr3tvalue'],
    ['user:pass:word99', 'wrong pass:word99'],
    ['plain-value-77', 'plain-value-77'],
  ] as const) {
    const read = requestHeaders({ headers: { 'X-Secret': { kind: 'env', name: 'HOOK' } } }, {
      env: { HOOK: value },
      baseDir: '',
    } as never);
    assert.ok(typeof read !== 'string', String(read));
    const masked = read.secrets.reduce((text: string, secret) => secret.maskIn(text), quoted);
    assert.match(masked, /\*\*\*/, quoted);
    assert.doesNotMatch(masked, /abcdef123456|s3cr3tvalue|word99|plain-value-77/);
  }
});
