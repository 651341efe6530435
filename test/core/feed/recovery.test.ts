/** Each deadline and each failure of a connection, as an operator sees it: what the feed does, and that everything comes back. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VenueFeedConfig } from '../../../src/core/feed/feed-config.ts';
import { changedDocument, FIRST_DOCUMENT, packagedOps, switchSetting } from '../../support/ops-world.ts';
import { FakeBinance, FakeKraken, FakeOkx } from './fake-venues.ts';
import { FeedWorld, START_MS, spec, venueConfig } from './feed-world.ts';

const SYMBOLS = ['BTC/USD', 'ETH/USD'];

function krakenWorld(
  overrides: Parameters<typeof venueConfig>[0] = {},
  prepare: (kraken: FakeKraken) => void = () => {},
  symbols = SYMBOLS,
  seed = 'seed',
): { world: FeedWorld; kraken: FakeKraken } {
  const kraken = new FakeKraken();
  prepare(kraken);
  const instruments = symbols.map((symbol) => spec('kraken', symbol, { depth: 10 }));
  return { kraken, world: new FeedWorld({ kraken }, { kraken: venueConfig(overrides) }, instruments, {}, seed) };
}

function subscribesOf(world: FeedWorld, connection: number): string[] {
  return world.sent
    .filter((sent) => sent.connection === connection && sent.text.includes('"subscribe"'))
    .map(({ text }) => text);
}

function isWhole(world: FeedWorld): void {
  assert.equal(world.state('kraken'), 'live');
  const { live, wanted } = world.scanner.feeds!.venues[0]!.streams;
  assert.equal(live, wanted);
  for (const symbol of SYMBOLS) assert.equal(world.book(symbol), 'live', symbol);
}

test('from cold start to live', () => {
  const { world } = krakenWorld();
  world.run(2000);
  isWhole(world);
  assert.deepEqual(world.states('kraken'), ['connecting', 'syncing', 'live']);
});

test('a handshake without an answer is given up at its deadline, and tried again', () => {
  const { world, kraken } = krakenWorld({}, (venue) => {
    venue.mischief.open = { kind: 'silence' };
  });
  world.run(7500);
  assert.deepEqual(
    world.closed.map(({ reason }) => reason),
    ['handshake_timeout'],
  );
  kraken.mischief.open = { kind: 'accept', texts: [] };
  world.run(8000);
  isWhole(world);
});

test('a refused handshake honours Retry-After', () => {
  const { world, kraken } = krakenWorld({}, (venue) => {
    venue.mischief.open = { kind: 'refuse', retryAfterMs: 20_000 };
  });
  world.run(19_000);
  assert.equal(world.opened.length, 1);
  kraken.mischief.open = { kind: 'accept', texts: [] };
  world.run(3000);
  assert.equal(world.opened.length, 2);
  isWhole(world);
});

test('a refused handshake keeps the host alone for as long as it says, or as its kind of refusal wants', () => {
  const SECOND = 1000;
  for (const [outcome, retryAfterMs, quietMs, shown] of [
    ['banned', null, 900 * SECOND, 'connections (banned)'],
    ['banned', 90 * SECOND, 90 * SECOND, 'connections (banned)'],
    // Nobody is believed for longer than the longest ban that is known of.
    ['banned', 31_536_000 * SECOND, 3 * 86_400 * SECOND, 'connections (banned)'],
    ['rate_limited', null, 60 * SECOND, 'connections (rate_limited)'],
    ['rate_limited', 200 * SECOND, 200 * SECOND, 'connections (rate_limited)'],
    [undefined, 45 * SECOND, 45 * SECOND, 'connections (server_error)'],
    [undefined, null, 0, 'nothing is shut out'],
  ] as const) {
    const kind = `${outcome} ${retryAfterMs}`;
    const { world, kraken } = krakenWorld({ limits: { connectsWindowSeconds: 60, banSeconds: 900 } }, (venue) => {
      venue.mischief.open = { kind: 'refuse', retryAfterMs, ...(outcome === undefined ? {} : { outcome }) };
    });
    world.run(SECOND);
    const row = world.scanner.feeds!.rows(world.nowMs).find(({ part }) => part === 'shut_out_until')!;
    assert.equal(row.message, shown, kind);
    if (quietMs === 0) continue;
    assert.equal(row.value, world.opened[0]!.atMs + 20 + quietMs, kind);
    // Days of it would only take long.
    if (quietMs > 3600 * SECOND) continue;
    kraken.mischief.open = { kind: 'accept', texts: [] };
    world.run(quietMs - 1500);
    assert.equal(world.opened.length, 1, kind);
    world.run(3000);
    assert.equal(world.opened.length, 2, kind);
    isWhole(world);
  }
});

test('a lost connection is opened anew with everything on it, and the reason shows', () => {
  const { world } = krakenWorld();
  world.run(2000);
  world.drop(1, 'reset by peer');
  assert.equal(world.book('BTC/USD'), 'stale', 'at once');
  world.run(3000);
  isWhole(world);
  assert.deepEqual(subscribesOf(world, 2), subscribesOf(world, 1));
  const row = world.scanner.feeds!.rows(world.nowMs).find(({ part }) => part === 'last_loss');
  assert.equal(row?.value, 'reset by peer');
});

test('no frame at all: the socket is given up; heartbeats alone keep it', () => {
  const { world, kraken } = krakenWorld({ heartbeat: { channelSilenceMs: 3_600_000, instrumentSilenceMs: 3_600_000 } });
  world.run(2000);
  kraken.mischief.isStale = true;
  world.run(60_000);
  assert.deepEqual(world.closed, []);
  kraken.mischief.isDead = true;
  world.run(11_000);
  assert.deepEqual(
    world.closed.map(({ reason }) => reason),
    ['socket_silent'],
  );
});

test('heartbeats do not hide a dead channel: it is subscribed anew, then the connection is', () => {
  const { world, kraken } = krakenWorld();
  world.run(2000);
  kraken.mischief.mute.add('book');
  world.run(60_000);
  const unsubscribed = world.sent.filter(({ text }) => text.includes('"unsubscribe"') && text.includes('book'));
  assert.equal(unsubscribed[0]?.connection, 1);
  assert.match(world.closed[0]?.reason ?? '', /^no_data: book-10:/);
  kraken.mischief.mute.clear();
  world.run(20_000);
  isWhole(world);
});

test('one silent instrument among others does not cost them their connection, and is told', () => {
  const { world, kraken } = krakenWorld({ heartbeat: { instrumentSilenceMs: 15_000, channelSilenceMs: 60_000 } });
  world.run(2000);
  // Already subscribed: only its data stops, and does not come back by subscribing anew.
  kraken.mischief.mute.add('ticker:ETH/USD');
  world.run(50_000);
  const told = world.of('stream_changed').map(({ stream, to }) => `${stream} ${to}`);
  assert.ok(told.includes('ticker:ETH/USD silent'), told.join());
  assert.equal(world.state('kraken'), 'degraded');
  assert.equal(world.opened.length, 1);
  kraken.mischief.mute.clear();
  world.run(30_000);
  isWhole(world);
});

test('a silent stream is asked for again, twice as late each time, and never less often than the cap', () => {
  const { world, kraken } = krakenWorld({
    heartbeat: { instrumentSilenceMs: 15_000, resubscribeInitialMs: 4000, resubscribeCapMs: 16_000 },
  });
  world.run(2000);
  kraken.mischief.mute.add('ticker:ETH/USD');
  world.run(180_000);
  const asks = world.sent.filter(({ text }) => /"subscribe".*ticker.*ETH/.test(text)).map(({ atMs }) => atMs);
  // Unsubscribed, subscribed, and no data for as long as first data may take.
  const { firstDataTimeoutMs } = venueConfig().heartbeat;
  const waits = asks.slice(1).map((atMs, i) => Math.floor((atMs - asks[i]! - firstDataTimeoutMs) / 1000));
  assert.deepEqual(waits.slice(1, 6), [4, 8, 16, 16, 16], waits.join());
  assert.equal(world.opened.length, 1);
  kraken.mischief.mute.clear();
  world.run(21_000);
  isWhole(world);
});

test('no acknowledgement and no data: asked once more, then anew on another connection, then told', () => {
  const { world, kraken } = krakenWorld({}, (venue) => {
    venue.mischief.unacked.add('ticker:ETH/USD');
  });
  world.run(30_000);
  const asks = world.sent.filter(({ text }) => text.includes('ticker') && text.includes('ETH/USD'));
  assert.deepEqual(
    asks.slice(0, 3).map(({ connection }) => connection),
    [1, 1, 2],
  );
  assert.equal(world.opened.length, 2, 'one reconnect, not more');
  assert.equal(world.state('kraken'), 'degraded');
  assert.equal(world.book('ETH/USD'), 'live', 'the rest goes on');
  kraken.mischief.unacked.clear();
  world.run(61_000);
  isWhole(world);
});

test('acknowledged, but no data ever: the first-data deadline finds it', () => {
  const { world } = krakenWorld({}, (venue) => {
    venue.mischief.mute.add('ticker:ETH/USD');
  });
  world.run(40_000);
  assert.deepEqual(
    world.of('stream_changed').map(({ stream, to, reason }) => `${stream} ${to} ${reason}`),
    ['ticker:ETH/USD silent no_data'],
  );
});

test('refused streams are told, cost the others nothing, and are asked for again', () => {
  const { world, kraken } = krakenWorld({}, (venue) => {
    venue.mischief.refused.add('ETH/USD');
  });
  world.run(5000);
  assert.equal(world.opened.length, 1);
  assert.equal(world.state('kraken'), 'degraded');
  assert.equal(world.book('BTC/USD'), 'live');
  const first = world.of('stream_changed')[0]!;
  assert.deepEqual([first.to, first.reason], ['refused', 'Currency pair not supported']);
  kraken.mischief.refused.clear();
  world.run(60_000);
  isWhole(world);
});

test('a request that is refused as a whole is asked again piece by piece', () => {
  let world: FeedWorld | undefined;
  const binance = new FakeBinance(() => world?.nowMs ?? START_MS);
  binance.mischief.refused.add('foousdt@');
  world = new FeedWorld({ binance }, { binance: venueConfig({ provider: 'binance' }) }, [
    spec('binance', 'BTCUSDT'),
    spec('binance', 'FOOUSDT'),
  ]);
  world.run(5000);
  assert.equal(world.book('BTCUSDT'), 'live');
  const refused = world.of('stream_changed').map(({ stream }) => stream);
  assert.deepEqual([...new Set(refused)].sort(), ['foousdt@bookTicker', 'foousdt@depth@100ms', 'foousdt@trade']);
});

test('backoff: doubles to the cap with full jitter, the same for the same seed, and never ends', () => {
  const waits = (seed: string): number[] => {
    const { world } = krakenWorld(
      { reconnect: { initialMs: 1000, capMs: 16_000 } },
      (venue) => {
        venue.mischief.open = { kind: 'refuse', retryAfterMs: null };
      },
      SYMBOLS,
      seed,
    );
    world.run(600_000);
    return world.opened.slice(1).map(({ atMs }, i) => atMs - world.opened[i]!.atMs);
  };
  const first = waits('a');
  assert.deepEqual(first, waits('a'));
  assert.notDeepEqual(first, waits('b'));
  first.forEach((waitMs, i) => {
    // A pulse and a handshake are added to the wait that was drawn.
    assert.ok(waitMs <= Math.min(16_000, 1000 * 2 ** i) + 300, `wait ${i} is ${waitMs} ms`);
  });
  assert.ok(first.length > 40, 'it goes on for ten minutes');
  assert.ok(Math.max(...first) > 8000, 'and reaches for the cap');
});

test('backoff begins anew only after data flowed long enough', () => {
  const { world } = krakenWorld({ reconnect: { initialMs: 1000, capMs: 64_000, resetAfterMs: 30_000 } });
  for (let i = 0; i < 7; i++) {
    world.run(2000);
    for (const connection of [...world.up.keys()]) world.drop(connection);
    while (world.up.size === 0) world.run(250);
  }
  const slow = world.opened.slice(1).map(({ atMs }, i) => atMs - world.opened[i]!.atMs);
  assert.ok(Math.max(...slow) > 5000, `flapping slows down: ${slow}`);
  for (let i = 0; i < 6; i++) {
    while (world.up.size === 0) world.run(250);
    world.run(40_000);
    const lostMs = world.nowMs;
    const opened = world.opened.length;
    for (const connection of [...world.up.keys()]) world.drop(connection);
    world.run(2000);
    assert.ok(world.opened.length > opened, 'opened again within two seconds');
    assert.ok(world.opened.at(-1)!.atMs - lostMs <= 1300, 'after half a minute of data it is quick again');
  }
});

test('the venue is pinged', () => {
  const { world } = krakenWorld({ heartbeat: { send: 'json_ping', sendIntervalMs: 5000 } });
  world.run(21_000);
  const pings = world.sent.filter(({ text }) => text.includes('ping')).map(({ atMs }) => atMs);
  assert.equal(pings.length, 4);
  pings.slice(1).forEach((atMs, i) => {
    assert.ok(atMs - pings[i]! >= 5000 && atMs - pings[i]! <= 5250, 'on time');
  });
});

test('okx: text ping, and the snapshot over REST when the stream brings none', () => {
  let world: FeedWorld | undefined;
  const okx = new FakeOkx(() => world?.nowMs ?? START_MS);
  okx.hasSnapshot = false;
  const config: VenueFeedConfig = venueConfig({
    provider: 'okx',
    heartbeat: { send: 'text_ping', sendIntervalMs: 3000 },
  });
  world = new FeedWorld({ okx }, { okx: config }, [spec('okx', 'BTC-USDT')]);
  world.run(5000);
  assert.equal(world.book('BTC-USDT'), 'live');
  assert.equal(world.requests.length, 1);
  assert.ok(world.sent.some(({ text }) => text === 'ping'));
});

test('maintenance shows, and the connection stays', () => {
  const { world } = krakenWorld();
  world.run(2000);
  world.say(1, '{"channel":"status","type":"update","data":[{"system":"maintenance"}]}');
  const row = world.scanner.feeds!.rows(world.nowMs).find(({ part }) => part === 'feed');
  assert.match(row!.message, /the venue says: maintenance/);
  assert.deepEqual(world.closed, []);
});

test('a stream that instruments share is not given up by one of them', () => {
  const swap = (symbol: string, quote: string) => spec('okx', symbol, { type: 'perpetual', quote });
  let world: FeedWorld | undefined;
  const okx = new FakeOkx(() => world?.nowMs ?? START_MS);
  const ops = {
    config: packagedOps(),
    seed: 'test',
    providers: ['okx'],
    venues: ['okx'],
    document: FIRST_DOCUMENT,
    latch: null,
  };
  const swaps = [swap('BTC-USDT-SWAP', 'USDT'), swap('BTC-USD-SWAP', 'USD')];
  world = new FeedWorld({ okx }, { okx: venueConfig({ provider: 'okx' }) }, swaps, { ops });
  world.run(3000);
  const setting = switchSetting(false, FIRST_DOCUMENT.revision + 1, world.nowMs);
  const document = changedDocument(FIRST_DOCUMENT, { switches: { 'venue.okx_usdt': setting } });
  world.step({ kind: 'command', command: { kind: 'control', document }, receiveTimeMs: world.nowMs });
  world.run(3000);
  const left = world.sent
    .filter(({ text }) => text.includes('"unsubscribe"'))
    .map(({ text }) => text)
    .join();
  assert.match(left, /"instId":"BTC-USDT-SWAP"/);
  assert.doesNotMatch(left, /liquidation-orders/);
});
