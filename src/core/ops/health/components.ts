/**
 * The components of the health score, each from its inputs by its own formula. Knows no grade and no time.
 *
 * Formulas and shares: the runbook's project, `core/health_grading.py`. There, what is missing is left out of the mean, so that
 * one good reading makes an A; here it scores 0, and only what cannot exist is left out: in the profile, or while all venues
 * are off on purpose.
 */

import { HEALTH_COMPONENTS, type HealthComponentName, type HealthConfig } from '../ops-config.ts';
import type { StatusUnit } from '../status.ts';
import type { HealthInput } from './health-input.ts';

/**
 * - `measured`: `score` is what the reading (or some of a component's) is worth
 * - `unknown`: it exists here, but nothing was read: `score` is 0
 * - `not_applicable`: it does not exist here, or not now: no score, and its weight is left out
 */
export type Measured =
  | { readonly state: 'measured' | 'unknown'; readonly score: number }
  | { readonly state: 'not_applicable'; readonly score: null };

/** One reading of a component, `score` in points from 0 to 100, `weight` its share of the component. */
export type HealthReading = Measured & {
  readonly name: string;
  readonly value: number | null;
  readonly unit: StatusUnit;
  readonly weight: number;
};

/** `score` 0 to 100; `weight` its share of the whole, from config. */
export type HealthComponent = Measured & {
  readonly name: HealthComponentName;
  readonly weight: number;
  readonly inputs: readonly HealthReading[];
};

interface Formula {
  readonly name: string;
  readonly unit: StatusUnit;
  readonly weight: number;
  readonly read: (input: HealthInput) => number | null;
  /** May leave 0 to 100; it is clamped. */
  readonly points: (value: number) => number;
  /** Measured by no scanner; left out of its profile. */
  readonly isFullOnly?: boolean;
  /** Read from what venues send or answer; left out while all of them are off and nothing is left of it. */
  readonly isOfVenues?: boolean;
}

const FORMULAS: Readonly<Record<HealthComponentName, readonly Formula[]>> = {
  data_quality: [
    ofVenues(formula('api_uptime', 'percent', 0.4, (input) => input.apiUptimePercent, asIs)),
    ofVenues(formula('freshness', 'ms', 0.3, (input) => input.dataLagMs, lin(5 * 60_000, 60 * 60_000))),
    ofVenues(formula('completeness', 'percent', 0.2, ({ liveBooks, books }) => shareOf(liveBooks, books), asIs)),
    { ...formula('drift', 'ratio', 0.1, (input) => input.dataDriftRatio, lin(0.1, 0.5)), isFullOnly: true },
  ],
  system_performance: [
    formula('cpu', 'percent', 0.25, (input) => percent(input.cpuRatio), lin(50, 80)),
    formula('memory', 'percent', 0.25, (input) => percent(input.memoryUsedRatio), lin(60, 85)),
    formula('disk', 'percent', 0.2, (input) => percent(input.diskUsedRatio), lin(70, 90)),
    formula('response', 'ms', 0.3, (input) => input.processingLagMsP95 ?? input.eventLoopLagMs, lin(100, 1000)),
  ],
  model_performance: [
    formula('accuracy', 'percent', 0.5, (input) => percent(input.predictionAccuracyRatio), asIs),
    formula('confidence', 'ratio', 0.3, (input) => input.predictionConfidenceRatio, lin(0.8, 0.5)),
    formula('drift', 'ratio', 0.2, (input) => input.modelDriftRatio, lin(0.1, 0.3)),
  ],
  api_health: [
    ofVenues(formula('response', 'ms', 0.4, (input) => input.restResponseMs ?? input.feedLatencyMs, lin(200, 2000))),
    ofVenues(
      formula(
        'error_rate',
        'percent',
        0.4,
        (input) => largest(input.callErrorPercent, input.badFramePercent),
        lin(0, 5),
      ),
    ),
    formula('rate_limit_usage', 'percent', 0.2, (input) => input.rateLimitUsagePercent, lin(70, 90)),
  ],
  trading_system: [
    formula('execution_success', 'percent', 0.5, (input) => percent(input.executionSuccessRatio), asIs),
    formula('slippage', 'bps', 0.3, (input) => input.slippageBps, lin(10, 50)),
    formula('risk_violations_24h', 'count', 0.2, (input) => input.riskViolations24h, lin(0, 5)),
  ],
  security: [
    formula('auth_success', 'percent', 0.6, authSuccess, asIs),
    formula('rate_limit_violations_24h', 'count', 0.4, (input) => input.rateLimitViolations24h, lin(0, 10)),
  ],
};

/** All components, in the order of `HEALTH_COMPONENTS`. */
export function measureComponents(input: HealthInput, config: HealthConfig): HealthComponent[] {
  return HEALTH_COMPONENTS.map((name) => {
    const isHere = config.profile === 'full' || (name !== 'model_performance' && name !== 'trading_system');
    const inputs = FORMULAS[name].map((one) =>
      measure(one, input, isHere && (config.profile === 'full' || !one.isFullOnly)),
    );
    return { name, weight: config.weights[name], inputs, ...summary(inputs) };
  });
}

/** The mean of the scores that exist, by weight; 0 when nothing that exists has any weight. */
export function weightedScore(parts: readonly { readonly score: number | null; readonly weight: number }[]): number {
  let sum = 0;
  let weights = 0;
  for (const { score, weight } of parts) {
    if (score === null) continue;
    sum += score * weight;
    weights += weight;
  }
  return weights > 0 ? clamp(sum / weights) : 0;
}

function measure(formula: Formula, input: HealthInput, isHere: boolean): HealthReading {
  const { name, unit, weight, points } = formula;
  const value = isHere ? formula.read(input) : null;
  const isKnown = value !== null && Number.isFinite(value);
  const isOff = formula.isOfVenues === true && input.isDataOff && !isKnown;
  if (!isHere || isOff) return { name, unit, weight, value: null, state: 'not_applicable', score: null };
  if (!isKnown) return { name, unit, weight, value: null, state: 'unknown', score: 0 };
  return { name, unit, weight, value, state: 'measured', score: clamp(points(value)) };
}

function summary(inputs: readonly HealthReading[]): Measured {
  const has = (state: Measured['state']) => inputs.some((input) => input.state === state);
  if (has('measured')) return { state: 'measured', score: weightedScore(inputs) };
  return has('unknown') ? { state: 'unknown', score: 0 } : { state: 'not_applicable', score: null };
}

function formula(
  name: string,
  unit: StatusUnit,
  weight: number,
  read: Formula['read'],
  points: Formula['points'],
): Formula {
  return { name, unit, weight, read, points };
}

function ofVenues(one: Formula): Formula {
  return { ...one, isOfVenues: true };
}

/** 100 at `good` or better, 0 at `bad` or worse, a straight line between; either may be the larger. */
function lin(good: number, bad: number): (value: number) => number {
  return (value) => (100 * (bad - value)) / (bad - good);
}

function asIs(value: number): number {
  return value;
}

function clamp(points: number): number {
  return Math.min(100, Math.max(0, points));
}

function percent(ratio: number | null): number | null {
  return ratio === null ? null : ratio * 100;
}

/** The larger of those that are known. */
function largest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

/** Of no books no share is complete: null. */
function shareOf(count: number | null, total: number | null): number | null {
  return count === null || total === null || total === 0 ? null : (100 * count) / total;
}

/** Nobody who tried was refused, so no attempt at all is full success: the formula punishes refusals. */
function authSuccess({ authAttempts24h: attempts, authRefusals24h: refusals }: HealthInput): number | null {
  if (attempts === null || refusals === null) return null;
  return attempts === 0 ? 100 : (100 * (attempts - refusals)) / attempts;
}
