/** The six hftbacktest recordings replay, alone and merged: every message is counted, no gap, live books, the venue's own top. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertReplays, countsOf, tallyOf } from './support/check.ts';
import { HFTBACKTEST } from './support/hftbacktest.ts';
import { topMatches } from './support/naive-top.ts';
import { payloadsOf, skip } from './support/payloads.ts';

describe('hftbacktest', { skip }, () => {
  for (const recording of HFTBACKTEST) {
    test(`${recording.file} alone`, () => {
      const tally = tallyOf([recording]);
      const { trades, bbo, depth: depthUpdates, venue, symbol } = recording;
      const readme = { trades, bbo, depthUpdates, depthSnapshots: 1 };
      assert.deepEqual(Object.fromEntries(tally.counts), { [`${venue} ${symbol}`]: readme });
      const { instruments, unknownFrames } = assertReplays([recording], tally);
      assert.deepEqual(unknownFrames, {});
      const top = topMatches(payloadsOf(recording.path).map(({ text }) => text));
      assert.ok(top.matches > 0);
      assert.equal(top.mismatches, 0, 'the naive book differs from bookTicker');
      assert.equal(instruments[0]!.bboMatches, top.matches);
      assert.ok(Math.abs(instruments[0]!.mid! / top.mid - 1) < 1e-12, `mid ${instruments[0]!.mid}, naively ${top.mid}`);
    });
  }

  test('all six, merged', () => {
    const document = assertReplays(HFTBACKTEST);
    assert.equal(document.totals.messages, 332_200);
    assert.equal(document.totals.trades, 55_270);
    const alone = HFTBACKTEST.map((recording) => Object.fromEntries(tallyOf([recording]).counts));
    assert.deepEqual(countsOf(document), Object.assign({}, ...alone));
  });
});
