/** Says whether the strongest signals are one bet in disguise, by Pearson's correlation of their returns. Compares no scores. */

import type { SignalSeries } from '../facts.ts';
import type { CorrelationConfig } from '../ops-config.ts';
import { compareText, type StatusGrade } from '../status.ts';
import type { Gate, GuardResult } from './guard.ts';

const GATE: Gate = { kind: 'signals' };

/** The share of the cap from which the guide's program warns. */
const WARN_SHARE = 0.9;

/**
 * Fewer common returns say nothing: of two series without any relation, one pair in three passes 0.85 with 3 returns, one in
 * 500 with 10 (t-test of Pearson's r).
 */
export const MIN_RETURNS = 10;

/** A pair whose correlation is defined. */
export interface CorrelatedPair {
  readonly first: string;
  readonly second: string;
  /** -1 to 1. */
  readonly correlation: number;
}

/** @param signals - null: nothing makes signals here */
export function correlationResult(signals: readonly SignalSeries[] | null, config: CorrelationConfig): GuardResult {
  const chosen = strongest(signals ?? [], config.topNSignals);
  if (chosen.length === 0) return noData('no signals', {});
  if (chosen.length === 1) return noData(`one signal, ${chosen[0]!.symbol}, and nothing to compare it with`, {});
  const usable = chosen.filter((signal) => isUsable(signal.returns, config.lookbackPeriods));
  const left = chosen.filter((signal) => !usable.includes(signal)).map((signal) => signal.symbol);
  const { worst, undefinedPairs } = worstPair(usable, config.lookbackPeriods);
  const note = [
    ...(left.length > 0 ? [`; left out: ${left.join(', ')} (too few returns, or none that differ)`] : []),
    ...(undefinedPairs > 0 ? [`; pairs without a correlation: ${undefinedPairs}`] : []),
  ].join('');
  if (worst === null) return noData(`no two signals with returns to compare${note}`, { left_out: left });
  return judged(worst, usable.length, left, note, config);
}

/**
 * Pearson's correlation of the last `count` values of two series that end at the same period.
 *
 * @returns -1 to 1; NaN when one of the series is constant there or holds a value that is no number
 */
export function pearson(a: readonly number[], b: readonly number[], count: number): number {
  const [xs, ys] = [a.slice(-count), b.slice(-count)];
  const [meanX, meanY] = [meanOf(xs), meanOf(ys)];
  let [xx, yy, xy] = [0, 0, 0];
  for (const [i, x] of xs.entries()) {
    const dx = x - meanX;
    const dy = ys[i]! - meanY;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  // Rounding may carry a perfect correlation a hair beyond 1.
  return isConstant(xs) || isConstant(ys)
    ? Number.NaN
    : Math.max(-1, Math.min(1, xy / (Math.sqrt(xx) * Math.sqrt(yy))));
}

function judged(
  worst: CorrelatedPair,
  analyzed: number,
  left: readonly string[],
  note: string,
  config: CorrelationConfig,
): GuardResult {
  const size = Math.abs(worst.correlation);
  const [figure, cap] = [size.toFixed(3), config.maxCorrelation.toFixed(3)];
  const [status, verdict]: [StatusGrade, string] =
    size >= config.maxCorrelation
      ? ['BLOCK', `too high: ${figure} >= ${cap}`]
      : size >= WARN_SHARE * config.maxCorrelation
        ? ['WARN', `elevated: ${figure} (limit ${cap})`]
        : ['OK', `OK: ${figure} (limit ${cap})`];
  const metadata = {
    max_correlation: size,
    correlation_limit: config.maxCorrelation,
    signals_analyzed: analyzed,
    worst_pair: [worst.first, worst.second],
    left_out: [...left],
  };
  const pair = `${worst.first} and ${worst.second}${worst.correlation < 0 ? ', opposite' : ''}`;
  return {
    name: 'correlation',
    status,
    message: `Signal correlation ${verdict}, ${pair}${note}`,
    metadata,
    gate: GATE,
  };
}

/** The top N by score, each symbol once; equal scores by symbol, so that the choice is the same everywhere. */
function strongest(signals: readonly SignalSeries[], topN: number): SignalSeries[] {
  const sorted = [...signals].sort((a, b) => b.score - a.score || compareText(a.symbol, b.symbol));
  const seen = new Set<string>();
  return sorted.filter(({ symbol }) => !seen.has(symbol) && seen.add(symbol)).slice(0, topN);
}

/** Enough numbers, and not all the same: a constant series has no correlation with anything. */
function isUsable(returns: readonly number[], lookback: number): boolean {
  const recent = returns.slice(-lookback);
  return recent.length >= MIN_RETURNS && recent.every(Number.isFinite) && !isConstant(recent);
}

/** The pair largest in size (the first of equals), and how many pairs have no correlation over what they have in common. */
function worstPair(
  signals: readonly SignalSeries[],
  lookback: number,
): { worst: CorrelatedPair | null; undefinedPairs: number } {
  let worst: CorrelatedPair | null = null;
  let undefinedPairs = 0;
  for (const [i, a] of signals.entries()) {
    for (const b of signals.slice(i + 1)) {
      const correlation = pearson(a.returns, b.returns, Math.min(lookback, a.returns.length, b.returns.length));
      if (Number.isNaN(correlation)) undefinedPairs += 1;
      else if (worst === null || Math.abs(correlation) > Math.abs(worst.correlation)) {
        worst = { first: a.symbol, second: b.symbol, correlation };
      }
    }
  }
  return { worst, undefinedPairs };
}

function noData(reason: string, metadata: GuardResult['metadata']): GuardResult {
  return { name: 'correlation', status: 'NO DATA', message: `no data: ${reason}`, metadata, gate: GATE };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function isConstant(values: readonly number[]): boolean {
  return values.every((value) => value === values[0]);
}
