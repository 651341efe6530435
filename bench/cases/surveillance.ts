/** What surveillance costs: one second of a thousand instruments, as a share of one core. Measures no decoding and no alerts. */

import { Bench } from 'tinybench';
import { Prng } from '../../src/core/base/prng.ts';
import { SECOND_MS } from '../../src/core/base/time.ts';
import { Book } from '../../src/core/market/book/book.ts';
import { SEQUENCE_RULES } from '../../src/core/market/book/sequence.ts';
import { Instrument, type InstrumentSpec } from '../../src/core/market/instrument.ts';
import { Tick, TickBatch, TickKind } from '../../src/core/market/tick.ts';
import { discoveredSpec } from '../../src/core/market/venues/symbol-table.ts';
import { METRICS } from '../../src/core/signal/surveillance/metric.ts';
import { Surveillance } from '../../src/core/signal/surveillance/surveillance.ts';
import { targetLine } from '../targets.ts';
import { SURVEILLANCE_CONFIG as CONFIG } from './surveillance-config.ts';

/** Of each of 250 markets: spot and perpetual on two providers, so that every metric has its legs. */
const BASES = 250;
const INSTRUMENTS = 4 * BASES;
const START_MS = 1_793_610_890_000;
const TIME_MS = 3000;
/** A bitcoin at a tick of 0.01: 25 bps are 15,400 ticks, and most of a thousand levels stand in them. */
const PRICE = 6_168_600;
const REACH = 20_000;
const LEVELS: Readonly<Record<string, number>> = { binance: 1000, binance_usdm: 1000, okx: 400 };
/** Levels a side that change between two samples. */
const CHANGES = 50;
/** The goal: a thousand instruments, once a second, in so much of one core. */
const MOST_OF_A_CORE = 0.1;

/** Prints one line a figure. */
export async function runSurveillance(print: (text: string) => void): Promise<void> {
  const world = new BenchWorld();
  // Windows are full and the compiler is done before the clock starts.
  for (let second = 0; second < CONFIG.zscore.windowSamples + 10; second++) {
    world.change();
    world.second();
  }
  const bench = new Bench({ time: TIME_MS, warmup: false, now: cpuMs });
  bench.add('one second', () => world.second(), { beforeEach: () => world.change() });
  await bench.run();
  const { result } = bench.tasks[0]!;
  if (result.state !== 'completed') throw new Error(`surveillance: ${result.state}`);
  const { p50 } = result.latency;
  const about = `${INSTRUMENTS} instruments, ${METRICS.length} metrics, ${CONFIG.zscore.metrics.length} scored`;
  print(`surveillance: ${about}, ${Math.round(world.levels / world.samples)} levels a book`);
  print(`${'one instrument, one second'.padEnd(44)} ${((p50 * 1000) / INSTRUMENTS).toFixed(2).padStart(9)} us`);
  const share = (value: number): string => `${(value * 100).toFixed(1)} %`;
  print(targetLine('surveillance: share of one core', p50 / SECOND_MS, { atMost: MOST_OF_A_CORE }, share));
}

/** CPU time of all threads: what other processes on the machine distort less than elapsed time. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** One market of the bench; its book is changed from outside. */
interface BenchMarket {
  readonly instrument: Instrument;
  readonly book: Book;
  readonly counters: { depthUpdates: number; depthSnapshots: number };
}

class BenchWorld {
  readonly #surveillance = new Surveillance(CONFIG);
  readonly #markets: readonly BenchMarket[];
  readonly #prng = new Prng(1);
  readonly #ticker = new Tick();
  #timeMs = START_MS;
  samples = 0;
  /** In both sides of the books sampled. */
  levels = 0;

  constructor() {
    const venues = ['binance', 'binance_usdm', 'okx', 'okx'];
    this.#markets = Array.from({ length: INSTRUMENTS }, (_, index) => {
      const type = index % 2 === 0 ? 'spot' : 'perpetual';
      return this.#market(venues[index % 4]!, type, `B${index >> 2}`, index);
    });
    for (const market of this.#markets) this.#surveillance.add(market.instrument, market);
  }

  /** What happens between two samples: some levels of each book, and a ticker of each perpetual. */
  change(): void {
    const prng = this.#prng;
    this.#timeMs += SECOND_MS;
    for (const { instrument, book, counters } of this.#markets) {
      for (let i = 0; i < CHANGES; i++) {
        book.bids.set(PRICE - distance(prng), 1 + prng.int(1e6));
        book.asks.set(PRICE + distance(prng), 1 + prng.int(1e6));
      }
      const limit = LEVELS[instrument.venue]!;
      book.bids.truncate(limit);
      book.asks.truncate(limit);
      counters.depthUpdates += 1;
      if (instrument.spec.type === 'perpetual') this.#tick(instrument);
    }
  }

  /** The part that is timed. */
  second(): void {
    for (let index = 0; index < INSTRUMENTS; index++) {
      const sample = this.#surveillance.sample(index, this.#timeMs, this.#timeMs);
      if (sample === null) throw new Error('a bench without samples measures nothing');
      this.samples += 1;
      this.levels += this.#markets[index]!.book.bids.count + this.#markets[index]!.book.asks.count;
    }
  }

  #tick(instrument: Instrument): void {
    const ticker = this.#ticker;
    ticker.kind = TickKind.ticker;
    ticker.instrument = instrument;
    ticker.markPrice = (PRICE + this.#prng.int(20)) / 100;
    ticker.indexPrice = PRICE / 100;
    ticker.fundingRate = 0.0001;
    this.#surveillance.onTicker(ticker, this.#timeMs);
  }

  #market(venue: string, type: InstrumentSpec['type'], base: string, index: number): BenchMarket {
    const spec = { base, quote: 'USDT', type, priceDecimals: 2, sizeDecimals: 5, depth: LEVELS[venue]! };
    const symbol = `${base}-USDT${type === 'spot' ? '' : '-PERP'}`;
    const instrument = new Instrument(discoveredSpec(venue, symbol, spec), index);
    const book = new Book(instrument, SEQUENCE_RULES[venue]!);
    const batch = new TickBatch();
    const tick = batch.next();
    tick.kind = TickKind.depthSnapshot;
    tick.instrument = instrument;
    for (const sign of [-1, 1]) {
      for (let i = 0; i < LEVELS[venue]!; i++)
        batch.pushLevel(PRICE + sign * distance(this.#prng), 1 + this.#prng.int(1e6));
      if (sign < 0) tick.bidTo = tick.askFrom = batch.levelCount;
    }
    tick.askTo = batch.levelCount;
    book.applySnapshot(tick, batch, START_MS);
    return { instrument, book, counters: { depthUpdates: 0, depthSnapshots: 1 } };
  }
}

/** From the middle, in ticks: levels crowd around the best price, as they do in deep books. */
function distance(prng: Prng): number {
  return 1 + Math.floor(prng.next() ** 2 * REACH);
}
