/** A file whose times run backwards comes out in order, with bounded memory, and leaves nothing behind. */

import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { RecordingProblem } from '../../src/shell/recording/facts.ts';
import { SourceLine } from '../../src/shell/recording/format/source-line.ts';
import type { Cursor } from '../../src/shell/recording/merge/cursor.ts';
import { SortedLines } from '../../src/shell/recording/merge/sorted-lines.ts';
import { openRecordings } from '../../src/shell/recording/open.ts';
import { files, forEachRecord, hftLine, readAll, tempFolder, timeOf } from './read-all.ts';

interface Row {
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly payload: string;
}

/** Gives rows in their own order. */
function cursorOf(rows: readonly Row[]): Cursor<SourceLine> {
  const current = new SourceLine();
  let next = 0;
  return {
    current,
    step: () => {
      const row = rows[next];
      if (row === undefined) return 'ended';
      current.seconds = row.seconds;
      current.nanoseconds = row.nanoseconds;
      current.line = ++next;
      current.kind = 'frame';
      const bytes = Buffer.from(row.payload);
      current.takeFrame(next % 3, bytes, 0, bytes.length);
      return 'record';
    },
    fill: async () => {},
    close: async () => {},
  };
}

async function drain(sorted: SortedLines): Promise<string[]> {
  const lines: string[] = [];
  for (;;) {
    const step = sorted.step();
    if (step === 'ended') break;
    if (step === 'starved') await sorted.fill();
    else {
      const { seconds, nanoseconds, line, connection, bytes, from, to } = sorted.current;
      lines.push(`${seconds} ${nanoseconds} ${line} ${connection} ${bytes.toString('utf8', from, to)}`);
    }
  }
  await sorted.close();
  return lines;
}

function contextOf(tempDir: string, problems: RecordingProblem[] = []) {
  const onProblem = (problem: RecordingProblem): void => void problems.push(problem);
  return { signal: undefined, onRead: () => {}, onProblem, fallbackTime: { seconds: 0, nanoseconds: 0 }, tempDir };
}

const row = fc.record({
  seconds: fc.integer({ min: 0, max: 3 }),
  nanoseconds: fc.integer({ min: 0, max: 3 }),
  payload: fc.string({ maxLength: 300 }),
});

test('any rows, in runs of any size, come out stable by time and line', async (t) => {
  const tempDir = tempFolder(t);
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 60 }), fc.integer({ min: 1, max: 4000 }), async (rows, runBytes) => {
      const sorted = await drain(new SortedLines('x', cursorOf(rows), contextOf(tempDir), runBytes));
      const expected = rows
        .map((each, index) => ({ ...each, line: index + 1 }))
        .sort((a, b) => a.seconds - b.seconds || a.nanoseconds - b.nanoseconds || a.line - b.line);
      assert.deepEqual(
        sorted,
        expected.map(
          ({ seconds, nanoseconds, line, payload }) => `${seconds} ${nanoseconds} ${line} ${line % 3} ${payload}`,
        ),
      );
    }),
    { numRuns: 60 },
  );
  assert.deepEqual(readdirSync(tempDir), []);
});

test('a record larger than the read buffer crosses the disk whole', async (t) => {
  const rows = [3, 2, 1].map((seconds) => ({ seconds, nanoseconds: 0, payload: String(seconds).repeat(200_000) }));
  const sorted = await drain(new SortedLines('x', cursorOf(rows), contextOf(tempFolder(t)), 1000));
  assert.deepEqual(
    sorted.map((line) => [line[0], line.length]),
    [
      ['1', 200_008],
      ['2', 200_008],
      ['3', 200_008],
    ],
  );
});

test('no room for temporary files is a problem of that file, not a crash', async (t) => {
  const tempDir = tempFolder(t);
  rmSync(tempDir, { recursive: true });
  const problems: RecordingProblem[] = [];
  const rows = [2, 1].map((seconds) => ({ seconds, nanoseconds: 0, payload: 'x' }));
  assert.deepEqual(await drain(new SortedLines('x', cursorOf(rows), contextOf(tempDir, problems), 1)), []);
  assert.match(
    problems[0]!.message,
    /^x: its times run backwards, and putting it in order failed \(ENOENT.*\); make room in /,
  );
});

/** 45 MB of lines, last first: two runs of 32 MiB. */
const COUNT = 220_000;
const backwards = (): Buffer =>
  gzipSync(
    Array.from({ length: COUNT }, (_, i) => hftLine(`1723161255${String(COUNT - i).padStart(9, '0')}`)).join(''),
    { level: 1 },
  );

test('a file too large for one run goes through the temporary folder, which is gone afterwards and after an abort', async (t) => {
  const tempDir = tempFolder(t);
  const [path] = files(t, { a: backwards() });
  const controller = new AbortController();
  const recordings = await openRecordings([path!], { tempDir, signal: controller.signal });
  assert.equal(recordings.files[0]!.sorted, true);
  assert.equal(recordings.files[0]!.backwards, COUNT - 1);
  let count = 0;
  let last = '';
  await forEachRecord(recordings, (record) => {
    if (count === 0) assert.equal(readdirSync(join(tempDir, readdirSync(tempDir)[0]!)).length, 2);
    count += 1;
    assert.ok(timeOf(record) >= last);
    last = timeOf(record);
  });
  assert.equal(count, COUNT + 1);
  assert.deepEqual([readdirSync(tempDir), recordings.problems], [[], []]);

  const again = await openRecordings([path!], { tempDir, signal: controller.signal });
  await again.ready();
  while (again.next() === null) await again.ready();
  assert.equal(readdirSync(tempDir).length, 1);
  controller.abort(new Error('stop'));
  await assert.rejects(again.ready(), /stop/);
  assert.deepEqual(readdirSync(tempDir), []);
});

test('a small file is sorted in memory, ties by line', async (t) => {
  const lines = [
    hftLine('1723161255000000005', 'btcusdt', 1),
    hftLine('1723161255000000001', 'btcusdt', 2),
    hftLine('1723161255000000005', 'btcusdt', 3),
  ];
  const [path] = files(t, { a: lines.join('') });
  const { recordings, records } = await readAll([path!]);
  assert.deepEqual(
    records.slice(1).map((record) => /"t":(\d)/.exec(record)![1]),
    ['2', '1', '3'],
  );
  assert.equal(recordings.files[0]!.sorted, true);
});
