/** What goes into a journal comes out of it: any bytes, any kind of Input, any time, over any number of blocks. */

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import type { Input } from '../../src/core/scan/input.ts';
import { JournalError } from '../../src/shell/journal/journal-error.ts';
import { readJournal } from '../../src/shell/journal/journal-reader.ts';
import { JournalWriter } from '../../src/shell/journal/journal-writer.ts';
import { openJournal } from '../../src/shell/journal/open-journal.ts';
import { parseReceiveTime, receiveTimeText } from '../../src/shell/journal/receive-time.ts';
import { verify } from '../../src/shell/journal/verify-journal.ts';
import {
  frameInput,
  linkInput,
  plainInput,
  readEverything,
  someInputs,
  startInput,
  T0,
  temporaryFolder,
  writeJournal,
} from './support/journals.ts';

const payload = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.string({ unit: 'binary', maxLength: 60 }).map((text) => Buffer.from(text)),
  fc
    .constantFrom('', '\n', '\r', '\r\n', '\0', 'a\0b', '\xff', '{"a":1}\n', ' ', '- -')
    .map((text) => Buffer.from(text, 'latin1')),
);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('frame' as const), payload, connection: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('link' as const), connection: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pulse' as const) }) },
  // A kind that does not exist yet: stored as its JSON without the format knowing it.
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('command' as const), reason: fc.string({ unit: 'binary' }) }) },
);
const run = fc.array(fc.tuple(step, fc.nat({ max: 2_500_000 }), fc.boolean()), { maxLength: 40 });

function inputOf(made: typeof step extends fc.Arbitrary<infer T> ? T : never, receiveTimeMs: number): Input {
  if (made.kind === 'frame') return frameInput(made.payload, receiveTimeMs, made.connection);
  if (made.kind === 'link') return linkInput(made.connection, receiveTimeMs);
  return { ...made, receiveTimeMs } as Input;
}

test('every Input comes back as it was, in order, with contiguous sequence numbers', () => {
  fc.assert(
    fc.property(run, fc.integer({ min: 1, max: 4000 }), (steps, maxSegmentBytes) => {
      const folder = mkdtempSync(join(tmpdir(), 'cryptorun-journal-'));
      try {
        let micros = T0 * 1000;
        const writer = JournalWriter.create(folder, {
          session: 'a',
          start: startInput(),
          maxSegmentBytes,
          checkpoint: () => ({}),
        });
        const written: unknown[] = [startInput()];
        for (const [made, advance, isFlushed] of steps) {
          micros += advance;
          const input = inputOf(made, micros / 1000);
          writer.append(input);
          written.push(plainInput(input));
          if (input.kind === 'frame') input.bytes.fill(0);
          if (isFlushed) writer.flush();
        }
        writer.close();
        const { values, sequences, problems } = readEverything(folder);
        assert.deepEqual(values, written);
        assert.deepEqual(
          sequences,
          written.map((_, i) => i),
        );
        assert.deepEqual([...problems, ...verify(folder).problems], []);
      } finally {
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: 150 },
  );
});

test('receive times keep every microsecond', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 42 * 1000 - 1 }), (micros) => {
      const text = receiveTimeText(micros / 1000);
      assert.match(text, /^\d+(\.\d{0,2}[1-9])?$/);
      assert.equal(parseReceiveTime(Buffer.from(`<${text}>`), 1, 1 + text.length), micros / 1000);
    }),
  );
  assert.equal(receiveTimeText(T0 + 0.05), `${T0}.05`);
  for (const wrong of ['', '.', '1.', '.5', '1.2.3', '1.50', '1.2345', '-1', '1e3', ' 1', '9999999999999999']) {
    assert.ok(Number.isNaN(parseReceiveTime(Buffer.from(wrong), 0, wrong.length)), wrong);
  }
  assert.throws(() => receiveTimeText(T0 + 0.00025), /quantised to 1 us/);
});

test('frames are stored byte for byte; only those that are not one line of text as base64', (t) => {
  const folder = temporaryFolder(t);
  writeJournal(folder, [
    frameInput('{"e":"trade"}', T0),
    frameInput('two\nlines', T0 + 0.5),
    frameInput(Uint8Array.of(0xff), T0 + 1),
    frameInput('a\rb', T0 + 1),
  ]);
  const reader = readJournal(openJournal(folder));
  const lines: string[] = [];
  while (reader.next() !== null) lines.push(reader.line());
  assert.deepEqual(lines.slice(1), [
    `1 frame ${T0} 1 {"e":"trade"}`,
    `2 frame64 ${T0}.5 1 ${Buffer.from('two\nlines').toString('base64')}`,
    `3 frame64 ${T0 + 1} 1 /w==`,
    `4 frame64 ${T0 + 1} 1 YQ1i`,
  ]);
  assert.match(lines[0]!, /^0 start 1723161255000 - \{"kind":"start",/);
});

test('a record larger than a block stands in one of its own', (t) => {
  const folder = temporaryFolder(t);
  const large = 'x'.repeat(600_000);
  const inputs = [
    frameInput('before', T0),
    frameInput(large, T0),
    frameInput(`${large}\n`, T0),
    frameInput('after', T0),
  ];
  writeJournal(folder, inputs);
  assert.deepEqual(readEverything(folder).values.slice(1), inputs.map(plainInput));
  assert.deepEqual(verify(folder).problems, []);
});

test('blocks close at 256 KiB and at one second of receive time', (t) => {
  const folder = temporaryFolder(t);
  const writer = JournalWriter.create(folder, { session: 's', start: startInput(), checkpoint: () => ({}) });
  const seen = () => readEverything(folder).values.length - 1;
  writer.append(frameInput('a', T0));
  writer.append(frameInput('b', T0 + 999.999));
  assert.equal(seen(), 0);
  writer.append(frameInput('c', T0 + 1000));
  assert.equal(seen(), 2);
  for (let i = 0; i < 3; i++) writer.append(frameInput('z'.repeat(100_000), T0 + 1001));
  assert.equal(seen(), 5);
  writer.flush();
  assert.equal(seen(), 6);
  writer.close();
});

test('files are 0600 in a folder of 0700, and an existing journal is not written over', (t) => {
  const folder = join(temporaryFolder(t), 'deep', 'journal');
  writeJournal(folder, someInputs(3));
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.deepEqual(readdirSync(folder), ['s-000000.crj']);
  assert.equal(statSync(join(folder, 's-000000.crj')).mode & 0o777, 0o600);
  const onFile = () => writeJournal(join(folder, 's-000000.crj'), []);
  assert.throws(onFile, (error) => error instanceof JournalError && error.code === 'journal_write_failed');
  const again = () => writeJournal(folder, []);
  assert.throws(again, (error) => error instanceof JournalError && error.code === 'journal_exists');
  assert.equal(readEverything(folder).values.length, 4);
});

test('several sessions are read by start time, or one on demand', (t) => {
  const folder = temporaryFolder(t);
  writeJournal(folder, someInputs(2, T0 + 5000), { session: 'a-later', start: startInput(T0 + 5000) });
  writeJournal(folder, someInputs(2), { session: 'b-earlier' });
  const times = readEverything(folder).values.map((value) => (value as Input).receiveTimeMs - T0);
  assert.deepEqual(times, [0, 0, 10, 5000, 5000, 5010]);
  assert.equal(readEverything(folder, { session: 'a-later' }).values.length, 3);
  const unknown = () => readEverything(folder, { session: 'c' });
  assert.throws(unknown, /no session c; it holds b-earlier, a-later/);
});
