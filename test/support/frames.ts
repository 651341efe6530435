/**
 * A small market and its messages as the venues write them, with the truth beside each message: for tests that damage a
 * stream and know what is right. Shares no code with the decoders, nor with the program's own simulator.
 */

import { Prng } from '../../src/core/base/prng.ts';
import { fixedText, krakenChecksum, type Level, okxChecksum, ReferenceSide, shortText } from './book-reference.ts';

/**
 * Wire formats. `kraken_v1` and `kraken` are two protocols of one venue; `okx_checksum` is OKX as recorded before 2023: no
 * ids, a checksum that counts.
 */
export const FORMATS = [
  'binance',
  'binance_usdm',
  'okx',
  'okx_checksum',
  'kraken',
  'kraken_v1',
  'coinbase',
  'coinbase_advanced',
  'bybit_linear',
] as const;
export type Format = (typeof FORMATS)[number];

/** The market's decimals, the depth of Kraken's books, and how deep the market itself is. */
const DECIMALS = { price: 2, size: 3 };
const KRAKEN_DEPTH = 10;
const REACH = 30;
const START_MS = 1_793_610_890_000;

/** One change of the market, before it is written as text: this is what tests damage. */
export interface Update {
  readonly timeMs: number;
  readonly firstId: number;
  readonly lastId: number;
  readonly previousId: number;
  /** The number of the message on its connection (Coinbase Advanced). */
  readonly sequence: number;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
  /** Over the market after the change; NaN where the format has none. */
  readonly checksum: number;
}

/** Both sides, best first, as a correct client holds them. */
export interface Truth {
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

/** The core's name of the format's venue, and the symbol as it stands in the messages. */
export function venueOf(format: Format): { venue: string; symbol: string; decimals: typeof DECIMALS } {
  const decimals = DECIMALS;
  switch (format) {
    case 'binance':
    case 'binance_usdm':
    case 'bybit_linear':
      return { venue: format, symbol: 'BTCUSDT', decimals };
    case 'okx':
    case 'okx_checksum':
      return { venue: 'okx', symbol: 'BTC-USDT', decimals };
    case 'kraken':
      return { venue: 'kraken', symbol: 'BTC/USD', decimals };
    case 'kraken_v1':
      return { venue: 'kraken', symbol: 'XBT/USD', decimals };
    default:
      return { venue: format, symbol: 'BTC-USD', decimals };
  }
}

/** One instrument's market on one venue. */
export class VenueStream {
  readonly format: Format;
  readonly #prng: Prng;
  readonly #bids = new ReferenceSide('bid');
  readonly #asks = new ReferenceSide('ask');
  #middle = 6_000_000;
  #timeMs = START_MS;
  #lastId = 1_000_000;
  #sequence = 0;

  constructor(format: Format, seed: number) {
    this.format = format;
    this.#prng = new Prng(seed);
    for (let offset = 1; offset <= REACH; offset++) {
      this.#bids.set(this.#middle - offset, this.#size());
      this.#asks.set(this.#middle + offset, this.#size());
    }
  }

  get truth(): Truth {
    const depth = this.format.startsWith('kraken') ? KRAKEN_DEPTH : Number.POSITIVE_INFINITY;
    return { bids: this.#bids.sorted().slice(0, depth), asks: this.#asks.sorted().slice(0, depth) };
  }

  get timeMs(): number {
    return this.#timeMs;
  }

  /** Moves the market; at least one level that the client holds changes. */
  next(): Update {
    const before = this.truth;
    let bids: Level[] = [];
    let asks: Level[] = [];
    while (bids.length + asks.length === 0) {
      this.#move();
      const after = this.truth;
      bids = changesOf(before.bids, after.bids, this.#bids);
      asks = changesOf(before.asks, after.asks, this.#asks);
    }
    this.#timeMs += 100;
    this.#sequence += 1;
    const previousId = this.#lastId;
    // Binance spot: consecutive. Futures: ids jump between messages. Bybit: one a message.
    const firstId = previousId + (this.format === 'binance_usdm' ? 1 + this.#prng.int(50) : 1);
    this.#lastId = this.format === 'bybit_linear' ? previousId + 1 : firstId + this.#prng.int(20);
    const { timeMs } = this;
    return {
      timeMs,
      firstId,
      lastId: this.#lastId,
      previousId,
      sequence: this.#sequence,
      bids,
      asks,
      checksum: this.#checksum(),
    };
  }

  /** The market as it stands, as the venue sends it when subscribed to (or asked, over REST). */
  snapshotText(): string {
    this.#sequence += 1;
    const { bids, asks } = this.truth;
    return snapshotText(this.format, {
      timeMs: this.#timeMs,
      firstId: Number.NaN,
      lastId: this.#lastId,
      previousId: -1,
      sequence: this.#sequence,
      bids,
      asks,
      checksum: this.#checksum(),
    });
  }

  #move(): void {
    if (this.#prng.int(3) === 0) this.#middle += this.#prng.int(5) - 2;
    for (const [side, direction] of [
      [this.#bids, -1],
      [this.#asks, 1],
    ] as const) {
      for (const price of [...side.levels.keys()]) if ((price - this.#middle) * direction <= 0) side.set(price, 0);
      for (let i = this.#prng.int(3); i > 0; i--)
        side.set(this.#middle + direction * (1 + this.#prng.int(REACH)), this.#sizeOrNone());
      // Never without a touch.
      if (side.levels.size < REACH / 2) side.set(this.#middle + direction * (1 + this.#prng.int(3)), this.#size());
    }
  }

  #size(): number {
    return 1 + this.#prng.int(5_000);
  }

  #sizeOrNone(): number {
    return this.#prng.int(3) === 0 ? 0 : this.#size();
  }

  #checksum(): number {
    const { bids, asks } = this.truth;
    if (this.format.startsWith('kraken')) return krakenChecksum(bids, asks, DECIMALS);
    return this.format === 'okx_checksum' ? okxChecksum(bids, asks, DECIMALS) : Number.NaN;
  }
}

/** What a venue sends: levels that are new or different, and 0 for those that are gone, not for those pushed out of reach. */
function changesOf(before: readonly Level[], after: readonly Level[], market: ReferenceSide): Level[] {
  const held = new Map(before);
  const changed = after.filter(([price, size]) => held.get(price) !== size);
  const gone = before.filter(([price]) => !market.levels.has(price)).map(([price]): Level => [price, 0]);
  return [...gone, ...changed];
}

/** A client that believes every message: what a stream, damaged or not, makes of a book. */
export class CredulousClient {
  readonly #format: Format;
  readonly #bids = new ReferenceSide('bid');
  readonly #asks = new ReferenceSide('ask');

  constructor(format: Format, truth: Truth) {
    this.#format = format;
    this.#bids.load(truth.bids);
    this.#asks.load(truth.asks);
  }

  /** Applies an update; returns whether the checksum it carries (if any) is that of the book now. */
  apply(update: Update): boolean {
    for (const [price, size] of update.bids) this.#bids.set(price, size);
    for (const [price, size] of update.asks) this.#asks.set(price, size);
    if (this.#format.startsWith('kraken')) {
      this.#bids.truncate(KRAKEN_DEPTH);
      this.#asks.truncate(KRAKEN_DEPTH);
    }
    if (Number.isNaN(update.checksum)) return true;
    const compute = this.#format.startsWith('kraken') ? krakenChecksum : okxChecksum;
    return compute(this.#bids.sorted(), this.#asks.sorted(), DECIMALS) === update.checksum;
  }
}

const isoTime = (timeMs: number): string => new Date(timeMs).toISOString().replace('Z', '000Z');
const price = (mantissa: number): string => fixedText(mantissa, DECIMALS.price);
const size = (mantissa: number): string => fixedText(mantissa, DECIMALS.size);

const pairs = (levels: readonly Level[]): string =>
  `[${levels.map(([p, s]) => `["${price(p)}","${size(s)}"]`).join(',')}]`;
const okxRows = (levels: readonly Level[]): string =>
  `[${levels.map(([p, s]) => `["${shortText(p, DECIMALS.price)}","${shortText(s, DECIMALS.size)}","0","1"]`).join(',')}]`;
const krakenObjects = (levels: readonly Level[]): string =>
  `[${levels.map(([p, s]) => `{"price":${price(p)},"qty":${size(s)}}`).join(',')}]`;
const timedRows = (levels: readonly Level[], timeMs: number): string =>
  `[${levels.map(([p, s]) => `["${price(p)}","${size(s)}","${(timeMs / 1000).toFixed(6)}"]`).join(',')}]`;

/** An update as the venue writes it. */
export function updateText(format: Format, update: Update): string {
  const { timeMs, firstId, lastId, previousId, bids, asks, checksum } = update;
  switch (format) {
    case 'binance': {
      const data = `{"e":"depthUpdate","E":${timeMs},"s":"BTCUSDT","U":${firstId},"u":${lastId},"b":${pairs(bids)},"a":${pairs(asks)}}`;
      return `{"stream":"btcusdt@depth@100ms","data":${data}}`;
    }
    case 'binance_usdm': {
      const ids = `"U":${firstId},"u":${lastId},"pu":${previousId}`;
      const data = `{"e":"depthUpdate","E":${timeMs},"T":${timeMs - 4},"s":"BTCUSDT",${ids},"b":${pairs(bids)},"a":${pairs(asks)}}`;
      return `{"stream":"btcusdt@depth@0ms","data":${data}}`;
    }
    case 'kraken_v1': {
      const side = (key: string, levels: readonly Level[]): string => `"${key}":${timedRows(levels, timeMs)}`;
      const parts = [asks.length > 0 ? side('a', asks) : '', bids.length > 0 ? side('b', bids) : ''].filter(
        (part) => part !== '',
      );
      const seal = `,"c":"${checksum}"`;
      const objects = parts.map((part, i) => `{${part}${i === parts.length - 1 ? seal : ''}}`);
      return `[336,${objects.join(',')},"book-10","XBT/USD"]`;
    }
    case 'coinbase': {
      const side = (name: string, levels: readonly Level[]): string[] =>
        levels.map(([p, s]) => `["${name}","${price(p)}","${size(s)}"]`);
      const changes = [...side('buy', bids), ...side('sell', asks)].join(',');
      return `{"type":"l2update","product_id":"BTC-USD","changes":[${changes}],"time":"${isoTime(timeMs)}"}`;
    }
    default:
      return bothKinds(format, 'update', update);
  }
}

function snapshotText(format: Format, market: Update): string {
  const { timeMs, lastId, bids, asks } = market;
  switch (format) {
    case 'binance':
      return `{"lastUpdateId":${lastId},"bids":${pairs(bids)},"asks":${pairs(asks)}}`;
    case 'binance_usdm':
      return `{"lastUpdateId":${lastId},"E":${timeMs},"T":${timeMs - 4},"bids":${pairs(bids)},"asks":${pairs(asks)}}`;
    case 'kraken_v1':
      return `[336,{"as":${timedRows(asks, timeMs)},"bs":${timedRows(bids, timeMs)}},"book-10","XBT/USD"]`;
    case 'coinbase':
      return `{"type":"snapshot","product_id":"BTC-USD","bids":${pairs(bids)},"asks":${pairs(asks)}}`;
    default:
      return bothKinds(format, 'snapshot', market);
  }
}

/** Formats whose snapshots and updates look alike. */
function bothKinds(format: Format, kind: 'snapshot' | 'update', message: Update): string {
  const { timeMs, lastId, previousId, sequence, bids, asks, checksum } = message;
  switch (format) {
    case 'kraken': {
      const seal = `"checksum":${checksum},"timestamp":"${isoTime(timeMs)}"`;
      const data = `{"symbol":"BTC/USD","bids":${krakenObjects(bids)},"asks":${krakenObjects(asks)},${seal}}`;
      return `{"channel":"book","type":"${kind}","data":[${data}]}`;
    }
    case 'coinbase_advanced': {
      const time = isoTime(timeMs);
      const side = (name: string, levels: readonly Level[]): string[] =>
        levels.map(
          ([p, s]) =>
            `{"side":"${name}","event_time":"${time}","price_level":"${price(p)}","new_quantity":"${size(s)}"}`,
        );
      const event = `{"type":"${kind}","product_id":"BTC-USD","updates":[${[...side('bid', bids), ...side('offer', asks)].join(',')}]}`;
      return `{"channel":"l2_data","client_id":"","timestamp":"${time}","sequence_num":${sequence},"events":[${event}]}`;
    }
    case 'bybit_linear': {
      const type = kind === 'snapshot' ? 'snapshot' : 'delta';
      const data = `{"s":"BTCUSDT","b":${pairs(bids)},"a":${pairs(asks)},"u":${lastId},"seq":${lastId * 7}}`;
      return `{"topic":"orderbook.200.BTCUSDT","type":"${type}","ts":${timeMs + 1},"data":${data},"cts":${timeMs}}`;
    }
    default: {
      const ids =
        format === 'okx' ? `"checksum":0,"prevSeqId":${previousId},"seqId":${lastId}` : `"checksum":${checksum}`;
      const data = `{"asks":${okxRows(asks)},"bids":${okxRows(bids)},"ts":"${timeMs}",${ids}}`;
      return `{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"${kind}","data":[${data}]}`;
    }
  }
}
