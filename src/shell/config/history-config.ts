/** What is kept in history.db, and for how long (config `scanner.yaml`, `history`). Types only. */

export interface HistoryConfig {
  readonly enabled: boolean;
  /** One sample of each instrument in so many seconds. */
  readonly metricsEverySeconds: number;
  /** 0: no book snapshots. */
  readonly bookSnapshotsEverySeconds: number;
  /** By table. */
  readonly retentionDays: {
    readonly metrics: number;
    readonly alerts: number;
    readonly dataGaps: number;
    readonly ticker: number;
    readonly health: number;
    readonly bars: number;
    readonly books: number;
  };
  /** Rows that may wait to be written; what comes then is dropped and counted. */
  readonly maxQueuedRows: number;
  readonly batchMs: number;
}
