/** Compares one value with one limit: does it hold, is it over, which of two is worse. Knows no time and no state. */

import type { AlertCondition } from './alerts-config.ts';

/** Is the value beyond the limit? Strictly, for all four conditions; false for NaN, which is no value. */
export function isLevelHeld(condition: AlertCondition, threshold: number, value: number): boolean {
  switch (condition) {
    case 'gt':
      return value > threshold;
    case 'lt':
      return value < threshold;
    case 'abs_gt':
      return Math.abs(value) > threshold;
    case 'abs_lt':
      return Math.abs(value) < threshold;
  }
}

/** Is the value back by `hysteresisRatio` of the limit? False for NaN: what is not known is not over. */
export function isLevelOver(
  condition: AlertCondition,
  threshold: number,
  hysteresisRatio: number,
  value: number,
): boolean {
  if (Number.isNaN(value)) return false;
  const isBelow = condition === 'lt' || condition === 'abs_lt';
  const backwards = isBelow === threshold < 0 ? 1 - hysteresisRatio : 1 + hysteresisRatio;
  return !isLevelHeld(condition, threshold * backwards, value);
}

/** Is `value` further beyond than `than`? With their signs: of a drop, -50 is worse than -30. */
export function isWorse(condition: AlertCondition, value: number, than: number): boolean {
  switch (condition) {
    case 'gt':
      return value > than;
    case 'lt':
      return value < than;
    case 'abs_gt':
      return Math.abs(value) > Math.abs(than);
    case 'abs_lt':
      return Math.abs(value) < Math.abs(than);
  }
}
