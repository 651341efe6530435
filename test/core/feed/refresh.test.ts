/** Live books that are asked for anew: before the market walks out of their snapshots, never in the way of anything else. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { shortestMantissaText } from '../../../src/core/base/decimal.ts';
import { Prng } from '../../../src/core/base/prng.ts';
import type { Book } from '../../../src/core/market/book/book.ts';
import type { Input, StartInput } from '../../../src/core/scan/input.ts';
import type { RestAnswer } from './feed-world.ts';
import { FeedWorld, newScanner, START_MS, spec, venueConfig } from './feed-world.ts';
import { WalkingBinance } from './walking-binance.ts';

type Venue = 'binance' | 'binance_usdm';

const REFRESH = { reachBelowRatio: 0.5, minIntervalMs: 5000, periodMs: 60_000, reserveRatio: 0.5 };

/** Every answer takes its time, or is what `answer` makes of it. */
class SlowBinance extends WalkingBinance {
  answer: (own: RestAnswer) => RestAnswer = (own) => own;
  /** Nothing happens at the venue any more. */
  isStill = false;
  /** Of this symbol everything that was ever offered is taken, and what is offered beyond has not changed. */
  swept: string | null = null;

  protected override data(topic: string, connection: number): string | null {
    return this.isStill && topic.includes('depth') ? null : super.data(topic, connection);
  }

  protected override changes(symbol: string, key: string): ReturnType<WalkingBinance['changes']> {
    const own = super.changes(symbol, key);
    if (symbol !== this.swept) return own;
    return { b: own.b, a: Array.from({ length: 600 }, (_, i) => [((9_700 + i) / 10).toFixed(1), '0.00']) };
  }

  protected override snapshot(symbol: string, levels: number): ReturnType<WalkingBinance['snapshot']> {
    return this.isStill ? this.levelsNow(symbol, levels) : super.snapshot(symbol, levels);
  }

  override onRest(request: { readonly symbol: string; readonly url?: string }): RestAnswer {
    return this.answer(super.onRest(request));
  }
}

interface Setting {
  readonly venue?: Venue;
  readonly seed?: number;
  readonly symbols?: readonly string[];
  readonly levels?: number;
  readonly refresh?: Partial<typeof REFRESH>;
  readonly rest?: Record<string, unknown>;
  readonly reconnect?: Record<string, unknown>;
}

function worldOf({
  venue = 'binance',
  seed = 1,
  symbols = ['BTCUSDT'],
  levels = 20,
  refresh,
  rest,
  reconnect = {},
}: Setting = {}) {
  let world: FeedWorld | undefined;
  const prng = new Prng(`walk ${seed}`);
  const binance = new SlowBinance(() => world?.nowMs ?? START_MS, venue === 'binance_usdm', prng);
  const config = venueConfig({
    provider: 'binance',
    rest: { depthSnapshotLevels: levels, weight: 1000, ...rest },
    reconnect,
    refresh: { ...REFRESH, ...refresh },
  });
  world = new FeedWorld(
    { [venue]: binance },
    { [venue]: config },
    symbols.map((symbol) => spec(venue, symbol)),
    {},
    `seed ${seed}`,
  );
  return { world, binance };
}

function bookOf(world: FeedWorld, symbol = 'BTCUSDT'): Book {
  return world.scanner.instruments.find(({ instrument }) => instrument.symbol === symbol)!.book;
}

/** Levels of the book that are known, best first, as the venue writes them. */
function known(book: Book, side: 'bids' | 'asks', levels: readonly (readonly [string, string])[]): string[] {
  const scale = 10 ** book.priceDecimals;
  const isKnown = (price: number): boolean => (side === 'bids' ? price >= book.reach.bid : price <= book.reach.ask);
  return levels
    .filter(([price]) => isKnown(Math.round(Number(price) * scale)))
    .map(([price, size]) => `${Number(price)} ${Number(size)}`);
}

function levelsOf(book: Book, side: 'bids' | 'asks'): [string, string][] {
  const prices = new Float64Array(1000);
  const sizes = new Float64Array(1000);
  const count = book[side].top(1000, prices, sizes);
  return Array.from({ length: count }, (_, i) => [
    shortestMantissaText(prices[i]!, book.priceDecimals),
    shortestMantissaText(sizes[i]!, book.sizeDecimals),
  ]);
}

/** As far as it is known, the live book is the venue's own at the same update. */
function assertTrue(world: FeedWorld, binance: WalkingBinance, symbol = 'BTCUSDT'): void {
  const book = bookOf(world, symbol);
  if (book.state !== 'live') return;
  const truth = binance.truth(symbol, book.lastId);
  assert.ok(truth !== null, `id ${book.lastId} was told`);
  for (const side of ['bids', 'asks'] as const)
    assert.deepEqual(known(book, side, levelsOf(book, side)), known(book, side, truth[side]), `${symbol} ${side}`);
}

for (const venue of ['binance', 'binance_usdm'] as const) {
  test(`${venue}: a market that walks away is followed by new snapshots, without a gap, and the book stays live`, () => {
    const { world, binance } = worldOf({ venue, refresh: { periodMs: 0 } });
    world.run(5000);
    binance.bias = 0.45;
    for (let i = 0; i < 1200; i++) {
      world.run(100);
      assert.equal(world.book('BTCUSDT'), 'live');
      assertTrue(world, binance);
    }
    assert.deepEqual(world.of('gap_opened'), []);
    assert.ok(bookOf(world).refreshes >= 5, `${bookOf(world).refreshes} refreshes`);
    assert.equal(bookOf(world).refreshMismatches, 0);
    assert.ok(Number.isFinite(bookOf(world).reach.bid), 'what was asked for was less than there is');
  });
}

test('without a walk a book is asked for once a period, and never where neither is wanted', () => {
  const { world, binance } = worldOf();
  binance.stepTicks = 0;
  binance.keepsTruth = false;
  world.run(600_000);
  const refreshes = world.requests.length - 1;
  assert.ok(refreshes >= 10 && refreshes <= 20, `${refreshes} in ten minutes: each half to one period after the last`);
  const off = worldOf({ refresh: { periodMs: 0, reachBelowRatio: 0 } });
  off.binance.bias = 0.4;
  off.binance.keepsTruth = false;
  off.world.run(600_000);
  assert.equal(off.world.requests.length, 1);
});

test('a book that the market has left altogether is asked for at once, whatever the interval', () => {
  const { world, binance } = worldOf({ refresh: { minIntervalMs: 600_000, periodMs: 0 } });
  world.run(1000);
  binance.bias = 0.45;
  let leftSinceMs: number | null = null;
  let longestMs = 0;
  for (let i = 0; i < 1200; i++) {
    world.run(100);
    const isLeft = bookOf(world).reachLeftRatio === 0;
    leftSinceMs = isLeft ? (leftSinceMs ?? world.nowMs) : null;
    if (leftSinceMs !== null) longestMs = Math.max(longestMs, world.nowMs - leftSinceMs);
  }
  assert.ok(longestMs > 0 && longestMs <= 7000, `${longestMs} ms`);
  const times = world.requests.map(({ atMs }) => atMs);
  for (let i = 1; i < times.length; i++) assert.ok(times[i]! - times[i - 1]! >= 5000, 'not more often than that');
});

test('a side of which all that was told is gone is asked for at once, though the book has no middle', () => {
  const { world, binance } = worldOf({ refresh: { minIntervalMs: 600_000, periodMs: 0 } });
  world.run(5000);
  const before = world.requests.length;
  binance.swept = 'BTCUSDT';
  world.run(4000);
  const book = bookOf(world);
  assert.deepEqual([book.state, book.asks.count, book.mid, book.reachLeftRatio], ['live', 0, null, 0]);
  assert.equal(world.requests.length, before + 1);
});

test('a book that the market has left goes before all that are due', () => {
  const symbols = Array.from({ length: 12 }, (_, i) => `S${i}USDT`);
  const { world, binance } = worldOf({
    symbols,
    rest: { weight: 100_000 },
    refresh: { minIntervalMs: 1000, periodMs: 2000 },
  });
  binance.keepsTruth = false;
  binance.stepTicks = 0;
  world.run(30_000);
  const before = world.requests.length;
  binance.swept = 'S7USDT';
  world.run(30_000);
  const asked = world.requests.slice(before).map(({ request }) => request.symbol);
  assert.ok(asked.indexOf('S7USDT') <= 2, asked.join());
});

test('a market that stands still: an answer at the very update that the book is at needs no further message', () => {
  const { world, binance } = worldOf({ refresh: { periodMs: 10_000 } });
  world.run(5000);
  binance.isStill = true;
  world.run(15_000);
  assert.equal(bookOf(world).state, 'live');
  assert.ok(bookOf(world).refreshes >= 1, `${bookOf(world).refreshes} refreshes`);
  assert.equal(bookOf(world).refreshMismatches, 0);
});

test('a book that was told whole is known to its end, and needs no walk to be followed', () => {
  const { world, binance } = worldOf({ levels: 1000, refresh: { periodMs: 0 } });
  binance.bias = 0.45;
  world.run(120_000);
  assert.equal(world.requests.length, 1);
  assert.deepEqual([bookOf(world).reach.bid, bookOf(world).reach.ask], [-Infinity, Infinity]);
  assertTrue(world, binance);
});

test('a level that went wrong unseen is found by the next snapshot: counted, told as a gap, and right again', () => {
  const { world, binance } = worldOf();
  world.run(5000);
  // One in the middle of the book, which no walk of two ticks touches soon.
  binance.stepTicks = 0;
  binance.omitted = 6;
  world.run(120_000);
  const book = bookOf(world);
  assert.equal(book.refreshMismatches, 1);
  const [opened] = world.of('gap_opened');
  const [closed] = world.of('gap_closed');
  assert.equal(opened!.gap.kind, 'checksum');
  assert.equal(closed!.gap.reason, 'refresh_mismatch');
  assert.ok(closed!.gap.startMs < closed!.gap.endMs!, 'from when it was last vouched for');
  assert.equal(book.state, 'live');
  assertTrue(world, binance);
  assert.equal(world.scanner.instruments[0]!.counters.gaps, 1);
  const rows = world.scanner.feeds!.rows(world.nowMs).filter(({ part }) => part?.startsWith('refresh') === true);
  assert.deepEqual(
    rows.map(({ part, value, status }) => [part, value, status]),
    [
      ['refreshes', book.refreshes, null],
      ['refresh_mismatches', 1, 'WARN'],
    ],
  );
  assert.equal(world.of('gap_opened').length, 1);
});

const FAILURES: readonly (readonly [what: string, answer: RestAnswer])[] = [
  ['an answer that never comes', { kind: 'silence' }],
  ['a server error', { kind: 'refused', outcome: 'server_error', retryAfterMs: null }],
  ['nonsense', { kind: 'ok', body: '{"code":-1}' }],
  ['no JSON', { kind: 'ok', body: 'not json' }],
  ['an answer of long ago', { kind: 'ok', body: '{"lastUpdateId":1,"bids":[["1.0","1"]],"asks":[["2.0","1"]]}' }],
];

for (const [what, answer] of FAILURES) {
  test(`${what} never touches the live book, and is tried again no sooner than allowed`, () => {
    const { world, binance } = worldOf();
    world.run(5000);
    binance.bias = 0.45;
    binance.answer = () => answer;
    for (let i = 0; i < 600; i++) {
      world.run(100);
      assert.equal(world.book('BTCUSDT'), 'live');
      assertTrue(world, binance);
    }
    const times = world.requests.map(({ atMs }) => atMs);
    assert.ok(times.length >= 4, `${times.length} requests`);
    times.slice(1).forEach((atMs, i) => {
      assert.ok(atMs - times[i]! >= REFRESH.minIntervalMs, `${atMs - times[i]!} ms apart`);
    });
    assert.equal(bookOf(world).refreshes, 0);
    assert.deepEqual(world.of('gap_opened'), []);
    binance.answer = (own) => own;
    world.run(30_000);
    assert.ok(bookOf(world).refreshes > 0);
    assertTrue(world, binance);
  });
}

test('a ban is obeyed by refreshes as by everything else', () => {
  const { world, binance } = worldOf();
  world.run(5000);
  binance.bias = 0.45;
  binance.answer = () => ({ kind: 'refused', outcome: 'banned', retryAfterMs: 120_000 });
  world.run(30_000);
  assert.equal(world.requests.length, 2);
  world.run(90_000);
  assert.equal(world.requests.length, 2);
});

test('many books are refreshed one at a time, spaced, and leave a reserve to resyncs, which go first', () => {
  const symbols = Array.from({ length: 12 }, (_, i) => `S${i}USDT`);
  // 100 a window, of which feeds may spend 50, of which refreshes may spend 25: five requests.
  const { world, binance } = worldOf({ symbols, rest: { weight: 100 }, refresh: { periodMs: 0 } });
  binance.keepsTruth = false;
  world.run(120_000);
  for (const symbol of symbols) assert.equal(world.book(symbol), 'live');
  const before = world.requests.length;
  binance.bias = 0.45;
  world.run(120_000);
  const refreshes = world.requests.slice(before);
  assert.ok(refreshes.length >= 8, `${refreshes.length}`);
  assert.equal(new Set(refreshes.map(({ request }) => request.symbol)).size, refreshes.length, 'in turn');
  for (const { atMs } of refreshes) {
    const window = refreshes.filter((other) => other.atMs > atMs - 60_000 && other.atMs <= atMs);
    assert.ok(window.length <= 5, `${window.length} in a minute`);
    assert.equal(refreshes.filter((other) => other.atMs >= atMs && other.atMs < atMs + 100).length, 1, 'spaced');
  }
  const lostMs = world.nowMs;
  binance.lose('S7USDT');
  world.run(3000);
  assert.equal(world.book('S7USDT'), 'live', 'the reserve was there for it');
  const next = world.requests.find(({ atMs }) => atMs >= lostMs)!;
  assert.equal(next.request.symbol, 'S7USDT');
});

test('a book that loses something while its refresh is on its way waits for that answer, and asks for no second one', () => {
  const { world, binance } = worldOf({ refresh: { periodMs: 10_000 } });
  world.run(5000);
  binance.answer = (own) => (own.kind === 'ok' ? { ...own, delayMs: 2000 } : own);
  const asked = world.requests.length;
  while (world.requests.length === asked) world.run(50);
  binance.lose('BTCUSDT');
  world.run(1000);
  assert.equal(world.book('BTCUSDT'), 'stale');
  assert.equal(world.requests.length, asked + 1, 'one is on its way');
  world.run(15_000);
  assert.equal(world.book('BTCUSDT'), 'live');
  assert.equal(world.of('gap_opened').length, 1);
  assertTrue(world, binance);
});

test('an answer that comes when the next one is on its way is nobody’s', () => {
  const { world, binance } = worldOf({ refresh: { periodMs: 10_000 } });
  world.run(5000);
  // The first is given up after five seconds, and tried again after five more.
  const delays = [11_000, 3000];
  binance.answer = (own) => (own.kind === 'ok' ? { ...own, delayMs: delays.shift() ?? 0 } : own);
  const asked = world.requests.length;
  while (world.requests.length < asked + 2) world.run(50);
  assert.equal(bookOf(world).refreshes, 0);
  world.run(4000);
  assert.equal(bookOf(world).refreshes, 1, 'the second one is not spoiled by the first');
  assertTrue(world, binance);
});

test('what must be synced goes first, though the others are due', () => {
  const symbols = Array.from({ length: 8 }, (_, i) => `S${i}USDT`);
  const refresh = { minIntervalMs: 1000, periodMs: 2000 };
  const { world, binance } = worldOf({ symbols, refresh, rest: { weight: 100_000, snapshotSpacingMs: 700 } });
  binance.keepsTruth = false;
  world.run(20_000);
  const lost = ['S1USDT', 'S3USDT', 'S4USDT', 'S6USDT'];
  const lostMs = world.nowMs;
  for (const symbol of lost) binance.lose(symbol);
  world.run(6000);
  const next = world.requests.filter(({ atMs }) => atMs > lostMs).map(({ request }) => request.symbol);
  assert.deepEqual(next.slice(0, 4).sort(), lost);
  assert.ok(next.length > 4, 'then the others');
});

test('what cannot be synced does not keep the others from being refreshed', () => {
  const symbols = ['AUSDT', 'BUSDT', 'CUSDT'];
  const { world, binance } = worldOf({
    symbols,
    refresh: { periodMs: 0 },
    reconnect: { initialMs: 4000, capMs: 20_000 },
  });
  world.run(10_000);
  binance.bias = 0.45;
  const own = binance.onRest.bind(binance);
  binance.onRest = (request) =>
    request.symbol === 'AUSDT' ? { kind: 'refused', outcome: 'server_error', retryAfterMs: null } : own(request);
  binance.lose('AUSDT');
  world.run(120_000);
  assert.equal(world.book('AUSDT'), 'stale');
  for (const symbol of ['BUSDT', 'CUSDT']) assert.ok(bookOf(world, symbol).refreshes >= 3, symbol);
});

test('a rotation while a refresh is on its way goes on without a gap', () => {
  for (let seed = 1; seed <= 4; seed++) {
    const { world, binance } = worldOf({
      venue: 'binance_usdm',
      seed,
      refresh: { minIntervalMs: 500, periodMs: 2000 },
      reconnect: { rotateAfterMs: 20_000, rotateJitterMs: 4000 },
    });
    binance.answer = (own) => (own.kind === 'ok' ? { ...own, delayMs: 900 } : own);
    world.run(10_000);
    for (let i = 0; i < 1200; i++) {
      world.run(100);
      assert.equal(world.book('BTCUSDT'), 'live');
      assertTrue(world, binance);
    }
    assert.ok(world.closed.filter(({ reason }) => reason === 'rotated').length >= 3);
    assert.ok(bookOf(world).refreshes >= 10, `${bookOf(world).refreshes} refreshes`);
    assert.equal(bookOf(world).refreshMismatches, 0);
    assert.deepEqual(world.of('gap_opened'), []);
  }
});

interface Plan {
  readonly seed: number;
  readonly venue: Venue;
  readonly levels: number;
  readonly bias: number;
  readonly stepTicks: number;
  /** What becomes of one answer after the other. */
  readonly answers: readonly ('now' | 'late' | 'too_late' | 'lost' | 'again' | 'error')[];
}

const PLAN: fc.Arbitrary<Plan> = fc.record({
  seed: fc.nat(),
  venue: fc.constantFrom('binance' as const, 'binance_usdm' as const),
  levels: fc.constantFrom(5, 10, 50, 500),
  bias: fc.double({ min: -0.45, max: 0.45, noNaN: true }),
  stepTicks: fc.integer({ min: 0, max: 4 }),
  answers: fc.array(fc.constantFrom('now', 'late', 'too_late', 'lost', 'again', 'error'), {
    minLength: 1,
    maxLength: 8,
  }),
});

/** Runs half a minute of it after the cold start. @param onStep - ten times a second */
function play(plan: Plan, onStep: (world: FeedWorld, binance: SlowBinance) => void): FeedWorld {
  const { seed, venue, levels } = plan;
  const { world, binance } = worldOf({ venue, seed, levels, refresh: { minIntervalMs: 1000, periodMs: 4000 } });
  world.run(3000);
  const step = world.step.bind(world);
  world.step = (input) => {
    step(input);
    assert.equal(world.book('BTCUSDT'), 'live', 'after every Input');
  };
  Object.assign(binance, { bias: plan.bias, stepTicks: plan.stepTicks });
  let turn = 0;
  let last: RestAnswer | null = null;
  binance.answer = (own) => {
    const what = plan.answers[turn++ % plan.answers.length]!;
    const before = last;
    if (own.kind === 'ok') last = own;
    if (own.kind !== 'ok' || what === 'now') return own;
    if (what === 'lost') return { kind: 'silence' };
    if (what === 'error') return { kind: 'refused', outcome: 'server_error', retryAfterMs: null };
    // An answer that a cache gives a second time.
    if (what === 'again') return before ?? own;
    return { ...own, delayMs: what === 'late' ? 37 + 100 * (seed % 20) : 8000 };
  };
  for (let i = 0; i < 300; i++) {
    world.run(100);
    onStep(world, binance);
  }
  return world;
}

test('whatever becomes of the answers, the book stays live and is the venue’s own as far as it is known', () => {
  let refreshes = 0;
  fc.assert(
    fc.property(PLAN, (plan) => {
      const world = play(plan, (lived, binance) => {
        assert.equal(lived.book('BTCUSDT'), 'live');
        assertTrue(lived, binance);
      });
      assert.deepEqual(world.of('gap_opened'), []);
      assert.equal(bookOf(world).refreshMismatches, 0);
      refreshes += bookOf(world).refreshes;
    }),
    { numRuns: Number(process.env['FEED_RUNS'] ?? 25), includeErrorInReport: true },
  );
  assert.ok(refreshes > 10, `${refreshes} refreshes in all`);
});

test('a replay refreshes as the run did, and so does one that is saved and restored in the middle of a refresh', () => {
  let cuts = 0;
  fc.assert(
    fc.property(PLAN, fc.nat(), (plan, pick) => {
      const world = play(plan, () => {});
      const lived = world.effects.map(({ stepMs: _, ...effect }) => JSON.stringify(effect));
      const replay = newScanner();
      const underWay: number[] = [];
      const replayed = world.inputs.flatMap((input: Input, i) => {
        const effects = replay.step(input).map((effect) => JSON.stringify(effect));
        if (replay.instruments[0]?.isRefreshing === true) underWay.push(i + 1);
        return effects;
      });
      assert.deepEqual(replayed, lived);
      assert.deepEqual(replay.closing(), world.scanner.closing());
      if (underWay.length === 0) return;
      cuts += 1;
      const cut = underWay[pick % underWay.length]!;
      const before = newScanner();
      const first = world.inputs.slice(0, cut).flatMap((input) => [...before.step(input)]);
      const restoredState = JSON.parse(JSON.stringify(before.save()));
      const after = newScanner();
      after.step({ ...(world.inputs[0] as StartInput), restoredState });
      const rest = world.inputs.slice(cut).flatMap((input) => [...after.step(input)]);
      assert.deepEqual(
        [...first, ...rest].map((effect) => JSON.stringify(effect)),
        lived,
      );
      assert.deepEqual(after.save(), world.scanner.save());
    }),
    { numRuns: Number(process.env['FEED_RUNS'] ?? 12), includeErrorInReport: true },
  );
  assert.ok(cuts > 5, `${cuts} cuts`);
});
