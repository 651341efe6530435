/** The judging of one run: health grade and automatic triggers, once a second, on what was measured. Engages nothing itself. */

import { type GradeState, INITIAL_GRADE, stepGrade } from '../health/grade.ts';
import { type HealthReport, healthReport, healthRows } from '../health/health-report.ts';
import { triggerRows } from '../kill-switch/trigger-rows.ts';
import { type FiredTrigger, INITIAL_TRIGGERS, stepTriggers, type TriggersState } from '../kill-switch/triggers.ts';
import type { OpsConfig } from '../ops-config.ts';
import type { StatusRow } from '../status.ts';
import { JudgePace, type SavedJudgePace } from './judge-pace.ts';
import { healthInput, type Measured, triggerFacts } from './measures.ts';
import type { Tell } from './ops-effect.ts';

/** Plain JSON. */
export type SavedJudgement = { grade: GradeState; triggers: TriggersState; pace: SavedJudgePace };

export class Judgement {
  readonly #config: OpsConfig;
  readonly #tell: Tell;
  readonly #pace = new JudgePace();
  #grade: GradeState = INITIAL_GRADE;
  #triggers: TriggersState = INITIAL_TRIGGERS;

  constructor(config: OpsConfig, tell: Tell) {
    this.#config = config;
    this.#tell = tell;
  }

  /** Whether it is time; a true answer counts as done. */
  isDue(nowMs: number): boolean {
    return this.#pace.isDue(nowMs);
  }

  /** Tells a change of the grade and what is to be engaged. @returns what fired, for the latch */
  judge(measured: Measured, nowMs: number): readonly FiredTrigger[] {
    const { health, killSwitch } = this.#config;
    const graded = stepGrade(this.#grade, healthInput(measured, nowMs), health, measured.isReady, nowMs);
    this.#grade = graded.state;
    if (graded.change !== null) this.#tell({ kind: 'health_grade_changed', ...graded.change });
    const facts = triggerFacts(measured, graded.state, nowMs);
    const { state, fired } = stepTriggers(this.#triggers, facts, killSwitch.triggers, nowMs);
    this.#triggers = state;
    for (const { name, level, evidence, atMs } of fired) {
      this.#tell({ kind: 'engage_kill_switch', level, trigger: name, reason: evidence, atMs });
    }
    return fired;
  }

  report(nowMs: number): HealthReport {
    return healthReport(this.#grade, this.#config.health, nowMs);
  }

  rows(nowMs: number): StatusRow[] {
    const { health, killSwitch } = this.#config;
    return [...healthRows(this.#grade, health, nowMs), ...triggerRows(this.#triggers, killSwitch.triggers, nowMs)];
  }

  save(): SavedJudgement {
    return { grade: this.#grade, triggers: this.#triggers, pace: this.#pace.save() };
  }

  restore({ grade, triggers, pace }: SavedJudgement): void {
    this.#grade = grade;
    this.#triggers = triggers;
    this.#pace.restore(pace);
  }
}
