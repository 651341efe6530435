import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../../../../src/core/base/json.ts';
import { emptyDocument } from '../../../../src/core/ops/control/decide.ts';
import { CALL_OUTCOMES, type VenueFact } from '../../../../src/core/ops/facts.ts';
import { KILL_LEVELS, type OpsConfig } from '../../../../src/core/ops/ops-config.ts';
import { JudgePace } from '../../../../src/core/ops/run/judge-pace.ts';
import type { OpsEffect } from '../../../../src/core/ops/run/ops-effect.ts';
import type { OpsStart, PublicControlDocument } from '../../../../src/core/ops/run/ops-input.ts';
import { OpsRun } from '../../../../src/core/ops/run/ops-run.ts';
import { GUIDE_CONFIG } from '../facts.ts';
import { callFact, hostFact, START_MS, venueFact } from '../kpi/ops-fixtures.ts';

const SECOND = 1000;
const ANN = { user: 'ann', host: 'box', via: 'cli' };
const CALL = { kind: 'call', provider: 'kraken', venue: 'kraken', quote: 'USD' } as const;

/** Triggers that arm at once and hold for one second, so that short histories fire them. */
const TRIGGERS = GUIDE_CONFIG.killSwitch.triggers;
const NERVOUS: OpsConfig = {
  ...GUIDE_CONFIG,
  killSwitch: {
    ...GUIDE_CONFIG.killSwitch,
    triggers: { ...TRIGGERS, armAfterSeconds: 0, memory: { ...TRIGGERS.memory, holdSeconds: 1 } },
  },
};

const START: OpsStart = {
  config: NERVOUS,
  seed: 'test',
  providers: ['kraken', 'okx'],
  venues: ['kraken', 'okx'],
  document: emptyDocument(),
  latch: null,
};

/** One thing that happens `afterMs` later. */
type Step = { readonly afterMs: number } & (
  | { readonly kind: 'call'; readonly outcome: (typeof CALL_OUTCOMES)[number]; readonly retryAfterMs: number | null }
  | { readonly kind: 'cache'; readonly isHit: boolean }
  | { readonly kind: 'host'; readonly memory: number | null; readonly lagMs: number; readonly clockMs: number }
  | { readonly kind: 'venues'; readonly gaps: number; readonly live: number; readonly isHeard: boolean }
  | { readonly kind: 'isolate'; readonly isIsolated: boolean }
  | { readonly kind: 'switch'; readonly isOn: boolean; readonly forMs: number | null }
  | { readonly kind: 'kill'; readonly level: (typeof KILL_LEVELS)[number] | null }
  | { readonly kind: 'file' | 'file_removed' | 'signal' | 'signals' | 'alerts' | 'begin' | 'time' }
);

const boolean = fc.boolean();
const afterMs = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 3 * SECOND }) },
  { weight: 1, arbitrary: fc.constantFrom(15 * SECOND, 70 * SECOND, 400 * SECOND) },
);
const kind = <K extends Step['kind']>(name: K) => fc.constant(name);
const happening = fc.oneof(
  fc.record({
    kind: kind('call'),
    outcome: fc.constantFrom(...CALL_OUTCOMES),
    retryAfterMs: fc.constantFrom(null, 20 * SECOND),
  }),
  fc.record({ kind: kind('cache'), isHit: boolean }),
  fc.record({
    kind: kind('host'),
    memory: fc.constantFrom(null, 0.4, 0.95),
    lagMs: fc.constantFrom(3, 6000),
    clockMs: fc.constantFrom(0, 6000),
  }),
  fc.record({ kind: kind('venues'), gaps: fc.nat({ max: 60 }), live: fc.nat({ max: 2 }), isHeard: boolean }),
  fc.record({ kind: kind('isolate'), isIsolated: boolean }),
  fc.record({ kind: kind('switch'), isOn: boolean, forMs: fc.constantFrom(null, 5 * SECOND) }),
  fc.record({ kind: kind('kill'), level: fc.constantFrom(null, null, null, ...KILL_LEVELS) }),
  fc.record({ kind: fc.constantFrom('file', 'file_removed', 'signal', 'signals', 'alerts') }),
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('begin', 'time') }) },
);
const steps = fc.array(
  fc.tuple(happening, afterMs).map(([one, after]) => ({ ...one, afterMs: after }) as Step),
  { minLength: 1, maxLength: 60 },
);

const HEARD: Step = { kind: 'venues', gaps: 0, live: 2, isHeard: true, afterMs: 5 * SECOND };

/** Steps a run that is ready and keeps what is outside of it: the time, the document, the venues' totals. */
class Driver {
  run = new OpsRun(START, START_MS);
  nowMs = START_MS;
  #document: PublicControlDocument = emptyDocument();
  #gaps = 0;

  constructor() {
    this.step(HEARD);
    this.step(HEARD);
  }

  step(step: Step): readonly OpsEffect[] {
    this.nowMs += step.afterMs;
    this.#do(step);
    this.run.onTime(this.nowMs);
    return this.run.takeEffects();
  }

  restart(): void {
    const saved = JSON.parse(JSON.stringify(this.run.save())) as JsonObject;
    this.run = new OpsRun(START, START_MS);
    this.run.restore(saved);
    assert.deepEqual(JSON.parse(JSON.stringify(this.run.save())), saved);
  }

  #do(step: Step): void {
    const { run, nowMs } = this;
    const revision = this.#document.revision + 1;
    switch (step.kind) {
      case 'call':
        run.onCall(callFact(nowMs, { outcome: step.outcome, retryAfterMs: step.retryAfterMs }));
        break;
      case 'cache':
        run.onCache({ isHit: step.isHit, timeMs: nowMs });
        break;
      case 'host':
        run.onHost(
          hostFact(nowMs, {
            memoryUsedRatio: step.memory,
            eventLoopLagMs: step.lagMs,
            wallClockStepMs: step.clockMs,
          }),
        );
        break;
      case 'venues': {
        this.#gaps += step.gaps;
        const lastMessageMs = step.isHeard ? nowMs : START_MS;
        const kraken = venueFact('kraken', { gaps: this.#gaps, liveBooks: step.live, lastMessageMs, messages: 10 });
        run.onVenues([kraken, venueFact('okx', { lastMessageMs: nowMs })], nowMs);
        break;
      }
      case 'isolate': {
        const isolated = { 'kraken.rest': { sinceMs: nowMs, reason: 'test', actor: ANN } };
        this.#control({ isolatedBreakers: step.isIsolated ? isolated : {} });
        break;
      }
      case 'switch': {
        const expiresAtMs = step.forMs === null ? null : nowMs + step.forMs;
        const setting = { isOn: step.isOn, revision, changedAtMs: nowMs, actor: ANN, reason: 'test' };
        const revertsTo = step.forMs === null ? step.isOn : !step.isOn;
        this.#control({ switches: { 'provider.kraken.rest': { ...setting, expiresAtMs, revertsTo } } });
        break;
      }
      case 'kill': {
        const engaged = {
          engagedAtMs: nowMs,
          reason: 'test',
          operator: 'ann',
          source: 'command',
          trigger: null,
        } as const;
        this.#control({
          kill:
            step.level === null
              ? { kind: 'released', releasedAtMs: nowMs, revision }
              : { kind: 'engaged', level: step.level, ...engaged, revision },
        });
        break;
      }
      case 'file':
        run.onCommand({ kind: 'kill_file', engagement: null, changedAtMs: nowMs }, nowMs);
        break;
      case 'file_removed':
        run.onCommand({ kind: 'kill_file_removed' }, nowMs);
        break;
      case 'signal':
        run.onCommand({ kind: 'kill_signal', name: 'SIGUSR2' }, nowMs);
        break;
      case 'signals':
        run.onSignals([{ symbol: 'A', score: 1, returns: [1, 2, 3] }]);
        break;
      case 'alerts':
        run.onAlerts({ activeP1: 1 });
        break;
      case 'begin':
        run.begin(CALL, 'XBT/USD', nowMs);
        break;
      case 'time':
    }
  }

  #control(change: Partial<PublicControlDocument>): void {
    this.#document = { ...this.#document, ...change, revision: this.#document.revision + 1 };
    this.run.onCommand({ kind: 'control', document: this.#document }, this.nowMs);
  }
}

test('saved and restored at any point, everything goes on as if nothing had been', () => {
  const kinds = new Set<string>();
  fc.assert(
    fc.property(steps, fc.nat(), (all, at) => {
      const [straight, broken] = [new Driver(), new Driver()];
      for (const [i, step] of all.entries()) {
        if (i === at % all.length) broken.restart();
        const effects = straight.step(step);
        assert.deepEqual(broken.step(step), effects);
        for (const effect of effects) kinds.add(effect.kind);
      }
      assert.deepEqual(broken.run.rows(broken.nowMs), straight.run.rows(straight.nowMs));
      assert.deepEqual(broken.run.health(broken.nowMs), straight.run.health(straight.nowMs));
      assert.deepEqual(broken.run.save(), straight.run.save());
    }),
    { numRuns: 300, seed: 7 },
  );
  // The histories were worth it: they met every kind of decision but a change of mode.
  const expected = [
    'breaker_changed',
    'engage_kill_switch',
    'health_grade_changed',
    'kill_level_changed',
    'refused',
    'switch_changed',
  ];
  assert.deepEqual([...kinds].sort(), expected);
});

test('looking changes nothing', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const [looked, left] = [new Driver(), new Driver()];
      for (const step of all) {
        assert.deepEqual(looked.step(step), left.step(step));
        looked.run.rows(looked.nowMs);
        looked.run.health(looked.nowMs);
        looked.run.isAllowed(CALL, looked.nowMs);
      }
      assert.deepEqual(looked.run.rows(looked.nowMs), left.run.rows(left.nowMs));
    }),
    { numRuns: 100 },
  );
});

test('a breaker isolated before the save is released by the document after it', () => {
  const driver = new Driver();
  driver.step({ kind: 'isolate', isIsolated: true, afterMs: 0 });
  driver.restart();
  const effects = driver.step({ kind: 'isolate', isIsolated: false, afterMs: SECOND });
  assert.deepEqual(effects, [
    {
      kind: 'breaker_changed',
      name: 'kraken.rest',
      from: 'isolated',
      to: 'closed',
      reason: '',
      atMs: driver.nowMs,
    },
  ]);
});

test('an engagement is told with its own time, a release with that of the document that made it', () => {
  const driver = new Driver();
  const readyMs = driver.nowMs;
  const [engaged] = driver.step({ kind: 'kill', level: 'drain', afterMs: SECOND });
  const [released] = driver.step({ kind: 'kill', level: null, afterMs: 60 * SECOND });
  const at = (effect: OpsEffect | undefined) =>
    effect !== undefined && 'atMs' in effect ? effect.atMs - readyMs : null;
  assert.deepEqual([engaged?.kind, at(engaged)], ['kill_level_changed', SECOND]);
  assert.deepEqual([released?.kind, at(released)], ['kill_level_changed', 61 * SECOND]);
});

test('the fullest budget or quota is what the health grade reads, bursts left out', () => {
  const run = new OpsRun(START, START_MS);
  // 30 of 60 calls a minute; 30 of 3600 an hour; the burst of ten seconds, 10, is three times full.
  for (let i = 0; i < 30; i++) run.onCall(callFact(START_MS));
  run.onTime(START_MS);
  const inputs = run.health(START_MS).components.find(({ name }) => name === 'api_health')!.inputs;
  assert.equal(inputs.find(({ name }) => name === 'rate_limit_usage')!.value, 50);
});

test('a lost connection is no critical error, books that lose updates at once are one, unreadable frames one each', () => {
  const critical = (parts: Partial<VenueFact>) => {
    const run = new OpsRun(START, START_MS);
    const facts = { books: 60, liveBooks: 60, messages: 100, lastMessageMs: START_MS };
    run.onVenues([venueFact('kraken', facts)], START_MS);
    run.onVenues([venueFact('kraken', { ...facts, ...parts })], START_MS + SECOND);
    run.onTime(START_MS + SECOND);
    const cap = run.health(START_MS + SECOND).caps.find(({ name }) => name === 'critical_errors');
    return cap === undefined ? 'A' : `${cap.grade}: ${cap.evidence}`;
  };
  const told = (count: number) => `B: ${count} critical errors in 24 h, wanted 0`;
  assert.equal(critical({ gaps: 60, disconnectGaps: 60, liveBooks: 0 }), 'A');
  assert.equal(critical({ gaps: 60, disconnectGaps: 0 }), told(1));
  assert.equal(critical({ gaps: 61, disconnectGaps: 60 }), told(1));
  assert.equal(critical({ badFrames: 60 }), told(60));
});

test('sixty books that lose an update at once engage nothing, sixty unreadable frames do', () => {
  const fired = (parts: Partial<VenueFact>) => {
    const run = new OpsRun(START, START_MS);
    for (const second of [1, 6, 7, 8]) {
      const timeMs = START_MS + second * SECOND;
      const now = second === 8 ? parts : {};
      run.onVenues(
        [venueFact('kraken', { books: 60, liveBooks: 60, messages: 100, lastMessageMs: timeMs, ...now })],
        timeMs,
      );
      run.onHost(hostFact(timeMs));
      run.onTime(timeMs);
    }
    return run.takeEffects().flatMap((effect) => (effect.kind === 'engage_kill_switch' ? [effect.trigger] : []));
  };
  assert.deepEqual(fired({ gaps: 60, liveBooks: 0 }), []);
  assert.deepEqual(fired({ badFrames: 60 }), ['critical_errors']);
});

test('judged once a second, at once in the beginning, and two seconds after a gap', () => {
  const pace = new JudgePace();
  const due = (...seconds: number[]) => seconds.map((second) => pace.isDue(second * SECOND));
  assert.deepEqual(due(100, 100.25, 101, 101.75, 102.1), [true, false, true, false, true]);
  // Ten seconds are no gap.
  assert.deepEqual(due(112.1, 122.35, 123.35, 124.25, 124.35, 125.35), [true, false, false, false, true, true]);
  // Suspended again while it waits: nothing it was told is of now.
  assert.deepEqual(due(200, 300, 302), [false, true, true]);
});
