/** What each kill level stops, in one table that everything that stops asks. Says nothing about who engaged it or when. */

import { KILL_LEVELS, type KillLevel } from '../ops-config.ts';

/**
 * What a scanner does, as far as the kill switch knows it.
 *
 * - `publish_events`, `publish_candidates`, `market_alerts`: what leaves for others about the market
 * - `operational_alerts`: telling people how the scanner itself is: that the kill switch is engaged, first of all
 * - `detectors`: judging what the feeds were made into; what they find is suppressed where events are
 * - `sockets`, `calls`: connections to venues; requests to their REST interfaces
 * - `books`, `bars`: what the feeds are made into
 * - `journal`: records of Inputs; `journal_trailer`: the last record, which says that the journal is whole
 * - `snapshots`: status snapshots as files; `artifacts`: every other file that a run writes
 * - `audit`, `heartbeat`, `status`: how an operator sees what happened. Nothing stops these.
 */
export const ACTIVITIES = [
  'publish_events',
  'publish_candidates',
  'market_alerts',
  'operational_alerts',
  'detectors',
  'sockets',
  'calls',
  'books',
  'bars',
  'journal',
  'journal_trailer',
  'snapshots',
  'artifacts',
  'audit',
  'heartbeat',
  'status',
] as const;
export type Activity = (typeof ACTIVITIES)[number];

/**
 * - `goes_on`: as if nothing had happened
 * - `suppressed`: still made and counted, with the reason, but not let out
 * - `finishes`: what is begun is brought to its end (the open minute, the last snapshot, the trailer); nothing new begins
 * - `stops`: at once, whatever is open
 */
export type LevelEffect = 'goes_on' | 'suppressed' | 'finishes' | 'stops';

/** Of each activity, what becomes of it at each level. */
export const KILL_LEVEL_EFFECTS: Readonly<Record<Activity, Readonly<Record<KillLevel, LevelEffect>>>> = {
  publish_events: { pause: 'suppressed', drain: 'suppressed', kill: 'stops' },
  publish_candidates: { pause: 'suppressed', drain: 'suppressed', kill: 'stops' },
  market_alerts: { pause: 'suppressed', drain: 'suppressed', kill: 'stops' },
  operational_alerts: { pause: 'goes_on', drain: 'goes_on', kill: 'goes_on' },
  detectors: { pause: 'goes_on', drain: 'finishes', kill: 'stops' },
  sockets: { pause: 'goes_on', drain: 'finishes', kill: 'stops' },
  calls: { pause: 'goes_on', drain: 'finishes', kill: 'stops' },
  books: { pause: 'goes_on', drain: 'finishes', kill: 'stops' },
  bars: { pause: 'goes_on', drain: 'finishes', kill: 'stops' },
  journal: { pause: 'goes_on', drain: 'finishes', kill: 'stops' },
  journal_trailer: { pause: 'goes_on', drain: 'finishes', kill: 'finishes' },
  snapshots: { pause: 'goes_on', drain: 'finishes', kill: 'stops' },
  artifacts: { pause: 'goes_on', drain: 'finishes', kill: 'stops' },
  audit: { pause: 'goes_on', drain: 'goes_on', kill: 'goes_on' },
  heartbeat: { pause: 'goes_on', drain: 'goes_on', kill: 'goes_on' },
  status: { pause: 'goes_on', drain: 'goes_on', kill: 'goes_on' },
};

/**
 * Whether an activity must not happen now.
 *
 * @param level - null: the switch is released
 * @param isFinished - has everything that `finishes` come to its end? Before, it is let through; after, it is stopped.
 */
export function isStopped(level: KillLevel | null, activity: Activity, isFinished = false): boolean {
  if (level === null) return false;
  const effect = KILL_LEVEL_EFFECTS[activity][level];
  return effect === 'finishes' ? isFinished : effect !== 'goes_on';
}

/** Does `a` stop more than `b`? */
export function isHarsher(a: KillLevel, b: KillLevel): boolean {
  return KILL_LEVELS.indexOf(a) > KILL_LEVELS.indexOf(b);
}

/** The one that stops more. */
export function harsherOf(a: KillLevel, b: KillLevel): KillLevel {
  return isHarsher(a, b) ? a : b;
}
