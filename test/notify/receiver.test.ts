/** Receivers as configured: what is wrong with them is said all at once, and nothing secret ever is. */

import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { inspect } from 'node:util';
import type { NotifyConfig, ReceiverConfig } from '../../src/shell/notify/notify-config.ts';
import { openReceivers } from '../../src/shell/notify/receiver.ts';
import { Secret } from '../../src/shell/notify/secret.ts';
import { alertOf, T0_MS, tell } from './support/alert-records.ts';

const PACE = { ratePerMinute: 60, groupMs: 0 };
const SLACK = 'https://hooks.slack.test/services/T00000000/B11111111/verysecrettoken123';
const KEY = 'R0123456789abcdef0123456789abcde';

function homeWith(t: TestContext, files: Readonly<Record<string, readonly [text: string, mode: number]>>): string {
  const home = mkdtempSync(join(tmpdir(), 'cryptorun-notify-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  for (const [name, [text, mode]] of Object.entries(files)) {
    writeFileSync(join(home, name), text);
    chmodSync(join(home, name), mode);
  }
  return home;
}

function opened(
  receivers: Readonly<Record<string, ReceiverConfig>>,
  env: Record<string, string> = {},
  home = '/nowhere',
) {
  const config: NotifyConfig = { receivers, routes: [] };
  return openReceivers(config, { env, home }, 'scan-1');
}

test('URLs and keys come from a variable or from a file that only its owner may read', (t) => {
  const home = homeWith(t, { 'pager.key': [`${KEY}\n`, 0o600] });
  const { receivers, problems } = opened(
    {
      chat: { kind: 'slack', url: { kind: 'env', name: 'SLACK' }, ...PACE },
      pager: { kind: 'pagerduty', routingKey: { kind: 'file', path: 'pager.key' }, url: null, ...PACE },
      am: { kind: 'alertmanager', url: { kind: 'text', text: 'http://am.test:9093' }, ...PACE },
      log: { kind: 'console', ...PACE },
    },
    { SLACK },
    home,
  );
  assert.deepEqual(problems, []);
  const told = tell('x', alertOf('a1'));
  const sent = [...receivers.values()].map((receiver) => {
    const outgoing = receiver.request([told], T0_MS);
    return [receiver.name, receiver.target, outgoing.kind === 'post' ? outgoing.request.url : outgoing.lines.length];
  });
  assert.deepEqual(sent, [
    ['chat', 'https://hooks.slack.test/***', SLACK],
    ['pager', 'https://events.pagerduty.com/v2/enqueue', 'https://events.pagerduty.com/v2/enqueue'],
    ['am', 'http://am.test:9093', 'http://am.test:9093/api/v2/alerts'],
    ['log', 'console', 1],
  ]);
  const pager = receivers.get('pager')!.request([told], T0_MS);
  assert.ok(pager.kind === 'post' && pager.request.body.includes(KEY));
});

test('everything that is wrong is said at once, by receiver, without what is secret', (t) => {
  const home = homeWith(t, { open: [SLACK, 0o640], empty: ['  \n', 0o600], long: ['x'.repeat(9000), 0o600] });
  const file = (path: string) => ({ kind: 'file', path }) as const;
  const { receivers, problems } = opened(
    {
      a: { kind: 'slack', url: { kind: 'env', name: 'NOT_SET' }, ...PACE },
      b: { kind: 'slack', url: file('open'), ...PACE },
      c: { kind: 'slack', url: file('empty'), ...PACE },
      d: { kind: 'slack', url: file('missing'), ...PACE },
      e: { kind: 'slack', url: file('long'), ...PACE },
      f: { kind: 'webhook', url: { kind: 'env', name: 'NO_URL' }, ...PACE },
      g: { kind: 'webhook', url: { kind: 'text', text: 'https://hook.test/x?token=verysecrettoken123' }, ...PACE },
      h: { kind: 'webhook', url: { kind: 'env', name: 'WITH_USER' }, ...PACE },
      i: { kind: 'webhook', url: { kind: 'text', text: 'ftp://hook.test/x' }, ...PACE },
      j: { kind: 'pagerduty', routingKey: { kind: 'env', name: 'SHORT' }, url: null, ...PACE },
      k: { kind: 'console', ...PACE },
    },
    { NO_URL: 'verysecrettoken123', WITH_USER: 'https://ana:verysecrettoken123@hook.test/x', SHORT: 'abc' },
    home,
  );
  assert.deepEqual([...receivers.keys()], ['k']);
  assert.deepEqual(
    problems.map((problem) => problem.replace(home, 'HOME')),
    [
      'receivers.a: url: the variable NOT_SET is not set',
      'receivers.b: url: others may read HOME/open: wanted mode 0600, found 0640',
      'receivers.c: url: HOME/empty is empty',
      'receivers.d: url: cannot read HOME/missing: ENOENT',
      'receivers.e: url: HOME/long is larger than 8192 bytes',
      'receivers.f: url: wanted a URL such as https://example.com/hook, found something else',
      'receivers.g: url: what stands behind `?` may be a secret: put the URL into a variable, or into a file of mode 0600',
      'receivers.h: url: wanted one without a user and a password',
      'receivers.i: url: wanted one that begins with https:// or http://',
      'receivers.j: routing key: wanted 32 characters, found 3',
    ],
  );
  assert.doesNotMatch(problems.join(' '), /secret(?:token)/);
});

test("a server of one's own is shown who asks: headers, a bearer token, a user and a password", (t) => {
  const home = homeWith(t, { token: ['tokenoffile\n', 0o600] });
  const hook = { kind: 'webhook', url: { kind: 'text', text: 'http://hook.test/x' }, ...PACE } as const;
  const env = (name: string) => ({ kind: 'env', name }) as const;
  const { receivers, problems } = opened(
    {
      both: {
        ...hook,
        headers: { 'X-Team': { kind: 'text', text: 'ops' }, 'X-Api-Key': env('API') },
        auth: { kind: 'basic', user: 'ana', password: env('PASSWORD') },
      },
      am: { ...hook, kind: 'alertmanager', auth: { kind: 'bearer', token: { kind: 'file', path: 'token' } } },
      none: hook,
      a: { ...hook, auth: { kind: 'bearer', token: env('NOT_SET') } },
      b: { ...hook, auth: { kind: 'bearer', token: env('SHORT') } },
      c: { ...hook, auth: { kind: 'bearer', token: env('ODD') } },
      d: { ...hook, headers: { 'X-Api-Key': env('ODD') } },
      e: { ...hook, auth: { kind: 'basic', user: 'ana', password: { kind: 'file', path: 'missing' } } },
    },
    { API: 'apikey789', PASSWORD: 'p\u00e4ss word', SHORT: 'abc', ODD: 'very\nsecret' },
    home,
  );
  const headersOf = (name: string) => {
    const outgoing = receivers.get(name)!.request([tell('x', alertOf('a1'))], T0_MS);
    return outgoing.kind === 'post' ? outgoing.request.headers : null;
  };
  const basic = `Basic ${Buffer.from('ana:p\u00e4ss word').toString('base64')}`;
  assert.deepEqual(headersOf('both'), { 'X-Team': 'ops', 'X-Api-Key': 'apikey789', authorization: basic });
  assert.deepEqual(headersOf('am'), { authorization: 'Bearer tokenoffile' });
  assert.deepEqual(headersOf('none'), {});
  assert.deepEqual(
    problems.map((problem) => problem.replace(home, 'HOME')),
    [
      'receivers.a: bearer token: the variable NOT_SET is not set',
      'receivers.b: bearer token: wanted at least 6 characters, as fewer cannot be masked, found 3',
      'receivers.c: bearer token: wanted visible ASCII without spaces, found something else',
      'receivers.d: header X-Api-Key: wanted visible ASCII, found something else',
      'receivers.e: password: cannot read HOME/missing: ENOENT',
    ],
  );
  const said = receivers.get('both')!.mask(`no: ${basic} apikey789 p\u00e4ss word ops`);
  assert.equal(said, 'no: Basic *** *** *** ops');
  assert.doesNotMatch(inspect(receivers.get('both'), { showHidden: true, depth: 9 }), /apikey789|YW5hO/);
});

test('a secret prints as stars, however it is printed', () => {
  const secret = new Secret(SLACK);
  const { receivers } = opened({ chat: { kind: 'slack', url: { kind: 'env', name: 'SLACK' }, ...PACE } }, { SLACK });
  const printed = [
    String(secret),
    `${secret}`,
    JSON.stringify({ secret }),
    inspect(secret, { showHidden: true }),
    inspect({ deep: { secret } }),
    inspect(receivers.get('chat'), { showHidden: true, depth: 9 }),
    JSON.stringify([...receivers.values()]),
  ];
  for (const text of printed) assert.doesNotMatch(text, /verysecrettoken123|T00000000/);
  assert.equal(secret.reveal(), SLACK);
});

test('a secret is taken out of what others say, whole, in pieces and encoded', () => {
  const { receivers } = opened(
    {
      chat: { kind: 'slack', url: { kind: 'env', name: 'SLACK' }, ...PACE },
      hook: { kind: 'webhook', url: { kind: 'env', name: 'HOOK' }, ...PACE },
      pager: { kind: 'pagerduty', routingKey: { kind: 'env', name: 'KEY' }, url: null, ...PACE },
    },
    { SLACK, HOOK: 'https://hook.test/a?key=s%2Becret%2Fvalue', KEY },
  );
  const mask = (name: string, text: string): string => receivers.get(name)!.mask(text);
  assert.equal(mask('chat', `POST ${SLACK} failed`), 'POST *** failed');
  assert.equal(mask('chat', 'no such path /services/T00000000/B11111111/verysecrettoken123'), 'no such path ***');
  assert.equal(mask('chat', 'token verysecrettoken123 of T00000000'), 'token *** of ***');
  assert.equal(mask('hook', 'bad key s+ecret/value'), 'bad key ***');
  assert.equal(mask('hook', 'GET /a?key=s%2Becret%2Fvalue'), 'GET ***');
  assert.equal(mask('pager', `Length of ${KEY} is wrong`), 'Length of *** is wrong');
  assert.equal(mask('pager', 'events.pagerduty.com refused'), 'events.pagerduty.com refused');
});
