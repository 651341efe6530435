/** The market walks away from what Binance told of it: depth stays known and is the venue's own, or is not told. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { POW10 } from '../../src/core/base/decimal.ts';
import { BookMetrics } from '../../src/core/signal/surveillance/book-metrics.ts';
import { METRIC_INDEX, METRICS } from '../../src/core/signal/surveillance/metric.ts';
import type { FullConfig } from '../../src/shell/config/full-config.ts';
import { DrillRun } from '../../src/shell/run/drill/run-drill.ts';
import { readDrill } from '../../src/shell/sim/drill/read-drills.ts';
import { shippedConfig } from './chaos/chaos-many.ts';

const FOLDER = fileURLToPath(new URL('../../config/drills', import.meta.url));
const CONFIG = shippedConfig();
const DRILL = readDrill(FOLDER, 'walk-away');
const SECOND_MS = 1000;
/** All that was sent in the second has come. */
const SETTLED_MS = 10;
const BANDS = [5, 10, 25] as const;

/** By band: in how many seconds its depth was told, and in how many of them not the venue's own. */
function told(config: FullConfig): readonly { readonly known: number; readonly wrong: number }[] {
  const run = new DrillRun(DRILL, config);
  const [market] = run.scan.scanner.instruments;
  const { symbol } = market!.instrument;
  const metrics = new BookMetrics();
  const values = new Float64Array(METRICS.length);
  const counts = BANDS.map(() => ({ known: 0, wrong: 0 }));
  for (let atMs = 5 * SECOND_MS; atMs < DRILL.durationMs; atMs += SECOND_MS) {
    run.scan.advanceTo(atMs + SETTLED_MS);
    assert.equal(market!.book.state, 'live', `at ${atMs} ms`);
    values.fill(Number.NaN);
    metrics.measure(market!.book, market!.instrument, values);
    for (const [i, bps] of BANDS.entries()) {
      for (const side of ['bid', 'ask'] as const) {
        const depth = values[METRIC_INDEX[`depth_${bps}bps_${side}`]]!;
        if (Number.isNaN(depth)) continue;
        counts[i]!.known += 1;
        const own = truth(run, symbol, side, bps);
        if (Math.abs(depth - own) > 1e-9 * own) counts[i]!.wrong += 1;
      }
    }
  }
  return counts;
}

/** What rests within the band at the simulated venue, in quote units. */
function truth({ scan }: DrillRun, symbol: string, side: 'bid' | 'ask', bps: number): number {
  const { truth: book, spec } = scan.world.venue('binance').book(symbol)!;
  const twiceMid = book.bid.at(0).price + book.ask.at(0).price;
  const levels = side === 'bid' ? book.bid : book.ask;
  let sum = 0n;
  for (const { price, size } of levels.top(levels.count)) {
    const away = 2 * Math.abs(price - twiceMid / 2);
    if (away * 10_000 <= twiceMid * bps) sum += BigInt(price) * BigInt(size);
  }
  return Number(sum) / POW10[spec.priceDecimals]! / POW10[spec.sizeDecimals]!;
}

test('depth that is told is the venue’s own in every second, and of the narrowest band it is told in nearly all', () => {
  const [narrow, middle, wide] = told(CONFIG);
  assert.deepEqual([narrow!.wrong, middle!.wrong, wide!.wrong], [0, 0, 0]);
  const sides = 2 * (DRILL.durationMs / SECOND_MS - 5);
  assert.ok(narrow!.known >= sides - 60, `${narrow!.known} of ${sides}`);
  assert.ok(middle!.known > sides / 2, `${middle!.known} of ${sides}`);
  assert.ok(wide!.known < sides, 'further than the snapshots reach that the venue had more levels than');
});

test('without refreshes it is not told, and still never wrong', () => {
  const refresh = { reachBelowRatio: 0, minIntervalMs: 60_000, periodMs: 0, reserveRatio: 0.5 };
  const venues = Object.entries(CONFIG.venues).map(([name, venue]) => [name, { ...venue, refresh }]);
  const [narrow, middle, wide] = told({ ...CONFIG, venues: Object.fromEntries(venues) });
  assert.deepEqual([narrow!.wrong, middle!.wrong, wide!.wrong], [0, 0, 0]);
  assert.ok(narrow!.known < 1500, `${narrow!.known}`);
});
