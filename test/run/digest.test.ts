/** The same frames give the same digest and files, byte for byte, whatever way they come in. */

import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { readJournal } from '../../src/shell/journal/journal-reader.ts';
import { openJournal } from '../../src/shell/journal/open-journal.ts';
import { replayJson, tempFolder } from '../cli/support/cryptorun.ts';
import { closeTimesMs, filesOf, INPUTS, journalOf, type RunFiles } from './support.ts';

for (const input of INPUTS) {
  describe(input.name, { skip: input.skip }, () => {
    let paths: readonly string[];
    let first: RunFiles;
    let journal: string;
    before(() => {
      paths = input.paths();
      first = filesOf(paths);
      journal = journalOf(paths);
    });

    test('twice in a row', () => {
      assert.deepEqual(filesOf(paths), first);
    });

    test('files in another order', () => {
      assert.deepEqual(filesOf([...paths].reverse()), first);
    });

    test('copies with other names', () => {
      const folder = tempFolder();
      for (const [i, path] of paths.entries()) copyFileSync(path, join(folder, `${(i * 7) % paths.length}-${i}.bin`));
      assert.deepEqual(filesOf([folder]), first);
    });

    test('our own journal of it, in several segments', () => {
      assert.deepEqual(filesOf([journal]), first);
    });

    test('a journal of the journal', () => {
      const again = join(tempFolder(), 'again');
      assert.equal(replayJson([journal, '--record', again]).digest, first.digest);
      assert.deepEqual(filesOf([again]), first);
    });

    test('from a checkpoint: the same digest, and the same lines from there on', () => {
      const closes = closeTimesMs(first);
      assert.ok(closes.length >= 2);
      let checkpoints = 0;
      for (const fromMs of [closes.at(-2)!, closes[Math.floor(closes.length / 2)]! + 10_000]) {
        checkpoints += hasCheckpoint(journal, fromMs) ? 1 : 0;
        const part = filesOf([journal, '--from', String(fromMs)]);
        assert.equal(part.digest, first.digest);
        for (const name of ['bars_1m.csv', 'bars_15m.csv', 'bars_1h.csv'])
          assert.deepEqual(part.files[name], rowsAfter(first.files[name]!, fromMs), name);
        assert.deepEqual(part.files['digest.ndjson'], linesAfter(first.files['digest.ndjson']!, fromMs));
      }
      assert.ok(checkpoints > 0, 'no checkpoint stood before any of these times');
    });
  });
}

/** Does reading the journal from there begin with a checkpoint, and not at its start? */
function hasCheckpoint(journal: string, fromMs: number): boolean {
  const reader = readJournal(openJournal(journal), { fromMs });
  try {
    return reader.next()?.kind === 'start' && reader.checkpoint !== null;
  } finally {
    reader.close();
  }
}

/** The head, and rows of bars that close later. */
function rowsAfter([head, ...rows]: readonly string[], fromMs: number): string[] {
  return [head!, ...rows.filter((row) => Date.parse(row.slice(0, row.indexOf(','))) > fromMs)];
}

/** Lines of minutes that close later, and the last words: of every instrument, whenever its minute was, and of the run. */
function linesAfter(lines: readonly string[], fromMs: number): string[] {
  const values = lines.map((line) => JSON.parse(line) as { minuteMs?: number; venue?: string; symbol?: string });
  const lastOf = new Map(values.map(({ venue, symbol }, i) => [`${venue} ${symbol}`, i]));
  return lines.filter((_, i) => {
    const { minuteMs, venue, symbol } = values[i]!;
    return minuteMs === undefined || minuteMs > fromMs || lastOf.get(`${venue} ${symbol}`) === i;
  });
}
