/** What of the operations core's decisions is logged, how seriously, and under which name. Decides nothing itself. */

import { isoText } from '../../core/base/time.ts';
import type { Effect } from '../../core/scan/effect.ts';
import type { Log, LogFacts, LogLevel } from './log.ts';

/** Writes an effect as one line, `at` its own time: a replay's is that of the recording. What is not operations is not logged. */
export function logEffect(log: Log, effect: Effect): void {
  const line = lineOf(effect);
  if (line === null || !('atMs' in effect)) return;
  const [level, event, facts] = line;
  log.write(level, event, { at: isoText(effect.atMs), ...facts });
}

/** A change for the worse, and a grade's in either direction, is a warning: the default level tells it. */
function lineOf(effect: Effect): readonly [LogLevel, string, LogFacts] | null {
  switch (effect.kind) {
    case 'health_grade_changed': {
      const { from, to, score, reason } = effect;
      // The first grade of a run, and a good one: that is no change that anybody must hear of.
      const isGoodStart = from === null && (to === 'A' || to === 'B');
      return [isGoodStart ? 'info' : 'warn', 'HEALTH_GRADE_CHANGE', { from, to, score, reason }];
    }
    case 'kill_level_changed': {
      const { from, to, reason } = effect;
      return [to === null ? 'warn' : 'fatal', 'KILL_SWITCH_CHANGE', { from, to, reason }];
    }
    case 'breaker_changed': {
      const { name, from, to, reason } = effect;
      return [to === 'closed' ? 'info' : 'warn', 'BREAKER_CHANGE', { name, from, to, reason }];
    }
    case 'mode_changed':
      return ['info', 'MODE_CHANGE', { from: effect.from, to: effect.to }];
    case 'switch_changed':
      return ['info', 'SWITCH_CHANGE', { name: effect.name, to: effect.isOn ? 'ON' : 'OFF' }];
    case 'refused': {
      const { action, venue, symbol, refusedBy, name, reason } = effect;
      return ['debug', 'REFUSED', { action, venue, symbol, refused_by: refusedBy, name, reason }];
    }
    default:
      return null;
  }
}
