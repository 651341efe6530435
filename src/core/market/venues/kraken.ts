/**
 * Kraken spot, WebSocket v1 (recordings) and v2, and REST depth and trades: frames to ticks; which of them a frame is shows in
 * its shape. Keeps no book; remembers the depths that were subscribed to, because v2's book messages do not say them.
 */

import type { JsonObject } from '../../base/json.ts';
import { asciiBytes, type Instrument } from '../instrument.ts';
import { type Tick, type TickBatch, TickKind } from '../tick.ts';
import type { CodecTools, DecodeOutcome } from './codec.ts';
import { FrameReader } from './frame-reader.ts';
import type { FieldRules } from './shape-rules.ts';
import { ShapedCodec } from './shaped-codec.ts';
import {
  channelWord,
  isArray,
  isObject,
  malformed,
  type ParsedObject,
  sideOf,
  startTick,
  text,
  unknown,
} from './slow-json.ts';

/** v2 depths that can be subscribed to; 10 is the default. */
const DEPTHS = [10, 25, 100, 500, 1000];
const MAX_NOTED_DEPTHS = 10_000;

/** `[336,{"b":[[…]],"c":"974947235"},"book-1000","XBT/USD"]`, with `{"a":…}` before `{"b":…,"c":…}` where both sides change. */
const V1_BOOK: FieldRules = {
  '0': { read: 'constant' },
  '1.a': { read: 'timed_asks' },
  '1.b': { read: 'timed_bids' },
  '1.c': { read: 'quoted_integer', slot: 'checksum' },
  '2': { read: 'constant' },
  '2.a': { read: 'timed_asks' },
  '2.b': { read: 'timed_bids' },
  '2.c': { read: 'quoted_integer', slot: 'checksum' },
  '3': { read: 'constant' },
  '4': { read: 'constant' },
};
const V2: FieldRules = {
  channel: { read: 'constant' },
  type: { read: 'constant' },
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
  ...V2,
  'data.0.side': { read: 'side', slot: 'takerSide' },
  'data.0.price': { read: 'bare_price', slot: 'price' },
  'data.0.qty': { read: 'bare_size', slot: 'size' },
  'data.0.ord_type': { read: 'skip' },
  'data.0.trade_id': { read: 'integer', slot: 'tradeId' },
};
const V2_TICKER: FieldRules = {
  ...V2,
  'data.0.bid': { read: 'bare_price', slot: 'bidPrice' },
  'data.0.bid_qty': { read: 'bare_size', slot: 'bidSize' },
  'data.0.ask': { read: 'bare_price', slot: 'askPrice' },
  'data.0.ask_qty': { read: 'bare_size', slot: 'askSize' },
};
const V2_RULES: Readonly<Record<string, FieldRules>> = { book: V2_BOOK, trade: V2_TRADE, ticker: V2_TICKER };

const V1_HEARTBEAT = asciiBytes('{"event":"heartbeat"}');
const V2_HEARTBEAT = asciiBytes('{"channel":"heartbeat"}');

function isText(bytes: Uint8Array, from: number, to: number, text: Uint8Array): boolean {
  if (to - from !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[from + i] !== text[i]) return false;
  return true;
}

/** v1 begins with its channel number and what of the book changes; v2 names channel and symbol within the first sixty bytes. */
const V1_HASH = [0, 4, 8];
const V2_HASH = [12, 40, 54, 60];

/** Ten digits, a point, six digits. */
const MAX_SECONDS_TEXT = 17;

/** `"1534614057.321597"` in microseconds; NaN for anything else. A snapshot has thousands of them, so no pattern is matched. */
function mantissaOfSeconds(text: string): number {
  const point = text.length - 7;
  if (point < 1 || text.charCodeAt(point) !== 46) return Number.NaN;
  let micros = 0;
  for (let i = 0; i < text.length; i++) {
    if (i === point) continue;
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    micros = micros * 10 + digit;
  }
  return micros;
}

/** A string's plain characters are passed in runs: one by one, a string of some megabytes overflows the stack. */
const NUMBER_OR_STRING = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Puts quotes around all numbers of valid JSON: `JSON.parse` would lose the zeros that Kraken's checksum covers. */
export function quoteNumbers(json: string): string {
  return json.replace(NUMBER_OR_STRING, (token) => (token.startsWith('"') ? token : `"${token}"`));
}

export class KrakenCodec extends ShapedCodec {
  /** Subscribed book depth by symbol, from v2's acks. */
  readonly #depths = new Map<string, number>();
  /** REST answers pad their numbers with zeros and have no checksum: they must not decide about decimals that the stream's has. */
  readonly #rest = new FrameReader('significant');
  /** Of the frame that was read last. */
  #isV1 = false;
  #isReply = false;

  constructor(tools: CodecTools) {
    super(tools, { zeros: 'wire', hashOffsets: V2_HASH, arrayHashOffsets: V1_HASH });
  }

  override decode(
    bytes: Uint8Array,
    from: number,
    to: number,
    batch: TickBatch,
    hint: Instrument | null,
  ): DecodeOutcome {
    // Half the frames of a quiet market; the slow path would find the same.
    if (isText(bytes, from, to, V1_HEARTBEAT) || isText(bytes, from, to, V2_HEARTBEAT)) {
      batch.clear();
      return 'heartbeat';
    }
    return super.decode(bytes, from, to, batch, hint);
  }

  protected rulesOf(batch: TickBatch): FieldRules | undefined {
    const tick = batch.ticks[0]!;
    if (this.#isReply) return undefined;
    return this.#isV1 ? V1_BOOK : V2_RULES[tick.channel];
  }

  protected readMessage(message: unknown, json: string, batch: TickBatch, hint: Instrument | null): DecodeOutcome {
    this.#isV1 = isArray(message);
    // The stream's own refusals have a text there.
    this.#isReply = isObject(message) && isArray(message['error']);
    if (isArray(message)) return this.#v1Data(message, batch);
    if (!isObject(message)) return malformed(batch, 'bad_shape');
    if ('channel' in message) return this.#v2Channel(message, json, batch);
    if ('method' in message) return this.#v2Reply(message, batch);
    if ('event' in message) return this.#v1Event(message, batch);
    if (this.#isReply) return this.#restReply(message, batch, hint);
    return unknown(batch, 'unknown_channel:none');
  }

  /** `{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"price":1.0,"qty":0.250}],"asks":[],"checksum":7,…}]}` */
  #v2Channel(message: ParsedObject, json: string, batch: TickBatch): DecodeOutcome {
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
    const entries = this.reader.array(exact['data']);
    if (this.reader.fault !== '' || entries.length === 0) return malformed(batch, 'bad_shape');
    if (channel === 'book' && entries.length > 1) return malformed(batch, 'bad_shape');
    return this.#v2Entries(channel, entries, isSnapshot, batch);
  }

  #v2Entries(
    channel: 'book' | 'trade' | 'ticker',
    entries: readonly unknown[],
    isSnapshot: boolean,
    batch: TickBatch,
  ): DecodeOutcome {
    const reader = this.reader;
    const found: { entry: ParsedObject; instrument: Instrument }[] = [];
    for (const value of entries) {
      const entry = reader.object(value);
      const symbol = reader.symbol(entry['symbol']);
      if (reader.fault !== '') return malformed(batch, reader.fault);
      const instrument = this.tools.symbols.findText(symbol);
      if (instrument === null) continue;
      found.push({ entry, instrument });
      this.#learnV2(channel, entry, instrument);
    }
    if (found.length === 0) return unknown(batch, 'unknown_symbol');
    const isCommitted = channel === 'book' && isSnapshot ? reader.commitExactly(found[0]!.instrument) : reader.commit();
    if (!isCommitted) return malformed(batch, reader.fault);
    for (const { entry, instrument } of found) {
      if (channel === 'book') this.#v2Book(entry, instrument, isSnapshot, batch);
      else if (channel === 'trade') this.#v2Trade(entry, instrument, isSnapshot, batch);
      else this.#v2Ticker(entry, instrument, batch);
    }
    return 'ticks';
  }

  #learnV2(channel: string, entry: ParsedObject, instrument: Instrument): void {
    const reader = this.reader;
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

  #v2Book(entry: ParsedObject, instrument: Instrument, isSnapshot: boolean, batch: TickBatch): void {
    const tick = startTick(batch, isSnapshot ? TickKind.depthSnapshot : TickKind.depthDelta, instrument, 'book');
    if ('timestamp' in entry) tick.eventTimeMs = this.reader.isoTime(entry['timestamp']);
    if ('checksum' in entry) tick.checksum = this.reader.integerText(entry['checksum']);
    tick.bidFrom = batch.levelCount;
    this.#pushObjects(batch, instrument, entry['bids']);
    tick.bidTo = batch.levelCount;
    tick.askFrom = batch.levelCount;
    this.#pushObjects(batch, instrument, entry['asks']);
    tick.askTo = batch.levelCount;
    if (isSnapshot) tick.depthLimit = this.#v2Depth(entry['symbol'] as string, tick);
  }

  #pushObjects(batch: TickBatch, instrument: Instrument, levels: unknown): void {
    for (const level of levels as { price: string; qty: string }[])
      this.reader.pushLevel(batch, instrument, level.price, level.qty);
  }

  /** The depth an ack named; without one (a recording begun later) the smallest that the snapshot fits in. */
  #v2Depth(symbol: string, tick: Tick): number {
    const levels = Math.max(tick.bidTo - tick.bidFrom, tick.askTo - tick.askFrom);
    return this.#depths.get(symbol) ?? DEPTHS.find((depth) => levels <= depth) ?? levels;
  }

  #v2Trade(entry: ParsedObject, instrument: Instrument, isSnapshot: boolean, batch: TickBatch): void {
    const reader = this.reader;
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
  #v2Ticker(entry: ParsedObject, instrument: Instrument, batch: TickBatch): void {
    const tick = startTick(batch, TickKind.bbo, instrument, 'ticker');
    if ('timestamp' in entry) tick.eventTimeMs = this.reader.isoTime(entry['timestamp']);
    this.reader.setBbo(tick, entry['bid'], entry['bid_qty'], entry['ask'], entry['ask_qty']);
  }

  /** `{"method":"subscribe","result":{"channel":"book","symbol":"BTC/USD","depth":10},"success":true}`, one a symbol; pong. */
  #v2Reply(message: ParsedObject, batch: TickBatch): DecodeOutcome {
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

  /** `{"event":"heartbeat"}`, `{"event":"subscriptionStatus","status":"subscribed","pair":"XBT/USD","channelName":"book-10",…}` */
  #v1Event(message: ParsedObject, batch: TickBatch): DecodeOutcome {
    switch (message['event']) {
      case 'heartbeat':
      case 'pong':
        return 'heartbeat';
      case 'systemStatus':
        return 'status';
      case 'subscriptionStatus':
        if (message['status'] === 'error') {
          batch.reason = 'venue_error';
          return 'error';
        }
        batch.ackChannel = (text(message['channelName']) ?? '').split('-')[0]!;
        batch.ackSymbol = text(message['pair']) ?? '';
        batch.isAckSubscribe = message['status'] === 'subscribed';
        return 'ack';
      case 'error':
        batch.reason = 'venue_error';
        return 'error';
      default:
        return unknown(batch, `unknown_channel:${channelWord(message['event'])}`);
    }
  }

  /** v1 data: the last element is the pair, the one before it the channel; a book update has one or two objects before them. */
  #v1Data(message: readonly unknown[], batch: TickBatch): DecodeOutcome {
    const reader = this.reader;
    if (message.length < 4) return malformed(batch, 'bad_shape');
    const symbol = reader.symbol(message[message.length - 1]);
    const channelName = text(message[message.length - 2]);
    if (reader.fault !== '' || channelName === null) return malformed(batch, 'bad_shape');
    const [channel = '', depthText = ''] = channelName.split('-');
    if (channel !== 'book' && message.length !== 4) return malformed(batch, 'bad_shape');
    if (!['book', 'trade', 'spread', 'ticker'].includes(channel))
      return unknown(batch, `unknown_channel:${channelWord(channel)}`);
    const instrument = this.tools.symbols.findText(symbol);
    if (instrument === null) return unknown(batch, 'unknown_symbol');
    switch (channel) {
      case 'book':
        return this.#v1Book(message.slice(1, -2), instrument, depthText, batch);
      case 'trade':
        return this.#v1Trades(message[1], instrument, batch);
      case 'spread':
        return this.#v1Spread(message[1], instrument, batch);
      default:
        return this.#v1Ticker(message[1], instrument, batch);
    }
  }

  /** Snapshot `{"as":[[price,volume,time],…],"bs":[…]}` without a checksum; update `{"a":[…],"b":[…],"c":"974947235"}`. */
  #v1Book(parts: readonly unknown[], instrument: Instrument, depthText: string, batch: TickBatch): DecodeOutcome {
    const reader = this.reader;
    const depth = /^\d{1,4}$/.test(depthText) ? Number(depthText) : 0;
    if (depth === 0 || parts.length > 2) return malformed(batch, 'bad_shape');
    const merged: Record<string, unknown> = {};
    for (const part of parts) {
      for (const [key, value] of Object.entries(reader.object(part))) {
        if (key in merged) reader.fail('bad_shape');
        merged[key] = value;
      }
    }
    const isSnapshot = 'as' in merged || 'bs' in merged;
    const bids = merged[isSnapshot ? 'bs' : 'b'];
    const asks = merged[isSnapshot ? 'as' : 'a'];
    if (bids === undefined && asks === undefined) reader.fail('bad_shape');
    const bidTimeMs = this.#learnTimed(instrument, bids);
    const askTimeMs = this.#learnTimed(instrument, asks);
    const checksum = 'c' in merged ? reader.integerText(merged['c']) : Number.NaN;
    if (!(isSnapshot ? reader.commitExactly(instrument) : reader.commit())) return malformed(batch, reader.fault);
    const tick = startTick(batch, isSnapshot ? TickKind.depthSnapshot : TickKind.depthDelta, instrument, 'book');
    tick.eventTimeMs = bidTimeMs >= askTimeMs || Number.isNaN(askTimeMs) ? bidTimeMs : askTimeMs;
    tick.checksum = checksum;
    tick.depthLimit = isSnapshot ? depth : 0;
    tick.bidFrom = batch.levelCount;
    if (bids !== undefined) reader.pushLevels(batch, instrument, bids);
    tick.bidTo = batch.levelCount;
    tick.askFrom = batch.levelCount;
    if (asks !== undefined) reader.pushLevels(batch, instrument, asks);
    tick.askTo = batch.levelCount;
    return 'ticks';
  }

  /** Learns `[price, volume, time, "r"?]` rows; returns their latest time in ms, NaN for none. */
  #learnTimed(instrument: Instrument, rows: unknown): number {
    if (rows === undefined) return Number.NaN;
    const reader = this.reader;
    reader.learnLevels(instrument, rows);
    let latestMs = Number.NaN;
    if (reader.fault !== '') return latestMs;
    const runMs = reader.runTimeMs(rows);
    if (runMs !== null) return runMs;
    for (const row of rows as readonly (readonly unknown[])[]) {
      const timeMs = this.#v1Time(row[2]);
      if (!(latestMs >= timeMs)) latestMs = timeMs;
    }
    return latestMs;
  }

  /** `"1534614057.321597"`: seconds with six decimals, as ms. */
  #v1Time(value: unknown): number {
    const micros =
      typeof value === 'string' && value.length <= MAX_SECONDS_TEXT ? mantissaOfSeconds(value) : Number.NaN;
    if (Number.isNaN(micros)) this.reader.fail('bad_time');
    return micros / 1000;
  }

  /** `[[price, volume, time, side "b"|"s", orderType "m"|"l", misc], …]`: v1 trades have no id. */
  #v1Trades(rows: unknown, instrument: Instrument, batch: TickBatch): DecodeOutcome {
    const reader = this.reader;
    const trades = reader.array(rows);
    if (trades.length === 0) reader.fail('bad_shape');
    const times: number[] = [];
    for (const row of trades) {
      const trade = reader.array(row);
      reader.learn(instrument, trade[0], trade[1]);
      times.push(this.#v1Time(trade[2]));
      if (trade[3] !== 'b' && trade[3] !== 's') reader.fail('bad_side');
    }
    if (!reader.commit()) return malformed(batch, reader.fault);
    (trades as readonly (readonly unknown[])[]).forEach((trade, i) => {
      const tick = startTick(batch, TickKind.trade, instrument, 'trade');
      tick.eventTimeMs = times[i]!;
      tick.price = reader.price(instrument, trade[0]);
      tick.size = reader.size(instrument, trade[1]);
      tick.takerSide = trade[3] === 'b' ? 1 : -1;
    });
    return 'ticks';
  }

  /** `[bid, ask, time, bidVolume, askVolume]`; a time of "0" means that there is no market. */
  #v1Spread(row: unknown, instrument: Instrument, batch: TickBatch): DecodeOutcome {
    const reader = this.reader;
    const [bid, ask, time, bidVolume, askVolume] = reader.array(row);
    if (time === '0') return unknown(batch, 'no_market');
    const eventTimeMs = this.#v1Time(time);
    reader.learnBbo(instrument, bid, bidVolume, ask, askVolume);
    if (!reader.commit()) return malformed(batch, reader.fault);
    const tick = startTick(batch, TickKind.bbo, instrument, 'spread');
    tick.eventTimeMs = eventTimeMs;
    reader.setBbo(tick, bid, bidVolume, ask, askVolume);
    return 'ticks';
  }

  /** `{"a":[price, wholeLot, lot],"b":[…],"c":[price, lot],…}`, without a time. */
  #v1Ticker(value: unknown, instrument: Instrument, batch: TickBatch): DecodeOutcome {
    const reader = this.reader;
    const ticker = reader.object(value);
    const bid = reader.array(ticker['b']);
    const ask = reader.array(ticker['a']);
    reader.learnBbo(instrument, bid[0], bid[2], ask[0], ask[2]);
    if (!reader.commit()) return malformed(batch, reader.fault);
    const tick = startTick(batch, TickKind.bbo, instrument, 'ticker');
    reader.setBbo(tick, bid[0], bid[2], ask[0], ask[2]);
    return 'ticks';
  }

  /**
   * `{"error":[],"result":{"XXBTZUSD":…}}`: depth or trades under the venue's own name for what was asked, an error inside a
   * 200 answer, or a list that we do not read.
   */
  #restReply(message: ParsedObject, batch: TickBatch, hint: Instrument | null): DecodeOutcome {
    const errors = message['error'] as readonly unknown[];
    if (errors.length > 0) {
      batch.reason = errors.includes('EAPI:Rate limit exceeded') ? 'rate_limited' : 'venue_error';
      return 'error';
    }
    const result = isObject(message['result']) ? message['result'] : {};
    const [entry, ...others] = Object.keys(result).filter((key) => key !== 'last');
    const value = entry === undefined || others.length > 0 ? null : result[entry];
    const isDepth = isObject(value) && 'asks' in value && 'bids' in value;
    if (!isDepth && !(isArray(value) && 'last' in result)) return 'status';
    if (hint === null) return unknown(batch, 'reply_without_symbol');
    this.#rest.begin();
    return isDepth ? this.#restDepth(value, hint, batch) : this.#restTrades(value as readonly unknown[], hint, batch);
  }

  /**
   * `{"asks":[["30384.10000","2.059",1688671659],…],"bids":[…]}`: volumes have three decimals and the times are the levels'
   * own. Without id or checksum it is good for a look, never as a base for a stream's updates.
   */
  #restDepth(depth: ParsedObject, instrument: Instrument, batch: TickBatch): DecodeOutcome {
    const reader = this.#rest;
    for (const side of [depth['bids'], depth['asks']]) reader.learnLevels(instrument, side);
    if (!reader.commit()) return malformed(batch, reader.fault);
    const tick = startTick(batch, TickKind.depthSnapshot, instrument, 'book');
    tick.isRequested = true;
    tick.bidFrom = batch.levelCount;
    reader.pushLevels(batch, instrument, depth['bids']);
    tick.bidTo = batch.levelCount;
    tick.askFrom = batch.levelCount;
    reader.pushLevels(batch, instrument, depth['asks']);
    tick.askTo = batch.levelCount;
    return 'ticks';
  }

  /** `[["30243.40000","0.34507674",1688669597.8277369,"b","m","",61044952],…]`, oldest first; the time is in seconds. */
  #restTrades(rows: readonly unknown[], instrument: Instrument, batch: TickBatch): DecodeOutcome {
    const reader = this.#rest;
    const trades = rows.map((row) => reader.array(row));
    for (const [price, size, time, side, , , id] of trades) {
      reader.learn(instrument, price, size);
      reader.integer(id);
      if (!(typeof time === 'number' && time > 0)) reader.fail('bad_time');
      if (side !== 'b' && side !== 's') reader.fail('bad_side');
    }
    if (!reader.commit()) return malformed(batch, reader.fault);
    for (const [price, size, time, side, , , id] of trades) {
      const tick = startTick(batch, TickKind.trade, instrument, 'trade');
      tick.eventTimeMs = Math.round((time as number) * 1_000_000) / 1000;
      tick.price = reader.price(instrument, price);
      tick.size = reader.size(instrument, size);
      tick.takerSide = side === 'b' ? 1 : -1;
      tick.tradeId = reader.integer(id);
      tick.isIdSequential = true;
    }
    return trades.length === 0 ? 'status' : 'ticks';
  }

  save(): JsonObject {
    return { depths: Array.from(this.#depths, ([symbol, depth]) => [symbol, depth]) };
  }

  restore(saved: JsonObject): void {
    for (const [symbol, depth] of saved['depths'] as [string, number][]) this.#depths.set(symbol, depth);
  }
}
