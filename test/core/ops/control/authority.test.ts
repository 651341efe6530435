import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Act, AUTHORITY } from '../../../../src/core/ops/control/authority.ts';
import type { ControlCommand, ControlDocument } from '../../../../src/core/ops/control/control.ts';
import { decide, emptyDocument } from '../../../../src/core/ops/control/decide.ts';
import {
  after,
  createToken,
  DAY,
  DEFAULTS,
  engage,
  hashOf,
  MINUTE,
  outcomeText,
  PASSED,
  release,
  request,
  setSwitch,
  T0,
  withTokens,
} from './requests.ts';

const TOKENS = withTokens();
const ADMIN = { tokenHash: hashOf('admin') };
const SILENCE = {
  id: 's1',
  matchers: [{ label: 'type', kind: 'equals', value: 'data_gap', isNegated: false } as const],
  startsAtMs: T0,
  endsAtMs: T0 + MINUTE,
};
const OFF_2H = after(TOKENS, setSwitch('emergency.scanners', false, { forMs: 120 * MINUTE }));

/** One command for each act, and the document on which it is that act. */
const CASES: Readonly<Record<Act, [ControlDocument, ControlCommand]>> = {
  engage: [TOKENS, engage()],
  release: [after(TOKENS, engage()), release()],
  switch_off: [TOKENS, setSwitch('emergency.live_data', false)],
  switch_on: [TOKENS, setSwitch('publish', true)],
  emergency_on: [TOKENS, setSwitch('emergency.writes', true)],
  emergency_on_sooner: [OFF_2H, setSwitch('emergency.scanners', false, { forMs: MINUTE })],
  forget_settings: [
    after(after(TOKENS, setSwitch('alerts', false)), setSwitch('alerts', true)),
    { kind: 'forget_settings', names: ['alerts'] },
  ],
  isolate_breaker: [TOKENS, { kind: 'isolate_breaker', name: 'kraken.rest' }],
  release_breaker: [
    after(TOKENS, { kind: 'isolate_breaker', name: 'kraken.rest' }),
    { kind: 'release_breaker', name: 'kraken.rest' },
  ],
  mode_stricter: [TOKENS, { kind: 'set_mode', mode: 'observe' }],
  mode_looser: [after(TOKENS, { kind: 'set_mode', mode: 'halted' }), { kind: 'set_mode', mode: 'observe' }],
  first_admin_token: [after(TOKENS, { kind: 'revoke_token', id: 'admin' }, ADMIN), createToken('new', 'admin')],
  create_token: [TOKENS, createToken('new', 'viewer')],
  revoke_own_token: [TOKENS, { kind: 'revoke_token', id: 'viewer' }],
  revoke_token: [after(TOKENS, createToken('other', 'operator'), ADMIN), { kind: 'revoke_token', id: 'other' }],
  alert_acknowledge: [TOKENS, { kind: 'alert_acknowledge', alert: 'a1' }],
  alert_resolve: [TOKENS, { kind: 'alert_resolve', alert: 'a1' }],
  silence_add: [TOKENS, { kind: 'silence_add', silence: SILENCE }],
  silence_end: [TOKENS, { kind: 'silence_end', id: 's1' }],
  expire: [OFF_2H, { kind: 'expire' }],
  record: [TOKENS, { kind: 'record', action: 'reload_config', target: 'config', from: null, to: 'h' }],
};

const NO = 'permission_denied';

/** By hand: with no token, with a viewer's, an operator's, an admin's. */
const MAY: readonly [Act, string, string, string, string][] = [
  ['engage', 'changed', 'changed', 'changed', 'changed'],
  ['release', NO, NO, NO, 'changed'],
  ['switch_off', 'changed', 'changed', 'changed', 'changed'],
  ['switch_on', 'changed', 'changed', 'changed', 'changed'],
  ['emergency_on', NO, NO, 'changed', 'changed'],
  ['emergency_on_sooner', NO, NO, 'changed', 'changed'],
  ['forget_settings', 'changed', 'changed', 'changed', 'changed'],
  ['isolate_breaker', 'changed', 'changed', 'changed', 'changed'],
  ['release_breaker', NO, NO, 'changed', 'changed'],
  ['mode_stricter', 'changed', 'changed', 'changed', 'changed'],
  ['mode_looser', NO, NO, 'changed', 'changed'],
  ['first_admin_token', 'changed', 'changed', 'changed', 'changed'],
  ['create_token', NO, NO, NO, 'changed'],
  ['revoke_own_token', NO, 'changed', NO, 'changed'],
  ['revoke_token', NO, NO, NO, 'changed'],
  ['alert_acknowledge', 'changed', 'changed', 'changed', 'changed'],
  ['alert_resolve', 'changed', 'changed', 'changed', 'changed'],
  ['silence_add', 'changed', 'changed', 'changed', 'changed'],
  ['silence_end', 'changed', 'changed', 'changed', 'changed'],
  ['expire', 'changed', 'changed', 'changed', 'changed'],
  ['record', 'changed', 'changed', 'changed', 'changed'],
];

test('each act is allowed to whom the table says, and to nobody else', () => {
  assert.deepEqual(
    MAY.map(([act]) => act),
    AUTHORITY.map(({ act }) => act),
  );
  for (const [act, ...expected] of MAY) {
    const [document, command] = CASES[act];
    for (const [i, role] of [null, 'viewer', 'operator', 'admin'].entries()) {
      const atMs = act === 'expire' ? T0 + 120 * MINUTE : T0;
      const tokenHash = role === null ? null : hashOf(role);
      const outcome = decide(document, request(command, { tokenHash, atMs }), DEFAULTS);
      assert.equal(outcome.kind === 'refused' ? outcome.code : outcome.kind, expected[i], `${act} as ${role}`);
    }
  }
});

test('a refusal says what is wrong with the token', () => {
  const revoked = after(TOKENS, { kind: 'revoke_token', id: 'operator' }, ADMIN);
  const table: [string, ControlDocument, string | null, number, string][] = [
    ['none', TOKENS, null, T0, 'no token came'],
    ['unknown', TOKENS, hashOf('stranger'), T0, 'the token that came is not known here'],
    ['too weak', TOKENS, hashOf('viewer'), T0, 'the token viewer has the role viewer'],
    ['its last ms', TOKENS, hashOf('operator'), T0 + DAY - 1, 'changed'],
    ['expired', TOKENS, hashOf('operator'), T0 + DAY, 'the token operator expired at 2024-08-09T23:55:00.000Z'],
    ['revoked', revoked, hashOf('operator'), T0, 'the token operator was revoked at 2024-08-08T23:55:00.000Z'],
    [
      'revoked and expired',
      revoked,
      hashOf('operator'),
      T0 + DAY,
      'the token operator was revoked at 2024-08-08T23:55:00.000Z',
    ],
  ];
  for (const [name, document, tokenHash, atMs, expected] of table) {
    const outcome = decide(document, request(setSwitch('emergency.writes', true), { tokenHash, atMs }), DEFAULTS);
    const prefix = 'permission_denied: emergency.writes: turning an emergency switch on needs the role operator: ';
    assert.equal(outcomeText(outcome), expected === 'changed' ? expected : prefix + expected, name);
  }
});

test('a release names everything that is missing, and is audited either way', () => {
  const engaged = after(TOKENS, engage());
  const failed = { name: 'health_grade', isPassed: false, evidence: 'grade C, at least B' };
  const table: [string, ControlDocument, ControlCommand, string | null, string][] = [
    ['all well', engaged, release(), 'admin', 'changed'],
    ['not engaged', TOKENS, release(), 'admin', 'precondition_failed: the kill switch is not engaged'],
    ['no checks', engaged, release([]), 'admin', 'precondition_failed: no check was made'],
    [
      'two failed',
      engaged,
      release([failed, PASSED, { ...failed, name: 'p1_alerts', evidence: '2 fire' }]),
      'admin',
      'precondition_failed: check health_grade failed: grade C, at least B; check p1_alerts failed: 2 fire',
    ],
    [
      'all wrong',
      engaged,
      release([failed]),
      'operator',
      'permission_denied: releasing the kill switch needs the role admin: the token operator has the role operator; ' +
        'check health_grade failed: grade C, at least B',
    ],
  ];
  for (const [name, document, command, role, expected] of table) {
    const tokenHash = role === null ? null : hashOf(role);
    const outcome = decide(document, request(command, { tokenHash }), DEFAULTS);
    assert.equal(outcomeText(outcome), expected, name);
    assert.ok(outcome.kind !== 'unchanged');
    const [entry] = outcome.entries;
    assert.equal(entry?.action, 'release_kill_switch', name);
    assert.equal(entry.result, outcome.kind === 'refused' ? 'refused' : 'done', name);
    if (outcome.kind === 'refused') {
      assert.equal(outcome.document, document, name);
      assert.deepEqual(entry.to, { refused: outcome.message.split('; ') }, name);
    }
  }
});

test('tokens: what is asked of them, and what of them stands in the audit', () => {
  const none = emptyDocument();
  const lone = after(none, createToken('admin', 'admin'));
  const table: [string, ControlDocument, ControlCommand, string | null, number, string][] = [
    ['the first, no admin', none, createToken('v', 'viewer'), null, T0, NO],
    ['a second admin', lone, createToken('b', 'admin'), null, T0, NO],
    ['the only admin has expired', lone, createToken('b', 'admin'), null, T0 + DAY, 'changed'],
    ['366 days', none, createToken('a', 'admin', { ttlMs: 366 * DAY }), null, T0, 'changed'],
    ['a ms more', none, createToken('a', 'admin', { ttlMs: 366 * DAY + 1 }), null, T0, 'usage'],
    ['no time to live', none, createToken('a', 'admin', { ttlMs: 0 }), null, T0, 'usage'],
    ['NaN', none, createToken('a', 'admin', { ttlMs: Number.NaN }), null, T0, 'usage'],
    ['the secret itself', none, createToken('a', 'admin', { hash: 'hunter2' }), null, T0, 'usage'],
    ['an id in use', lone, createToken('admin', 'viewer', { hash: hashOf('x') }), 'admin', T0, 'usage'],
    ['a secret in use', lone, createToken('b', 'viewer', { hash: hashOf('admin') }), 'admin', T0, 'usage'],
    ['revoking nobody', lone, { kind: 'revoke_token', id: 'nobody' }, 'admin', T0, 'usage'],
    ['revoking the last admin', lone, { kind: 'revoke_token', id: 'admin' }, 'admin', T0, 'changed'],
    ['revoking itself, expired', lone, { kind: 'revoke_token', id: 'admin' }, 'admin', T0 + DAY, 'changed'],
  ];
  for (const [name, document, command, token, atMs, expected] of table) {
    const tokenHash = token === null ? null : hashOf(token);
    const outcome = decide(document, request(command, { tokenHash, atMs }), DEFAULTS);
    assert.equal(outcome.kind === 'refused' ? outcome.code : outcome.kind, expected, name);
    assert.ok(outcome.kind !== 'unchanged' && outcome.entries.length === 1, name);
    assert.doesNotMatch(JSON.stringify(outcome.entries), /[0-9a-f]{64}|hunter2|nobody/, name);
  }
});

test('a token is revoked once', () => {
  const revoked = after(TOKENS, { kind: 'revoke_token', id: 'viewer' }, ADMIN);
  assert.equal(
    outcomeText(decide(revoked, request({ kind: 'revoke_token', id: 'viewer' }, ADMIN), DEFAULTS)),
    'unchanged',
  );
});
