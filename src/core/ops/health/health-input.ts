/** What the health grade is made of, as one reading of everything. Types only. */

/**
 * Null: no reading. Where the component exists in the profile, that counts against the grade.
 *
 * Ratios are 0 to 1, percents 0 to 100.
 */
export interface HealthInput {
  /** Every venue is off on purpose: what only feeds could tell is not applicable. False while no venue is known at all. */
  readonly isDataOff: boolean;
  /** Live share of the time that the enabled venues' books were watched, all venues together. */
  readonly apiUptimePercent: number | null;
  /** Now minus the newest market data of any venue. */
  readonly dataLagMs: number | null;
  readonly liveBooks: number | null;
  readonly books: number | null;
  readonly dataDriftRatio: number | null;

  readonly cpuRatio: number | null;
  readonly memoryUsedRatio: number | null;
  readonly diskUsedRatio: number | null;
  /** Receive to processed; while nothing is received, the event loop's lag stands in. */
  readonly processingLagMsP95: number | null;
  readonly eventLoopLagMs: number | null;

  /** REST, p95 of the window; null without calls: then the feeds' own latency stands in. */
  readonly restResponseMs: number | null;
  /** Event time to receive time, median over venues. */
  readonly feedLatencyMs: number | null;
  /** Calls of the window that failed; frames of the window that could not be read. The worse of the two counts. */
  readonly callErrorPercent: number | null;
  readonly badFramePercent: number | null;
  /** The fullest of all budgets and quotas. */
  readonly rateLimitUsagePercent: number | null;

  /** Tokens presented, and how many of them were refused. */
  readonly authAttempts24h: number | null;
  readonly authRefusals24h: number | null;
  /** 429 and 418 answers. */
  readonly rateLimitViolations24h: number | null;

  readonly predictionAccuracyRatio: number | null;
  readonly predictionConfidenceRatio: number | null;
  readonly modelDriftRatio: number | null;

  readonly executionSuccessRatio: number | null;
  readonly slippageBps: number | null;
  readonly riskViolations24h: number | null;

  /** For the caps alone: counted over the last hour, the last 24 hours, and now. */
  readonly errorsPerHour: number | null;
  readonly criticalErrors24h: number | null;
  readonly enabledVenues: number | null;
  readonly healthyVenues: number | null;
}
