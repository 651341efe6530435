/** Segments follow each other, each with a checkpoint from which reading may begin. */

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { readJournal } from '../../src/shell/journal/journal-reader.ts';
import { JournalWriter } from '../../src/shell/journal/journal-writer.ts';
import { openJournal } from '../../src/shell/journal/open-journal.ts';
import { someInputs, startInput, T0, temporaryFolder } from './support/journals.ts';

/** Journals 100 Inputs, 10 ms apart, of a "core" that counts its steps: its checkpoint is that count. */
function countedJournal(t: TestContext): string {
  const folder = temporaryFolder(t);
  let steps = 0;
  const options = { session: 's', start: startInput(), maxSegmentBytes: 1000, checkpoint: () => ({ steps }) };
  const writer = JournalWriter.create(folder, options);
  for (const input of someInputs(100)) {
    writer.append(input);
    steps += 1;
  }
  writer.close();
  return folder;
}

test('a checkpoint holds exactly the Inputs before its segment', (t) => {
  const { sessions } = openJournal(countedJournal(t));
  const marks = sessions[0]!.segments.map(({ header }) => header.checkpoint);
  assert.ok(marks.length >= 4);
  assert.equal(marks[0], null);
  for (const mark of marks.slice(1)) assert.equal(mark!.receiveTimeMs, T0 + (mark!.sequence - 1) * 10);
});

test('from any time on, no record of that time or later is left out, and state plus records is the whole', (t) => {
  const journal = openJournal(countedJournal(t));
  for (let fromMs = T0 - 5; fromMs <= T0 + 1005; fromMs += 5) {
    const reader = readJournal(journal, { fromMs });
    assert.equal(reader.next()?.kind, 'start');
    let steps = (reader.checkpoint?.state as { steps: number } | undefined)?.steps ?? 0;
    assert.equal(reader.checkpoint?.sequence ?? 0, steps);
    const first = reader.next();
    if (reader.checkpoint !== null) assert.ok(reader.checkpoint.receiveTimeMs < fromMs);
    for (let input = first; input !== null; input = reader.next()) steps += 1;
    assert.equal(steps, 100);
    assert.deepEqual(reader.problems, []);
  }
});

test('reading begins near the time asked for, not at the start', (t) => {
  const reader = readJournal(openJournal(countedJournal(t)), { fromMs: T0 + 990 });
  reader.next();
  reader.next();
  assert.ok(reader.sequence > 60, `begins at ${reader.sequence}`);
});

test('a time in a later session begins in that session', (t) => {
  const folder = countedJournal(t);
  const later = { session: 'later', start: startInput(T0 + 60_000), checkpoint: () => ({}) };
  JournalWriter.create(folder, later).close();
  const reader = readJournal(openJournal(folder), { fromMs: T0 + 60_000 });
  assert.equal(reader.next()?.receiveTimeMs, T0 + 60_000);
  assert.equal(reader.session, 'later');
  assert.equal(reader.next(), null);
});
