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
  /** How long after firing the same key is not notified anew, and how long after it resolved it does not begin anew. */
  readonly throttleMs: number;
  readonly cooldownMs: number;
  /** How long the level must be over before it resolves. */
  readonly keepFiringMs: number;
  /** Resolves when the value is this share of the threshold back over it: 0.1 of 3.0 is 2.7. */
  readonly hysteresisRatio: number;
  /** Resolves as `timeout` without any value for so long. */
  readonly timeoutMs: number;
  /** The type that carries it on when its level is crossed; null: none. */
  readonly escalatesTo: string | null;
  /** P2 becomes P1 when it fires for so long; null: never. */
  readonly escalateAfterMs: number | null;
  readonly isEnabled: boolean;
  /** By our instrument id, `*` for the others. A type without an entry for an instrument and without `*` is not judged there. */
  readonly thresholds: Readonly<Record<string, AlertThreshold>>;
  /** The guide that it comes from, such as `seed 4`. */
  readonly source: string;
}

/** Without acknowledgement for so long, these receivers are told (besides those of the route). */
export interface LadderStep {
  readonly afterMs: number;
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
