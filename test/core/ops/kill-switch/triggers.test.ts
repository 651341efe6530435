import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { agreedSkewMs, clockErrorMs, type TriggerFacts } from '../../../../src/core/ops/kill-switch/trigger-facts.ts';
import { triggerRows } from '../../../../src/core/ops/kill-switch/trigger-rows.ts';
import { TRIGGER_NAMES } from '../../../../src/core/ops/kill-switch/trigger-table.ts';
import { stepTriggers, type TriggersState } from '../../../../src/core/ops/kill-switch/triggers.ts';
import { armedRun, CONFIG, GOOD, TriggerRun, UNKNOWN } from './trigger-run.ts';

type Story = (run: TriggerRun) => TriggerRun;
const GIB = 1_073_741_824;

/** On the default config, armed at second 61: what happens then, and what has fired at its end. */
const STORIES: readonly (readonly [what: string, story: Story, fired: string])[] = [
  ['grade F for 30 s', (run) => run.pulses(31, { grade: 'F' }), 'health_grade_f kill @92'],
  ['grade F for 29 s', (run) => run.pulses(30, { grade: 'F' }).pulses(30), ''],
  ['grade D for ever', (run) => run.pulses(200, { grade: 'D' }), ''],
  [
    'data silent for more than 300 s',
    (run) => run.pulse(1, { dataSilentMs: 300_001 }),
    'data_pipeline_silent kill @62',
  ],
  ['data silent for 300 s', (run) => run.pulses(60, { dataSilentMs: 300_000 }), ''],
  ['51 critical errors a minute', (run) => run.pulse(1, { criticalErrorsPerMinute: 51 }), 'critical_errors kill @62'],
  ['50 critical errors a minute', (run) => run.pulses(60, { criticalErrorsPerMinute: 50 }), ''],
  ['memory over 90 % for 30 s', (run) => run.pulses(31, { memoryUsedRatio: 0.901 }), 'memory drain @92'],
  ['memory at 90 %', (run) => run.pulses(60, { memoryUsedRatio: 0.9 }), ''],
  [
    'memory over 90 %, with one breath',
    (run) => run.pulses(29, { memoryUsedRatio: 0.99 }).pulses(1).pulses(29, { memoryUsedRatio: 0.99 }),
    '',
  ],
  ['disk under 1 GiB for 10 s', (run) => run.pulses(11, { diskFreeBytes: GIB - 1 }), 'disk_free kill @72'],
  ['disk at 1 GiB', (run) => run.pulses(60, { diskFreeBytes: GIB }), ''],
  ['disk under 1 GiB for 9 s', (run) => run.pulses(10, { diskFreeBytes: 0 }).pulses(5), ''],
  ['event loop 5001 ms late', (run) => run.pulse(5, { eventLoopLagMs: 5001 }), 'event_loop_stall pause @66'],
  ['event loop 5000 ms late', (run) => run.pulse(5, { eventLoopLagMs: 5000 }), ''],
  [
    'event loop 12 s late, which is no suspension',
    (run) => run.pulse(12, { eventLoopLagMs: 11_750 }),
    'event_loop_stall pause @73',
  ],
  ['clock 5001 ms behind for 30 s', (run) => run.pulses(31, { clockSkewMs: -5001 }), 'clock_skew pause @92'],
  ['clock 5000 ms ahead', (run) => run.pulses(60, { clockSkewMs: 5000 }), ''],
  ['audit chain broken', (run) => run.pulse(1, { auditChain: 'broken' }), 'audit_chain_broken pause @62'],
  ['audit chain not verified', (run) => run.pulses(60, { auditChain: 'unknown' }), ''],
  [
    'a reading that is not there forgets the hold',
    (run) =>
      run
        .pulses(29, { memoryUsedRatio: 0.99 })
        .pulse(1, { memoryUsedRatio: null })
        .pulses(29, { memoryUsedRatio: 0.99 }),
    '',
  ],
  ['nothing can be read', (run) => run.pulses(120, UNKNOWN), ''],
  [
    'two at once',
    (run) => run.pulse(1, { auditChain: 'broken', criticalErrorsPerMinute: 99 }),
    'critical_errors kill @62, audit_chain_broken pause @62',
  ],
  [
    'it goes on being bad: told once',
    (run) => run.pulses(60, { auditChain: 'broken' }),
    'audit_chain_broken pause @62',
  ],
  [
    '10 s without a pulse are no suspension',
    (run) => run.pulses(29, { grade: 'F' }).pulse(10, { grade: 'F' }),
    'health_grade_f kill @100',
  ],
  ['a suspension: the hold is forgotten', (run) => run.pulses(29, { grade: 'F' }).pulse(11, { grade: 'F' }), ''],
  [
    'hours of sleep look like silence, until it has warmed up',
    (run) => run.pulse(36_000, { dataSilentMs: 36_000_000 }).pulses(59, { dataSilentMs: 36_059_000 }),
    '',
  ],
  ['hours of sleep that show as lag too', (run) => run.pulse(36_000, { eventLoopLagMs: 36_000_000 }).pulses(5), ''],
  [
    'after sleep and warming it judges again',
    (run) => run.pulse(36_000).pulses(60, { auditChain: 'broken' }),
    'audit_chain_broken pause @36121',
  ],
];

test('each trigger fires when it must, and not a little before', () => {
  for (const [what, story, fired] of STORIES) assert.equal(story(armedRun()).fired.join(', '), fired, what);
});

test('every trigger has a story in which it fires', () => {
  const firing = new Set(STORIES.flatMap(([, , fired]) => fired.split(', ').map((one) => one.split(' ')[0])));
  for (const name of TRIGGER_NAMES) assert.ok(firing.has(name), name);
});

test('an operator sees each state in words', () => {
  const run = new TriggerRun();
  assert.equal(run.text('memory'), 'disarmed (not ready yet)');
  assert.equal(run.pulses(30, { isReady: false, memoryUsedRatio: 0.99 }).text('memory'), 'disarmed (not ready yet)');
  assert.equal(run.pulses(49, { memoryUsedRatio: 0.99 }).text('memory'), 'disarmed (warming 12 s)');
  assert.equal(run.pulses(12, { memoryUsedRatio: 0.99, diskFreeBytes: null }).text('memory'), 'holding 0/30 s');
  assert.equal(run.text('disk_free'), 'armed (no reading)');
  assert.equal(run.text('clock_skew'), 'armed');
  assert.equal(run.pulses(8, { memoryUsedRatio: 0.99 }).text('memory'), 'holding 8/30 s');
  assert.equal(run.pulses(22, { memoryUsedRatio: 0.99 }).text('memory'), 'fired');
  assert.deepEqual(run.evidence, ['memory used 99%, limit <= 90% for 30 s']);
  assert.equal(run.pulses(1, { killLevel: 'drain' }).text('memory'), 'fired');
  assert.equal(run.text('disk_free'), 'disarmed (kill switch at drain)');
});

test('the row of a trigger names its state, its figure, its limit and its level', () => {
  const run = armedRun().pulses(8, { memoryUsedRatio: 0.95, diskFreeBytes: null, auditChain: 'broken' });
  const rows = triggerRows(run.state, CONFIG, run.nowMs);
  const shown = (name: string) =>
    rows.filter((row) => row.name === name).map(({ part, value, status, message }) => [part, value, status, message]);
  assert.deepEqual(shown('memory'), [
    [null, 'holding', 'WARN', '7/30 s: memory used 95%, limit <= 90%'],
    ['level', 'drain', null, ''],
  ]);
  assert.deepEqual(shown('disk_free')[0], [null, null, 'NO DATA', 'no data: armed, but there is no reading']);
  assert.deepEqual(shown('clock_skew')[0], [null, 'armed', 'OK', 'clock off by 40 ms, limit <= 5000 ms']);
  const fired = [null, 'fired', 'CRITICAL', 'at 1970-01-01T00:01:02.000Z: audit chain broken'];
  assert.deepEqual(shown('audit_chain_broken')[0], fired);
  assert.equal(rows.length, 2 * TRIGGER_NAMES.length);
});

test('disabled, one or all, it is neither judged nor said to be well', () => {
  const one = armedRun({ ...CONFIG, memory: { ...CONFIG.memory, enabled: false } });
  assert.equal(one.pulses(60, { memoryUsedRatio: 1 }).text('memory'), 'disabled');
  const all = armedRun({ ...CONFIG, enabled: false }).pulses(60, { memoryUsedRatio: 1, auditChain: 'broken' });
  assert.deepEqual([...one.fired, ...all.fired], []);
  const rows = triggerRows(all.state, { ...CONFIG, enabled: false }, all.nowMs);
  assert.deepEqual(
    rows.filter((row) => row.status !== null),
    [],
  );
});

test('at pause the triggers go on and may find something harsher; at drain and kill they rest', () => {
  const paused = armedRun().pulses(60, { killLevel: 'pause', criticalErrorsPerMinute: 51 });
  assert.deepEqual(paused.fired, ['critical_errors kill @62']);
  for (const killLevel of ['drain', 'kill'] as const) {
    const closed = armedRun().pulses(600, { killLevel, dataSilentMs: 400_000, grade: 'F' });
    assert.deepEqual(closed.fired, []);
  }
});

test('after the release everything warms up again, and what is still bad fires again', () => {
  const run = armedRun().pulse(1, { auditChain: 'broken' }).pulses(10, { auditChain: 'broken', killLevel: 'pause' });
  run.pulse(1, { auditChain: 'broken' });
  assert.equal(run.text('audit_chain_broken'), 'disarmed (warming 60 s)');
  run.pulses(60, { auditChain: 'broken' });
  assert.deepEqual(run.fired, ['audit_chain_broken pause @62', 'audit_chain_broken pause @133']);
});

test('after drain or kill the feeds must first be ready again', () => {
  const run = armedRun()
    .pulses(10, { killLevel: 'kill', isReady: false })
    .pulses(300, { isReady: false, dataSilentMs: 400_000 });
  assert.equal(run.text('data_pipeline_silent'), 'disarmed (not ready yet)');
  assert.deepEqual(run.pulses(60).text('data_pipeline_silent'), 'disarmed (warming 1 s)');
});

test('a clock error needs the wall clock itself or more than half of the venues', () => {
  const rows: readonly (readonly [offset: number | null, skews: (number | null)[], expected: number | null])[] = [
    [null, [], null],
    [0, [], 0],
    [null, [9000], null],
    [100, [9000], 100],
    [0, [9000, 12], 12],
    [0, [9000, 8000, 12], 8000],
    [0, [-9000, -8000, 12], -8000],
    [0, [9000, 8000, 12, -5], 12],
    [0, [9000, 8000, -12, -5], 0],
    [0, [9000, -9000], 0],
    [-7000, [6000, 6000, 6000], -7000],
    [0, [9000, null, null], 0],
  ];
  for (const [offset, skews, expected] of rows) {
    assert.equal(clockErrorMs(offset, skews), expected, `${offset} ${skews}`);
  }
});

test('the agreed skew is reached by more than half of the venues, and a larger one is not', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 2, maxLength: 9 }), (skews) => {
      const agreed = agreedSkewMs(skews)!;
      const reaching = (limit: number) =>
        Math.max(skews.filter((skew) => skew >= limit).length, skews.filter((skew) => skew <= -limit).length);
      const size = Math.abs(agreed);
      if (size > 0) assert.ok(reaching(size) > skews.length / 2);
      assert.ok(reaching(size + 1) <= skews.length / 2);
    }),
  );
});

/** Seconds to the next pulse, and what is read then; often bad, sometimes nothing. */
const anyPulse: fc.Arbitrary<[number, TriggerFacts]> = fc.tuple(
  fc.constantFrom(1, 1, 1, 5, 9, 11, 100),
  fc.record({
    isReady: fc.constantFrom(true, true, false),
    killLevel: fc.oneof(
      { weight: 30, arbitrary: fc.constant(null) },
      fc.constantFrom('pause' as const, 'kill' as const),
    ),
    grade: fc.constantFrom('F', 'F', 'F', 'A', null),
    dataSilentMs: fc.constantFrom(0, 400_000, null),
    criticalErrorsPerMinute: fc.constantFrom(0, 99, null),
    memoryUsedRatio: fc.constantFrom(0.99, 0.99, 0.1, null),
    diskFreeBytes: fc.constantFrom(0, 0, 1e12, null),
    eventLoopLagMs: fc.constantFrom(0, 10_500, null),
    clockSkewMs: fc.constantFrom(0, -9000, -9000, null),
    auditChain: fc.constantFrom('ok', 'broken', 'unknown'),
  }),
);
/** Soon armed, so that short stories get somewhere. */
const HASTY = { ...CONFIG, armAfterSeconds: 4 };
const anyPulses = fc.array(anyPulse, { maxLength: 120 });

test('whatever happens: nothing fires before it was ready and warm, nor twice without a release in between', () => {
  let fires = 0;
  fc.assert(
    fc.property(anyPulses, (pulses) => {
      const run = new TriggerRun(HASTY);
      const standing = new Set<string>();
      let readySinceMs: number | null = null;
      let lastLevel: TriggerFacts['killLevel'] = null;
      for (const [seconds, facts] of pulses) {
        const before = run.fired.length;
        run.pulse(seconds, facts);
        if (facts.isReady) readySinceMs ??= run.nowMs;
        if (lastLevel !== null && facts.killLevel === null) standing.clear();
        lastLevel = facts.killLevel;
        for (const fired of run.fired.slice(before)) {
          const name = fired.split(' ')[0]!;
          fires += 1;
          assert.ok(!standing.has(name), `${name} fired twice`);
          assert.ok(readySinceMs !== null && run.nowMs - readySinceMs >= HASTY.armAfterSeconds * 1000);
          assert.notEqual(facts.killLevel, 'kill');
          standing.add(name);
        }
      }
    }),
    { numRuns: 300 },
  );
  assert.ok(fires > 20, `the random stories fire often enough to test anything: ${fires}`);
});

test('saved as JSON in the middle, they go on the same', () => {
  fc.assert(
    fc.property(anyPulses, anyPulses, (before, after) => {
      const straight = new TriggerRun(HASTY);
      for (const [seconds, facts] of before) straight.pulse(seconds, facts);
      const resumed = new TriggerRun(HASTY);
      resumed.state = JSON.parse(JSON.stringify(straight.state)) as TriggersState;
      resumed.nowMs = straight.nowMs;
      const told = straight.fired.length;
      for (const run of [straight, resumed]) for (const [seconds, facts] of after) run.pulse(seconds, facts);
      assert.deepEqual(resumed.state, straight.state);
      assert.deepEqual(resumed.fired, straight.fired.slice(told));
    }),
    { numRuns: 100 },
  );
});

test('NaN is no reading', () => {
  const nan = { memoryUsedRatio: Number.NaN, diskFreeBytes: Number.NaN, clockSkewMs: Number.NaN };
  const run = armedRun().pulses(60, nan);
  assert.deepEqual(
    ['memory', 'disk_free', 'clock_skew'].map((name) => run.text(name as 'memory')),
    Array(3).fill('armed (no reading)'),
  );
  assert.deepEqual(stepTriggers(run.state, { ...GOOD, ...nan }, CONFIG, run.nowMs).fired, []);
});
