/** Orders about alerts: what is refused, what stands in the audit, and that it is read back as it was given. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sealAll } from '../../../../src/core/ops/audit/chain.ts';
import type { AlertAct, ControlCommand } from '../../../../src/core/ops/control/control.ts';
import { decide, emptyDocument } from '../../../../src/core/ops/control/decide.ts';
import { alertOrderOf } from '../../../../src/core/ops/control/decide-alert.ts';
import { rebuildDocument } from '../../../../src/core/ops/control/restore.ts';
import type { SilenceMatcher } from '../../../../src/core/signal/detect/alert-effect.ts';
import { after, DEFAULTS, MINUTE, request, setSwitch, T0 } from './requests.ts';

const MATCHER: SilenceMatcher = { label: 'venue', kind: 'equals', value: 'okx', isNegated: false };

function silence(parts: Partial<Extract<AlertAct, { kind: 'silence_add' }>['silence']> = {}): AlertAct {
  const own = { id: 's1', matchers: [MATCHER], startsAtMs: T0, endsAtMs: T0 + MINUTE };
  return { kind: 'silence_add', silence: { ...own, ...parts } };
}

function outcomeOf(command: ControlCommand, reason = 'test', document = emptyDocument()) {
  return decide(document, request(command, { reason }), DEFAULTS);
}

const matchers = (n: number): SilenceMatcher[] => Array.from({ length: n }, () => MATCHER);
const odd = { ...MATCHER, label: 'colour' } as unknown as SilenceMatcher;

/** Order, its reason, and what is said of it; empty: it is taken. */
const CASES: readonly [AlertAct, string, string][] = [
  [{ kind: 'alert_acknowledge', alert: 'a1' }, 'looking', ''],
  [{ kind: 'alert_acknowledge', alert: 'a1' }, ' ', 'a reason is needed'],
  [{ kind: 'alert_acknowledge', alert: ' ' }, '', 'no alert or silence is named; a reason is needed'],
  [{ kind: 'alert_resolve', alert: 'x'.repeat(301) }, 'x', 'a name is longer than 300 characters'],
  [{ kind: 'alert_resolve', alert: 'a1' }, 'x'.repeat(1001), 'the reason is longer than 1000 characters'],
  // Hearing alerts again is the safe direction.
  [{ kind: 'silence_end', id: 's1' }, '', ''],
  [{ kind: 'silence_end', id: '' }, '', 'no alert or silence is named'],
  [silence(), 'deploy', ''],
  [silence(), '', 'a reason is needed'],
  [silence({ matchers: [] }), 'x', 'a silence needs a matcher'],
  [silence({ matchers: matchers(20) }), 'x', ''],
  [silence({ matchers: matchers(21) }), 'x', 'a silence has 20 matchers at most'],
  [silence({ matchers: [odd] }), 'x', 'a matcher has a label, `equals` or `prefix`, and a value'],
  [silence({ endsAtMs: T0 }), 'x', 'a silence ends after it begins, and after now'],
  [silence({ startsAtMs: T0 - 9, endsAtMs: T0 - 5 }), 'x', 'a silence ends after it begins, and after now'],
  [silence({ endsAtMs: Number.POSITIVE_INFINITY }), 'x', 'a silence has a beginning and an end'],
];

test('what may be ordered, and what is said of the rest', () => {
  for (const [act, reason, wanted] of CASES) {
    const outcome = outcomeOf(act, reason);
    const said = outcome.kind === 'refused' ? `${outcome.code}: ${outcome.message}` : outcome.kind;
    assert.equal(said, wanted === '' ? 'changed' : `usage: ${wanted}`, JSON.stringify(act).slice(0, 200));
  }
});

test('an order moves the revision and nothing else, not even a switch whose time has run out', () => {
  const document = after(emptyDocument(), setSwitch('alerts', false, { forMs: MINUTE }));
  const late = request({ kind: 'silence_end', id: 's1' }, { atMs: T0 + 2 * MINUTE });
  const outcome = decide(document, late, { switches: new Map(), breakers: [] });
  assert.deepEqual(outcome.document, { ...document, revision: document.revision + 1 });
  assert.equal(outcome.kind === 'changed' && outcome.entries.length, 1);
});

test('nobody records an order that was not given', () => {
  for (const action of ['alert_acknowledge', 'alert_resolve', 'silence_add', 'silence_end']) {
    const outcome = outcomeOf({ kind: 'record', action, target: 'a1', from: null, to: null });
    assert.equal(outcome.kind, 'refused', action);
  }
});

const name = fc.string({ minLength: 1, maxLength: 300 }).filter((text) => text.trim() !== '');
const matcher = fc.record(
  {
    label: fc.constantFrom('type', 'priority', 'severity', 'venue', 'instrument'),
    kind: fc.constantFrom('equals', 'prefix'),
    value: fc.string({ maxLength: 300 }),
    isNegated: fc.boolean(),
  },
  { noNullPrototype: true },
);
const act: fc.Arbitrary<AlertAct> = fc.oneof(
  fc.record({ kind: fc.constantFrom('alert_acknowledge' as const, 'alert_resolve' as const), alert: name }),
  fc.record({ kind: fc.constant('silence_end' as const), id: name }),
  fc
    .record({ id: name, matchers: fc.array(matcher, { minLength: 1, maxLength: 20 }), lengthMs: fc.nat(9e9) })
    .map(({ id, matchers: own, lengthMs }) =>
      silence({ id, matchers: own as SilenceMatcher[], endsAtMs: T0 + 1 + lengthMs }),
    ),
);

test('what the audit has is read back as it was ordered, and disturbs no rebuilding', () => {
  fc.assert(
    fc.property(act, name, (ordered, reason) => {
      const outcome = outcomeOf(ordered, reason);
      assert.ok(outcome.kind === 'changed');
      const records = sealAll(outcome.entries, { seq: 6, hash: '0'.repeat(64) });
      const order = alertOrderOf(records[0]!);
      assert.deepEqual([order?.seq, order?.atMs], [7, T0]);
      const by = { actor: 'ann', reason };
      switch (ordered.kind) {
        case 'silence_add':
          assert.deepEqual(order?.command, { kind: 'silence_add', silence: { ...ordered.silence, ...by } });
          break;
        case 'silence_end':
          assert.deepEqual(order?.command, { ...ordered, actor: 'ann' });
          break;
        default:
          assert.deepEqual(order?.command, { ...ordered, ...by });
      }
      const rebuilt = rebuildDocument(records, { atMs: T0, operator: 'ann', reason: 'lost' });
      assert.deepEqual(rebuilt.unreadableSeqs, []);
    }),
  );
});

test('records of other things, refused ones and damaged ones are no orders', () => {
  const [switched] = sealAll(entriesOf(setSwitch('alerts', false)), null);
  const [silenced] = sealAll(entriesOf(silence()), null);
  assert.equal(alertOrderOf(switched!), null);
  assert.equal(alertOrderOf({ ...silenced!, result: 'refused' }), null);
  for (const to of [
    null,
    'x',
    [],
    {},
    { matchers: 'all', startsAtMs: 1, endsAtMs: 2 },
    { matchers: [{}], startsAtMs: 1, endsAtMs: 2 },
  ]) {
    assert.equal(alertOrderOf({ ...silenced!, to }), null);
  }
});

function entriesOf(command: ControlCommand) {
  const outcome = outcomeOf(command);
  assert.ok(outcome.kind === 'changed');
  return outcome.entries;
}
