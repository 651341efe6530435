/** Random faults: limits are never exceeded, everything wanted comes back, and replays and restores decide the same. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Prng } from '../../../src/core/base/prng.ts';
import type { Effect } from '../../../src/core/scan/effect.ts';
import type { Input, StartInput } from '../../../src/core/scan/input.ts';
import { FakeBinance, FakeKraken, FakeOkx } from './fake-venues.ts';
import { FeedWorld, newScanner, START_MS, spec, venueConfig } from './feed-world.ts';

const LIMITS = {
  messagesPerSecond: 4,
  topicsPerRequest: 3,
  subscribesPerHour: 40,
  connects: 10,
  connectsWindowSeconds: 60,
  banSeconds: 45,
};
const RECONNECT = { initialMs: 500, capMs: 8000, minIntervalMs: 300, rotateAfterMs: 70_000, rotateJitterMs: 10_000 };

const REFRESH = { reachBelowRatio: 0.5, minIntervalMs: 3000, periodMs: 10_000, reserveRatio: 0.5 };

const CONFIGS = {
  kraken: venueConfig({
    websocket: { urls: { public: 'wss://kraken.test/v2' } },
    heartbeat: { send: 'json_ping', sendIntervalMs: 3000 },
    limits: LIMITS,
    reconnect: RECONNECT,
  }),
  binance: venueConfig({
    provider: 'binance',
    websocket: { urls: { public: 'wss://spot.test/stream' } },
    limits: { ...LIMITS, streamsPerConnection: 6 },
    reconnect: RECONNECT,
    fallback: { afterMs: 15_000, pollIntervalMs: 2000 },
    refresh: REFRESH,
  }),
  binance_usdm: venueConfig({
    provider: 'binance',
    websocket: { urls: { public: 'wss://usdm.test/public/stream', market: 'wss://usdm.test/market/stream' } },
    rest: { weightPool: 'futures' },
    limits: LIMITS,
    reconnect: RECONNECT,
    refresh: REFRESH,
  }),
  okx: venueConfig({
    provider: 'okx',
    websocket: { urls: { public: 'wss://okx.test:8443/ws' } },
    heartbeat: { send: 'text_ping', sendIntervalMs: 3000 },
    limits: LIMITS,
    reconnect: RECONNECT,
  }),
};

const INSTRUMENTS = [
  ...['BTC/USD', 'ETH/USD', 'SOL/USD'].map((symbol) => spec('kraken', symbol, { depth: 10 })),
  ...['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT'].map((symbol) => spec('binance', symbol)),
  ...['BTCUSDT', 'ETHUSDT'].map((symbol) => spec('binance_usdm', symbol, { type: 'perpetual' })),
  ...['BTC-USDT', 'BTC-USDT-SWAP'].map((symbol) => spec('okx', symbol)),
];

/** A world, and a seeded hand that breaks something every few seconds. */
class Trouble {
  readonly world: FeedWorld;
  readonly #prng: Prng;
  readonly #venues: { kraken: FakeKraken; binance: FakeBinance; binance_usdm: FakeBinance; okx: FakeOkx };

  constructor(seed: number) {
    let world: FeedWorld | undefined;
    const nowMs = () => world?.nowMs ?? START_MS;
    this.#prng = new Prng(`trouble ${seed}`);
    this.#venues = {
      kraken: new FakeKraken(),
      binance: new FakeBinance(nowMs),
      binance_usdm: new FakeBinance(nowMs, true),
      okx: new FakeOkx(nowMs),
    };
    world = new FeedWorld(this.#venues, CONFIGS, INSTRUMENTS, {}, `seed ${seed}`);
    this.world = world;
  }

  cause(forMs: number): void {
    const endMs = this.world.nowMs + forMs;
    while (this.world.nowMs < endMs) {
      this.world.run(500 + this.#prng.int(6000));
      this.#breakSomething();
    }
  }

  end(): void {
    for (const venue of Object.values(this.#venues)) {
      const { mischief } = venue;
      mischief.unacked.clear();
      mischief.mute.clear();
      mischief.refused.clear();
      mischief.isDead = mischief.isStale = false;
      mischief.open = { kind: 'accept', texts: [] };
      mischief.rest = null;
    }
  }

  #breakSomething(): void {
    const prng = this.#prng;
    const { world } = this;
    const venue = prng.pick(Object.values(this.#venues));
    const { mischief } = venue;
    const part = prng.pick(['trade', 'book', 'ticker', 'depth', 'BTC', 'btc', 'Price']);
    const faults: readonly (() => void)[] = [
      () => world.drop(prng.pick([...world.up.keys(), -1])),
      () => world.drop(prng.pick([...world.up.keys(), -1])),
      () => {
        const retryAfterMs = prng.chance(0.5) ? null : 5000;
        mischief.open = prng.chance(0.5)
          ? { kind: 'refuse', retryAfterMs }
          : { kind: 'refuse', retryAfterMs, outcome: prng.pick(['rate_limited', 'banned'] as const) };
      },
      () => {
        mischief.open = { kind: 'silence' };
      },
      () => mischief.unacked.add(part),
      () => mischief.mute.add(part),
      () => mischief.refused.add(part),
      () => {
        mischief.isDead = true;
      },
      () => {
        mischief.isStale = true;
      },
      () => {
        mischief.rest = prng.pick([
          { kind: 'silence' },
          { kind: 'ok', body: '{}' },
          { kind: 'refused', outcome: 'rate_limited', retryAfterMs: 4000 },
          { kind: 'refused', outcome: 'server_error', retryAfterMs: null },
        ] as const);
      },
      () => this.#venues.binance.lose('BTCUSDT'),
      () => this.#venues.binance_usdm.lose('BTCUSDT'),
      () => world.command({ kind: 'reconnect', venue: prng.pick(Object.keys(CONFIGS)), actor: 'eve', reason: 'test' }),
      () => world.command({ kind: 'resync', venue: 'okx', symbol: 'BTC-USDT', actor: 'eve', reason: 'test' }),
      () => this.end(),
      () => this.end(),
      () => this.end(),
    ];
    prng.pick(faults)();
  }
}

/** The most of these that fall into any window. */
function most(times: readonly number[], windowMs: number): number {
  return Math.max(0, ...times.map((from) => times.filter((ms) => ms >= from && ms < from + windowMs).length));
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return [...groups.values()];
}

function assertLimits(world: FeedWorld): void {
  for (const sent of grouped(world.sent, ({ connection }) => String(connection))) {
    assert.ok(
      most(
        sent.map(({ atMs }) => atMs),
        1000,
      ) <= 4,
      'messages a second',
    );
    const requests = sent.filter(({ text }) => /subscribe/i.test(text));
    assert.ok(
      most(
        requests.map(({ atMs }) => atMs),
        3_600_000,
      ) <= 40,
      'subscribes an hour',
    );
    for (const { text } of requests) {
      const { params, args } = JSON.parse(text);
      assert.ok((args ?? params.symbol ?? params).length <= 3, 'topics a request');
    }
  }
  for (const opened of grouped(world.opened, ({ open }) => new URL(open.url).hostname)) {
    const times = opened.map(({ atMs }) => atMs);
    assert.ok(most(times, 60_000) <= 10, 'connects a window and host');
    assert.ok(most(times, 300) <= 1, 'least time between two');
  }
  for (const requests of grouped(world.requests, ({ request }) => request.venue)) {
    for (const { atMs } of requests) {
      const window = requests.filter((other) => other.atMs > atMs - 60_000 && other.atMs <= atMs);
      assert.ok(window.reduce((sum, { request }) => sum + request.weight, 0) <= 50, 'weight a window');
    }
    const times = requests.map(({ atMs }) => atMs);
    assert.ok(most(times, 100) <= 1, 'spacing');
  }
}

test('whatever fails, limits hold; when it is over, everything wanted is back', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const trouble = new Trouble(seed);
      const { world } = trouble;
      trouble.cause(150_000);
      trouble.end();
      world.run(180_000);
      assertLimits(world);
      for (const venue of world.scanner.feeds!.venues) {
        assert.equal(venue.state, 'live', venue.name);
        assert.deepEqual(venue.streams.live, venue.streams.wanted, venue.name);
      }
      for (const { instrument, book } of world.scanner.instruments) {
        assert.equal(book.state, 'live', `${instrument.venue} ${instrument.symbol}`);
      }
    }),
    { numRuns: Number(process.env['FEED_RUNS'] ?? 8), includeErrorInReport: true },
  );
});

/** What a Scanner does with these Inputs, as text. */
function effectsOf(scanner: ReturnType<typeof newScanner>, inputs: readonly Input[]): string[] {
  return inputs.flatMap((input) => scanner.step(input).map((effect: Effect) => JSON.stringify(effect)));
}

test('a replay decides what the run decided, and so does one that is saved and restored on the way', () => {
  fc.assert(
    fc.property(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (seed, share) => {
      const trouble = new Trouble(seed);
      const { world } = trouble;
      trouble.cause(40_000);
      const lived = world.effects.map(({ stepMs: _, ...effect }) => JSON.stringify(effect));
      const replay = newScanner();
      assert.deepEqual(effectsOf(replay, world.inputs), lived);
      assert.deepEqual(replay.closing(), world.scanner.closing());
      assert.ok(replay.closing().lines.some(({ venue }) => venue === 'feed'));

      const cut = 1 + Math.floor(share * (world.inputs.length - 1));
      const before = newScanner();
      const first = effectsOf(before, world.inputs.slice(0, cut));
      const restoredState = JSON.parse(JSON.stringify(before.save()));
      const after = newScanner();
      const start = world.inputs[0] as StartInput;
      after.step({ ...start, restoredState });
      assert.deepEqual([...first, ...effectsOf(after, world.inputs.slice(cut))], lived);
      assert.deepEqual(after.closing(), world.scanner.closing());
    }),
    { numRuns: Number(process.env['FEED_RUNS'] ?? 8), includeErrorInReport: true },
  );
});
