import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ACTIVITIES,
  type Activity,
  harsherOf,
  isStopped,
  KILL_LEVEL_EFFECTS,
} from '../../../../src/core/ops/kill-switch/levels.ts';
import { KILL_LEVELS, type KillLevel } from '../../../../src/core/ops/ops-config.ts';

/** By hand, from the specification's text. `+` goes on, `~` suppressed, `.` is brought to its end, `-` stops. */
const EXPECTED: readonly (readonly [activity: Activity, pauseDrainKill: string, why: string])[] = [
  ['publish_events', '~~-', 'pause: events suppressed with reason; drain is pause and more; kill: no artifact'],
  ['publish_candidates', '~~-', 'as events'],
  ['market_alerts', '~~-', 'as events'],
  ['operational_alerts', '+++', 'whoever is to act must hear that it is engaged; the switch `alerts` silences them'],
  ['detectors', '+.-', 'pause: what they find is suppressed with a reason, so they find it; then as bars'],
  ['sockets', '+.-', 'drain: closed after the open minute; kill: closed within 100 ms'],
  ['calls', '+.-', 'as sockets'],
  ['books', '+.-', 'pause: books go on; drain: until the open minute is finished'],
  ['bars', '+.-', 'as books'],
  ['journal', '+.-', 'pause: goes on; kill: nothing of it but the trailer'],
  ['journal_trailer', '+..', 'kill: written all the same'],
  ['snapshots', '+.-', 'drain: one last snapshot'],
  ['artifacts', '+.-', 'kill: no artifact'],
  ['audit', '+++', 'never stops'],
  ['heartbeat', '+++', 'never stops'],
  ['status', '+++', 'never stops'],
];
const SIGNS = { goes_on: '+', suppressed: '~', finishes: '.', stops: '-' } as const;

test('each level does to each activity what the specification says', () => {
  for (const [activity, signs, why] of EXPECTED) {
    const effects = KILL_LEVELS.map((level) => SIGNS[KILL_LEVEL_EFFECTS[activity][level]]).join('');
    assert.equal(effects, signs, `${activity}: ${why}`);
  }
  assert.deepEqual(
    EXPECTED.map(([activity]) => activity),
    [...ACTIVITIES],
    'every activity has its row',
  );
});

test('a released switch stops nothing, and no level ever stops audit, heartbeat or status', () => {
  for (const activity of ACTIVITIES) assert.equal(isStopped(null, activity, true), false, activity);
  for (const level of KILL_LEVELS) {
    for (const activity of ['audit', 'heartbeat', 'status'] as const)
      assert.equal(isStopped(level, activity, true), false);
  }
});

test('what finishes is let through until it has finished', () => {
  const rows: readonly (readonly [KillLevel, Activity, boolean, boolean])[] = [
    ['pause', 'publish_events', false, true],
    ['pause', 'bars', true, false],
    ['drain', 'bars', false, false],
    ['drain', 'bars', true, true],
    ['drain', 'publish_events', false, true],
    ['kill', 'sockets', false, true],
    ['kill', 'journal', false, true],
    ['kill', 'journal_trailer', false, false],
    ['kill', 'journal_trailer', true, true],
  ];
  for (const [level, activity, isFinished, expected] of rows) {
    assert.equal(isStopped(level, activity, isFinished), expected, `${level} ${activity} ${isFinished}`);
  }
});

test('the harsher of two levels wins in either order, and stops all that the milder one stops', () => {
  for (const [i, a] of KILL_LEVELS.entries()) {
    for (const [j, b] of KILL_LEVELS.entries()) assert.equal(harsherOf(a, b), i > j ? a : b);
    const harsher = KILL_LEVELS[i + 1];
    if (harsher === undefined) continue;
    for (const activity of ACTIVITIES) {
      assert.ok(
        !isStopped(a, activity, true) || isStopped(harsher, activity, true),
        `${harsher} undoes ${a}: ${activity}`,
      );
    }
  }
});
