/** The runbook's hard criteria: what a good score cannot make good. Each caps the grade, and says by what. */

import type { HealthGrade } from '../kill-switch/health-grade.ts';
import type { HealthConfig } from '../ops-config.ts';
import type { HealthInput } from './health-input.ts';

/** The grade is at most `grade`. `evidence`: the figure, and what it must keep to. */
export interface HealthCap {
  readonly name: string;
  readonly grade: HealthGrade;
  readonly evidence: string;
}

/** Null grade: the criterion asks for nothing better. */
interface Finding {
  readonly grade: HealthGrade | null;
  readonly evidence: string;
}

/**
 * The caps that hold now, in the runbook's order.
 *
 * A criterion that exists here but has no reading caps at the worst that it can cap at: nobody knows that it is met.
 */
export function capsOf(input: HealthInput, config: HealthConfig): HealthCap[] {
  const { caps, profile } = config;
  const findings: Readonly<Record<string, Finding>> = {
    ...(input.isDataOff ? {} : { venues: venueFinding(input), data_lag: dataLagFinding(input.dataLagMs, caps) }),
    ...(profile === 'full' ? { prediction_accuracy: accuracyFinding(input.predictionAccuracyRatio) } : {}),
    errors: errorFinding(input.errorsPerHour, caps),
    critical_errors: criticalErrorFinding(input.criticalErrors24h),
  };
  return Object.entries(findings).flatMap(([name, { grade, evidence }]) =>
    grade === null ? [] : [{ name, grade, evidence }],
  );
}

/** A wants all agents up, B the core ones: our agents are the venues, and none of them is more core than another. */
function venueFinding({ enabledVenues, healthyVenues }: HealthInput): Finding {
  if (!isKnown(enabledVenues) || !isKnown(healthyVenues))
    return { grade: 'B', evidence: 'unknown: no venue is judged' };
  const evidence = `${healthyVenues} of ${enabledVenues} venues healthy`;
  return { grade: healthyVenues < enabledVenues ? 'B' : null, evidence };
}

/** A and B want less than the C limit; "30-60 seconds" is C, "> 60 seconds" is D. */
function dataLagFinding(lagMs: number | null, caps: HealthConfig['caps']): Finding {
  if (!isKnown(lagMs)) return { grade: 'D', evidence: 'unknown: no market data' };
  const lag = lagMs / 1000;
  const evidence = `data ${lag.toFixed(1)} s old, wanted < ${caps.dataLagCSeconds} s`;
  return { grade: lag > caps.dataLagDSeconds ? 'D' : lag >= caps.dataLagCSeconds ? 'C' : null, evidence };
}

/** "> 75%" is A, "> 70%" is B, "65-70%" is C, "< 65%" is D. */
function accuracyFinding(ratio: number | null): Finding {
  if (!isKnown(ratio)) return { grade: 'D', evidence: 'unknown: no prediction was judged' };
  const evidence = `prediction accuracy ${(ratio * 100).toFixed(1)}%, wanted > 75%`;
  if (ratio > 0.75) return { grade: null, evidence };
  return { grade: ratio > 0.7 ? 'B' : ratio >= 0.65 ? 'C' : 'D', evidence };
}

/** "< 5 non-critical errors/hour" is B, "5-15" is C, "> 15" is D. */
function errorFinding(perHour: number | null, caps: HealthConfig['caps']): Finding {
  if (!isKnown(perHour)) return { grade: 'D', evidence: 'unknown: errors are not counted' };
  const evidence = `${perHour} errors/h, wanted < ${caps.errorsCPerHour}`;
  return { grade: perHour > caps.errorsDPerHour ? 'D' : perHour >= caps.errorsCPerHour ? 'C' : null, evidence };
}

/** A wants none in 24 h. */
function criticalErrorFinding(count: number | null): Finding {
  if (!isKnown(count)) return { grade: 'B', evidence: 'unknown: critical errors are not counted' };
  return { grade: count > 0 ? 'B' : null, evidence: `${count} critical errors in 24 h, wanted 0` };
}

/** NaN would meet every criterion by comparison. */
function isKnown(value: number | null): value is number {
  return value !== null && !Number.isNaN(value);
}
