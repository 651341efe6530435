/** Replays recordings by the real command and holds every count against the naive ones. */

import assert from 'node:assert/strict';
import type { ReplayDocument } from '../../../src/shell/run/replay-summary.ts';
import { replayJson } from '../../cli/support/cryptorun.ts';
import { type Counter, type NaiveCounts, NaiveTally } from './naive-counts.ts';
import { filesIn, payloadsOf } from './payloads.ts';

/** One file and what counts its messages. */
export interface Counted {
  readonly path: string;
  readonly count: Counter;
}

/** Counts files naively. */
export function tallyOf(files: readonly Counted[]): NaiveTally {
  const tally = new NaiveTally();
  for (const { path, count } of files) {
    for (const file of filesIn(path)) {
      const payloads = payloadsOf(file);
      tally.messages += payloads.length;
      for (const payload of payloads) count(tally, payload);
    }
  }
  return tally;
}

/** Replays these files together; counts agree, nothing is partial, no book has a gap and none is left unready. */
export function assertReplays(files: readonly Counted[], tally: NaiveTally = tallyOf(files)): ReplayDocument {
  const document = replayJson(files.map(({ path }) => path));
  assert.deepEqual(countsOf(document), Object.fromEntries([...tally.counts].sort()));
  assert.equal(document.totals.messages, tally.messages);
  assert.equal(document.partial, false);
  assert.deepEqual(document.problems, []);
  for (const one of document.instruments) {
    const name = `${one.venue} ${one.symbol}`;
    assert.equal(one.gaps + one.tradeGaps + one.resyncs, 0, `${name}: gaps`);
    assert.equal(one.checksumBad, 0, `${name}: bad checksums`);
    assert.equal(one.bboMismatches, 0, `${name}: another best bid or offer than the venue's own`);
    assert.equal(one.bookState, 'live', name);
  }
  return document;
}

/** The document's counts by `venue symbol`. */
export function countsOf(document: ReplayDocument): Record<string, NaiveCounts> {
  return Object.fromEntries(
    document.instruments.map(({ venue, symbol, trades, bbo, depthUpdates, depthSnapshots }) => [
      `${venue} ${symbol}`,
      { trades, bbo, depthUpdates, depthSnapshots },
    ]),
  );
}
