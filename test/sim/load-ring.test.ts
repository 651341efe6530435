/** The load that benches and soak send is a legal stream, round after round: a scanner keeps every book on it. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { writeHome } from '../../bench/load/home.ts';
import { LoadServer } from '../../bench/load/load-server.ts';
import { record } from '../../bench/load/recording.ts';
import { askDesk } from '../../src/shell/run/scan/ask-desk.ts';
import type { BookAnswer, DeskLevel } from '../../src/shell/run/scan/desk-protocol.ts';
import { readSavedStatus } from '../../src/shell/stores/saved-status.ts';
import { tempFolder } from '../cli/support/cryptorun.ts';
import { PACKAGE_ROOT, Running, until } from '../run/scan-support.ts';

const MARKETS = { venues: ['binance', 'binance_usdm', 'kraken', 'okx'], symbolsPerVenue: 2, activity: 3 } as const;
const ROUNDS = 3;
const DEPTH = 10;
const LOSSES = ['reconnects', 'dropped_depth_frames', 'dropped_other_frames'];

const recordings = record(PACKAGE_ROOT, MARKETS, 5_000);
const server = new LoadServer({ markets: MARKETS, recordings, tls: null });
const port = await server.listen();
const home = tempFolder();
writeHome(home, PACKAGE_ROOT, MARKETS, port);
const stateDir = join(home, 'artifacts/state');
after(() => server.close());

test('several rounds leave every book as the ring has it, without a gap', async () => {
  const length = recordings.reduce((sum, { frames }) => sum + frames.length, 0);
  const scan = new Running(home, ['scan', '--venue', MARKETS.venues.join(), '--json']);
  server.setRate(length);
  for (const venue of MARKETS.venues) await scan.said(new RegExp(`"venue":"${venue}","from":"syncing","to":"live"`));
  const { frames } = server.totals();
  await until('several rounds', () => server.totals().frames >= frames + ROUNDS * length);
  server.setRate(0);
  for (const { venue, books } of recordings) {
    for (const symbol of books.keys()) {
      const { depth } = server.book(venue, symbol)!;
      const wanted = [numbers(depth.bids), numbers(depth.asks)];
      let seen: unknown = null;
      for (const untilMs = performance.now() + 10_000; performance.now() < untilMs; ) {
        const answer = await askDesk<BookAnswer>(stateDir, { ask: 'book', venue, symbol, depth: DEPTH });
        seen = answer.state === 'live' ? [numbers(answer.bids), numbers(answer.asks)] : answer.state;
        if (JSON.stringify(seen) === JSON.stringify(wanted)) break;
      }
      assert.deepEqual(seen, wanted, `${venue} ${symbol}`);
    }
  }
  assert.doesNotMatch(scan.stdout, /"event":"gap_/);
  const { rows } = readSavedStatus(join(stateDir, 'status.json'))!;
  const lost = rows.filter(({ part }) => part !== null && LOSSES.includes(part)).map(({ value }) => value);
  assert.deepEqual(new Set(lost), new Set([0]));
  process.emit('SIGINT');
  assert.equal((await scan.ended).code, 130);
});

/** Best levels; the ring's as the venue writes them, the scanner's with decimals of its own. */
function numbers(levels: readonly DeskLevel[]): number[][] {
  return levels.slice(0, DEPTH).map(([price, size]) => [Number(price), Number(size)]);
}
