/**
 * ccxt pro: `handleMessage` of its exchange classes on parsed messages, with the markets and the REST snapshots that it would
 * have asked for. Left out in its favour: the regular expression that its client runs over each text before `JSON.parse`, and
 * the futures that a watching program would hold.
 */

import type { FrameConnection, FrameSet } from '../frames.ts';
import type { BenchCase, Evidence, Pass } from './case.ts';
import { symbolsOf } from './ours.ts';
import { importPeer } from './peer.ts';

// biome-ignore lint/suspicious/noExplicitAny: what JSON.parse gives, and a library loaded by name
type Json = any;

/** ccxt's class for each venue, and a URL from which it tells spot from futures. */
const CLASSES: Readonly<Record<string, readonly [name: string, url: string]>> = {
  binance: ['binance', 'wss://stream.binance.com:9443/ws/0'],
  binance_usdm: ['binanceusdm', 'wss://fstream.binance.com/ws/0'],
  binance_coinm: ['binancecoinm', 'wss://dstream.binance.com/ws/0'],
  kraken: ['kraken', 'wss://ws.kraken.com/v2'],
  okx: ['okx', 'wss://ws.okx.com:8443/ws/v5/public'],
  coinbase: ['coinbaseexchange', 'wss://ws-feed.exchange.coinbase.com'],
  bybit: ['bybit', 'wss://stream.bybit.com/v5/public/linear'],
  bybit_linear: ['bybit', 'wss://stream.bybit.com/v5/public/linear'],
  bybit_spot: ['bybit', 'wss://stream.bybit.com/v5/public/spot'],
};

interface Market {
  readonly venue: string;
  readonly symbol: string;
}

/** Order books and trades, and tickers or best bid and offer where the frames have them: ccxt reads whatever it is given. */
export const ccxt: BenchCase = async (frames) => {
  const library = await importPeer('ccxt');
  if (library === null) return 'not installed';
  if (isKrakenV1(frames)) return 'speaks Kraken v2 only; the recording is v1';
  const markets = symbolsOf(frames);
  return () => new CcxtPass(frames, library.default.pro, markets);
};

/** Version 1 sends its data as arrays, version 2 as objects. */
function isKrakenV1({ connections, bytes }: FrameSet): boolean {
  return connections.some(({ venue }) => venue === 'kraken') && bytes.includes('\n[');
}

class CcxtPass implements Pass {
  readonly #frames: FrameSet;
  readonly #exchanges = new Map<string, Exchange>();
  readonly #byConnection: readonly Exchange[];

  constructor(frames: FrameSet, classes: Json, markets: readonly Market[]) {
    this.#frames = frames;
    for (const { venue } of frames.connections) {
      if (this.#exchanges.has(venue)) continue;
      this.#exchanges.set(
        venue,
        new Exchange(
          classes,
          venue,
          markets.filter((market) => market.venue === venue),
        ),
      );
    }
    this.#byConnection = frames.connections.map(({ venue }) => this.#exchanges.get(venue)!);
  }

  async run(count: number): Promise<void> {
    const { bytes, ends, connectionOf, connections } = this.#frames;
    let i = 0;
    while (i < count) {
      i = this.#runToSnapshot(i, count);
      if (i === count) return;
      const to = ends[i]!;
      const message = JSON.parse(bytes.toString('utf8', i === 0 ? 0 : ends[i - 1]! + 1, to));
      await this.#byConnection[connectionOf[i]!]!.takeSnapshot(connections[connectionOf[i]!]!, message);
      i += 1;
    }
  }

  /** @returns the next frame that is a REST reply, or `count` */
  #runToSnapshot(first: number, count: number): number {
    const { bytes, ends, connectionOf, connections } = this.#frames;
    const exchanges = this.#byConnection;
    let from = first === 0 ? 0 : ends[first - 1]! + 1;
    for (let i = first; i < count; i++) {
      const connection = connectionOf[i]!;
      if (connections[connection]!.transport === 'rest') return i;
      const to = ends[i]!;
      const message = JSON.parse(bytes.toString('utf8', from, to));
      const { exchange, client } = exchanges[connection]!;
      exchange.handleMessage(client, message);
      from = to + 1;
    }
    return count;
  }

  evidence(): Evidence {
    const tops: Record<string, [number, number]> = {};
    const notes: string[] = [];
    let tickers = 0;
    for (const [venue, { exchange, client }] of this.#exchanges) {
      for (const [symbol, book] of Object.entries<Json>(exchange.orderbooks)) {
        if (book.bids.length > 0 && book.asks.length > 0)
          tops[`${venue}:${symbol}`] = [book.bids[0][0], book.asks[0][0]];
      }
      tickers += Object.keys(exchange.bidsasks).length + Object.keys(exchange.tickers).length;
      for (const error of Object.values<Error>(client.rejections)) notes.push(error.message);
    }
    if (tickers > 0) notes.push(`${tickers} tickers kept`);
    return { trades: null, tops, notes };
  }
}

/** One exchange object of ccxt with its client: never connected. */
class Exchange {
  readonly exchange: Json;
  readonly client: Json;
  readonly #isFuture: boolean;

  constructor(classes: Json, venue: string, markets: readonly Market[]) {
    const [name, url] = CLASSES[venue]!;
    this.exchange = new classes[name]();
    this.#isFuture = venue === 'binance_usdm' || venue === 'binance_coinm';
    this.exchange.setMarkets(markets.map((market) => this.#market(market)));
    this.client = this.exchange.client(url);
    for (const { symbol } of markets) {
      if (name.startsWith('binance')) this.exchange.orderbooks[symbol] = this.exchange.orderBook({}, 1000);
      // OKX's handler leaves books alone that nobody subscribed to.
      for (const channel of ['books', 'books-l2-tbt']) this.client.subscriptions[`${channel}:${symbol}`] = {};
    }
  }

  /** Its own symbol is the venue's: no recording needs another. */
  #market({ venue, symbol }: Market): Json {
    const isInverse = venue === 'binance_coinm' || /^\w+-USD-/.test(symbol);
    const isSpot = venue === 'okx' ? symbol.split('-').length < 3 : !this.#isFuture && venue !== 'bybit_linear';
    return this.exchange.safeMarketStructure({
      id: symbol,
      symbol,
      type: isSpot ? 'spot' : 'swap',
      spot: isSpot,
      swap: !isSpot,
      contract: !isSpot,
      linear: isSpot ? undefined : !isInverse,
      inverse: isSpot ? undefined : isInverse,
      contractSize: isSpot ? undefined : 1,
      precision: { amount: 1e-8, price: 1e-8 },
    });
  }

  /** What ccxt does when its request for a snapshot is answered: its own code, with the recorded answer. */
  async takeSnapshot({ symbol }: FrameConnection, reply: Json): Promise<void> {
    const { exchange, client } = this;
    exchange.fetchRestOrderBookSafe = async () => {
      const book = exchange.parseOrderBook(reply, symbol, exchange.safeInteger(reply, 'T'));
      book.nonce = reply.lastUpdateId;
      return book;
    };
    const type = this.#isFuture ? 'future' : 'spot';
    await exchange.fetchOrderBookSnapshot(client, reply, { symbol, type, limit: 1000, params: {} });
  }
}
