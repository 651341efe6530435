/** What a soak came to: every limit, what was seen, and whether it held. Measures nothing. */

import type { LoopDelay, Sample } from '../load/child.ts';
import { median } from '../median.ts';
import { slopeOf } from './slope.ts';

/** What was measured at one moment. */
export interface SoakPoint {
  readonly atMs: number;
  readonly sample: Sample;
  /** Of a process beside it that does nothing. */
  readonly idle: LoopDelay;
  /** Sent to the scanner since the start. */
  readonly frames: number;
}

export interface SoakLimits {
  readonly framesPerSecond: number;
  readonly slopeMbPerMinute: number;
  readonly loopP99Ms: number;
}

export interface SoakCheck {
  readonly name: string;
  readonly limit: string;
  readonly seen: string;
  readonly isMet: boolean;
}

const MB = 1_000_000;
const MINUTE_MS = 60_000;
/** So many of what is open may be there at one moment and not at another: a request under way, a file being written. */
const SPARE_RESOURCES = 8;
const SPARE_LISTENERS = 40;
/** Of what was asked for. */
const LEAST_RATE_RATIO = 0.99;

/** @param points - those that count, in order; at least four */
export function soakChecks(points: readonly SoakPoint[], limits: SoakLimits): SoakCheck[] {
  const first = points[0]!;
  const last = points.at(-1)!;
  const rate = (last.frames - first.frames) / ((last.atMs - first.atMs) / 1000);
  const worst = Math.max(...points.map(({ sample }) => sample.loop!.p99Ms));
  const { wholeP99Ms } = last.sample.loop!;
  const idleMs = last.idle.wholeP99Ms;
  return [
    {
      name: 'messages a second',
      limit: `>= ${limits.framesPerSecond}`,
      seen: rate.toFixed(0),
      isMet: rate >= limits.framesPerSecond * LEAST_RATE_RATIO,
    },
    growth('RSS', points, limits, ({ rss }) => rss),
    growth('heap after a collection', points, limits, ({ heapUsed }) => heapUsed),
    growth('memory outside the heap', points, limits, ({ external }) => external),
    {
      name: 'event loop p99',
      limit: `< ${limits.loopP99Ms} ms`,
      seen: `${wholeP99Ms.toFixed(1)} ms (worst sample ${worst.toFixed(1)} ms; an idle process beside it: ${idleMs.toFixed(1)} ms)`,
      isMet: wholeP99Ms < limits.loopP99Ms,
    },
    ...steady(points),
  ];
}

function growth(
  name: string,
  points: readonly SoakPoint[],
  { slopeMbPerMinute }: SoakLimits,
  value: (sample: Sample) => number,
): SoakCheck {
  const { perUnit, plusMinus } = slopeOf(
    points.map(({ atMs, sample }) => [atMs / MINUTE_MS, value(sample) / MB] as const),
  );
  const now = (value(points.at(-1)!.sample) / MB).toFixed(1);
  return {
    name: `slope of ${name}`,
    limit: `< ${slopeMbPerMinute} MB/min`,
    seen: `${signed(perUnit)} ± ${plusMinus.toFixed(3)} MB/min (now ${now} MB)`,
    isMet: perUnit + plusMinus < slopeMbPerMinute,
  };
}

/** Timers, sockets, listeners: by medians of the first and the last third, so that a moment says nothing. */
function steady(points: readonly SoakPoint[]): SoakCheck[] {
  const third = Math.max(1, Math.floor(points.length / 3));
  const of = (some: readonly SoakPoint[], value: (sample: Sample) => number): number =>
    median(some.map(({ sample }) => value(sample)));
  const compared = (name: string, spare: number, value: (sample: Sample) => number): SoakCheck => {
    const before = of(points.slice(0, third), value);
    const after = of(points.slice(-third), value);
    return { name, limit: `+${spare} at most`, seen: `${before} -> ${after}`, isMet: after <= before + spare };
  };
  const kinds = new Set(points.flatMap(({ sample }) => Object.keys(sample.resources)));
  return [
    ...[...kinds].sort().map((kind) => compared(kind, SPARE_RESOURCES, ({ resources }) => resources[kind] ?? 0)),
    compared('listeners', SPARE_LISTENERS, ({ listeners }) => listeners),
  ];
}

export function checksText(checks: readonly SoakCheck[]): string {
  const widths = (['name', 'limit', 'seen'] as const).map((key) => Math.max(...checks.map((one) => one[key].length)));
  return checks
    .map(({ name, limit, seen, isMet }) =>
      [name.padEnd(widths[0]!), limit.padEnd(widths[1]!), seen.padEnd(widths[2]!), isMet ? 'met' : 'BROKEN'].join('  '),
    )
    .join('\n');
}

function signed(value: number): string {
  return `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(3)}`;
}
