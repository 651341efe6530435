/** What one key is judged by, a rule with its limit for one venue and instrument, and the record it begins with. Judges nothing. */

import { sha256Hex } from '../../base/sha256.ts';
import type { AlertRecord } from './alert-record.ts';
import type { AlertRule, LadderStep } from './alerts-config.ts';

/** What a series is about; null: the whole run. */
export interface AlertScope {
  readonly venue: string | null;
  /** Our instrument id; of an operational series the guard, breaker or component. */
  readonly instrument: string | null;
}

export interface AlertTerms {
  /** `type:instrument:venue`, `-` for none. */
  readonly key: string;
  readonly rule: AlertRule;
  readonly scope: AlertScope;
  readonly threshold: number;
  /** A z-score must be beyond this at onset; null: none is asked for. */
  readonly zscoreThreshold: number | null;
  readonly ladder: readonly LadderStep[];
}

/** The terms of a rule in a scope; null where it has no limit for the instrument, nor one for `*`: it is not judged there. */
export function termsOf(rule: AlertRule, scope: AlertScope, ladder: readonly LadderStep[]): AlertTerms | null {
  const { thresholds } = rule;
  const own = scope.instrument !== null && Object.hasOwn(thresholds, scope.instrument);
  const limit = own ? thresholds[scope.instrument] : thresholds['*'];
  if (limit === undefined) return null;
  // A rule that asks for a z-score and names no limit for it could never begin; the configuration is refused for that.
  const zscoreThreshold = rule.requiresZscore ? (limit.zscore ?? Number.POSITIVE_INFINITY) : null;
  return { key: alertKey(rule.type, scope), rule, scope, threshold: limit.threshold, zscoreThreshold, ladder };
}

/** As the surveillance guide has it: `basis_critical:ETH-USDT-PERP:okx`. */
export function alertKey(type: string, { venue, instrument }: AlertScope): string {
  return `${type}:${instrument ?? '-'}:${venue ?? '-'}`;
}

/** 64 bits, in hexadecimal: the same for the same episode, on every run. */
export function alertId(key: string, pendingAtMs: number): string {
  return sha256Hex(`${key} ${pendingAtMs}`).slice(0, 16);
}

/** The record of an episode that begins with this sample. `zscore` NaN: none. */
export function firstRecord(terms: AlertTerms, timeMs: number, value: number, zscore: number): AlertRecord {
  const { key, rule, scope, threshold, zscoreThreshold } = terms;
  return {
    id: alertId(key, timeMs),
    key,
    type: rule.type,
    priority: rule.priority,
    originalPriority: rule.priority,
    severity: rule.severity,
    venue: scope.venue,
    instrument: scope.instrument,
    metric: rule.metric,
    condition: rule.condition,
    threshold,
    zscoreThreshold,
    state: 'pending',
    pendingAtMs: timeMs,
    heldMs: 0,
    firedAtMs: null,
    value,
    zscore: Number.isFinite(zscore) ? zscore : null,
    lastValue: value,
    lastAtMs: timeMs,
    peakValue: value,
    peakAtMs: timeMs,
    escalatedAtMs: null,
    escalationReason: null,
    acknowledgement: null,
    ladderStep: 0,
    silencedBy: null,
    isTold: false,
    resolution: null,
  };
}
