/** Every frame of every recording: `decode` equals `decodeSlow`, and `decodeSlow` equals plain `JSON.parse` and `Number`. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasMarketdata } from '../support/marketdata.ts';
import { comparePlainly } from './support/compare-plainly.ts';
import { forEachFrame, RECORDINGS } from './support/recordings.ts';
import { Twins } from './support/twins.ts';

const skip = hasMarketdata ? false : 'no recorded market data here';

/** Share of each recording's frames that must take the fast path; what is below is told why. */
const FAST_SHARE: Readonly<Record<string, number>> = {
  'Kraken v2': 0,
  Bybit: 0.3, // tickers are always read slowly
  'Binance spot 2021': 0.85,
};

for (const [name, path] of Object.entries(RECORDINGS)) {
  test(`${name}: all three readings agree on every frame`, { skip }, async (t) => {
    const twins = new Map<string, Twins>();
    let frames = 0;
    let ticks = 0;
    await forEachFrame(path, ({ bytes, from, to, connection: { venue, symbol } }) => {
      const pair = twins.get(venue) ?? new Twins(venue);
      twins.set(venue, pair);
      const outcome = pair.check(bytes, from, to, symbol);
      assert.notEqual(outcome, 'malformed', pair.slow.batch.reason);
      ticks += comparePlainly(venue, symbol, bytes.subarray(from, to), pair.slow.batch);
      frames += 1;
      return true;
    });
    const slow = [...twins.values()].reduce((sum, pair) => sum + pair.fast.codec.slowFrames, 0);
    const unknownFields = [...twins.values()].reduce((sum, pair) => sum + pair.fast.codec.unknownFields, 0);
    t.diagnostic(
      `${frames} frames, ${ticks} ticks, fast ${(100 * (1 - slow / frames)).toFixed(1)} %, unknown fields ${unknownFields}`,
    );
    assert.ok(1 - slow / frames >= (FAST_SHARE[name] ?? 0.9), 'too many frames went the slow path');
  });
}
