/** The parts that the hot path is made of, one by one, by tinybench. For finding what to improve; no target depends on it. */

import { Bench } from 'tinybench';
import { crc32 } from '../src/core/base/crc32.ts';
import { Prng } from '../src/core/base/prng.ts';
import { sha256Hex } from '../src/core/base/sha256.ts';
import type { BookSide } from '../src/core/market/book/book-side.ts';
import { BookChecksum } from '../src/core/market/book/checksum.ts';
import { SortedSide } from '../src/core/market/book/sorted-side.ts';
import { WindowSide } from '../src/core/market/book/window-side.ts';
import { Instrument } from '../src/core/market/instrument.ts';
import { TickBatch } from '../src/core/market/tick.ts';
import { LevelReader } from '../src/core/market/venues/level-reader.ts';
import { discoveredSpec } from '../src/core/market/venues/symbol-table.ts';

/** Each call of a case does this many of its operations; figures are per operation. */
const BATCH = 1000;
const TIME_MS = 400;
const PRICE = 6_168_600;

/** Prints one line a part: ns per operation, median. */
export async function runMicro(print: (text: string) => void): Promise<void> {
  const bench = new Bench({ time: TIME_MS, warmupTime: TIME_MS / 2 });
  const parts = makeParts();
  for (const { name, run } of parts) bench.add(name, run);
  await bench.run();
  for (const [index, { name, operations }] of parts.entries()) {
    const { result } = bench.tasks[index]!;
    if (result.state !== 'completed') throw new Error(`${name}: ${result.state}`);
    print(`${name.padEnd(44)} ${((result.latency.p50 * 1e6) / operations).toFixed(1).padStart(9)} ns`);
  }
}

interface Part {
  readonly name: string;
  readonly operations: number;
  readonly run: () => void;
}

function makeParts(): Part[] {
  return [...bookParts(), levelsPart(), ...hashParts()];
}

/** Levels crowd around the best price, as they do in deep books: the distance is the square of an even random number. */
function bookParts(): Part[] {
  const prng = new Prng(1);
  const near = prices(prng, 500);
  const far = prices(prng, 400_000);
  const sizes = Float64Array.from({ length: BATCH }, () => (prng.next() < 0.3 ? 0 : 1 + Math.floor(prng.next() * 1e6)));
  const noOdd = new Map<number, string>();
  const window = (at: Float64Array): WindowSide => filled(new WindowSide('bid'), at, sizes);
  const sorted = (at: Float64Array): SortedSide => filled(new SortedSide('bid'), at, sizes);
  const [denseWindow, wideWindow, dense, read] = [window(near), window(far), sorted(near), window(near)];
  const [bids, asks] = [sorted(near), sorted(near)];
  const top = new Float64Array(20);
  const topSizes = new Float64Array(20);
  const repeated = (name: string, run: () => void): Part => ({
    name,
    operations: BATCH,
    run: () => {
      for (let i = 0; i < BATCH; i++) run();
    },
  });
  const setting = (name: string, side: BookSide, at: Float64Array): Part => ({
    name,
    operations: BATCH,
    run: () => setAll(side, at, sizes),
  });
  const checksumPart = (venue: 'kraken' | 'okx'): Part => {
    const checksum = new BookChecksum(venue, bids, asks);
    return repeated(`${venue} checksum, another best bid each time`, () => {
      bids.set(bids.bestPrice, bids.bestSize);
      checksum.compute(2, 8, noOdd);
    });
  };
  return [
    setting('window side: set within 500 ticks of the best', denseWindow, near),
    setting('window side: set within 400,000 ticks', wideWindow, far),
    setting('sorted side: set within 500 ticks of the best', dense, near),
    repeated('window side: top 20', () => void read.top(20, top, topSizes)),
    checksumPart('kraken'),
    checksumPart('okx'),
  ];
}

function prices(prng: Prng, reach: number): Float64Array {
  return Float64Array.from({ length: BATCH }, () => PRICE - Math.floor(prng.next() ** 2 * reach));
}

function filled<S extends BookSide>(side: S, at: Float64Array, sizes: Float64Array): S {
  side.load(
    at,
    sizes.map((size) => size + 1),
    0,
    at.length,
  );
  return side;
}

function setAll(side: BookSide, at: Float64Array, sizes: Float64Array): void {
  for (let i = 0; i < BATCH; i++) side.set(at[i]!, sizes[i]!);
}

function levelsPart(): Part {
  const prng = new Prng(2);
  const rows = Array.from(
    { length: BATCH },
    () => `["${(61_000 + prng.next() * 1000).toFixed(2)}","${prng.next().toFixed(8)}"]`,
  );
  const bytes = Buffer.from(`[${rows.join(',')}]`);
  const instrument = new Instrument(discoveredSpec('binance', 'BTCUSDT', { priceDecimals: 2, sizeDecimals: 8 }), 0);
  const reader = new LevelReader();
  const batch = new TickBatch();
  const run = (): void => {
    batch.clear();
    reader.open(bytes, 0, bytes.length);
    if (!reader.levels(batch, instrument, -1)) throw new Error('the byte reader gave up on plain levels');
  };
  return { name: 'byte reader: one level', operations: BATCH, run };
}

function hashParts(): Part[] {
  const text = Buffer.from('6168600123456789'.repeat(64));
  const line = text.toString('latin1', 0, 200);
  return [
    { name: 'crc32, a byte', operations: text.length, run: () => void crc32(text, 0, text.length) },
    { name: 'sha256 of a 200 byte line', operations: 1, run: () => void sha256Hex(line) },
  ];
}
