/** Judges one venue by the four limits of `venue_health` and by its age. Never calls a venue healthy that it knows too little of. */

import { MINUTE_MS, SECOND_MS } from '../../base/time.ts';
import type { VenueFact } from '../facts.ts';
import type { VenueHealthConfig } from '../ops-config.ts';
import { gradeOf, type Limit, type StatusUnit } from '../status.ts';

/** Older news is none (the guide's program: strictly more than five minutes). */
export const MAX_VENUE_AGE_MS = 5 * MINUTE_MS;

export type VenueMeasureName = 'uptime_percent' | 'latency_ms' | 'depth_usd' | 'spread_bps';

/** One figure of a venue, in its unit, beside the limit that it must keep. Null limit: not judged. Null value: not known. */
export interface VenueMeasure {
  readonly name: VenueMeasureName;
  readonly value: number | null;
  readonly unit: StatusUnit;
  readonly limit: Limit | null;
}

/**
 * - `healthy`: fresh, and everything that has a limit is known and keeps it
 * - `unhealthy`: a limit is broken, or the news is too old
 * - `unknown`: nothing is broken, but something that has a limit is not known; counts as not healthy
 */
export interface VenueVerdict {
  readonly venue: string;
  readonly kind: 'healthy' | 'unhealthy' | 'unknown';
  /** One short clause for each thing that keeps it from being healthy; empty when it is. */
  readonly reasons: readonly string[];
}

/** The four figures of a venue with their limits, units made explicit: uptime in percent, whatever the config's key says. */
export function venueMeasures(fact: VenueFact, config: VenueHealthConfig): VenueMeasure[] {
  return [
    {
      name: 'uptime_percent',
      value: fact.uptimeRatio === null ? null : percentOf(fact.uptimeRatio),
      unit: 'percent',
      limit: limitOf('below', percentOf(config.minUptimePercent)),
    },
    { name: 'latency_ms', value: fact.latencyMs, unit: 'ms', limit: limitOf('above', config.maxLatencyMs) },
    { name: 'depth_usd', value: fact.depthUsd, unit: 'usd', limit: limitOf('below', config.minDepthUsd) },
    { name: 'spread_bps', value: fact.spreadBps, unit: 'bps', limit: limitOf('above', config.maxSpreadBps) },
  ];
}

/**
 * @param factMs - when the fact was told
 * @param nowMs - its age counts from the older of the fact and the venue's last message
 */
export function judgeVenue(fact: VenueFact, factMs: number, nowMs: number, config: VenueHealthConfig): VenueVerdict {
  const judged = venueMeasures(fact, config).filter((measure) => measure.limit !== null);
  const missing = judged.filter((measure) => !isKnown(measure));
  const broken = judged.filter((measure) => isKnown(measure) && gradeOf(measure.value!, measure.limit!) !== 'OK');
  const ageMs = nowMs - Math.min(factMs, fact.lastMessageMs ?? factMs);
  const isStale = ageMs > MAX_VENUE_AGE_MS;
  const reasons = [
    ...(isStale ? [`nothing heard for ${Math.floor(ageMs / SECOND_MS)} s`] : []),
    ...broken.map(complaintOf),
    ...missing.map((measure) => `${LABELS[measure.name].word} unknown`),
  ];
  const kind = isStale || broken.length > 0 ? 'unhealthy' : missing.length > 0 ? 'unknown' : 'healthy';
  return { venue: fact.venue, kind, reasons };
}

/** A ratio in percent, without the dust of binary fractions: 0.07 is 7, not 7.000000000000001. */
export function percentOf(ratio: number): number {
  return Math.round(ratio * 1e8) / 1e6;
}

const LABELS: Readonly<Record<VenueMeasureName, { word: string; sign: string; decimals: number }>> = {
  uptime_percent: { word: 'uptime', sign: '%', decimals: 2 },
  latency_ms: { word: 'latency', sign: ' ms', decimals: 0 },
  depth_usd: { word: 'depth', sign: ' USD', decimals: 0 },
  spread_bps: { word: 'spread', sign: ' bps', decimals: 1 },
};

/** `spread 250.0 bps > 100 bps` */
function complaintOf({ name, value, limit }: VenueMeasure): string {
  const { word, sign, decimals } = LABELS[name];
  const comparison = limit!.kind === 'below' ? '<' : '>';
  return `${word} ${value!.toFixed(decimals)}${sign} ${comparison} ${limit!.warn}${sign}`;
}

function isKnown(measure: VenueMeasure): boolean {
  return measure.value !== null && !Number.isNaN(measure.value);
}

function limitOf(kind: Limit['kind'], warn: number | null): Limit | null {
  return warn === null ? null : { kind, warn, critical: null };
}
