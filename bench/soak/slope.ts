/** A straight line through measurements, by least squares, and how sure its slope is. */

export interface Slope {
  /** Units of y a unit of x. */
  readonly perUnit: number;
  /** Of the 95 % interval: the slope lies within plus or minus this. NaN of fewer than three points. */
  readonly plusMinus: number;
}

/** Student's t, two-sided 95 %, by degrees of freedom; beyond the table the normal distribution's 1.96 and a little. */
const T_95: readonly (readonly [freedom: number, t: number])[] = [
  [1, 12.706],
  [2, 4.303],
  [3, 3.182],
  [4, 2.776],
  [5, 2.571],
  [7, 2.365],
  [10, 2.228],
  [15, 2.131],
  [20, 2.086],
  [30, 2.042],
  [60, 2.0],
  [120, 1.98],
];

/** @param points - x and y; two or more */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): Slope {
  const count = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / count;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / count;
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) * (x - meanX), 0);
  const perUnit = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
  const rest = points.reduce((sum, [x, y]) => {
    const error = y - meanY - perUnit * (x - meanX);
    return sum + error * error;
  }, 0);
  return { perUnit, plusMinus: tOf(count - 2) * Math.sqrt(rest / (count - 2) / spread) };
}

function tOf(freedom: number): number {
  // The table's next smaller row: wider, so on the safe side.
  return T_95.findLast(([rows]) => rows <= freedom)?.[1] ?? Number.NaN;
}
