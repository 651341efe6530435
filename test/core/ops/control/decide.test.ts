import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../../../src/core/base/json.ts';
import type { ControlCommand, ControlDocument, ControlOutcome } from '../../../../src/core/ops/control/control.ts';
import { decide, emptyDocument } from '../../../../src/core/ops/control/decide.ts';
import { isSwitchOn } from '../../../../src/core/ops/control/switch-states.ts';
import {
  ANN,
  after,
  createToken,
  DAY,
  DEFAULTS,
  engage,
  hashOf,
  MINUTE,
  outcomeText,
  release,
  request,
  setSwitch,
  T0,
  withTokens,
} from './requests.ts';

const NEW = emptyDocument();
const OFF = after(NEW, setSwitch('alerts', false));

function decided(document: ControlDocument, command: ControlCommand, parts = {}): ControlOutcome {
  return decide(document, request(command, parts), DEFAULTS);
}

test('turning a switch off and on: one row a command', () => {
  const timed = after(NEW, setSwitch('alerts', false, { forMs: MINUTE }));
  const table: [string, ControlDocument, ControlCommand, string][] = [
    ['off', NEW, setSwitch('alerts', false), 'changed'],
    ['on, as config has it', NEW, setSwitch('alerts', true), 'unchanged'],
    ['off again', OFF, setSwitch('alerts', false), 'unchanged'],
    ['off again, for a time', OFF, setSwitch('alerts', false, { forMs: MINUTE }), 'changed'],
    ['off for good after a time', timed, setSwitch('alerts', false), 'changed'],
    ['by the CSV’s name', NEW, setSwitch('provider_kraken', false), 'changed'],
    ['a name nobody has', NEW, setSwitch('alert', false), 'usage: no switch is named alert'],
    ['a venue nobody has', NEW, setSwitch('venue.mars', true), 'usage: no switch is named venue.mars'],
    [
      'a negative name',
      NEW,
      setSwitch('read_only_mode', true),
      'usage: read_only_mode is not taken, because on could mean allowed or forbidden: use emergency.writes, where on means allowed',
    ],
    [
      'no time',
      NEW,
      setSwitch('alerts', false, { forMs: 0 }),
      'usage: the time to hold is not between 1 ms and 366 days',
    ],
    [
      'too long',
      NEW,
      setSwitch('alerts', false, { forMs: 367 * DAY }),
      'usage: the time to hold is not between 1 ms and 366 days',
    ],
    ['expected on', NEW, setSwitch('alerts', false, { expect: true }), 'changed'],
    [
      'expected off',
      NEW,
      setSwitch('alerts', true, { expect: false }),
      'precondition_failed: alerts is on at revision 0, expected off',
    ],
    ['never set', NEW, setSwitch('alerts', false, { ifRevision: 0 }), 'changed'],
    ['set at 1', OFF, setSwitch('alerts', true, { ifRevision: 1 }), 'changed'],
    [
      'set, but not expected so',
      OFF,
      setSwitch('alerts', false, { expect: true, ifRevision: 0 }),
      'precondition_failed: alerts is off at revision 1, expected on and revision 0',
    ],
  ];
  for (const [name, document, command, expected] of table) {
    assert.equal(outcomeText(decided(document, command)), expected, name);
  }
});

test('every change by an operator needs a reason, and all that is wrong is told at once', () => {
  const blank = { reason: ' \t', tokenHash: hashOf('admin') };
  const document = after(withTokens(), engage());
  const table: [ControlCommand, string][] = [
    [setSwitch('alerts', false), 'usage: a reason is needed'],
    [
      setSwitch('nope', false, { forMs: -1 }),
      'usage: no switch is named nope; a reason is needed; the time to hold is not between 1 ms and 366 days',
    ],
    [{ kind: 'forget_settings', names: [] }, 'usage: a reason is needed'],
    [release(), 'usage: a reason is needed'],
    [{ kind: 'isolate_breaker', name: 'kraken.rest' }, 'usage: a reason is needed'],
    [{ kind: 'isolate_breaker', name: 'nope' }, 'usage: no breaker is named nope; a reason is needed'],
    [{ kind: 'release_breaker', name: 'kraken.rest' }, 'usage: a reason is needed'],
    [{ kind: 'set_mode', mode: 'halted' }, 'usage: a reason is needed'],
    [createToken('b', 'viewer', { hash: 'x' }), 'usage: a reason is needed; the hash is no SHA-256 in hex'],
    [{ kind: 'revoke_token', id: 'viewer' }, 'usage: a reason is needed'],
    [engage(), 'unchanged'],
    [engage({ level: 'pause' }), 'changed'],
    [{ kind: 'record', action: 'reload_config', target: 'config', from: null, to: null }, 'changed'],
    [{ kind: 'expire' }, 'unchanged'],
  ];
  for (const [command, expected] of table) {
    assert.equal(outcomeText(decided(document, command, blank)), expected, JSON.stringify(command));
  }
  const long = { reason: 'x'.repeat(1001) };
  assert.equal(
    outcomeText(decided(NEW, setSwitch('alerts', false), long)),
    'usage: the reason is longer than 1000 characters',
  );
  assert.equal(outcomeText(decided(NEW, setSwitch('alerts', false), { reason: 'x'.repeat(1000) })), 'changed');
});

test('a change is audited with what was and what is', () => {
  const isolated = after(NEW, { kind: 'isolate_breaker', name: 'kraken.rest' });
  const config = { isOn: true, setBy: 'config' };
  const operator = { isOn: false, setBy: 'operator', expiresAtMs: null, revertsTo: false };
  const back = after(OFF, setSwitch('alerts', true));
  const table: [ControlDocument, ControlCommand, string, string, Json, Json][] = [
    [NEW, setSwitch('alerts', false), 'set_switch', 'alerts', config, operator],
    [
      OFF,
      setSwitch('alerts', true, { forMs: MINUTE }),
      'set_switch',
      'alerts',
      operator,
      { isOn: true, setBy: 'operator', expiresAtMs: T0 + MINUTE, revertsTo: false },
    ],
    [
      back,
      { kind: 'forget_settings', names: ['alerts', 'alerts', 'publish'] },
      'forget_switch',
      'alerts',
      { isOn: true, setBy: 'operator', expiresAtMs: null, revertsTo: true },
      config,
    ],
    [NEW, { kind: 'isolate_breaker', name: 'kraken.rest' }, 'isolate_breaker', 'kraken.rest', 'automatic', 'isolated'],
    [
      isolated,
      { kind: 'release_breaker', name: 'kraken.rest' },
      'release_breaker',
      'kraken.rest',
      'isolated',
      'automatic',
    ],
    [NEW, { kind: 'set_mode', mode: 'halted' }, 'set_mode', 'mode', 'normal', 'halted'],
    [NEW, createToken('b', 'admin'), 'create_token', 'b', null, { role: 'admin', expiresAtMs: T0 + DAY }],
    [withTokens(), { kind: 'revoke_token', id: 'viewer' }, 'revoke_token', 'viewer', 'viewer', 'revoked'],
    [NEW, { kind: 'record', action: 'break_glass', target: 'state', from: 1, to: 2 }, 'break_glass', 'state', 1, 2],
  ];
  for (const [document, command, action, target, from, to] of table) {
    const admin = { tokenHash: hashOf(command.kind === 'release_breaker' ? 'none' : 'admin') };
    const tokens = command.kind === 'release_breaker' ? withTokens().tokens : document.tokens;
    const parts = command.kind === 'release_breaker' ? { tokenHash: hashOf('operator') } : admin;
    const outcome = decided({ ...document, tokens }, command, { ...parts, atMs: T0 + 0.75 });
    assert.ok(outcome.kind === 'changed', outcomeText(outcome));
    const common = { timeMs: T0, actor: ANN, reason: 'test', result: 'done', recordedLate: false };
    const revision = document.revision + 1;
    assert.deepEqual(outcome.entries, [{ ...common, action, target, from, to, revision }], action);
    assert.equal(outcome.document.revision, revision);
  }
});

test('a record may not pass for a change that the reducer makes', () => {
  const forged = { kind: 'record', action: 'set_switch', target: 'alerts', from: null, to: null } as const;
  assert.equal(outcomeText(decided(NEW, forged)), 'usage: set_switch is recorded only where it is done');
});

test('a time that runs out is written down with the next change, as of then, in the name of who set it', () => {
  const later = { atMs: T0 + 10 * MINUTE };
  const timed = after(OFF, setSwitch('emergency.scanners', false, { forMs: 5 * MINUTE }), { reason: 'drill' });
  assert.equal(outcomeText(decided(timed, setSwitch('alerts', false), later)), 'unchanged');
  assert.equal(decided(timed, setSwitch('alerts', false), later).document, timed);
  assert.equal(outcomeText(decided(timed, { kind: 'expire' }, { atMs: T0 + 5 * MINUTE - 1 })), 'unchanged');

  const outcome = decided(timed, { kind: 'set_mode', mode: 'observe' }, later);
  assert.ok(outcome.kind === 'changed');
  assert.deepEqual(
    outcome.entries.map(({ action, target, timeMs, revision, actor, reason, recordedLate }) => {
      return [action, target, timeMs - T0, revision, actor.via, reason, recordedLate];
    }),
    [
      ['expire_switch', 'emergency.scanners', 5 * MINUTE, 3, 'expiry', 'drill', true],
      ['set_mode', 'mode', 10 * MINUTE, 3, 'cli', 'test', false],
    ],
  );
  assert.equal(outcome.document.revision, 3);
  assert.deepEqual(Object.keys(outcome.document.switches), ['alerts'], 'config decides again');
});

test('a time set over another one returns to where the first would have', () => {
  const minutes = (count: number): number => count * MINUTE;
  const first = after(NEW, setSwitch('alerts', false, { forMs: minutes(30) }));
  const second = after(first, setSwitch('alerts', false, { forMs: minutes(60) }), { atMs: T0 + minutes(10) });
  const third = after(second, setSwitch('alerts', true, { forMs: minutes(5) }), { atMs: T0 + minutes(20) });
  const overOff = after(OFF, setSwitch('alerts', true, { forMs: minutes(5) }));
  const table: [string, ControlDocument, number, boolean][] = [
    ['in the first', first, 29.9, false],
    ['after the first', first, 30, true],
    ['the second holds on', second, 69.9, false],
    ['after the second', second, 70, true],
    ['on over it', third, 20, true],
    ['after all', third, 25, true],
    ['on for a time over off', overOff, 4.9, true],
    ['and off again', overOff, 5, false],
  ];
  for (const [name, document, minute, expected] of table) {
    assert.equal(isSwitchOn(document, 'alerts', DEFAULTS, T0 + minutes(minute)), expected, name);
  }
  const settled = after(overOff, { kind: 'expire' }, { atMs: T0 + minutes(6) });
  assert.equal(isSwitchOn(settled, 'alerts', DEFAULTS, T0 + DAY), false, 'the older setting stays');
});

test('an emergency switch cannot be brought back on by a shorter time', () => {
  const held = after(NEW, setSwitch('emergency.scanners', false, { forMs: 120 * MINUTE }));
  const shorter = decided(held, setSwitch('emergency.scanners', false, { forMs: 1 }));
  assert.equal(
    outcomeText(shorter),
    'permission_denied: emergency.scanners: shortening the time for which an emergency switch is off needs the role operator: no token came',
  );
  assert.equal(decided(held, setSwitch('emergency.scanners', false, { forMs: 121 * MINUTE })).kind, 'changed');
  const forGood = after(NEW, setSwitch('emergency.scanners', false));
  const timed = after(forGood, setSwitch('emergency.scanners', false, { forMs: 1 }));
  assert.equal(isSwitchOn(timed, 'emergency.scanners', DEFAULTS, T0 + DAY), false, 'it returns to off');
});

test('only settings that equal config are forgotten', () => {
  const back = after(OFF, setSwitch('alerts', true));
  const timed = after(NEW, setSwitch('alerts', true, { forMs: MINUTE }));
  const table: [string, ControlDocument, string[], string][] = [
    ['equal', back, ['alerts'], 'changed'],
    ['not set', back, ['publish'], 'unchanged'],
    ['none', back, [], 'unchanged'],
    ['differs', OFF, ['alerts'], 'precondition_failed: alerts is off, but not in config'],
    ['for a time', timed, ['alerts'], 'precondition_failed: alerts is set only until 2024-08-08T23:56:00.000Z'],
  ];
  for (const [name, document, names, expected] of table) {
    assert.equal(outcomeText(decided(document, { kind: 'forget_settings', names })), expected, name);
  }
});

test('the latch: one row an engagement', () => {
  const at = (minute: number): number => T0 + minute * MINUTE;
  const table: [ControlCommand, string, string, number][] = [
    [engage({ level: 'pause', engagedAtMs: at(0) }), 'changed', 'pause', 0],
    [engage({ level: 'pause', engagedAtMs: at(0) }), 'unchanged', 'pause', 0],
    [engage({ level: 'pause', engagedAtMs: at(1) }), 'changed', 'pause', 0],
    [engage({ level: 'kill', source: 'file', engagedAtMs: at(2) }), 'changed', 'kill', 2],
    [engage({ level: 'drain', engagedAtMs: at(3) }), 'changed', 'kill', 2],
    [engage({ level: 'kill', source: 'trigger', trigger: 'memory', engagedAtMs: at(4) }), 'changed', 'kill', 2],
    [engage({ level: 'kill', source: 'file', engagedAtMs: at(2) }), 'unchanged', 'kill', 2],
  ];
  let document = NEW;
  for (const [i, [command, expected, level, minute]] of table.entries()) {
    const outcome = decided(document, command, { atMs: at(i) });
    assert.equal(outcomeText(outcome), expected, `row ${i}`);
    document = outcome.document;
    assert.ok(document.kill.kind === 'engaged');
    assert.deepEqual([document.kill.level, document.kill.engagedAtMs], [level, at(minute)], `row ${i}`);
  }
});

test('a milder engagement is recorded with what was asked, and a late one with its own time', () => {
  const engaged = after(NEW, engage({ level: 'kill' }));
  const late = { atMs: T0 + DAY, reason: '' };
  const command = engage({ level: 'pause', source: 'file', operator: '', engagedAtMs: T0 + 5.5, recordedLate: true });
  const outcome = decided(engaged, command, late);
  assert.ok(outcome.kind === 'changed');
  assert.equal(outcome.document.kill, engaged.kill);
  const [entry] = outcome.entries;
  assert.deepEqual(entry?.to, { ...engaged.kill, asked: 'pause' });
  assert.deepEqual([entry?.timeMs, entry?.reason, entry?.recordedLate], [T0 + 5, 'no reason given', true]);
});

test('an engagement that says nothing of itself works all the same', () => {
  const bare = engage({ operator: ' ', engagedAtMs: Number.NaN });
  const outcome = decided(NEW, bare, { reason: '', atMs: T0 + 3 });
  assert.deepEqual(outcome.document.kill, {
    kind: 'engaged',
    level: 'kill',
    engagedAtMs: T0 + 3,
    reason: 'no reason given',
    operator: 'ann',
    source: 'command',
    trigger: null,
    revision: 1,
  });
});

test('what config has dropped can still be undone', () => {
  const set = after(after(NEW, setSwitch('publish', true)), { kind: 'isolate_breaker', name: 'kraken.rest' });
  const document = { ...set, tokens: withTokens().tokens };
  const bare = { switches: new Map(), breakers: [] };
  const operator = { tokenHash: hashOf('operator') };
  assert.equal(decide(document, request(setSwitch('publish', false)), bare).kind, 'changed');
  assert.equal(
    decide(document, request({ kind: 'release_breaker', name: 'kraken.rest' }, operator), bare).kind,
    'changed',
  );
});

test('a breaker or a mode twice is no change', () => {
  const isolated = after(NEW, { kind: 'isolate_breaker', name: 'kraken.rest' });
  assert.equal(decided(isolated, { kind: 'isolate_breaker', name: 'kraken.rest' }).kind, 'unchanged');
  assert.equal(decided(NEW, { kind: 'release_breaker', name: 'kraken.rest' }).kind, 'unchanged');
  assert.equal(decided(NEW, { kind: 'set_mode', mode: 'normal' }).kind, 'unchanged');
  assert.equal(
    outcomeText(decided(NEW, { kind: 'isolate_breaker', name: 'toString' })),
    'usage: no breaker is named toString',
  );
});
