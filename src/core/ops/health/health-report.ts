/** The health grade explained, as one plain object and as status rows. Decides nothing. */

import { SECOND_MS } from '../../base/time.ts';
import type { HealthGrade } from '../kill-switch/health-grade.ts';
import type { HealthConfig } from '../ops-config.ts';
import { gradeOf, type Limit, limitText, noDataRow, type StatusGrade, type StatusRow, statusRow } from '../status.ts';
import type { HealthCap } from './caps.ts';
import type { HealthComponent } from './components.ts';
import { assessmentText, type GradeState, pendingUpgrade } from './grade.ts';
import { type GradePolicy, policyOf } from './policy.ts';

/** What `ops health` shows. */
export interface HealthReport {
  /** The held one, by which the policy goes; null: not graded yet. */
  readonly grade: HealthGrade | null;
  /** When it was taken, ms since the epoch. */
  readonly sinceMs: number | null;
  /** 0 to 100; null: nothing was assessed yet. */
  readonly score: number | null;
  /** By score and caps as of now: where the grade would stand without the hold. */
  readonly assessedGrade: HealthGrade | null;
  readonly pendingUpgrade: { readonly grade: HealthGrade; readonly secondsLeft: number } | null;
  readonly components: readonly HealthComponent[];
  readonly caps: readonly HealthCap[];
  readonly policy: GradePolicy;
}

/** Alert limits of the complete operations guide: warning below 80, critical below 60. */
const SCORE_LIMIT: Limit = { kind: 'below', warn: 80, critical: 60 };
/** Below this the runbook's project recommends to act on a component. */
const COMPONENT_LIMIT: Limit = { kind: 'below', warn: 70, critical: null };
/** The score's limits, in letters. */
const GRADE_STATUS: Readonly<Record<HealthGrade, StatusGrade>> = {
  A: 'OK',
  B: 'OK',
  C: 'WARN',
  D: 'WARN',
  F: 'CRITICAL',
};

export function healthReport(state: GradeState, config: HealthConfig, nowMs: number): HealthReport {
  const { assessment } = state;
  const pending = state.kind === 'graded' ? pendingUpgrade(state, config, nowMs) : null;
  const grade = state.kind === 'graded' ? state.grade : null;
  return {
    grade,
    sinceMs: state.kind === 'graded' ? state.sinceMs : null,
    score: assessment?.score ?? null,
    assessedGrade: assessment?.grade ?? null,
    pendingUpgrade: pending && { grade: pending.grade, secondsLeft: Math.ceil(pending.leftMs / SECOND_MS) },
    components: assessment?.components ?? [],
    caps: assessment?.caps ?? [],
    policy: policyOf(grade),
  };
}

/** The grade with its score, each component, then the policy. */
export function healthRows(state: GradeState, config: HealthConfig, nowMs: number): StatusRow[] {
  const report = healthReport(state, config, nowMs);
  return [
    gradeRow(state, report),
    scoreRow(report.score),
    ...report.components.map(componentRow),
    ...policyRows(report.policy),
  ];
}

function gradeRow(state: GradeState, { grade, pendingUpgrade: pending }: HealthReport): StatusRow {
  const parts = { category: 'health', name: 'grade' } as const;
  const text = state.assessment === null ? 'nothing measured' : assessmentText(state.assessment);
  if (grade === null) return noDataRow(parts, `not ready yet; ${text}`);
  const clauses = [text];
  if (pending !== null) clauses.push(`${pending.grade} in ${pending.secondsLeft} s if it holds`);
  return statusRow({ ...parts, value: grade, status: GRADE_STATUS[grade], message: clauses.join('; ') });
}

function scoreRow(score: number | null): StatusRow {
  const parts = { category: 'health', name: 'grade', part: 'score', unit: 'points', limit: SCORE_LIMIT } as const;
  if (score === null) return noDataRow(parts, 'nothing measured');
  const status = gradeOf(score, SCORE_LIMIT);
  return statusRow({ ...parts, value: score, status, message: status === 'OK' ? '' : limitText(SCORE_LIMIT) });
}

function componentRow(component: HealthComponent): StatusRow {
  const parts = { category: 'health', name: component.name } as const;
  if (component.state === 'not_applicable') return statusRow({ ...parts, value: 'not_applicable' });
  const judged = { ...parts, unit: 'points', limit: COMPONENT_LIMIT } as const;
  if (component.state === 'unknown') return noDataRow(judged, 'no reading, counts as 0 points');
  const { score } = component;
  return statusRow({ ...judged, value: score, status: gradeOf(score, COMPONENT_LIMIT), message: lossText(component) });
}

/** What costs points: `cpu 37.5 points; no reading: disk`. Empty when nothing does. */
function lossText({ inputs }: HealthComponent): string {
  const lost = inputs.flatMap((input) =>
    input.state === 'measured' && input.score < 100 ? [`${input.name} ${input.score.toFixed(1)} points`] : [],
  );
  const unknown = inputs.filter((input) => input.state === 'unknown').map((input) => input.name);
  return [...lost, ...(unknown.length === 0 ? [] : [`no reading: ${unknown.join(', ')}`])].join('; ');
}

function policyRows(policy: GradePolicy): StatusRow[] {
  const row = (part: string) => ({ category: 'health', name: 'policy', part }) as const;
  const yesNo = (part: string, isSo: boolean) => statusRow({ ...row(part), value: isSo ? 'YES' : 'NO' });
  return [
    yesNo('auto_trading', policy.autoTrading),
    statusRow({ ...row('position_size_percent'), value: policy.positionSizePercent, unit: 'percent' }),
    yesNo('new_entries', policy.newEntries),
    yesNo('exits_only', policy.exitsOnly),
    yesNo('kill_switch', policy.killSwitch),
  ];
}
