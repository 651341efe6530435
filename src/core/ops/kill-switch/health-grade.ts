/** The letters of the health grade, for all who act on one. How a grade comes about is told in the room `health`. */

/** Best first. */
export const HEALTH_GRADES = ['A', 'B', 'C', 'D', 'F'] as const;
export type HealthGrade = (typeof HEALTH_GRADES)[number];

/** Is `a` worse than `b`? */
export function isWorse(a: HealthGrade, b: HealthGrade): boolean {
  return HEALTH_GRADES.indexOf(a) > HEALTH_GRADES.indexOf(b);
}

/** The worse of the two. */
export function worseOf(a: HealthGrade, b: HealthGrade): HealthGrade {
  return isWorse(a, b) ? a : b;
}
