/** The alert as it is stored, shown and sent: the same record everywhere. Types only. */

export const ALERT_PRIORITIES = ['P1', 'P2', 'P3'] as const;
export type AlertPriority = (typeof ALERT_PRIORITIES)[number];
export type AlertSeverity = 'critical' | 'warning' | 'info';

/**
 * - `superseded`: the same trouble crossed its critical level, and that alert carries it on
 * - `disabled`: its type was turned off, or all alerts; nobody is told
 * - `switched_off`: operators closed the venue that it was about, so nobody can say whether it is over; who was told is told
 */
export type ResolutionKind = 'auto' | 'manual' | 'timeout' | 'while_down' | 'superseded' | 'disabled' | 'switched_off';

/** How an operator (or nobody) took it. */
export interface Acknowledgement {
  readonly atMs: number;
  readonly actor: string;
  readonly reason: string;
}

/**
 * One episode of one condition. Times in ms since the epoch on the series' own clock (exchange time of market metrics, receive
 * time of operational ones); `pendingAtMs <= firedAtMs <= resolved.atMs`.
 */
export interface AlertRecord {
  /** Unique to the episode, and the same however often it is replayed: from the key and `pendingAtMs`. */
  readonly id: string;
  /** `type:instrument:venue` (`-` for none): the same for every episode, on every run. Notifications dedupe by it. */
  readonly key: string;
  readonly type: string;
  /** In force now; `originalPriority` is what it fired with. */
  readonly priority: AlertPriority;
  readonly originalPriority: AlertPriority;
  readonly severity: AlertSeverity;
  readonly venue: string | null;
  /** Our instrument id; of an operational alert the guard, breaker or component that it is about. */
  readonly instrument: string | null;
  readonly metric: string;
  readonly condition: 'gt' | 'lt' | 'abs_gt' | 'abs_lt';
  readonly threshold: number;
  readonly zscoreThreshold: number | null;
  readonly state: 'pending' | 'firing' | 'resolved';
  readonly pendingAtMs: number;
  /** How much of the persistence it has held: holes in the series and outages of ours do not count. */
  readonly heldMs: number;
  readonly firedAtMs: number | null;
  /** What began it, and the newest value that it was judged by. */
  readonly value: number;
  readonly zscore: number | null;
  readonly lastValue: number;
  readonly lastAtMs: number;
  /** The worst value of the episode, with its sign. */
  readonly peakValue: number;
  readonly peakAtMs: number;
  readonly escalatedAtMs: number | null;
  readonly escalationReason: 'unresolved' | 'critical_level' | null;
  readonly acknowledgement: Acknowledgement | null;
  /** Step of the ladder that it has reached without an acknowledgement: 0 is the first. */
  readonly ladderStep: number;
  /** The silence that keeps its notifications back now; null: none. */
  readonly silencedBy: string | null;
  /** It has fired with no silence over it, so somebody was to be told: they are to be told of its end too. */
  readonly isTold: boolean;
  readonly resolution: { readonly kind: ResolutionKind; readonly atMs: number; readonly value: number | null } | null;
}
