/**
 * The health grade over time: a worse one at once, a better one only after it held. Measures nothing and publishes nothing.
 *
 * Immutable plain JSON, so saving the state is keeping it.
 */

import { SECOND_MS } from '../../base/time.ts';
import { HEALTH_GRADES, type HealthGrade, isWorse, worseOf } from '../kill-switch/health-grade.ts';
import { SUSPEND_MS } from '../kill-switch/triggers.ts';
import type { HealthConfig } from '../ops-config.ts';
import { capsOf, type HealthCap } from './caps.ts';
import { type HealthComponent, measureComponents, weightedScore } from './components.ts';
import type { HealthInput } from './health-input.ts';

/** How things stand at one moment, whatever they were before. */
export interface Assessment {
  readonly atMs: number;
  /** 0 to 100, cut to one decimal: what is shown and what is graded are the same number. */
  readonly score: number;
  /** By score and caps. */
  readonly grade: HealthGrade;
  readonly components: readonly HealthComponent[];
  readonly caps: readonly HealthCap[];
}

/** Since when it was assessed so well or better without a break, ms since the epoch; null: it is not now. */
export type HeldSince = Readonly<Record<HealthGrade, number | null>>;

/**
 * - `ungraded`: never ready yet. What is not measured yet counts against the score, so a grade would be a false F, and
 *   five minutes of it. The first step that is ready leads out, with the grade as assessed then.
 * - `graded`: for the rest of the run.
 */
export type GradeState =
  | { readonly kind: 'ungraded'; readonly assessment: Assessment | null }
  | {
      readonly kind: 'graded';
      readonly grade: HealthGrade;
      readonly sinceMs: number;
      readonly assessment: Assessment;
      readonly heldSince: HeldSince;
    };

export type GradedState = Extract<GradeState, { kind: 'graded' }>;

/** For the audit and the log line HEALTH_GRADE_CHANGE. */
export interface GradeChange {
  /** Null: it was ungraded. */
  readonly from: HealthGrade | null;
  readonly to: HealthGrade;
  readonly atMs: number;
  readonly score: number;
  /** The score, and what caps it. */
  readonly reason: string;
}

export interface GradeStep {
  readonly state: GradeState;
  /** Null: the grade stayed as it was. */
  readonly change: GradeChange | null;
}

export const INITIAL_GRADE: GradeState = { kind: 'ungraded', assessment: null };

/** Lowest score of each grade, itself included: the runbook's ranges. */
const LOWEST: readonly (readonly [grade: HealthGrade, score: number])[] = [
  ['A', 90],
  ['B', 80],
  ['C', 70],
  ['D', 60],
];

/**
 * Advances the grade by one assessment.
 *
 * @param isReady - did every wanted feed deliver once in this run? Asked only until the first grade.
 * @param nowMs - never earlier than the last one's; about once a second. Over a gap nothing is known to have held.
 */
export function stepGrade(
  state: GradeState,
  input: HealthInput,
  config: HealthConfig,
  isReady: boolean,
  nowMs: number,
): GradeStep {
  const assessment = assess(input, config, nowMs);
  if (state.kind === 'ungraded') {
    if (!isReady) return { state: { kind: 'ungraded', assessment }, change: null };
    const { grade } = assessment;
    const heldSince = nextHeldSince(null, assessment);
    return changed(null, { kind: 'graded', grade, sinceMs: nowMs, assessment, heldSince });
  }
  const hasGap = nowMs - state.assessment.atMs > SUSPEND_MS;
  const heldSince = nextHeldSince(hasGap ? null : state.heldSince, assessment);
  const grade = nextGrade(state.grade, assessment.grade, heldSince, config, nowMs);
  const next = { ...state, assessment, heldSince };
  return grade === state.grade ? { state: next, change: null } : changed(state, { ...next, grade, sinceMs: nowMs });
}

/** The score and grade of one reading, without any memory. */
export function assess(input: HealthInput, config: HealthConfig, nowMs: number): Assessment {
  const components = measureComponents(input, config);
  const caps = capsOf(input, config);
  // The added millionth gives back what summing doubles may have lost: 80 must not become 79.9.
  const score = Math.floor(weightedScore(components) * 10 + 1e-6) / 10;
  const grade = caps.reduce((worst, cap) => worseOf(worst, cap.grade), gradeOfScore(score));
  return { atMs: nowMs, score, grade, components, caps };
}

/** A from 90, B from 80, C from 70, D from 60, else F. */
export function gradeOfScore(score: number): HealthGrade {
  return LOWEST.find(([, lowest]) => score >= lowest)?.[0] ?? 'F';
}

/** The next better grade, and how long it still has to hold; null: none is under way. */
export function pendingUpgrade(
  state: GradedState,
  config: HealthConfig,
  nowMs: number,
): { readonly grade: HealthGrade; readonly leftMs: number } | null {
  let next: { grade: HealthGrade; leftMs: number } | null = null;
  for (const grade of HEALTH_GRADES) {
    const sinceMs = state.heldSince[grade];
    if (sinceMs === null || !isWorse(state.grade, grade)) continue;
    const leftMs = Math.max(0, sinceMs + config.upHoldSeconds * SECOND_MS - nowMs);
    if (next === null || leftMs < next.leftMs) next = { grade, leftMs };
  }
  return next;
}

/** `score 58.3; data_lag caps at D: data 71.0 s old, wanted < 30 s`. */
export function assessmentText({ score, caps }: Assessment): string {
  const clauses = caps.map((cap) => `${cap.name} caps at ${cap.grade}: ${cap.evidence}`);
  return [`score ${score.toFixed(1)}`, ...clauses].join('; ');
}

/** Every grade's clock runs while the assessment is at least as good, so a step from D over B to A loses no time at B. */
function nextHeldSince(before: HeldSince | null, { grade, atMs }: Assessment): HeldSince {
  const since = (letter: HealthGrade) => (isWorse(grade, letter) ? null : (before?.[letter] ?? atMs));
  return { A: since('A'), B: since('B'), C: since('C'), D: since('D'), F: since('F') };
}

function nextGrade(
  held: HealthGrade,
  assessed: HealthGrade,
  heldSince: HeldSince,
  config: HealthConfig,
  nowMs: number,
): HealthGrade {
  if (isWorse(assessed, held)) return assessed;
  const hasHeld = (grade: HealthGrade) => {
    const sinceMs = heldSince[grade];
    return sinceMs !== null && nowMs - sinceMs >= config.upHoldSeconds * SECOND_MS;
  };
  return HEALTH_GRADES.find((grade) => isWorse(held, grade) && hasHeld(grade)) ?? held;
}

function changed(before: GradedState | null, state: GradedState): GradeStep {
  const { grade: to, sinceMs: atMs, assessment } = state;
  const reason = assessmentText(assessment);
  return { state, change: { from: before?.grade ?? null, to, atMs, score: assessment.score, reason } };
}
