/**
 * Coinbase Advanced Trade feed: frames to ticks. Keeps no book and does not undo the venue's renaming of `-USDC` products.
 *
 * A subscription to `BTC-USDC` is answered under `BTC-USD` (but USDT-USDC and EURC-USDC): who wants the former gives its
 * instrument the alias `BTC-USD`.
 */

import type { Instrument } from '../instrument.ts';
import { type TakerSide, type TickBatch, TickKind } from '../tick.ts';
import type { CodecTools, DecodeOutcome, VenueCodec } from './codec.ts';
import { FrameReader } from './frame-reader.ts';
import {
  channelWord,
  integerOfText,
  isObject,
  malformed,
  type ParsedObject,
  parseJson,
  startTick,
  unknown,
} from './slow-json.ts';

/** Fields of market events that we read or know to be there; others are counted as unknown. */
const KNOWN_FIELDS = new RegExp(
  '^(channel|client_id|timestamp|sequence_num|events|type|product_id|updates|trades|tickers|trade_id|price|size|side|time' +
    '|best_bid|best_bid_quantity|best_ask|best_ask_quantity|(volume|low|high)_24_h|(low|high)_52_w|price_percent_chg_24_h)$',
);

/**
 * The codec of Coinbase Advanced Trade (`advanced-trade-ws.coinbase.com`).
 *
 * Every message has the envelope `{"channel":c,"client_id":"","timestamp":t,"sequence_num":n,"events":[…]}`. `n` counts
 * the messages of the connection over all channels, so `batch.connectionSequence` is set on every outcome that has an
 * envelope, also `heartbeat`, `ack` and `unknown`. Sizes are base units.
 */
export class CoinbaseAdvancedCodec implements VenueCodec {
  readonly #tools: CodecTools;
  readonly #reader = new FrameReader();
  /** What pass 2 reads the numbers of `batch.ticks[i]` from, at the same `i`. */
  readonly #pending: ParsedObject[] = [];
  #hasUnknownSymbol = false;
  #slowFrames = 0;
  #unknownFields = 0;

  constructor(tools: CodecTools) {
    this.#tools = tools;
  }

  get slowFrames(): number {
    return this.#slowFrames;
  }

  /** Fields of market events that no document of ours names. */
  get unknownFields(): number {
    return this.#unknownFields;
  }

  decode(bytes: Uint8Array, from: number, to: number, batch: TickBatch, hint: Instrument | null): DecodeOutcome {
    this.#slowFrames += 1;
    return this.decodeSlow(bytes, from, to, batch, hint);
  }

  decodeSlow(bytes: Uint8Array, from: number, to: number, batch: TickBatch, _hint: Instrument | null): DecodeOutcome {
    batch.clear();
    this.#reader.begin();
    this.#pending.length = 0;
    this.#hasUnknownSymbol = false;
    const parsed = parseJson(this.#tools, bytes, from, to);
    if (parsed.kind === 'invalid') return malformed(batch, parsed.reason);
    if (!isObject(parsed.value)) return malformed(batch, 'bad_shape');
    if (parsed.value['channel'] === undefined && parsed.value['type'] === 'error') return venueError(batch);
    return this.#envelope(parsed.value, batch);
  }

  #envelope(envelope: ParsedObject, batch: TickBatch): DecodeOutcome {
    const reader = this.#reader;
    const sequence = reader.integer(envelope['sequence_num']);
    const sentMs = reader.isoTime(envelope['timestamp']);
    const events = reader.array(envelope['events']).map((event) => reader.object(event));
    if (reader.fault !== '') return malformed(batch, reader.fault);
    const outcome = this.#channel(envelope['channel'], events, sentMs, batch);
    // A malformed frame hands out no sequence: the next frame then shows the loss.
    if (outcome !== 'malformed') batch.connectionSequence = sequence;
    if (outcome === 'ticks') this.#countUnknown(new Set([envelope, ...events, ...this.#pending]));
    return outcome;
  }

  /** Levels are left out: a snapshot has a hundred thousand of them. */
  #countUnknown(objects: ReadonlySet<ParsedObject>): void {
    for (const object of objects) {
      for (const key of Object.keys(object)) if (!KNOWN_FIELDS.test(key)) this.#unknownFields += 1;
    }
  }

  #channel(channel: unknown, events: readonly ParsedObject[], sentMs: number, batch: TickBatch): DecodeOutcome {
    switch (channel) {
      case 'l2_data':
        return this.#depth(events, sentMs, batch);
      case 'market_trades':
        return this.#trades(events, batch);
      case 'ticker':
      case 'ticker_batch':
        return this.#tickers(events, channel, sentMs, batch);
      case 'heartbeats':
        return 'heartbeat';
      case 'status':
        return 'status';
      case 'subscriptions':
        batch.ackChannel = '';
        batch.ackSymbol = '';
        batch.isAckSubscribe = true;
        return 'ack';
      default:
        return unknown(batch, `unknown_channel:${channelWord(channel)}`);
    }
  }

  /**
   * `{"type":"snapshot"|"update","product_id":"BTC-USD","updates":[{"side":"bid","event_time":"…Z","price_level":"68900.00",
   * "new_quantity":"2.0"}]}`; sizes absolute.
   *
   * Event time is the envelope's: a snapshot's levels carry the time of their own last change, hours ago or 1970.
   */
  #depth(events: readonly ParsedObject[], sentMs: number, batch: TickBatch): DecodeOutcome {
    for (const event of events) {
      const instrument = this.#instrument(event);
      if (instrument === null) continue;
      this.#learnUpdates(event, instrument);
      const kind = this.#isSnapshot(event) ? TickKind.depthSnapshot : TickKind.depthDelta;
      startTick(batch, kind, instrument, 'l2_data').eventTimeMs = sentMs;
      this.#pending.push(event);
    }
    if (!this.#reader.commit()) return malformed(batch, this.#reader.fault);
    for (let i = 0; i < batch.count; i++) this.#pushUpdates(batch, i);
    return this.#outcome(batch);
  }

  #learnUpdates(event: ParsedObject, instrument: Instrument): void {
    const reader = this.#reader;
    for (const item of reader.array(event['updates'])) {
      const update = reader.object(item);
      if (update['side'] !== 'bid' && update['side'] !== 'offer') reader.fail('bad_side');
      reader.learn(instrument, update['price_level'], update['new_quantity']);
    }
  }

  #pushUpdates(batch: TickBatch, index: number): void {
    const tick = batch.ticks[index]!;
    const updates = this.#pending[index]!['updates'] as readonly ParsedObject[];
    tick.bidFrom = batch.levelCount;
    this.#pushSide(batch, tick.instrument, updates, 'bid');
    tick.bidTo = batch.levelCount;
    tick.askFrom = batch.levelCount;
    this.#pushSide(batch, tick.instrument, updates, 'offer');
    tick.askTo = batch.levelCount;
  }

  #pushSide(batch: TickBatch, instrument: Instrument, updates: readonly ParsedObject[], side: 'bid' | 'offer'): void {
    for (const { side: its, price_level: price, new_quantity: size } of updates) {
      if (its === side) this.#reader.pushLevel(batch, instrument, price, size);
    }
  }

  /**
   * `{"type":"snapshot"|"update","trades":[{"trade_id":"995098700","product_id":"BTC-USD","price":"68900.50",
   * "size":"0.0015","side":"BUY","time":"…Z"}]}`; `side` is the maker's.
   *
   * Trades come out oldest first; the venue's own order is newest first (seen in ccxt PR 18518). Ids are not promised to
   * be gapless here: what is lost shows in the connection's sequence.
   */
  #trades(events: readonly ParsedObject[], batch: TickBatch): DecodeOutcome {
    for (const event of events) {
      const isSnapshot = this.#isSnapshot(event);
      const trades = this.#reader.array(event['trades']).map((trade) => this.#reader.object(trade));
      for (const trade of trades.sort(byTradeId)) this.#learnTrade(trade, isSnapshot, batch);
    }
    if (!this.#reader.commit()) return malformed(batch, this.#reader.fault);
    for (let i = 0; i < batch.count; i++) {
      const tick = batch.ticks[i]!;
      const row = this.#pending[i]!;
      tick.price = this.#reader.price(tick.instrument, row['price']);
      tick.size = this.#reader.size(tick.instrument, row['size']);
    }
    return this.#outcome(batch);
  }

  #learnTrade(trade: ParsedObject, isSnapshot: boolean, batch: TickBatch): void {
    const reader = this.#reader;
    const instrument = this.#instrument(trade);
    if (instrument === null) return;
    const tick = startTick(batch, TickKind.trade, instrument, 'market_trades');
    tick.tradeId = reader.integerText(trade['trade_id']);
    tick.isSnapshot = isSnapshot;
    tick.eventTimeMs = reader.isoTime(trade['time']);
    tick.takerSide = takerSideOf(trade['side']);
    if (tick.takerSide === 0) reader.fail('bad_side');
    reader.learn(instrument, trade['price'], trade['size']);
    this.#pending.push(trade);
  }

  /** `{"type":"update","tickers":[{"product_id":"BTC-USD","best_bid":"68900.00","best_bid_quantity":"1.5","best_ask":…}]}`. */
  #tickers(
    events: readonly ParsedObject[],
    channel: 'ticker' | 'ticker_batch',
    sentMs: number,
    batch: TickBatch,
  ): DecodeOutcome {
    const reader = this.#reader;
    for (const event of events) {
      for (const item of reader.array(event['tickers'])) {
        const row = reader.object(item);
        const instrument = this.#instrument(row);
        if (instrument === null) continue;
        startTick(batch, TickKind.bbo, instrument, channel).eventTimeMs = sentMs;
        reader.learnBbo(instrument, ...bboOf(row));
        this.#pending.push(row);
      }
    }
    if (!reader.commit()) return malformed(batch, reader.fault);
    for (let i = 0; i < batch.count; i++) reader.setBbo(batch.ticks[i]!, ...bboOf(this.#pending[i]!));
    return this.#outcome(batch);
  }

  /** The row's instrument; null where nobody wants it, or with a fault where it has no symbol. */
  #instrument(row: ParsedObject): Instrument | null {
    const symbol = this.#reader.symbol(row['product_id']);
    const instrument = symbol === '' ? null : this.#tools.symbols.findText(symbol);
    if (instrument === null) this.#hasUnknownSymbol = true;
    return instrument;
  }

  /** Events that are empty, or all about symbols that nobody wants, leave no tick. */
  #outcome(batch: TickBatch): DecodeOutcome {
    if (batch.count > 0) return 'ticks';
    return unknown(batch, this.#hasUnknownSymbol ? 'unknown_symbol' : 'no_data');
  }

  #isSnapshot(event: ParsedObject): boolean {
    if (event['type'] !== 'snapshot' && event['type'] !== 'update') this.#reader.fail('bad_shape');
    return event['type'] === 'snapshot';
  }
}

type BboTexts = [bidPrice: unknown, bidSize: unknown, askPrice: unknown, askSize: unknown];

function bboOf(row: ParsedObject): BboTexts {
  return [row['best_bid'], row['best_bid_quantity'], row['best_ask'], row['best_ask_quantity']];
}

function byTradeId(a: ParsedObject, b: ParsedObject): number {
  return integerOfText(a['trade_id']) - integerOfText(b['trade_id']);
}

/** The aggressor's side, from the maker's. */
function takerSideOf(makerSide: unknown): TakerSide {
  if (makerSide === 'BUY') return -1;
  return makerSide === 'SELL' ? 1 : 0;
}

function venueError(batch: TickBatch): DecodeOutcome {
  batch.reason = 'venue_error';
  return 'error';
}
