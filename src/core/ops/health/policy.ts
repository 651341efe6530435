/** The go/no-go matrix of the runbook: what each grade permits. Enforces nothing itself. */

import type { HealthGrade } from '../kill-switch/health-grade.ts';

export interface GradePolicy {
  readonly autoTrading: boolean;
  /** Of the full size. */
  readonly positionSizePercent: number;
  readonly newEntries: boolean;
  readonly exitsOnly: boolean;
  /** Shall the kill switch be engaged? The trigger `health_grade_f` does it. */
  readonly killSwitch: boolean;
}

/** Cell for cell as in the runbook. Its project's own code trades a C at half size; the runbook wins. */
export const GRADE_POLICIES: Readonly<Record<HealthGrade, GradePolicy>> = {
  A: { autoTrading: true, positionSizePercent: 100, newEntries: true, exitsOnly: false, killSwitch: false },
  B: { autoTrading: true, positionSizePercent: 75, newEntries: true, exitsOnly: false, killSwitch: false },
  C: { autoTrading: false, positionSizePercent: 0, newEntries: false, exitsOnly: true, killSwitch: false },
  D: { autoTrading: false, positionSizePercent: 0, newEntries: false, exitsOnly: true, killSwitch: false },
  F: { autoTrading: false, positionSizePercent: 0, newEntries: false, exitsOnly: true, killSwitch: true },
};

/** @param grade - null: not graded yet, which permits as little as D: nothing is known to be well, nor that it failed */
export function policyOf(grade: HealthGrade | null): GradePolicy {
  return GRADE_POLICIES[grade ?? 'D'];
}
