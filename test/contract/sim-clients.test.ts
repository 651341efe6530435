/**
 * ccxt pro, unmodified, pointed at the simulator: the books that it builds from the wire equal the simulator's own. It was
 * written against the real exchanges, so it is our witness that the simulator speaks their protocols.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type ListeningWorld, listenWorld } from '../../src/shell/sim/serve/listen.ts';
import { type SimVenueName, SimWorld } from '../../src/shell/sim/world/sim-world.ts';
import { packageFolder, skipWithout } from './foreign-clients.ts';
import { caughtUp, Pump, plainLevels, trueBook } from './pump.ts';

interface OrderBook {
  readonly bids: readonly (readonly number[])[];
  readonly asks: readonly (readonly number[])[];
}

/** What we use of ccxt. */
interface Exchange {
  urls: { api: unknown };
  readonly orderbooks: Readonly<Record<string, OrderBook>>;
  loadHttpProxyAgent(): Promise<unknown>;
  loadMarkets(): Promise<unknown>;
  watchOrderBook(symbol: string, limit?: number): Promise<OrderBook>;
  watchTrades(symbol: string): Promise<readonly { price: number; amount: number; side: string }[]>;
  close(): Promise<unknown>;
}

interface Case {
  readonly module: string;
  readonly venue: SimVenueName;
  /** As ccxt names it, and as the venue does. */
  readonly symbols: readonly (readonly [unified: string, ours: string])[];
  readonly options: object;
  /** ccxt's addresses, and which are the simulator's: found by their beginning. */
  readonly hosts: readonly string[];
  readonly depth: number;
}

const CASES: readonly Case[] = [
  {
    module: 'binance',
    venue: 'binance',
    symbols: [
      ['BTC/USDT', 'BTCUSDT'],
      ['ETH/USDT', 'ETHUSDT'],
    ],
    options: { options: { fetchMarkets: { types: ['spot'] } } },
    hosts: ['https://api.binance.com', 'wss://stream.binance.com:9443'],
    depth: 50,
  },
  {
    module: 'binanceusdm',
    venue: 'binance_usdm',
    symbols: [
      ['BTC/USDT:USDT', 'BTCUSDT'],
      ['SOL/USDT:USDT', 'SOLUSDT'],
    ],
    options: { options: { fetchMarkets: { types: ['linear'] } } },
    hosts: ['https://fapi.binance.com', 'wss://fstream.binance.com'],
    depth: 50,
  },
  {
    module: 'okx',
    venue: 'okx',
    symbols: [
      ['BTC/USDT:USDT', 'BTC-USDT-SWAP'],
      ['ETH/USDT', 'ETH-USDT'],
    ],
    options: { options: { fetchMarkets: { types: ['spot', 'swap'] } } },
    hosts: ['https://{hostname}', 'wss://ws.okx.com:8443'],
    depth: 50,
  },
  {
    module: 'kraken',
    venue: 'kraken',
    symbols: [
      ['BTC/USD', 'BTC/USD'],
      ['ETH/USD', 'ETH/USD'],
    ],
    options: {},
    hosts: ['https://api.kraken.com', 'wss://ws.kraken.com'],
    depth: 10,
  },
  {
    module: 'coinbaseexchange',
    venue: 'coinbase',
    symbols: [
      ['BTC/USD', 'BTC-USD'],
      ['SOL/USD', 'SOL-USD'],
    ],
    // It asks for the book of those who have logged in. Whose key it is, the simulator does not ask.
    options: { apiKey: 'nobody', secret: 'bm9ib2R5', password: 'nobody' },
    hosts: ['https://api.{hostname}', 'wss://ws-feed.exchange.coinbase.com'],
    depth: 50,
  },
  {
    module: 'bybit',
    venue: 'bybit_spot',
    symbols: [
      ['BTC/USDT', 'BTCUSDT'],
      ['ETH/USDT', 'ETHUSDT'],
    ],
    options: { options: { fetchMarkets: { types: ['spot'] } } },
    hosts: ['https://api.{hostname}', 'wss://stream.{hostname}'],
    depth: 50,
  },
  {
    module: 'bybit',
    venue: 'bybit_linear',
    symbols: [
      ['BTC/USDT:USDT', 'BTCUSDT'],
      ['SOL/USDT:USDT', 'SOLUSDT'],
    ],
    options: { options: { fetchMarkets: { types: ['linear'] } } },
    hosts: ['https://api.{hostname}', 'wss://stream.{hostname}'],
    depth: 50,
  },
];

const CHECKS = 12;
/** Market time between two checks. */
const BETWEEN_MS = 1_500;

for (const one of CASES) {
  test(`ccxt pro ${one.module} keeps the books of ${one.venue}`, { skip: skipWithout('ccxt'), timeout: 90_000 }, () =>
    run(one),
  );
}

async function run(one: Case): Promise<void> {
  const world = new SimWorld({ seed: 11, startMs: Date.now() - (Date.now() % 1_000), venues: [one.venue], assets: 3 });
  const listening = await listenWorld(world, { speed: 0 });
  const exchange = await makeExchange(one, listening);
  const pump = new Pump(world);
  try {
    pump.go();
    await exchange.loadMarkets();
    for (const [unified] of one.symbols)
      await exchange.watchOrderBook(unified, one.venue === 'kraken' ? one.depth : undefined);
    for (let check = 0; check < CHECKS; check++) {
      await pump.passed(BETWEEN_MS);
      pump.stop();
      for (const symbol of one.symbols) await assertEqualBook(exchange, world, one, symbol, check);
      pump.go();
    }
    const [unified] = one.symbols[0]!;
    const trades = await exchange.watchTrades(unified);
    assert.ok(trades.every(({ price, amount, side }) => price > 0 && amount > 0 && ['buy', 'sell'].includes(side)));
    assert.equal(world.venue(one.venue).counts.limitCloses, 0);
  } finally {
    pump.stop();
    await exchange.close();
    await listening.close();
  }
}

async function makeExchange(one: Case, listening: ListeningWorld): Promise<Exchange> {
  const path = `${packageFolder('ccxt')}/js/src/pro/${one.module}.js`;
  const { default: Client } = (await import(pathToFileURL(path).href)) as {
    default: new (options: object) => Exchange;
  };
  const exchange = new Client({ newUpdates: false, ...one.options });
  exchange.urls.api = redirected(exchange.urls.api, one, listening);
  await exchange.loadHttpProxyAgent();
  return exchange;
}

/** All addresses, those of the exchange's hosts replaced by the simulator's. */
function redirected(urls: unknown, one: Case, listening: ListeningWorld): unknown {
  if (typeof urls === 'string') {
    const host = one.hosts.find((known) => urls.startsWith(known));
    if (host === undefined) return urls;
    const base = urls.startsWith('ws') ? listening.wsUrl(one.venue) : listening.httpUrl(one.venue);
    return base + urls.slice(host.length);
  }
  const entries = Object.entries(urls as object).map(([key, value]) => [key, redirected(value, one, listening)]);
  return Object.fromEntries(entries);
}

/** The world stands still: the client reads what is on its way, then shows the same book. */
async function assertEqualBook(
  exchange: Exchange,
  world: SimWorld,
  { venue, depth }: Case,
  [unified, ours]: readonly [string, string],
  check: number,
): Promise<void> {
  const wanted = trueBook(world, venue, ours, depth);
  const limit = venue === 'kraken' ? depth : undefined;
  let book: OrderBook | undefined;
  const shown = await caughtUp(wanted, async () => {
    const tick = new Promise<null>((done) => setTimeout(done, 20, null));
    book = (await Promise.race([exchange.watchOrderBook(unified, limit), tick])) ?? exchange.orderbooks[unified];
    return { bids: plainLevels(book!.bids, depth), asks: plainLevels(book!.asks, depth) };
  });
  assert.deepEqual(shown, wanted, `${unified} at check ${check}`);
}
