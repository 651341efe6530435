/** A disk that refuses: recording stops and says so, nothing before is lost, and nothing half written stays. */

import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { JournalError } from '../../src/shell/journal/journal-error.ts';
import { JournalWriter } from '../../src/shell/journal/journal-writer.ts';
import { diskStore, type SegmentStore } from '../../src/shell/journal/segment-file.ts';
import {
  frameInput,
  plainInput,
  readEverything,
  someInputs,
  startInput,
  T0,
  temporaryFolder,
  writeJournal,
} from './support/journals.ts';

/** The real file system with room for `capacity` bytes: a write that does not fit is short, the next one fails. */
function smallDisk(capacity: number): SegmentStore {
  let used = 0;
  return {
    ...diskStore,
    create(path) {
      const file = diskStore.create(path);
      return {
        ...file,
        write(bytes) {
          if (used >= capacity)
            throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
          const written = file.write(bytes.subarray(0, capacity - used));
          used += written;
          return written;
        },
      };
    },
  };
}

test('whenever the disk fills up, the journal holds whole blocks and every lost Input is counted', (t) => {
  const root = temporaryFolder(t);
  const inputs = someInputs(60);
  const values = [startInput(), ...inputs.map(plainInput)];
  let failures = 0;
  for (let capacity = 0; capacity < 6000; capacity += 37) {
    const folder = join(root, String(capacity));
    const options = { flushEvery: 4, maxSegmentBytes: 700, store: smallDisk(capacity) };
    let writer: ReturnType<typeof writeJournal>;
    try {
      writer = writeJournal(folder, inputs, options);
    } catch (error) {
      assert.ok(error instanceof JournalError && error.code === 'journal_write_failed');
      assert.throws(() => readEverything(folder), /holds no journal/);
      continue;
    }
    const read = readEverything(folder);
    assert.deepEqual(read.values, values.slice(0, read.values.length));
    assert.equal(read.values.length - 1 + writer.lostRecords, inputs.length);
    assert.equal(writer.sequence, inputs.length);
    if (writer.failure === null) continue;
    failures += 1;
    assert.match(writer.failure.message, /recording stopped: ENOSPC/);
    const problem = read.problems.map(({ code }) => code).join();
    assert.ok(['no_trailer', 'missing_segment'].includes(problem), problem);
  }
  assert.ok(failures > 20, `${failures} failures seen`);
});

/** Size of a journal that holds no record yet. */
function headerBytes(t: TestContext): number {
  const folder = temporaryFolder(t);
  JournalWriter.create(folder, { session: 's', start: startInput(), checkpoint: () => ({}) });
  return statSync(join(folder, 's-000000.crj')).size;
}

test('a disk that fills up while a full block is written loses what was in it and the record that did not fit', (t) => {
  const folder = temporaryFolder(t);
  const inputs = Array.from({ length: 5 }, (_, i) => frameInput('x'.repeat(100_000), T0 + i));
  const writer = writeJournal(folder, inputs, { store: smallDisk(headerBytes(t)) });
  assert.deepEqual([writer.failure?.code, writer.lostRecords, writer.sequence], ['journal_write_failed', 5, 5]);
  assert.equal(readEverything(folder).values.length, 1);
});

test('a write that is short but not refused is continued', (t) => {
  const folder = temporaryFolder(t);
  const store: SegmentStore = {
    ...diskStore,
    create(path) {
      const file = diskStore.create(path);
      return { ...file, write: (bytes) => file.write(bytes.subarray(0, 7)) };
    },
  };
  const writer = writeJournal(folder, someInputs(20), { store });
  assert.equal(writer.failure, null);
  const { values, problems } = readEverything(folder);
  assert.equal(values.length, 21);
  assert.deepEqual(problems, []);
});

test('a sync that fails stops recording', (t) => {
  const store: SegmentStore = {
    ...diskStore,
    create(path) {
      const sync = () => {
        throw new Error('EIO: i/o error, fsync');
      };
      return { ...diskStore.create(path), sync };
    },
  };
  const writer = writeJournal(temporaryFolder(t), someInputs(8), { store, fsync: true, flushEvery: 4 });
  assert.equal(writer.failure?.code, 'journal_write_failed');
  assert.equal(writer.lostRecords, 4);
});
