import assert from 'node:assert/strict';
import test from 'node:test';
import { hashOf, newToken } from '../../../src/shell/stores/control/tokens.ts';

test('tokens are long, different, known by their beginning, and found again by their hash', () => {
  const tokens = Array.from({ length: 100 }, newToken);
  for (const { id, secret, hash } of tokens) {
    assert.match(secret, /^crt_[\w-]{43}$/);
    assert.match(id, /^[0-9a-f]{12}$/);
    assert.match(hash, /^[0-9a-f]{64}$/);
    assert.equal(hashOf(`${secret}\n`), hash);
    assert.ok(!secret.includes(id));
  }
  for (const key of ['id', 'secret', 'hash'] as const)
    assert.equal(new Set(tokens.map((token) => token[key])).size, 100);
});

test('the hash is plain SHA-256, so that other tools can make it', () => {
  assert.equal(hashOf('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
