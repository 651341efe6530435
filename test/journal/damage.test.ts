/** A journal that was cut, flipped, edited or robbed of a segment: what was whole is read, and `verify` names the rest. */

import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { JournalError } from '../../src/shell/journal/journal-error.ts';
import { type JournalProblem, problemText } from '../../src/shell/journal/problem.ts';
import { diskStore } from '../../src/shell/journal/segment-file.ts';
import { SegmentWriter } from '../../src/shell/journal/segment-writer.ts';
import { verify } from '../../src/shell/journal/verify-journal.ts';
import {
  plainInput,
  readEverything,
  someInputs,
  startInput,
  T0,
  temporaryFolder,
  writeJournal,
} from './support/journals.ts';

const FIRST = 's-000000.crj';

/** A folder with one closed segment of five blocks of four records. */
function smallJournal(t: TestContext): { folder: string; path: string; bytes: Buffer; values: unknown[] } {
  const folder = temporaryFolder(t);
  const inputs = someInputs(20);
  writeJournal(folder, inputs, { flushEvery: 4 });
  const path = join(folder, FIRST);
  return { folder, path, bytes: readFileSync(path), values: [startInput(), ...inputs.map(plainInput)] };
}

/** A folder with a session of several segments. */
function longJournal(t: TestContext): string {
  const folder = temporaryFolder(t);
  writeJournal(folder, someInputs(100), { flushEvery: 5, maxSegmentBytes: 1000 });
  return folder;
}

const segment = (number: number) => `s-${String(number).padStart(6, '0')}.crj`;
const codes = (problems: readonly JournalProblem[]) => [...new Set(problems.map(({ code }) => code))].sort();

test('cut at any byte, a journal reads as a prefix of itself and verify says that it is torn', (t) => {
  const { folder, path, bytes, values } = smallJournal(t);
  let longest = 0;
  for (let length = 0; length < bytes.length; length++) {
    writeFileSync(path, bytes.subarray(0, length));
    const read = readEverything(folder);
    assert.deepEqual(read.values, values.slice(0, read.values.length), `cut at ${length}`);
    assert.ok(read.values.length >= longest, `cut at ${length}: fewer records than from a shorter file`);
    longest = read.values.length;
    const found = verify(folder).problems;
    assert.equal(found.length, 1, `cut at ${length}`);
    assert.ok(['torn_tail', 'no_trailer'].includes(found[0]!.code), `cut at ${length}: ${problemText(found[0]!)}`);
    assert.match(found[0]!.message, /\d+ whole records precede it/);
  }
  assert.equal(longest, values.length);
});

test('a tail of zeros, as power loss leaves it, is torn', (t) => {
  const { folder, path, bytes, values } = smallJournal(t);
  writeFileSync(path, Buffer.concat([bytes.subarray(0, bytes.lastIndexOf('CRJB trailer')), Buffer.alloc(5000)]));
  assert.deepEqual(readEverything(folder).values, values);
  const [problem] = verify(folder).problems;
  assert.equal(problem?.code, 'torn_tail');
  assert.match(problemText(problem!), /s-000000\.crj: block 6 at byte \d+: torn_tail: .* 20 whole records precede it$/);
});

test('a flipped byte at any place is found by verify, and reading still gives a prefix', (t) => {
  const { folder, path, bytes, values } = smallJournal(t);
  for (let place = 0; place < bytes.length; place++) {
    for (const mask of [0x01, 0x20, 0x80]) {
      const flipped = Buffer.from(bytes);
      flipped[place]! ^= mask;
      writeFileSync(path, flipped);
      const where = `byte ${place} ^ ${mask}`;
      assert.ok(
        refusesVersion(() => assert.notEqual(verify(folder).problems.length, 0, where)),
        where,
      );
      refusesVersion(() => {
        const read = readEverything(folder).values;
        assert.deepEqual(read, values.slice(0, read.length), where);
      });
    }
  }
});

/** Runs `check`; a flip in the version's digit is an error of its own. */
function refusesVersion(check: () => void): boolean {
  try {
    check();
  } catch (error) {
    if (!(error instanceof JournalError) || error.code !== 'journal_version_unsupported') throw error;
  }
  return true;
}

test('a damaged block is named by file, block and byte, and the blocks after it are still checked', (t) => {
  const { folder, path, bytes, values } = smallJournal(t);
  const second = bytes.indexOf('CRJB records 2 ');
  bytes[bytes.indexOf('\n', second) + 3]! ^= 1;
  writeFileSync(path, bytes);
  const { problems, records } = verify(folder);
  assert.deepEqual(codes(problems), ['damaged_block', 'digest_mismatch']);
  assert.deepEqual([problems[0]?.block, problems[0]?.offset, problems[0]?.path], [2, second, path]);
  assert.equal(records, 16);
  const read = readEverything(folder);
  assert.deepEqual(read.values, values.slice(0, 5));
  assert.deepEqual(codes(read.problems), ['damaged_block']);
});

test('two blocks that changed places are found without any trailer', (t) => {
  const { folder, path, bytes } = smallJournal(t);
  const at = [1, 2, 3].map((block) => bytes.indexOf(`CRJB records ${block} `));
  const [first, second] = [bytes.subarray(at[0], at[1]), bytes.subarray(at[1], at[2])];
  writeFileSync(path, Buffer.concat([bytes.subarray(0, at[0]), second, first]));
  const { problems } = verify(folder);
  assert.match(
    problemText(problems[0]!),
    /block 1 at byte \d+: damaged_block: its frame line says that it is block 2$/,
  );
  assert.equal(readEverything(folder).values.length, 1);
});

test('a segment that is whole in itself but leaves out a record is found', (t) => {
  const folder = temporaryFolder(t);
  const header = {
    formatVersion: 1,
    session: 's',
    segment: 0,
    previousDigest: null,
    checkpoint: null,
    start: startInput(),
  };
  const forged = SegmentWriter.begin(diskStore.create(join(folder, FIRST)), header, null);
  const record = (sequence: number) => `${sequence} pulse ${T0} - {"kind":"pulse","receiveTimeMs":${T0}}\n`;
  forged.writeRecords(Buffer.from(record(1) + record(3) + record(4)), 3);
  forged.end('closed');
  const { problems } = verify(folder);
  assert.deepEqual(codes(problems), ['broken_sequence']);
  assert.match(problems[0]!.message, /record 3 stands where 2 must/);
  assert.deepEqual(readEverything(folder).sequences, [0, 1]);
});

test('a line that is no record is found, though every checksum fits', (t) => {
  const faults: [string, RegExp][] = [
    [`1 pulse ${T0} - {"kind":"pulse","receiveTimeMs":${T0}}`, /does not end with LF/],
    [`1 pulse ${T0}\n`, /fewer than five columns/],
    [`one pulse ${T0} - {}\n`, /not a whole number/],
    [`1 pulse yesterday - {}\n`, /not ms/],
    [`1 pulse ${T0} x {}\n`, /neither a whole number nor -/],
    [`1 pulse ${T0} - {"kind":\n`, /not JSON/],
    [`1 pulse ${T0} - null\n`, /not an Input/],
    [`1 pulse ${T0} - {"kind":"pulse","receiveTimeMs":5}\n`, /not an Input/],
    [`1 frame ${T0} - {}\n`, /names no connection/],
    [`1 frame64 ${T0} 1 not+base64!\n`, /not base64/],
  ];
  for (const [i, [line, wanted]] of faults.entries()) {
    const folder = join(temporaryFolder(t), String(i));
    diskStore.makeFolder(folder);
    const header = {
      formatVersion: 1,
      session: 's',
      segment: 0,
      previousDigest: null,
      checkpoint: null,
      start: startInput(),
    };
    const forged = SegmentWriter.begin(diskStore.create(join(folder, FIRST)), header, null);
    forged.writeRecords(Buffer.from(line), 1);
    forged.end('closed');
    const { problems } = verify(folder);
    assert.equal(problems[0]?.code, 'damaged_record', line);
    assert.match(problems[0].message, wanted);
    assert.equal(readEverything(folder).values.length, 1);
  }
});

test('bytes after the trailer are found', (t) => {
  const { folder, path, bytes } = smallJournal(t);
  writeFileSync(path, Buffer.concat([bytes, Buffer.from('more')]));
  assert.deepEqual(codes(verify(folder).problems), ['damaged_block']);
  writeFileSync(path, Buffer.concat([bytes, bytes.subarray(bytes.indexOf('CRJB records 1'))]));
  assert.deepEqual(codes(verify(folder).problems), ['damaged_block']);
});

test('a whole journal has nothing to tell', (t) => {
  const found = verify(longJournal(t));
  assert.deepEqual(found.problems, []);
  assert.deepEqual([found.sessions, found.records], [1, 100]);
  assert.ok(found.segments >= 4);
});

test('a missing segment is named, and reading stops before it', (t) => {
  const folder = longJournal(t);
  rmSync(join(folder, segment(2)));
  const { problems } = verify(folder);
  assert.deepEqual(codes(problems), ['missing_segment']);
  assert.match(problems[0]!.message, /^s-000002\.crj is missing/);
  const read = readEverything(folder);
  assert.deepEqual(
    read.sequences,
    read.sequences.map((_, i) => i),
  );
  assert.deepEqual(codes(read.problems), ['missing_segment']);
});

test('a missing last segment is named, because the one before it promised it', (t) => {
  const folder = longJournal(t);
  rmSync(join(folder, segment(verify(folder).segments - 1)));
  assert.deepEqual(codes(verify(folder).problems), ['missing_segment']);
});

test('without its first segment a session is read from the first checkpoint there is', (t) => {
  const folder = longJournal(t);
  rmSync(join(folder, segment(0)));
  assert.deepEqual(codes(verify(folder).problems), ['missing_segment']);
  const { sequences } = readEverything(folder);
  assert.ok(sequences[1]! > 1);
  assert.equal(sequences.at(-1), 100);
});

test('two segments that changed names are found', (t) => {
  const folder = longJournal(t);
  renameSync(join(folder, segment(1)), join(folder, 'aside'));
  renameSync(join(folder, segment(2)), join(folder, segment(1)));
  renameSync(join(folder, 'aside'), join(folder, segment(2)));
  const { problems } = verify(folder);
  assert.deepEqual(
    problems.map(({ code }) => code),
    ['misnamed_segment', 'misnamed_segment'],
  );
  assert.equal(readEverything(folder).values.length, 101);
});

test('a segment that is there twice is found, and read once', (t) => {
  const folder = longJournal(t);
  copyFileSync(join(folder, segment(1)), join(folder, 's-000001-copy.crj'));
  assert.deepEqual(codes(verify(folder).problems), ['duplicate_segment', 'misnamed_segment']);
  assert.equal(readEverything(folder).values.length, 101);
});

test('a segment from another recording of the same name breaks the chain, though it is whole in itself', (t) => {
  const folder = longJournal(t);
  const other = temporaryFolder(t);
  const inputs = someInputs(100).map((input, i) =>
    i === 31 ? { ...input, receiveTimeMs: input.receiveTimeMs + 1 } : input,
  );
  writeJournal(other, inputs, { flushEvery: 5, maxSegmentBytes: 1000 });
  copyFileSync(join(other, segment(1)), join(folder, segment(1)));
  const { problems } = verify(folder);
  assert.deepEqual(codes(problems), ['broken_chain']);
  assert.equal(problems[0]?.path, join(folder, segment(2)));
  assert.deepEqual(codes(readEverything(folder).problems), ['broken_chain']);
});

test('a file in the folder that is no journal is a problem; alone it is an error', (t) => {
  const folder = longJournal(t);
  const path = join(folder, 'x.crj');
  writeFileSync(path, 'hello, world: nothing to see here');
  assert.deepEqual(codes(verify(folder).problems), ['unreadable_segment']);
  assert.throws(
    () => verify(path),
    (error) => error instanceof JournalError && error.code === 'not_a_journal',
  );
});

test('a journal of a newer format is refused in words', (t) => {
  const { folder, path, bytes } = smallJournal(t);
  const rest = bytes.subarray(bytes.indexOf('\n'));
  writeFileSync(path, Buffer.concat([Buffer.from('cryptorun-journal 2'), rest]));
  assert.throws(() => readEverything(folder), /journal format 2, this program reads up to 1/);
});
