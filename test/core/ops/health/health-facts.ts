/** A scanner in full health, for the tests to make worse. */

import { assess, type GradeChange, INITIAL_GRADE, stepGrade } from '../../../../src/core/ops/health/grade.ts';
import type { HealthInput } from '../../../../src/core/ops/health/health-input.ts';
import type { HealthConfig } from '../../../../src/core/ops/ops-config.ts';
import { GUIDE_CONFIG } from '../facts.ts';

/** Profile `scanner`, weights .25 .20 .15 .05 of those that exist. */
export const CONFIG: HealthConfig = GUIDE_CONFIG.health;

export const WELL: HealthInput = {
  isDataOff: false,
  apiUptimePercent: 100,
  dataLagMs: 200,
  liveBooks: 40,
  books: 40,
  dataDriftRatio: null,
  cpuRatio: 0.2,
  memoryUsedRatio: 0.5,
  diskUsedRatio: 0.4,
  processingLagMsP95: 2,
  eventLoopLagMs: 5,
  restResponseMs: 120,
  feedLatencyMs: 60,
  callErrorPercent: 0,
  badFramePercent: 0,
  rateLimitUsagePercent: 10,
  authAttempts24h: 0,
  authRefusals24h: 0,
  rateLimitViolations24h: 0,
  predictionAccuracyRatio: null,
  predictionConfidenceRatio: null,
  modelDriftRatio: null,
  executionSuccessRatio: null,
  slippageBps: null,
  riskViolations24h: null,
  errorsPerHour: 0,
  criticalErrors24h: 0,
  enabledVenues: 4,
  healthyVenues: 4,
};

/** Nothing was ever read. */
export const NOTHING = Object.fromEntries(Object.keys(WELL).map((key) => [key, null])) as unknown as HealthInput;

/** All that full health needs besides what `WELL` has. */
export const FULL: Partial<HealthInput> = {
  dataDriftRatio: 0.05,
  predictionAccuracyRatio: 1,
  predictionConfidenceRatio: 0.9,
  modelDriftRatio: 0.05,
  executionSuccessRatio: 1,
  slippageBps: 5,
  riskViolations24h: 0,
};

/** A reading whose assessed grade is this one, by the score alone for F and by a cap for the others. */
export const READING_OF: Readonly<Record<string, HealthInput>> = {
  A: WELL,
  B: { ...WELL, criticalErrors24h: 1 },
  C: { ...WELL, dataLagMs: 40_000 },
  D: { ...WELL, dataLagMs: 61_000 },
  F: NOTHING,
};

export const scoreOf = (input: Partial<HealthInput>, config = CONFIG) => assess({ ...WELL, ...input }, config, 0).score;

/** Steps the grade once a second. */
export class GradeRun {
  state = INITIAL_GRADE;
  nowMs = 0;
  readonly changes: GradeChange[] = [];

  /** So many seconds of the reading of that letter. */
  seconds(count: number, letter: string, isReady = true): this {
    for (let i = 0; i < count; i++) this.after(1, letter, isReady);
    return this;
  }

  /** One reading, after so many seconds. */
  after(seconds: number, letter: string, isReady = true): this {
    this.nowMs += seconds * 1000;
    const { state, change } = stepGrade(this.state, READING_OF[letter]!, CONFIG, isReady, this.nowMs);
    this.state = state;
    if (change !== null) this.changes.push(change);
    return this;
  }

  /** `null>A @1, A>C @5`. */
  get story(): string {
    return this.changes.map(({ from, to, atMs }) => `${from}>${to} @${atMs / 1000}`).join(', ');
  }
}
