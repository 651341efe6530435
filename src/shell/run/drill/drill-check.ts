/** One expectation of a drill, and what came of it. Types only. */

export interface DrillCheck {
  readonly name: string;
  /** For people: `at least 4`. */
  readonly expected: string;
  readonly seen: string;
  readonly isMet: boolean;
}
