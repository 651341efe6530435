import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { KillState } from '../../../../src/core/ops/control/control.ts';
import {
  type Engagement,
  INITIAL_LATCH,
  type KillInput,
  type KillLatch,
  levelOf,
  stepLatch,
} from '../../../../src/core/ops/kill-switch/latch.ts';
import { KILL_LEVELS, type KillLevel } from '../../../../src/core/ops/ops-config.ts';

const engagement = (level: KillLevel, reason = 'by hand'): Engagement => ({
  level,
  engagedAtMs: 1000,
  reason,
  operator: 'ada',
  source: 'command',
  trigger: null,
});
const file = (level: KillLevel | null, changedAtMs = 1): KillInput => ({
  kind: 'seen_file',
  engagement: level === null ? null : engagement(level),
  changedAtMs,
});
const noFile: KillInput = { kind: 'file_removed' };
const signal: KillInput = { kind: 'signal', name: 'SIGUSR2', atMs: 2000 };
const trigger = (level: KillLevel): KillInput => ({
  kind: 'trigger',
  trigger: 'memory',
  level,
  evidence: 'memory used 91%',
  atMs: 3000,
});
const document = (revision: number, kill: KillState): KillInput => ({ kind: 'document', document: { revision, kill } });
const released = (revision: number, killRevision: number): KillInput =>
  document(revision, { kind: 'released', releasedAtMs: 1, revision: killRevision });
const engaged = (revision: number, level: KillLevel, killRevision = revision): KillInput =>
  document(revision, { kind: 'engaged', ...engagement(level), revision: killRevision });
const restored = (latch: KillLatch | null): KillInput => ({ kind: 'restored_state', latch, atMs: 4000 });

const run = (...inputs: KillInput[]) => inputs.reduce(stepLatch, INITIAL_LATCH);
const levelAfter = (...inputs: KillInput[]) => levelOf(run(...inputs));

test('every way in engages, and says who, why and by which way', () => {
  const rows: readonly (readonly [KillInput, string])[] = [
    [file('drain'), 'drain by ada: by hand (command)'],
    [file(null), 'kill by unknown: a KILL file that says nothing readable (file)'],
    [signal, 'kill by unknown: SIGUSR2 (signal)'],
    [trigger('pause'), 'pause by scanner: memory used 91% (trigger memory)'],
    [engaged(5, 'pause'), 'pause by ada: by hand (command)'],
    [restored(null), 'kill by unknown: state_unreadable (state_unreadable)'],
    [restored(run(file('drain'))), 'drain by ada: by hand (command)'],
  ];
  for (const [input, expected] of rows) {
    const latch = run(input);
    assert.ok(latch.kind === 'engaged', expected);
    const way = `${latch.source}${latch.trigger === null ? '' : ` ${latch.trigger}`}`;
    assert.equal(`${latch.level} by ${latch.operator}: ${latch.reason} (${way})`, expected);
  }
});

test('what engages, what promotes, what never demotes, what releases', () => {
  const rows: readonly (readonly [story: string, inputs: KillInput[], level: KillLevel | null])[] = [
    ['a released document engages nothing', [released(3, 0)], null],
    ['a harsher trigger promotes', [engaged(5, 'pause'), trigger('kill')], 'kill'],
    ['a milder trigger does not demote', [signal, trigger('pause')], 'kill'],
    ['a milder document does not demote', [signal, engaged(6, 'pause')], 'kill'],
    ['a milder file does not demote', [engaged(5, 'kill'), file('pause')], 'kill'],
    ['a later release releases', [engaged(5, 'kill'), released(6, 6)], null],
    ['removing the file does not release', [released(3, 0), file('kill'), noFile], 'kill'],
    ['nor does the document that never knew of it', [released(3, 0), file('kill'), noFile, released(3, 0)], 'kill'],
    ['nor a change of something else', [released(3, 0), signal, released(4, 0)], 'kill'],
    ['nor a release before the engagement', [released(7, 7), signal, released(8, 7)], 'kill'],
    ['a release does nothing while the file lies there', [released(3, 0), file('kill'), released(5, 5)], 'kill'],
    ['and counts when it is gone', [released(3, 0), file('kill'), released(5, 5), noFile, released(5, 5)], null],
    [
      'the same file seen again does not outlive its release',
      [released(3, 0), file('kill'), released(5, 5), file('kill'), noFile, released(5, 5)],
      null,
    ],
    [
      'a file touched again does',
      [released(3, 0), file('kill', 1), released(5, 5), file('kill', 2), noFile, released(5, 5)],
      'kill',
    ],
    [
      'a release may be seen without the engaged document before it',
      [released(3, 0), file('drain'), noFile, released(5, 5)],
      null,
    ],
    ['engaged before any document: the first one only sets the mark', [signal, released(9, 9)], 'kill'],
    ['and a later release releases', [signal, released(9, 9), released(11, 11)], null],
    [
      'an unreadable state is not released by what is already there',
      [released(9, 9), restored(null), released(10, 10)],
      'kill',
    ],
    ['but by the next release', [restored(null), released(10, 10), released(12, 12)], null],
    ['a rebuilt document with lower revisions does not release', [engaged(90, 'kill'), released(40, 40)], 'kill'],
    ['a release after the rebuilt one does', [engaged(90, 'kill'), engaged(40, 'kill'), released(41, 41)], null],
    [
      'a release after a rebuilt released one does too',
      [engaged(90, 'kill'), released(40, 40), released(42, 42)],
      null,
    ],
    [
      'an unreadable state, then a signal: still only the next release',
      [released(9, 9), restored(null), signal, released(10, 10)],
      'kill',
    ],
    [
      'a file of the earlier run is not there until it is seen',
      [restored(run(released(3, 0), file('drain'))), released(5, 5)],
      null,
    ],
    [
      'a milder engagement still outdates an earlier release',
      [released(3, 0), file('kill'), released(5, 5), trigger('pause'), noFile, released(5, 5)],
      'kill',
    ],
    ['restored while engaged: the harsher stays', [engaged(5, 'drain'), restored(run(file('pause')))], 'drain'],
    ['a file rewritten harsher within the same ms promotes', [file('pause', 1), file('kill', 1)], 'kill'],
    ['restored harsher promotes', [engaged(5, 'pause'), restored(run(file('drain')))], 'drain'],
    ['restored released changes nothing', [engaged(5, 'pause'), restored(INITIAL_LATCH)], 'pause'],
    ['a release while we were down holds', [restored(run(engaged(5, 'kill'))), released(7, 6)], null],
  ];
  for (const [story, inputs, level] of rows) assert.equal(levelAfter(...inputs), level, story);
});

test('a milder or equal engagement leaves the first one on record', () => {
  const latch = run(engaged(5, 'kill'), { ...signal, atMs: 9000 } as KillInput);
  assert.ok(latch.kind === 'engaged');
  assert.equal(latch.operator, 'ada');
  assert.equal(latch.engagedAtMs, 1000);
});

test('the same thing seen again gives the same object', () => {
  for (const input of [file('kill'), signal, engaged(5, 'drain'), released(5, 0), noFile, restored(INITIAL_LATCH)]) {
    const latch = run(input);
    assert.equal(stepLatch(latch, input), latch, input.kind);
  }
});

const anyLevel = fc.constantFrom(...KILL_LEVELS);
const anyRevision = fc.integer({ min: 1, max: 12 });
const anyInput: fc.Arbitrary<KillInput> = fc.oneof(
  fc.tuple(fc.option(anyLevel), fc.integer({ min: 1, max: 3 })).map(([level, at]) => file(level, at)),
  fc.constant(noFile),
  fc.constant(signal),
  anyLevel.map(trigger),
  fc.tuple(anyRevision, anyRevision).map(([a, b]) => released(Math.max(a, b), Math.min(a, b))),
  fc.tuple(anyRevision, anyRevision, anyLevel).map(([a, b, level]) => engaged(Math.max(a, b), level, Math.min(a, b))),
  fc.option(fc.array(anyLevel, { maxLength: 1 })).map((levels) => restored(levels && run(...levels.map(trigger)))),
);
const engages = (input: KillInput) =>
  input.kind === 'signal' ||
  input.kind === 'trigger' ||
  (input.kind === 'restored_state' && input.latch?.kind !== 'released');

test('whatever happens: nothing demotes, and only a later release without a file there releases', () => {
  let releases = 0;
  fc.assert(
    fc.property(fc.array(anyInput, { maxLength: 30 }), (inputs) => {
      let latch = INITIAL_LATCH;
      let isFileThere = false;
      let newestSeen = 0;
      let seenAtEngagement = 0;
      for (const input of inputs) {
        const next = stepLatch(latch, input);
        const isDocument = input.kind === 'document';
        if (input.kind === 'seen_file') isFileThere = true;
        if (input.kind === 'file_removed') isFileThere = false;
        if (latch.kind === 'engaged') {
          if (next.kind === 'engaged') assert.ok(KILL_LEVELS.indexOf(next.level) >= KILL_LEVELS.indexOf(latch.level));
          else {
            releases += 1;
            assert.ok(isDocument && input.document.kill.kind === 'released');
            assert.ok(!isFileThere, 'released though a KILL file lies there');
            assert.ok(input.document.kill.revision > seenAtEngagement, 'released by a release of before');
          }
        }
        // Everything that engages leaves it engaged, whatever it was.
        if (engages(input) || input.kind === 'seen_file') assert.equal(next.kind, 'engaged');
        // A rebuilt document counts anew from where it stands.
        if (isDocument && input.document.revision < newestSeen) seenAtEngagement = input.document.revision;
        if (isDocument) newestSeen = input.document.revision;
        if (engages(input) || (isDocument && input.document.kill.kind === 'engaged')) seenAtEngagement = newestSeen;
        latch = next;
      }
    }),
    { numRuns: 2000 },
  );
  assert.ok(releases > 10, `the random stories release often enough to test anything: ${releases}`);
});

test('whatever happened before, removing the file and releasing a recorded engagement always gets out', () => {
  fc.assert(
    fc.property(fc.array(anyInput, { maxLength: 30 }), (inputs) => {
      assert.equal(levelAfter(...inputs, noFile, engaged(100, 'pause'), released(101, 101)), null);
    }),
    { numRuns: 500 },
  );
});

test('saved as JSON in the middle, it goes on the same', () => {
  fc.assert(
    fc.property(fc.array(anyInput, { maxLength: 20 }), fc.array(anyInput, { maxLength: 20 }), (before, after) => {
      const straight = run(...before, ...after);
      const saved = JSON.parse(JSON.stringify(run(...before))) as KillLatch;
      assert.deepEqual(after.reduce(stepLatch, saved), straight);
    }),
    { numRuns: 300 },
  );
});
