/** Kraken's WebSocket v2: messages to ticks, by `JSON.parse`. Remembers the depths that were subscribed to, because book messages do not say them. */

import type { JsonObject } from '../../base/json.ts';
import type { Instrument } from '../instrument.ts';
import { type Tick, type TickBatch, TickKind } from '../tick.ts';
import type { CodecTools, DecodeOutcome } from './codec.ts';
import type { FrameReader } from './frame-reader.ts';
import { type FieldRules, passedOver } from './shape-rules.ts';
import { channelWord, isObject, malformed, type ParsedObject, sideOf, startTick, text, unknown } from './slow-json.ts';

/** v2 depths that can be subscribed to; 10 is the default. */
const DEPTHS = [10, 25, 100, 500, 1000];
const MAX_NOTED_DEPTHS = 10_000;

const HEAD: FieldRules = { channel: { read: 'constant' }, type: { read: 'constant' } };
const V2: FieldRules = {
  ...HEAD,
  'data.0.symbol': { read: 'constant' },
  'data.0.timestamp': { read: 'iso_time', slot: 'eventTime' },
};
const V2_BOOK: FieldRules = {
  ...V2,
  'data.0.bids': { read: 'object_bids' },
  'data.0.asks': { read: 'object_asks' },
  'data.0.checksum': { read: 'integer', slot: 'checksum' },
};
const V2_TRADE: FieldRules = {
  ...HEAD,
  'data.each.symbol': { read: 'constant' },
  'data.each.side': { read: 'side', slot: 'takerSide' },
  'data.each.price': { read: 'bare_price', slot: 'price' },
  'data.each.qty': { read: 'bare_size', slot: 'size' },
  'data.each.ord_type': { read: 'skip' },
  'data.each.trade_id': { read: 'integer', slot: 'tradeId' },
  'data.each.timestamp': { read: 'iso_time', slot: 'eventTime' },
};
const V2_TICKER: FieldRules = {
  ...V2,
  'data.0.bid': { read: 'bare_price', slot: 'bidPrice' },
  'data.0.bid_qty': { read: 'bare_size', slot: 'bidSize' },
  'data.0.ask': { read: 'bare_price', slot: 'askPrice' },
  'data.0.ask_qty': { read: 'bare_size', slot: 'askSize' },
  ...passedOver('data.0', ['last', 'volume', 'vwap', 'low', 'high', 'change', 'change_pct']),
};
/** By channel. */
export const V2_RULES: Readonly<Record<string, FieldRules>> = { book: V2_BOOK, trade: V2_TRADE, ticker: V2_TICKER };

/** A string's plain characters are passed in runs: one by one, a string of some megabytes overflows the stack. */
const NUMBER_OR_STRING = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Puts quotes around all numbers of valid JSON: `JSON.parse` would lose the zeros that Kraken's checksum covers. */
export function quoteNumbers(json: string): string {
  return json.replace(NUMBER_OR_STRING, (token) => (token.startsWith('"') ? token : `"${token}"`));
}

export class KrakenV2 {
  /** Subscribed book depth by symbol, from acks. */
  readonly #depths = new Map<string, number>();
  readonly #reader: FrameReader;
  readonly #symbols: CodecTools['symbols'];

  constructor(reader: FrameReader, symbols: CodecTools['symbols']) {
    this.#reader = reader;
    this.#symbols = symbols;
  }

  /** `{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"price":1.0,"qty":0.250}],"asks":[],"checksum":7,…}]}` */
  channel(message: ParsedObject, json: string, batch: TickBatch): DecodeOutcome {
    const channel = message['channel'];
    switch (channel) {
      case 'heartbeat':
        return 'heartbeat';
      case 'status':
      case 'instrument':
        return 'status';
      case 'book':
      case 'trade':
      case 'ticker':
        break;
      default:
        return unknown(batch, `unknown_channel:${channelWord(channel)}`);
    }
    const isSnapshot = message['type'] === 'snapshot';
    if (!isSnapshot && message['type'] !== 'update') return malformed(batch, 'bad_shape');
    const exact = JSON.parse(quoteNumbers(json)) as ParsedObject;
    const entries = this.#reader.array(exact['data']);
    if (this.#reader.fault !== '' || entries.length === 0) return malformed(batch, 'bad_shape');
    if (channel === 'book' && entries.length > 1) return malformed(batch, 'bad_shape');
    return this.#entries(channel, entries, isSnapshot, batch);
  }

  #entries(
    channel: 'book' | 'trade' | 'ticker',
    entries: readonly unknown[],
    isSnapshot: boolean,
    batch: TickBatch,
  ): DecodeOutcome {
    const reader = this.#reader;
    const found: { entry: ParsedObject; instrument: Instrument }[] = [];
    for (const value of entries) {
      const entry = reader.object(value);
      const symbol = reader.symbol(entry['symbol']);
      if (reader.fault !== '') return malformed(batch, reader.fault);
      const instrument = this.#symbols.findText(symbol);
      if (instrument === null) continue;
      found.push({ entry, instrument });
      this.#learn(channel, entry, instrument);
    }
    if (found.length === 0) return unknown(batch, 'unknown_symbol');
    const isCommitted = channel === 'book' && isSnapshot ? reader.commitExactly(found[0]!.instrument) : reader.commit();
    if (!isCommitted) return malformed(batch, reader.fault);
    for (const { entry, instrument } of found) {
      if (channel === 'book') this.#book(entry, instrument, isSnapshot, batch);
      else if (channel === 'trade') this.#trade(entry, instrument, isSnapshot, batch);
      else this.#ticker(entry, instrument, batch);
    }
    return 'ticks';
  }

  #learn(channel: string, entry: ParsedObject, instrument: Instrument): void {
    const reader = this.#reader;
    if ('timestamp' in entry || channel === 'trade') reader.isoTime(entry['timestamp']);
    if (channel === 'book') {
      for (const side of [entry['bids'], entry['asks']]) {
        for (const level of reader.array(side)) {
          const { price, qty } = reader.object(level) as { price?: unknown; qty?: unknown };
          reader.learn(instrument, price, qty);
        }
      }
      if ('checksum' in entry) reader.integerText(entry['checksum']);
    } else if (channel === 'trade') {
      reader.learn(instrument, entry['price'], entry['qty']);
      reader.integerText(entry['trade_id']);
      if (sideOf(entry['side']) === 0) reader.fail('bad_side');
    } else {
      reader.learnBbo(instrument, entry['bid'], entry['bid_qty'], entry['ask'], entry['ask_qty']);
    }
  }

  #book(entry: ParsedObject, instrument: Instrument, isSnapshot: boolean, batch: TickBatch): void {
    const tick = startTick(batch, isSnapshot ? TickKind.depthSnapshot : TickKind.depthDelta, instrument, 'book');
    if ('timestamp' in entry) tick.eventTimeMs = this.#reader.isoTime(entry['timestamp']);
    if ('checksum' in entry) tick.checksum = this.#reader.integerText(entry['checksum']);
    tick.bidFrom = batch.levelCount;
    this.#pushObjects(batch, instrument, entry['bids']);
    tick.bidTo = batch.levelCount;
    tick.askFrom = batch.levelCount;
    this.#pushObjects(batch, instrument, entry['asks']);
    tick.askTo = batch.levelCount;
    if (isSnapshot) tick.depthLimit = this.#depth(entry['symbol'] as string, tick);
  }

  #pushObjects(batch: TickBatch, instrument: Instrument, levels: unknown): void {
    for (const level of levels as { price: string; qty: string }[])
      this.#reader.pushLevel(batch, instrument, level.price, level.qty);
  }

  /** The depth an ack named; without one (a recording begun later) the smallest that the snapshot fits in. */
  #depth(symbol: string, tick: Tick): number {
    const levels = Math.max(tick.bidTo - tick.bidFrom, tick.askTo - tick.askFrom);
    return this.#depths.get(symbol) ?? DEPTHS.find((depth) => levels <= depth) ?? levels;
  }

  #trade(entry: ParsedObject, instrument: Instrument, isSnapshot: boolean, batch: TickBatch): void {
    const reader = this.#reader;
    const tick = startTick(batch, TickKind.trade, instrument, 'trade');
    tick.eventTimeMs = reader.isoTime(entry['timestamp']);
    tick.price = reader.price(instrument, entry['price']);
    tick.size = reader.size(instrument, entry['qty']);
    tick.takerSide = sideOf(entry['side']);
    tick.tradeId = reader.integerText(entry['trade_id']);
    tick.isIdSequential = true;
    tick.isSnapshot = isSnapshot;
  }

  /** Kraken writes 0 for an empty side. */
  #ticker(entry: ParsedObject, instrument: Instrument, batch: TickBatch): void {
    const tick = startTick(batch, TickKind.bbo, instrument, 'ticker');
    if ('timestamp' in entry) tick.eventTimeMs = this.#reader.isoTime(entry['timestamp']);
    this.#reader.setBbo(tick, entry['bid'], entry['bid_qty'], entry['ask'], entry['ask_qty']);
  }

  /** `{"method":"subscribe","result":{"channel":"book","symbol":"BTC/USD","depth":10},"success":true}`, one a symbol; pong. */
  reply(message: ParsedObject, batch: TickBatch): DecodeOutcome {
    if (message['method'] === 'pong') return 'heartbeat';
    if (message['success'] !== true || !isObject(message['result'])) {
      batch.reason = 'venue_error';
      return 'error';
    }
    const { channel, symbol, depth } = message['result'] as { channel?: unknown; symbol?: unknown; depth?: unknown };
    const isSubscribe = message['method'] === 'subscribe';
    batch.ackChannel = text(channel) ?? '';
    batch.ackSymbol = text(symbol) ?? '';
    batch.isAckSubscribe = isSubscribe;
    if (isSubscribe && channel === 'book') this.#noteDepth(batch.ackSymbol, depth);
    return 'ack';
  }

  /** Only depths that exist, and of no more symbols than a venue lists: garbage must not grow the table. */
  #noteDepth(symbol: string, depth: unknown): void {
    if (symbol === '' || !DEPTHS.includes(depth as number)) return;
    if (this.#depths.size < MAX_NOTED_DEPTHS || this.#depths.has(symbol)) this.#depths.set(symbol, depth as number);
  }

  save(): JsonObject {
    return { depths: Array.from(this.#depths, ([symbol, depth]) => [symbol, depth]) };
  }

  restore(saved: JsonObject): void {
    for (const [symbol, depth] of saved['depths'] as [string, number][]) this.#depths.set(symbol, depth);
  }
}
