/** What alerts are configured by (config `alerts.yaml`). Types only; durations in ms. */

import type { AlertPriority, AlertSeverity } from './alert-record.ts';

export type AlertCondition = 'gt' | 'lt' | 'abs_gt' | 'abs_lt';

/** One instrument's limits of one type; `*` stands for every other instrument. */
export interface AlertThreshold {
  readonly threshold: number;
  /** Null: the type asks for none. */
  readonly zscore: number | null;
}

export interface AlertRule {
  readonly type: string;
  readonly description: string;
  /** A metric of `signal/surveillance`, or an operational series (`error_rate_ratio`, `host_cpu_ratio` ...). */
  readonly metric: string;
  readonly priority: AlertPriority;
  readonly severity: AlertSeverity;
  readonly condition: AlertCondition;
  readonly requiresZscore: boolean;
  /** How long the level must hold before it fires; the z-score is asked at onset only. */
  readonly persistenceMs: number;
  /** A key does not fire again sooner than this after it last fired (or was resolved by hand): it stays pending until then. */
  readonly throttleMs: number;
  /** A key does not begin anew sooner than this after it was resolved. */
  readonly cooldownMs: number;
  /** Two values at least this far apart are not one stretch: the time between them counts neither as held nor as over. */
  readonly maxGapMs: number;
  /** How long the level must be over before it resolves. */
  readonly keepFiringMs: number;
  /** It is over when the value is back by this share of the threshold: 0.1 and `gt 3.0` is 2.7 or less. */
  readonly hysteresisRatio: number;
  /** Resolves as `timeout` (a pending one is dropped) without any value for so long. */
  readonly timeoutMs: number;
  /** The type that carries it on when that fires: it is then `superseded`, and does not begin while that fires. Null: none. */
  readonly escalatesTo: string | null;
  /** P2 becomes P1 when it has fired for so long and nobody has acknowledged it; null: never. */
  readonly escalateAfterMs: number | null;
  readonly isEnabled: boolean;
  /** By our instrument id, `*` for the others. A type without an entry for an instrument and without `*` is not judged there. */
  readonly thresholds: Readonly<Record<string, AlertThreshold>>;
  /** The guide that it comes from, such as `seed 4`. */
  readonly source: string;
}

/** Without acknowledgement for so long after it fired, these receivers are told (besides those of the route). */
export interface LadderStep {
  readonly name: string;
  /** The first step's is 0; each later one's is greater. */
  readonly afterMs: number;
  /** Of the priority in force; others stay where they are. */
  readonly priorities: readonly AlertPriority[];
  readonly receivers: readonly string[];
}

export interface AlertsConfig {
  readonly rules: readonly AlertRule[];
  readonly ladder: readonly LadderStep[];
  /** What is aimed at by priority: time to acknowledge and to resolve; shown, not enforced. */
  readonly targets: Readonly<
    Record<AlertPriority, { readonly acknowledgeMs: number | null; readonly resolveMs: number | null }>
  >;
}
