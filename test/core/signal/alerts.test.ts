/** Alerts beside each other and over time: escalation to another type, silences, orders, switches, restarts, the ladder. */

import assert from 'node:assert/strict';
import test from 'node:test';
import type { AlertRecord } from '../../../src/core/signal/detect/alert-record.ts';
import { Alerts } from '../../../src/core/signal/detect/alerts.ts';
import type { LadderStep } from '../../../src/core/signal/detect/alerts-config.ts';
import { responseFigures } from '../../../src/core/signal/detect/response-times.ts';
import { Bench, CRITICAL, config, rule, SCOPE } from './alert-support.ts';

const WARNING = rule({ escalatesTo: 'critical' });

test('a series that no rule looks at is none; one that has only a limit of another instrument neither', () => {
  const only = rule({ thresholds: { 'ETH-USDT': { threshold: 1, zscore: null } } });
  const { alerts } = new Bench(config([only]));
  assert.equal(alerts.series('other', SCOPE), null);
  assert.equal(alerts.series('m', SCOPE), null);
  assert.notEqual(alerts.series('m', { venue: 'okx', instrument: 'ETH-USDT' }), null);
  assert.equal(alerts.series('m', SCOPE), alerts.series('m', SCOPE));
});

test('each venue and instrument has its own alert, with a key that says so', () => {
  const bench = new Bench(config([rule()]));
  for (const scope of [SCOPE, { venue: 'kraken', instrument: 'BTC-USDT' }, { venue: null, instrument: null }]) {
    bench.alerts.observe(bench.alerts.series('m', scope)!, 4, Number.NaN, 0, 0);
  }
  const keys = bench.alerts.active().map(({ key }) => key);
  assert.deepEqual(keys, ['warning:-:-', 'warning:BTC-USDT:kraken', 'warning:BTC-USDT:okx']);
});

test('from nothing beyond both levels: only the critical one fires', () => {
  const bench = new Bench(config([WARNING, CRITICAL]));
  assert.deepEqual(bench.observe(0, 6), ['critical fired*']);
  assert.deepEqual(bench.observe(1, 6), []);
});

test('the critical level supersedes the warning, and hands back to it what still holds', () => {
  const bench = new Bench(config([WARNING, CRITICAL]));
  assert.deepEqual(bench.observe(0, 4), ['warning fired*']);
  assert.deepEqual(bench.observe(1, 6), ['critical fired*', 'warning resolved superseded*']);
  const superseded = bench.effects.at(-1)!.alert;
  assert.deepEqual([superseded.escalationReason, superseded.escalatedAtMs], ['critical_level', 1000]);
  assert.deepEqual(bench.observe(2, 4), ['critical resolved auto*', 'warning fired*']);
  assert.deepEqual(bench.observe(3, 2), ['warning resolved auto*']);
});

test('what has just crossed the critical level needs no score of its own; what stood beyond it before does', () => {
  const scored = { requiresZscore: true };
  const rules = [
    rule({ ...scored, escalatesTo: 'critical', thresholds: { '*': { threshold: 3, zscore: 2 } } }),
    { ...CRITICAL, ...scored, thresholds: { '*': { threshold: 5, zscore: 3 } } },
  ];
  const standing = new Bench(config(rules));
  assert.deepEqual(standing.observe(0, 6, 2.5), ['warning fired*']);
  assert.deepEqual(standing.observe(1, 6, 2.5), []);
  assert.deepEqual(standing.observe(2, 6, 3.5), ['critical fired*', 'warning resolved superseded*']);
  const crossing = new Bench(config(rules));
  assert.deepEqual(crossing.observe(0, 4, 2.5), ['warning fired*']);
  assert.deepEqual(crossing.observe(1, 6, 0), ['critical fired*', 'warning resolved superseded*']);
});

test('a warning handed back has held all along: it needs no score and no persistence, but its throttle', () => {
  const rules = [
    rule({
      escalatesTo: 'critical',
      persistenceMs: 9000,
      throttleMs: 5000,
      requiresZscore: true,
      thresholds: { '*': { threshold: 3, zscore: 2 } },
    }),
    CRITICAL,
  ];
  const bench = new Bench(config(rules));
  assert.deepEqual(bench.observe(0, 6, 9), ['critical fired*']);
  assert.deepEqual(bench.observe(1, 4, 0), ['critical resolved auto*', 'warning fired*']);
  assert.deepEqual(bench.observe(2, 6, 0), ['critical fired*', 'warning resolved superseded*']);
  assert.deepEqual(bench.observe(3, 4, 0), ['critical resolved auto*', 'warning pending']);
  assert.deepEqual(bench.observe(6, 4, 0), ['warning fired*']);
});

test('a cooldown is for what is over: it does not keep back what is handed back', () => {
  const bench = new Bench(config([rule({ escalatesTo: 'critical', cooldownMs: 60_000 }), CRITICAL]));
  bench.observe(0, 4);
  bench.observe(1, 6);
  assert.deepEqual(bench.observe(2, 4), ['critical resolved auto*', 'warning fired*']);
});

test('two episodes do not begin at the same time: their ids are made of it', () => {
  const bench = new Bench(config([rule()]));
  assert.deepEqual(bench.observe(1, 4), ['warning fired*']);
  assert.deepEqual(bench.observe(1, 2), ['warning resolved auto*']);
  assert.deepEqual(bench.observe(1, 4), []);
  assert.deepEqual(bench.observe(2, 4), ['warning fired*']);
});

test('resolved by hand it comes back if it is still so, after the throttle; nothing is handed back', () => {
  const bench = new Bench(config([rule({ throttleMs: 5000 })]));
  bench.observe(0, 4);
  const [{ id }] = bench.alerts.active() as [AlertRecord];
  const order = { kind: 'alert_resolve', alert: id, actor: 'ann', reason: 'known' } as const;
  assert.deepEqual(
    bench.run((alerts) => alerts.onCommand(order, 20_000)),
    ['warning resolved manual*'],
  );
  assert.deepEqual(bench.observe(21, 4), ['warning pending']);
  assert.deepEqual(bench.observe(25, 4), ['warning fired*']);
  assert.notEqual(bench.alerts.active()[0]!.id, id);
});

test('orders about what is not there, or is done already, are refused and change nothing', () => {
  const bench = new Bench(config([rule({ persistenceMs: 2000 })]));
  const acknowledge = (alert: string) =>
    bench.alerts.onCommand({ kind: 'alert_acknowledge', alert, actor: 'ann', reason: '' }, 3000);
  bench.observe(0, 4);
  const [{ id }] = bench.alerts.open() as [AlertRecord];
  assert.deepEqual(acknowledge('x'), { kind: 'refused', reason: 'no open alert x' });
  assert.deepEqual(acknowledge(id), { kind: 'refused', reason: `alert ${id} does not fire yet` });
  bench.observe(2, 4);
  assert.deepEqual(acknowledge(id), { kind: 'accepted' });
  assert.deepEqual(acknowledge(id), { kind: 'refused', reason: `ann has acknowledged alert ${id} already` });
  assert.deepEqual(bench.alerts.active()[0]!.acknowledgement, { atMs: 3000, actor: 'ann', reason: '' });
  const end = bench.alerts.onCommand({ kind: 'silence_end', id: 's', actor: 'ann' }, 3000);
  assert.deepEqual(end, { kind: 'refused', reason: 'there is no silence s' });
});

const LADDER: readonly LadderStep[] = [
  { name: 'on_call', afterMs: 0, priorities: ['P1'], receivers: [] },
  { name: 'senior', afterMs: 10_000, priorities: ['P1'], receivers: ['senior'] },
  { name: 'boss', afterMs: 20_000, priorities: ['P1'], receivers: ['boss'] },
];

test('the ladder: a step each time, of the priority in force, until somebody acknowledges', () => {
  const bench = new Bench(config([rule({ escalateAfterMs: 15_000, timeoutMs: 600_000 })], LADDER));
  bench.observe(0, 4);
  assert.deepEqual(bench.pass(14), []);
  assert.deepEqual(bench.pass(15), ['warning escalated*', 'warning ladder*']);
  assert.equal(bench.alerts.active()[0]!.ladderStep, 1);
  assert.deepEqual(bench.pass(16), []);
  const [{ id }] = bench.alerts.active() as [AlertRecord];
  bench.run((alerts) => alerts.onCommand({ kind: 'alert_acknowledge', alert: id, actor: 'ann', reason: '' }, 17_000));
  assert.deepEqual(
    bench.pass(25).filter((text) => !text.endsWith('updated')),
    [],
  );
});

test('after an outage the ladder goes on where time stands, once, and only for what is known to fire still', () => {
  const bench = new Bench(config([{ ...CRITICAL, timeoutMs: 600_000 }], LADDER));
  bench.observe(0, 6);
  assert.deepEqual(bench.restart(25), []);
  assert.deepEqual(bench.pass(26), []);
  assert.deepEqual(bench.observe(27, 6), ['critical ladder*']);
  assert.equal(bench.alerts.active()[0]!.ladderStep, 2);
});

const silence = (startsAtMs: number, endsAtMs: number, changes = {}) => ({
  id: 's1',
  matchers: [{ label: 'venue', kind: 'equals', value: 'okx', isNegated: false } as const],
  startsAtMs,
  endsAtMs,
  actor: 'ann',
  reason: 'maintenance',
  ...changes,
});

test('a silence: kept, not told; told once when it ends and it still fires', () => {
  const bench = new Bench(config([rule({ escalateAfterMs: 5000, keepFiringMs: 0 })]));
  bench.run((alerts) => alerts.onCommand({ kind: 'silence_add', silence: silence(0, 10_000) }, 0));
  assert.deepEqual(bench.observe(1, 4), ['warning fired']);
  assert.equal(bench.alerts.active()[0]!.silencedBy, 's1');
  assert.deepEqual(bench.observe(6, 4), ['warning escalated']);
  assert.deepEqual(bench.pass(9), []);
  assert.deepEqual(bench.pass(10), ['warning unsilenced*']);
  assert.deepEqual(bench.alerts.silences(), []);
  assert.deepEqual(bench.pass(11), []);
  assert.deepEqual(bench.observe(12, 2), ['warning resolved auto*']);
});

test('nobody is told of the end of what nobody was told of; of what was told before a silence somebody is', () => {
  const untold = new Bench(config([rule()]));
  untold.run((alerts) => alerts.onCommand({ kind: 'silence_add', silence: silence(0, 10_000) }, 0));
  untold.observe(1, 4);
  assert.deepEqual(untold.observe(2, 2), ['warning resolved auto']);
  const told = new Bench(config([rule()]));
  told.observe(1, 4);
  assert.deepEqual(
    told.run((alerts) => alerts.onCommand({ kind: 'silence_add', silence: silence(1000, 10_000) }, 1500)),
    ['warning updated'],
  );
  assert.deepEqual(told.observe(2, 2), ['warning resolved auto*']);
});

test('a silence ended by hand, and one that begins later', () => {
  const bench = new Bench(config([rule()]));
  bench.run((alerts) => alerts.onCommand({ kind: 'silence_add', silence: silence(5000, 10_000) }, 0));
  assert.deepEqual(bench.observe(1, 4), ['warning fired*']);
  assert.deepEqual(bench.pass(5), ['warning updated']);
  assert.deepEqual(
    bench.run((alerts) => alerts.onCommand({ kind: 'silence_end', id: 's1', actor: 'ann' }, 6000)),
    ['warning unsilenced*'],
  );
});

test('matchers: all of them, by beginning, negated; a label that is not there is empty', () => {
  const match = (
    label: 'instrument' | 'priority' | 'type',
    kind: 'equals' | 'prefix',
    value: string,
    isNegated = false,
  ) => ({ label, kind, value, isNegated });
  const cases = [
    [[match('instrument', 'prefix', 'BTC-')], true],
    [[match('instrument', 'prefix', 'BTC-', true)], false],
    [[match('instrument', 'equals', 'BTC-')], false],
    [[match('type', 'equals', 'warning'), match('priority', 'equals', 'P1')], false],
    [[match('type', 'equals', 'warning'), match('priority', 'equals', 'P1', true)], true],
    [[match('instrument', 'equals', '')], false],
  ] as const;
  for (const [matchers, isSilenced] of cases) {
    const bench = new Bench(config([rule()]));
    bench.run((alerts) => alerts.onCommand({ kind: 'silence_add', silence: silence(0, 9000, { matchers }) }, 0));
    bench.observe(1, 4);
    assert.equal(bench.alerts.active()[0]!.silencedBy !== null, isSilenced, JSON.stringify(matchers));
  }
});

test('a silence of P2 does not keep back what has become P1', () => {
  const bench = new Bench(config([rule({ escalateAfterMs: 5000 })]));
  const matchers = [{ label: 'priority', kind: 'equals', value: 'P2', isNegated: false }] as const;
  bench.run((alerts) => alerts.onCommand({ kind: 'silence_add', silence: silence(0, 60_000, { matchers }) }, 0));
  assert.deepEqual(bench.observe(1, 4), ['warning fired']);
  assert.deepEqual(bench.observe(6, 4), ['warning escalated*']);
});

test('silences that mean nothing are refused; the same once more is no other', () => {
  const { alerts } = new Bench(config([rule()]));
  const add = (one: ReturnType<typeof silence>) => alerts.onCommand({ kind: 'silence_add', silence: one }, 5000);
  assert.equal(add(silence(0, 5000)).kind, 'refused');
  assert.equal(add(silence(9000, 8000)).kind, 'refused');
  assert.equal(add(silence(0, 9000, { matchers: [] })).kind, 'refused');
  assert.equal(add(silence(0, 9000)).kind, 'accepted');
  assert.equal(add(silence(0, 9000)).kind, 'accepted');
  assert.equal(add(silence(0, 9001)).kind, 'refused');
  assert.equal(alerts.silences().length, 1);
});

test('what is about a venue that operators close ends at once, is told, and does not begin while it is closed', () => {
  const bench = new Bench(config([WARNING, CRITICAL]));
  const kraken = { venue: 'kraken', instrument: 'BTC-USDT' };
  bench.observe(0, 4);
  bench.run((alerts) => alerts.observe(alerts.series('m', kraken)!, 4, Number.NaN, 0, 0));
  bench.closed.add('okx');
  assert.deepEqual(
    bench.run((alerts) => alerts.endClosed(500)),
    ['warning resolved switched_off*'],
  );
  assert.deepEqual(
    bench.alerts.active().map(({ venue }) => venue),
    ['kraken'],
  );
  assert.deepEqual(bench.observe(1, 6), [], 'its last word is still on the way');
  assert.deepEqual(
    bench.run((alerts) => alerts.endClosed(1500)),
    [],
  );
  bench.closed.delete('okx');
  assert.deepEqual(bench.observe(2, 4), ['warning fired*']);
});

test('nobody is told that it was switched off who was not told of it; what is only pending is dropped', () => {
  const silenced = new Bench(config([WARNING]));
  const silence = { id: 's', matchers: [], startsAtMs: 0, endsAtMs: 9000, actor: 'ana', reason: 'x' };
  const matchers = [{ label: 'type', kind: 'equals', value: 'warning', isNegated: false }] as const;
  silenced.run((alerts) => alerts.onCommand({ kind: 'silence_add', silence: { ...silence, matchers } }, 0));
  silenced.observe(0, 4);
  silenced.closed.add('okx');
  assert.deepEqual(
    silenced.run((alerts) => alerts.endClosed(500)),
    ['warning resolved switched_off'],
  );
  const pending = new Bench(config([rule({ persistenceMs: 5000 })]));
  pending.observe(0, 4);
  pending.closed.add('okx');
  assert.deepEqual(
    pending.run((alerts) => alerts.endClosed(500)),
    ['warning dropped'],
  );
});

test('a type that is turned off ends at once, untold, and begins nothing until it is on', () => {
  const bench = new Bench(config([WARNING, CRITICAL]));
  bench.observe(0, 4);
  assert.deepEqual(
    bench.run((alerts) => alerts.setEnabled((type) => type !== 'warning', 500)),
    ['warning resolved disabled'],
  );
  assert.deepEqual(bench.observe(1, 4), []);
  assert.deepEqual(bench.observe(2, 6), ['critical fired*']);
  assert.deepEqual(
    bench.run((alerts) => alerts.setEnabled(() => false, 2500)),
    ['critical resolved disabled'],
  );
  bench.run((alerts) => alerts.setEnabled(() => true, 3000));
  assert.deepEqual(bench.observe(4, 4), ['warning fired*']);
});

test('a type that the configuration turns off does not exist', () => {
  const bench = new Bench(config([rule({ isEnabled: false })]));
  assert.equal(bench.alerts.series('m', SCOPE), null);
});

test('killed while pending: it goes on with what it had held, the outage not counted', () => {
  const bench = new Bench(config([rule({ persistenceMs: 30_000 })]));
  for (let second = 0; second <= 12; second += 1) bench.observe(second, 4);
  assert.deepEqual(
    bench.effects.map(({ change }) => change),
    ['pending', 'updated'],
  );
  assert.deepEqual(bench.restart(100), []);
  const fired: number[] = [];
  for (let second = 101; second <= 130; second += 1)
    if (bench.observe(second, 4).includes('warning fired*')) fired.push(second);
  // 10 s were stored, and 20 s are held from 101 on.
  assert.deepEqual(fired, [121]);
});

test('killed and back within a second or two: that time is not counted either', () => {
  const bench = new Bench(config([rule({ persistenceMs: 3000 })]));
  bench.observe(0, 4);
  bench.restart(1);
  assert.deepEqual(bench.observe(2, 4), []);
  assert.deepEqual(bench.observe(4, 4), []);
  assert.deepEqual(bench.observe(5, 4), ['warning fired*']);
});

test('killed while pending, and over afterwards: dropped', () => {
  const bench = new Bench(config([rule({ persistenceMs: 30_000 })]));
  bench.observe(0, 4);
  bench.restart(100);
  assert.deepEqual(bench.observe(101, 2), ['warning dropped']);
});

test('killed while firing or escalated: not fired anew, and ends as while_down if it is over', () => {
  for (const seconds of [1, 6]) {
    const of = config([rule({ escalateAfterMs: 5000, keepFiringMs: 30_000, throttleMs: 60_000 })]);
    const on = new Bench(of);
    const over = new Bench(of);
    for (const bench of [on, over]) {
      for (let second = 0; second <= seconds; second += 1) bench.observe(second, 4);
      assert.deepEqual(bench.restart(7), []);
      assert.deepEqual(bench.observe(8, Number.NaN), []);
    }
    const { id, priority } = on.effects[0]!.alert;
    assert.deepEqual(on.observe(9, 4), seconds === 1 ? ['warning escalated*'] : []);
    assert.deepEqual(
      on.alerts.active().map((alert) => alert.id),
      [id],
    );
    assert.equal(priority, 'P2');
    assert.deepEqual(over.observe(9, 2), ['warning resolved while_down*']);
  }
});

test('killed just after it ended: the throttle goes on where the store tells of it', () => {
  const bench = new Bench(config([rule({ throttleMs: 60_000 })]));
  bench.observe(0, 4);
  bench.observe(1, 2);
  bench.restart(10);
  assert.deepEqual(bench.observe(11, 4), ['warning pending']);
  bench.restart(12);
  assert.deepEqual(bench.observe(59, 4), ['warning updated']);
  assert.deepEqual(bench.observe(60, 4), ['warning fired*']);
});

test('killed, and without a value ever since: it times out from the restart on', () => {
  const bench = new Bench(config([rule({ timeoutMs: 60_000 })]));
  bench.observe(0, 4);
  bench.restart(1000);
  assert.deepEqual(bench.pass(1059), []);
  assert.deepEqual(bench.pass(1060), ['warning resolved timeout*']);
});

test('a silence that ended during the outage: told with the first value, if it still fires', () => {
  for (const [value, expected] of [
    [4, ['warning unsilenced*']],
    [2, ['warning resolved while_down']],
  ] as const) {
    const bench = new Bench(config([rule()]));
    bench.run((alerts) => alerts.onCommand({ kind: 'silence_add', silence: silence(0, 10_000) }, 0));
    bench.observe(1, 4);
    assert.deepEqual(bench.restart(20), []);
    assert.deepEqual(bench.pass(21), []);
    assert.deepEqual(bench.observe(22, value), expected);
  }
});

test('what no rule judges any more ends as disabled', () => {
  const bench = new Bench(config([rule()]));
  bench.observe(0, 4);
  const told: string[] = [];
  const without = new Alerts(config([CRITICAL]), ({ change, alert }) =>
    told.push(`${change} ${alert.resolution?.kind}`),
  );
  without.restore(bench.alerts.open(), [], 5000);
  assert.deepEqual(told, ['resolved disabled']);
  assert.deepEqual(without.open(), []);
});

test('the market’s clock may run behind: time alone goes by the series’ own', () => {
  const bench = new Bench(config([rule({ escalateAfterMs: 10_000 })]));
  const series = bench.alerts.series('m', SCOPE)!;
  bench.alerts.observe(series, 4, Number.NaN, 100_000, 103_000);
  assert.deepEqual(bench.pass(112), []);
  assert.deepEqual(bench.pass(113), ['warning escalated*']);
  assert.equal(bench.alerts.active()[0]!.escalatedAtMs, 110_000);
  assert.equal(bench.effects.at(-1)!.atMs, 113_000);
});

test('the most urgent first, then the oldest; counted by the priority in force', () => {
  const bench = new Bench(
    config([
      rule({ type: 'a' }),
      rule({ type: 'b', escalateAfterMs: 5000, persistenceMs: 1000 }),
      rule({ type: 'c', persistenceMs: 90_000 }),
    ]),
  );
  bench.observe(0, 4);
  bench.observe(1, 4);
  const types = () => bench.alerts.open().map(({ type, priority }) => `${priority} ${type}`);
  assert.deepEqual(types(), ['P2 a', 'P2 c', 'P2 b']);
  bench.observe(6, 4);
  assert.deepEqual(types(), ['P1 b', 'P2 a', 'P2 c']);
  assert.deepEqual(
    bench.alerts.active().map(({ type }) => type),
    ['b', 'a'],
  );
  assert.deepEqual([bench.alerts.activeCount('P1'), bench.alerts.activeCount('P2')], [1, 1]);
});

test('ids are of the key and the onset: the same on every run, and another for each episode', () => {
  const ids = [0, 1].map(() => {
    const bench = new Bench(config([rule()]));
    bench.observe(0, 4);
    bench.observe(1, 2);
    bench.observe(2, 4);
    return bench.effects.filter(({ change }) => change === 'fired').map(({ alert }) => alert.id);
  });
  assert.deepEqual(ids[0], ids[1]);
  assert.equal(new Set(ids[0]).size, 2);
  assert.match(ids[0]![0]!, /^[0-9a-f]{16}$/);
});

test('how soon somebody answered, beside the targets, by the priority that it fired with', () => {
  const bench = new Bench(config([rule({ escalateAfterMs: 5000 })]));
  const answer = (seconds: number) => {
    const [{ id }] = bench.alerts.active() as [AlertRecord];
    bench.alerts.onCommand({ kind: 'alert_acknowledge', alert: id, actor: 'ann', reason: '' }, seconds * 1000);
  };
  bench.observe(0, 4);
  answer(2);
  bench.observe(10, 2); // answered after 2 s, over after 10 s
  bench.observe(20, 4);
  bench.observe(26, 4); // P1 by now
  answer(28);
  bench.observe(60, 2); // after 8 s, after 40 s
  bench.observe(70, 4); // not yet, for 30 s
  const last = new Map(bench.effects.map(({ alert }) => [alert.id, alert]));
  const none = { acknowledgeMs: null, resolveMs: null };
  const targets = { P1: none, P2: { acknowledgeMs: 5000, resolveMs: 40_000 }, P3: none };
  const [first] = last.values();
  const disabled: AlertRecord = { ...first!, resolution: { kind: 'disabled', atMs: 1000, value: 4 } }; // has no such time
  const [p1, p2] = responseFigures([...last.values(), disabled], targets, 100_000);
  assert.equal(p1!.fired, 0);
  assert.deepEqual(p2, {
    priority: 'P2',
    fired: 4,
    acknowledge: { count: 3, medianMs: 2000, worstMs: 8000, targetMs: 5000, inTime: 2, late: 2 },
    resolve: { count: 2, medianMs: 25_000, worstMs: 40_000, targetMs: 40_000, inTime: 1, late: 1 },
  });
});
