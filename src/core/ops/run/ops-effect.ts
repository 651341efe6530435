/** What the operations core asks of the shell, and tells it. Types only. */

import type { BreakerState } from '../breakers/breaker.ts';
import type { RunMode } from '../control/control.ts';
import type { HealthGrade } from '../kill-switch/health-grade.ts';
import type { KillLevel } from '../ops-config.ts';
import type { Refuser } from './action.ts';

/** Takes the effects of a part, in order. */
export type Tell = (effect: OpsEffect) => void;

export type OpsEffect =
  /** An automatic trigger fired: latch it in the state folder (KILL file, control store). The core has latched it already. */
  | {
      readonly kind: 'engage_kill_switch';
      readonly level: KillLevel;
      readonly trigger: string;
      readonly reason: string;
      readonly atMs: number;
    }
  /** The level in force changed, by whatever way; null: released. */
  | {
      readonly kind: 'kill_level_changed';
      readonly from: KillLevel | null;
      readonly to: KillLevel | null;
      readonly reason: string;
      readonly atMs: number;
    }
  | { readonly kind: 'mode_changed'; readonly from: RunMode; readonly to: RunMode; readonly atMs: number }
  /** As it counts now, timed settings that ran out included. */
  | { readonly kind: 'switch_changed'; readonly name: string; readonly isOn: boolean; readonly atMs: number }
  | {
      readonly kind: 'breaker_changed';
      readonly name: string;
      readonly from: BreakerState['kind'];
      readonly to: BreakerState['kind'];
      readonly reason: string;
      readonly atMs: number;
    }
  | {
      readonly kind: 'health_grade_changed';
      readonly from: HealthGrade | null;
      readonly to: HealthGrade;
      readonly score: number;
      readonly reason: string;
      readonly atMs: number;
    }
  /** An action that the core wanted was not allowed, and so not asked for: who wants it still asks again. */
  | {
      readonly kind: 'refused';
      readonly action: string;
      readonly venue: string | null;
      readonly symbol: string | null;
      readonly refusedBy: Refuser;
      readonly name: string;
      readonly reason: string;
      readonly atMs: number;
    };
