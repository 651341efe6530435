/** Coinbase Exchange feed, and REST depth and trades: frames to ticks. Keeps no book, and reads no channel of single orders (`full`, `level3`). */

import { asciiBytes, type Instrument } from '../instrument.ts';
import { type TickBatch, TickKind } from '../tick.ts';
import { ByteReader } from './byte-reader.ts';
import type { CodecTools, DecodeOutcome, VenueCodec } from './codec.ts';
import { FrameReader } from './frame-reader.ts';
import {
  channelWord,
  isArray,
  isObject,
  malformed,
  type ParsedObject,
  parseJson,
  sideOf,
  startTick,
  unknown,
} from './slow-json.ts';

const COMMA = 44;
const CLOSE_BRACKET = 93;
const CLOSE_BRACE = 125;
const L2_HEAD = asciiBytes('{"type":"l2update","product_id":"');
const L2_CHANGES = asciiBytes(',"changes":[');
const L2_BUY = asciiBytes('["buy",');
const L2_SELL = asciiBytes('["sell",');
const L2_TIME = asciiBytes(',"time":');

/** Fields of market messages that we read or know to be there; others are counted as unknown. */
const KNOWN_FIELDS = new RegExp(
  '^(type|product_id|time|sequence|bids|asks|changes|trade_id|maker_order_id|taker_order_id|side|size|price' +
    '|best_bid|best_bid_size|best_ask|best_ask_size|last_size|(open|low|high|volume)_24h|volume_30d)$',
);

/**
 * The codec of Coinbase Exchange (`ws-feed.exchange.coinbase.com`, formerly Pro).
 *
 * Sizes are base units. Level 2 carries no sequence: its books have no gap test, the venue promises delivery.
 */
export class CoinbaseCodec implements VenueCodec {
  readonly #tools: CodecTools;
  readonly #reader = new FrameReader();
  readonly #bytes = new ByteReader();
  /** The asks of the update that is being read, until all its bids are in the batch. */
  readonly #askPrices: number[] = [];
  readonly #askSizes: number[] = [];
  #slowFrames = 0;
  #unknownFields = 0;

  constructor(tools: CodecTools) {
    this.#tools = tools;
  }

  get slowFrames(): number {
    return this.#slowFrames;
  }

  /** Fields of market messages that no document of ours names. */
  get unknownFields(): number {
    return this.#unknownFields;
  }

  decode(bytes: Uint8Array, from: number, to: number, batch: TickBatch, hint: Instrument | null): DecodeOutcome {
    batch.clear();
    if (this.#fastL2Update(bytes, from, to, batch)) return 'ticks';
    this.#slowFrames += 1;
    return this.decodeSlow(bytes, from, to, batch, hint);
  }

  decodeSlow(bytes: Uint8Array, from: number, to: number, batch: TickBatch, hint: Instrument | null): DecodeOutcome {
    batch.clear();
    this.#reader.begin();
    const parsed = parseJson(this.#tools, bytes, from, to);
    if (parsed.kind === 'invalid') return malformed(batch, parsed.reason);
    if (isArray(parsed.value)) return this.#list(parsed.value, batch, hint);
    if (!isObject(parsed.value)) return malformed(batch, 'bad_shape');
    const isReply = !('type' in parsed.value) && 'bids' in parsed.value;
    return isReply ? this.#restDepth(parsed.value, batch, hint) : this.#message(parsed.value, batch);
  }

  /**
   * Level 2 updates, 98 % of a recording, straight from the bytes: keys in the venue's order, no spaces.
   *
   * @returns false when the frame is anything else, or has more decimals than the instrument; the batch is then dirty
   */
  #fastL2Update(bytes: Uint8Array, from: number, to: number, batch: TickBatch): boolean {
    const reader = this.#bytes;
    if (!reader.open(bytes, from, to) || !this.#passes(L2_HEAD)) return false;
    const symbolFrom = reader.at;
    const symbolTo = reader.restOfString();
    if (symbolTo < 0 || !this.#passes(L2_CHANGES)) return false;
    const instrument = this.#tools.symbols.findBytes(bytes, symbolFrom, symbolTo);
    // An instrument's first price is for the slow path, which notes it.
    if (instrument === null || instrument.largestPrice === 0) return false;
    const tick = startTick(batch, TickKind.depthDelta, instrument, 'level2');
    tick.bidFrom = 0;
    if (!this.#fastChanges(instrument, batch)) return false;
    tick.bidTo = tick.askFrom = batch.levelCount;
    for (let i = 0; i < this.#askPrices.length; i++) batch.pushLevel(this.#askPrices[i]!, this.#askSizes[i]!);
    tick.askTo = batch.levelCount;
    if (!this.#passes(L2_TIME) || !reader.isoTime(0)) return false;
    tick.eventTimeMs = reader.values[0]!;
    return bytes[reader.at] === CLOSE_BRACE && reader.at + 1 === to;
  }

  /** `["buy","10101.80","0.16"],…]`: bids into the batch, asks aside. */
  #fastChanges(instrument: Instrument, batch: TickBatch): boolean {
    const { priceDecimals, sizeDecimals } = instrument;
    const reader = this.#bytes;
    const { bytes, values } = reader;
    this.#askPrices.length = this.#askSizes.length = 0;
    for (;;) {
      const isBid = this.#passes(L2_BUY);
      if (!isBid && !this.#passes(L2_SELL)) return false;
      if (!reader.quotedDecimal(0, priceDecimals) || bytes[reader.at] !== COMMA) return false;
      reader.at += 1;
      if (!reader.quotedDecimal(1, sizeDecimals) || bytes[reader.at] !== CLOSE_BRACKET) return false;
      if (isBid) batch.pushLevel(values[0]!, values[1]!);
      else {
        this.#askPrices.push(values[0]!);
        this.#askSizes.push(values[1]!);
      }
      reader.at += 2;
      if (bytes[reader.at - 1] === CLOSE_BRACKET) return true;
      if (bytes[reader.at - 1] !== COMMA) return false;
    }
  }

  /** Moves past exactly this text. */
  #passes(expected: Uint8Array): boolean {
    const { bytes, at } = this.#bytes;
    for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false;
    this.#bytes.at = at + expected.length;
    return true;
  }

  #message(message: ParsedObject, batch: TickBatch): DecodeOutcome {
    switch (message['type']) {
      case 'l2update':
      case 'snapshot':
      case 'match':
      case 'last_match':
      case 'ticker':
        return this.#marketMessage(message, batch);
      case 'heartbeat':
        return 'heartbeat';
      case 'status':
        return 'status';
      case 'subscriptions':
        // Lists everything that the connection is subscribed to now; names no single channel.
        batch.ackChannel = '';
        batch.ackSymbol = '';
        batch.isAckSubscribe = true;
        return 'ack';
      case 'error':
        batch.reason = 'venue_error';
        return 'error';
      default:
        return unknown(batch, `unknown_channel:${channelWord(message['type'])}`);
    }
  }

  #marketMessage(message: ParsedObject, batch: TickBatch): DecodeOutcome {
    const symbol = this.#reader.symbol(message['product_id']);
    if (this.#reader.fault !== '') return malformed(batch, this.#reader.fault);
    const instrument = this.#tools.symbols.findText(symbol);
    if (instrument === null) return unknown(batch, 'unknown_symbol');
    for (const key of Object.keys(message)) if (!KNOWN_FIELDS.test(key)) this.#unknownFields += 1;
    switch (message['type']) {
      case 'l2update':
        return this.#l2Update(message, instrument, batch);
      case 'snapshot':
        return this.#snapshot(message, instrument, batch);
      case 'ticker':
        return this.#ticker(message, instrument, batch);
      default:
        return this.#match(message, instrument, batch);
    }
  }

  /**
   * `{"type":"snapshot","product_id":"BTC-USD","bids":[["10101.10","0.45"]],"asks":[["10102.55","0.57"]]}`,
   * since about 2023 with a `time`.
   */
  #snapshot(message: ParsedObject, instrument: Instrument, batch: TickBatch): DecodeOutcome {
    const reader = this.#reader;
    const time = message['time'];
    const eventTimeMs = time === undefined ? Number.NaN : reader.isoTime(time);
    reader.learnLevels(instrument, message['bids']);
    reader.learnLevels(instrument, message['asks']);
    if (!reader.commit()) return malformed(batch, reader.fault);
    const tick = startTick(batch, TickKind.depthSnapshot, instrument, 'level2');
    tick.eventTimeMs = eventTimeMs;
    tick.bidFrom = batch.levelCount;
    reader.pushLevels(batch, instrument, message['bids']);
    tick.bidTo = batch.levelCount;
    tick.askFrom = batch.levelCount;
    reader.pushLevels(batch, instrument, message['asks']);
    tick.askTo = batch.levelCount;
    return 'ticks';
  }

  /** `{"type":"l2update","product_id":"BTC-USD","changes":[["buy","10101.80","0.16"]],"time":"…Z"}`; sizes absolute. */
  #l2Update(message: ParsedObject, instrument: Instrument, batch: TickBatch): DecodeOutcome {
    const reader = this.#reader;
    const eventTimeMs = reader.isoTime(message['time']);
    this.#learnChanges(message['changes'], instrument);
    if (!reader.commit()) return malformed(batch, reader.fault);
    const changes = message['changes'] as readonly (readonly unknown[])[];
    const tick = startTick(batch, TickKind.depthDelta, instrument, 'level2');
    tick.eventTimeMs = eventTimeMs;
    tick.bidFrom = batch.levelCount;
    for (const change of changes) if (change[0] === 'buy') reader.pushLevel(batch, instrument, change[1], change[2]);
    tick.bidTo = batch.levelCount;
    tick.askFrom = batch.levelCount;
    for (const change of changes) if (change[0] === 'sell') reader.pushLevel(batch, instrument, change[1], change[2]);
    tick.askTo = batch.levelCount;
    return 'ticks';
  }

  #learnChanges(changes: unknown, instrument: Instrument): void {
    const reader = this.#reader;
    for (const change of reader.array(changes)) {
      if (!isArray(change)) reader.fail('bad_levels');
      else if (change[0] !== 'buy' && change[0] !== 'sell') reader.fail('bad_side');
      else reader.learn(instrument, change[1], change[2]);
    }
  }

  /**
   * `{"type":"match","trade_id":881613,"side":"sell","size":"0.04","price":"14.77","product_id":"BAND-GBP","time":"…Z",…}`.
   *
   * `side` is the maker's, so the taker is on the other one. `last_match` repeats the trade before the subscription.
   */
  #match(message: ParsedObject, instrument: Instrument, batch: TickBatch): DecodeOutcome {
    const reader = this.#reader;
    const tick = startTick(batch, TickKind.trade, instrument, 'matches');
    tick.tradeId = reader.integer(message['trade_id']);
    tick.isIdSequential = true;
    tick.isSnapshot = message['type'] === 'last_match';
    tick.eventTimeMs = reader.isoTime(message['time']);
    const makerSide = sideOf(message['side']);
    if (makerSide === 0) reader.fail('bad_side');
    tick.takerSide = makerSide === 1 ? -1 : 1;
    reader.learn(instrument, message['price'], message['size']);
    if (!reader.commit()) return malformed(batch, reader.fault);
    tick.price = reader.price(instrument, message['price']);
    tick.size = reader.size(instrument, message['size']);
    return 'ticks';
  }

  /** `{"type":"ticker","sequence":333,"product_id":"BAND-GBP","best_bid":"14.75","best_ask":"14.80","time":"…Z",…}`. */
  #ticker(message: ParsedObject, instrument: Instrument, batch: TickBatch): DecodeOutcome {
    const reader = this.#reader;
    const { best_bid: bid, best_bid_size: bidSize, best_ask: ask, best_ask_size: askSize } = message;
    const tick = startTick(batch, TickKind.bbo, instrument, 'ticker');
    tick.eventTimeMs = reader.isoTime(message['time']);
    tick.lastId = reader.integer(message['sequence']);
    reader.learnBbo(instrument, bid, bidSize, ask, askSize);
    if (!reader.commit()) return malformed(batch, reader.fault);
    // Recordings of 2021 have no sizes: they stay NaN.
    reader.setBbo(tick, bid, bidSize, ask, askSize);
    return 'ticks';
  }

  /** REST lists: products, each with its `id`, or trades, newest first, so turned round. */
  #list(rows: readonly unknown[], batch: TickBatch, hint: Instrument | null): DecodeOutcome {
    if (rows.every(isProduct)) return 'status';
    if (!rows.every((row) => isObject(row) && 'trade_id' in row)) return malformed(batch, 'bad_shape');
    return hint === null ? unknown(batch, 'trades_without_symbol') : this.#restTrades([...rows].reverse(), batch, hint);
  }

  /** `[{"trade_id":74,"side":"sell","size":"0.01","price":"10.0","time":"2014-11-07T22:19:28.578544Z"}]`; `side` is the maker's. */
  #restTrades(rows: readonly unknown[], batch: TickBatch, instrument: Instrument): DecodeOutcome {
    const reader = this.#reader;
    // Ticks are at the decimals that all rows need.
    for (const row of rows as readonly ParsedObject[]) reader.learn(instrument, row['price'], row['size']);
    if (!reader.commit()) return malformed(batch, reader.fault);
    for (const row of rows as readonly ParsedObject[]) {
      if (this.#match(row, instrument, batch) === 'malformed') return 'malformed';
    }
    return 'ticks';
  }

  /** `{"bids":[["295.96","4.39",2]],"asks":[…],"sequence":3,"time":"2021-02-12T01:09:23.334Z",…}`: no base for level 2 updates. */
  #restDepth(reply: ParsedObject, batch: TickBatch, hint: Instrument | null): DecodeOutcome {
    if (hint === null) return unknown(batch, 'snapshot_without_symbol');
    const outcome = this.#snapshot(reply, hint, batch);
    if (outcome === 'ticks') batch.ticks[0]!.isRequested = true;
    return outcome;
  }
}

function isProduct(product: unknown): boolean {
  return isObject(product) && typeof product['id'] === 'string';
}
