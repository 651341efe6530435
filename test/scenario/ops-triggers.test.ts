/**
 * The automatic triggers through the Scanner, with the packaged limits: of each, what fires it and what nearly does. Readings
 * come once a second, and are judged a second after; what engages the kill switch is latched at once.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostFact } from '../../src/core/ops/facts.ts';
import { levelOf } from '../../src/core/ops/kill-switch/latch.ts';
import { OpsWorld, packagedOps, SECOND } from '../support/ops-world.ts';

const GIB = 1_073_741_824;

interface Condition {
  readonly host?: Partial<HostFact>;
  /** Default: two frames a venue and second. */
  readonly isSilent?: boolean;
}

/** All is well for 70 s: ready after 6, armed after 66. */
class WatchedWorld extends OpsWorld {
  constructor() {
    super(packagedOps());
    this.connect();
    this.seconds(70);
  }

  /** So many seconds under this condition, or under none. */
  seconds(count: number, condition: Condition = {}): void {
    for (let i = 0; i < count; i++) this.#second(condition);
  }

  /** No Input for so long; what the machine then says of its event loop. */
  gap(seconds: number, eventLoopLagMs: number): void {
    this.nowMs += (seconds - 1) * SECOND;
    this.#second({ host: { eventLoopLagMs } });
  }

  /** `memory drain: memory used 91% ...` of each that fired. */
  get fired(): string[] {
    return this.effects.flatMap((effect) =>
      effect.kind === 'engage_kill_switch' ? [`${effect.trigger} ${effect.level}: ${effect.reason}`] : [],
    );
  }

  #second({ host = {}, isSilent = false }: Condition): void {
    for (let pulse = 1; pulse <= 4; pulse++) {
      this.nowMs += SECOND / 4;
      this.pulse();
      if (isSilent || pulse % 2 === 0) continue;
      this.binanceUpdate();
      this.krakenUpdate();
    }
    this.host(host);
  }
}

/** Everything of the machine at its worst that is no trigger of its own, and every token refused: 0 of 25 of 65 points. */
const WORN: Partial<HostFact> = {
  cpuRatio: 1,
  memoryUsedRatio: 0.9,
  diskUsedRatio: 1,
  lagMsP95: 1000,
  authAttempts24h: 10,
  authRefusals24h: 10,
};
const FULL_DISK: Partial<HostFact> = { diskFreeBytes: GIB - 1 };

type Row = readonly [trigger: string, what: string, happens: (world: WatchedWorld) => void, fired: string | null];

const ROWS: readonly Row[] = [
  [
    'health_grade_f',
    // Data 25, API 9 of 15 (its response 0 of 40 %), security 2 of 5: 36 of 65, 55.4.
    'the machine is worn out, tokens are refused, and calls take two seconds, for 32 s',
    (world) => {
      world.call({ latencyMs: 2000 });
      world.seconds(32, { host: WORN });
    },
    'health_grade_f kill: health grade F for 30 s',
  ],
  // API 15: 42 of 65, 64.6: a D.
  ['health_grade_f', 'the same, but calls are fast', (world) => world.seconds(60, { host: WORN }), null],
  [
    'health_grade_f',
    'the same with slow calls, for 30 s',
    (world) => {
      world.call({ latencyMs: 2000 });
      world.seconds(30, { host: WORN });
      world.seconds(30);
    },
    null,
  ],

  [
    'data_pipeline_silent',
    'no frame for 300.25 s',
    // The last one came a quarter of a second before.
    (world) => world.seconds(300, { isSilent: true }),
    'data_pipeline_silent kill: no data for 300.3 s, limit <= 300 s',
  ],
  [
    'data_pipeline_silent',
    'no frame for 299.25 s',
    (world) => {
      world.seconds(299, { isSilent: true });
      world.seconds(60);
    },
    null,
  ],

  [
    'critical_errors',
    '51 frames in a minute cannot be read',
    (world) => {
      for (let i = 0; i < 51; i++) world.garbage();
      world.seconds(2);
    },
    'critical_errors kill: critical errors 51/min, limit <= 50/min',
  ],
  [
    'critical_errors',
    '50 in a minute, and 50 in the next one',
    (world) => {
      for (let i = 0; i < 50; i++) world.garbage();
      world.seconds(62);
      for (let i = 0; i < 50; i++) world.garbage();
      world.seconds(2);
    },
    null,
  ],

  [
    'memory',
    '91 % for 32 s',
    (world) => world.seconds(32, { host: { memoryUsedRatio: 0.91 } }),
    'memory drain: memory used 91%, limit <= 90% for 30 s',
  ],
  ['memory', '90 % for a minute', (world) => world.seconds(60, { host: { memoryUsedRatio: 0.9 } }), null],
  [
    'memory',
    '91 % for 30 s, twice',
    (world) => {
      world.seconds(30, { host: { memoryUsedRatio: 0.91 } });
      world.seconds(1);
      world.seconds(30, { host: { memoryUsedRatio: 0.91 } });
      world.seconds(2);
    },
    null,
  ],

  [
    'disk_free',
    'one byte less than 1 GiB for 12 s',
    (world) => world.seconds(12, { host: FULL_DISK }),
    'disk_free kill: disk free 1.00 GiB, limit >= 1.00 GiB for 10 s',
  ],
  ['disk_free', '1 GiB for a minute', (world) => world.seconds(60, { host: { diskFreeBytes: GIB } }), null],
  [
    'disk_free',
    'one byte less for 10 s',
    (world) => {
      world.seconds(10, { host: FULL_DISK });
      world.seconds(20);
    },
    null,
  ],

  [
    'event_loop_stall',
    'the loop was 5001 ms late, and then was not',
    (world) => {
      world.seconds(1, { host: { eventLoopLagMs: 5001 } });
      world.seconds(2);
    },
    'event_loop_stall pause: event loop late by 5001 ms, limit <= 5000 ms',
  ],
  [
    'event_loop_stall',
    'that reading is followed by a good one before it is judged',
    (world) => {
      world.host({ eventLoopLagMs: 5001 });
      world.host();
      world.seconds(2);
    },
    'event_loop_stall pause: event loop late by 5001 ms, limit <= 5000 ms',
  ],
  [
    'event_loop_stall',
    'nothing was stepped for 30 s, and the loop says it was busy',
    (world) => {
      world.gap(30, 29_500);
      world.seconds(3);
    },
    'event_loop_stall pause: event loop late by 29500 ms, limit <= 5000 ms',
  ],
  [
    'event_loop_stall',
    'the loop was 5000 ms late',
    (world) => world.seconds(3, { host: { eventLoopLagMs: 5000 } }),
    null,
  ],
  [
    'event_loop_stall',
    'nothing was stepped for 30 s because the machine slept',
    (world) => {
      world.gap(30, 3);
      world.seconds(3);
    },
    null,
  ],

  [
    'clock_skew',
    'the wall clock jumps by 5001 ms and stays there for 32 s',
    (world) => {
      world.seconds(1, { host: { wallClockStepMs: -5001 } });
      world.seconds(31);
    },
    'clock_skew pause: clock off by 5001 ms, limit <= 5000 ms for 30 s',
  ],
  [
    'clock_skew',
    'it jumps by 5000 ms',
    (world) => {
      world.seconds(1, { host: { wallClockStepMs: 5000 } });
      world.seconds(60);
    },
    null,
  ],
  [
    'clock_skew',
    'it jumps by 5001 ms and is set right after 20 s',
    (world) => {
      world.seconds(1, { host: { wallClockStepMs: 5001 } });
      world.seconds(19);
      world.seconds(1, { host: { wallClockStepMs: -5001 } });
      world.seconds(60);
    },
    null,
  ],

  [
    'audit_chain_broken',
    'the audit chain is broken',
    (world) => world.seconds(2, { host: { auditChain: 'broken' } }),
    'audit_chain_broken pause: audit chain broken',
  ],
  [
    'audit_chain_broken',
    'nobody could verify it',
    (world) => world.seconds(60, { host: { auditChain: 'unknown' } }),
    null,
  ],
];

for (const [trigger, what, happens, fired] of ROWS) {
  test(`${trigger} ${fired === null ? 'does not fire' : 'fires'}: ${what}`, () => {
    const world = new WatchedWorld();
    happens(world);
    assert.deepEqual(world.fired, fired === null ? [] : [fired]);
    const level = fired === null ? null : fired.split(/[ :]/)[1];
    assert.equal(levelOf(world.scanner.ops!.latch), level);
    if (fired !== null) assert.ok(fired.startsWith(trigger));
  });
}

test('what holds already is held against nobody before the triggers are armed, and in full after', () => {
  const world = new OpsWorld(packagedOps());
  world.connect();
  const at: number[] = [];
  for (let second = 1; second <= 120; second++) {
    world.nowMs += SECOND;
    world.binanceUpdate();
    world.krakenUpdate();
    world.host({ memoryUsedRatio: 0.99 });
    if (levelOf(world.scanner.ops!.latch) === 'drain') at.push(second);
  }
  // Armed at 66 s, held for 30.
  assert.equal(at[0], 96);
});
