/**
 * Binance spot, Binance US, USD-M and COIN-M futures: frames to ticks. One codec, because the four differ in fields that
 * are there or not, and not in what a field means. Their sequence rules are in `book/sequence.ts`.
 */

import type { Instrument } from '../instrument.ts';
import { type TickBatch, TickKind } from '../tick.ts';
import type { CodecTools, DecodeOutcome } from './codec.ts';
import type { FieldRules } from './shape-rules.ts';
import { ShapedCodec } from './shaped-codec.ts';
import {
  channelWord,
  isArray,
  isObject,
  malformed,
  numberOfText,
  type ParsedObject,
  startTick,
  text,
  unknown,
} from './slow-json.ts';

const EVENT_RULES: FieldRules = {
  e: { read: 'constant' },
  E: { read: 'integer', slot: 'otherTime' },
  T: { read: 'integer', slot: 'eventTime' },
  s: { read: 'constant' },
  ps: { read: 'constant' },
  st: { read: 'constant' },
  U: { read: 'integer', slot: 'firstId' },
  u: { read: 'integer', slot: 'lastId' },
  pu: { read: 'integer', slot: 'previousId' },
  p: { read: 'price', slot: 'price' },
  q: { read: 'size', slot: 'size' },
  B: { read: 'size', slot: 'bidSize' },
  A: { read: 'size', slot: 'askSize' },
  m: { read: 'maker', slot: 'takerSide' },
  X: { read: 'constant' },
  M: { read: 'skip' },
  f: { read: 'skip' },
  l: { read: 'skip' },
};
const DEPTH_RULES: FieldRules = { ...EVENT_RULES, b: { read: 'bids' }, a: { read: 'asks' } };
const BBO_RULES: FieldRules = {
  ...EVENT_RULES,
  b: { read: 'price', slot: 'bidPrice' },
  a: { read: 'price', slot: 'askPrice' },
};
const TRADE_RULES: FieldRules = { ...EVENT_RULES, t: { read: 'integer', slot: 'tradeId' } };
const AGG_TRADE_RULES: FieldRules = { ...EVENT_RULES, a: { read: 'integer', slot: 'tradeId' } };

const MARK_PRICE_RULES: FieldRules = {
  e: { read: 'constant' },
  E: { read: 'integer', slot: 'eventTime' },
  s: { read: 'constant' },
  ps: { read: 'constant' },
  st: { read: 'constant' },
  p: { read: 'number', slot: 'markPrice' },
  i: { read: 'number', slot: 'indexPrice' },
  P: { read: 'skip' },
  ap: { read: 'skip' },
  r: { read: 'number', slot: 'fundingRate' },
  T: { read: 'integer', slot: 'nextFundingTime' },
};

interface BothRules {
  readonly raw: FieldRules;
  /** Inside `{"stream":…,"data":…}`. */
  readonly combined: FieldRules;
}

/** Two tables, because the same key at the other level means nothing. */
function rawAndCombined(rules: FieldRules): BothRules {
  const inData = Object.entries(rules).map(([key, rule]) => [`data.${key}`, rule] as const);
  const stream: FieldRules = { stream: { read: 'constant' } };
  return { raw: { ...stream, ...rules }, combined: { ...stream, ...Object.fromEntries(inData) } };
}

const RULES: Readonly<Record<string, BothRules>> = {
  depthUpdate: rawAndCombined(DEPTH_RULES),
  bookTicker: rawAndCombined(BBO_RULES),
  trade: rawAndCombined(TRADE_RULES),
  aggTrade: rawAndCombined(AGG_TRADE_RULES),
  markPrice: rawAndCombined(MARK_PRICE_RULES),
};

/** `{"stream":"btcusdt@trade","data":{"u":`: symbol and channel stand within the first forty bytes. */
const HASH_OFFSETS = [11, 15, 20, 24];

/** Fields of each event that we read or know to be there; others are counted as unknown. */
const KNOWN_FIELDS = /^(e|E|T|s|ps|st|U|u|pu|p|q|B|A|m|X|M|f|l|b|a|t)$/;

export class BinanceCodec extends ShapedCodec {
  #ownUnknownFields = 0;
  /** Does the frame that was read last not say its symbol? Frames of its shape may be about another one. */
  #isUnnamed = false;
  /** Did the frame that was read last name its stream? */
  #isCombined = false;

  constructor(tools: CodecTools) {
    super(tools, { hashOffsets: HASH_OFFSETS });
  }

  override get unknownFields(): number {
    return this.#ownUnknownFields + super.unknownFields;
  }

  protected rulesOf(batch: TickBatch): FieldRules | undefined {
    if (this.#isUnnamed) return undefined;
    const { channel } = batch.ticks[0]!;
    return RULES[channel === 'depth' ? 'depthUpdate' : channel]?.[this.#isCombined ? 'combined' : 'raw'];
  }

  protected readMessage(value: unknown, _text: string, batch: TickBatch, hint: Instrument | null): DecodeOutcome {
    this.#isUnnamed = false;
    if (isArray(value)) return this.#events(value, batch, '', hint);
    if (!isObject(value)) return malformed(batch, 'bad_shape');
    const stream = text(value['stream']);
    this.#isCombined = stream !== null;
    if (stream === null) return this.#event(value, batch, '', hint);
    if (isArray(value['data'])) return this.#events(value['data'], batch, stream, hint);
    if (!isObject(value['data'])) return malformed(batch, 'bad_shape');
    return this.#event(value['data'], batch, stream, hint);
  }

  /**
   * An all-market stream (`!markPrice@arr`) is an array of events: those of unknown symbols and channels are passed over, one
   * that is malformed spoils the frame. Read twice, because ticks are at the decimals that the whole frame needs.
   */
  #events(events: readonly unknown[], batch: TickBatch, stream: string, hint: Instrument | null): DecodeOutcome {
    if (events.length === 0) return unknown(batch, 'unknown_channel:empty_array');
    const unknownFields = this.#ownUnknownFields;
    const wanted: ParsedObject[] = [];
    let outcome: DecodeOutcome = 'unknown';
    this.reader.hold();
    for (const event of events) {
      outcome = isObject(event) ? this.#event(event, batch, stream, hint) : malformed(batch, 'bad_shape');
      if (outcome === 'malformed') return outcome;
      if (outcome === 'ticks') wanted.push(event as ParsedObject);
    }
    batch.clear();
    this.#ownUnknownFields = unknownFields;
    if (wanted.length === 0) return outcome;
    if (!this.reader.release()) return malformed(batch, this.reader.fault);
    for (const event of wanted) {
      this.reader.begin();
      this.#event(event, batch, stream, hint);
    }
    return 'ticks';
  }

  #event(event: ParsedObject, batch: TickBatch, stream: string, hint: Instrument | null): DecodeOutcome {
    switch (event['e']) {
      case 'depthUpdate':
        return this.#depthUpdate(event, batch);
      case 'bookTicker':
        return this.#bookTicker(event, batch);
      case 'trade':
        return this.#trade(event, batch, 'trade', event['t']);
      case 'aggTrade':
        return this.#trade(event, batch, 'aggTrade', event['a']);
      case 'markPriceUpdate':
        return this.#markPrice(event, batch);
      case 'forceOrder':
        return this.#forceOrder(event, batch);
      case 'serverShutdown':
        return 'status';
      case undefined:
        return this.#untyped(event, batch, stream, hint);
      default:
        return unknown(batch, `unknown_channel:${channelWord(event['e'])}`);
    }
  }

  /** Messages without `e`: the spot bookTicker, acks and errors, and REST replies. */
  #untyped(event: ParsedObject, batch: TickBatch, stream: string, hint: Instrument | null): DecodeOutcome {
    if ('u' in event && 'b' in event && 'B' in event) return this.#bookTicker(event, batch);
    if ('lastUpdateId' in event) {
      // A stream of partial depth repeats the best few levels; it is no base for deltas, and we do not subscribe to it.
      if (stream !== '') return unknown(batch, 'unknown_channel:partial_depth');
      return this.#depthSnapshot(event, batch, hint);
    }
    if (('isBuyerMaker' in event || 'm' in event) && stream === '') return this.#restTrade(event, batch, hint);
    if ('openInterest' in event && 'symbol' in event) return this.#openInterest(event, batch);
    if ('result' in event) {
      batch.ackChannel = '';
      batch.ackSymbol = '';
      batch.isAckSubscribe = true;
      return 'ack';
    }
    if ('code' in event || 'error' in event) {
      batch.reason = 'venue_error';
      return 'error';
    }
    if ('symbols' in event || 'serverTime' in event) return 'status';
    return unknown(batch, 'unknown_channel:none');
  }

  /**
   * `{"e":"depthUpdate","E":123456789,"T":123456788,"s":"BTCUSDT","U":157,"u":160,"pu":149,"b":[["0.0024","10"]],"a":[]}`
   * (T and pu on futures only).
   */
  #depthUpdate(event: ParsedObject, batch: TickBatch): DecodeOutcome {
    const reader = this.reader;
    const symbol = reader.symbol(event['s']);
    const firstId = reader.integer(event['U']);
    const lastId = reader.integer(event['u']);
    const previousId = 'pu' in event ? reader.integer(event['pu']) : Number.NaN;
    const eventTimeMs = this.#time(event);
    const instrument = this.#instrument(symbol);
    if (instrument === null) return this.#refuse(batch);
    reader.learnLevels(instrument, event['b']);
    reader.learnLevels(instrument, event['a']);
    if (!reader.commit()) return malformed(batch, reader.fault);
    this.#countUnknown(event);
    const tick = startTick(batch, TickKind.depthDelta, instrument, 'depth');
    tick.eventTimeMs = eventTimeMs;
    tick.firstId = firstId;
    tick.lastId = lastId;
    tick.previousId = previousId;
    this.#sides(batch, instrument, event['b'], event['a']);
    return 'ticks';
  }

  /** `{"lastUpdateId":1027024,"E":…,"T":…,"bids":[["4.00000000","431.00000000"]],"asks":[…]}`; COIN-M adds its symbol. */
  #depthSnapshot(event: ParsedObject, batch: TickBatch, hint: Instrument | null): DecodeOutcome {
    const reader = this.reader;
    const lastId = reader.integer(event['lastUpdateId']);
    const eventTimeMs = this.#time(event);
    const instrument = 'symbol' in event ? this.#instrument(reader.symbol(event['symbol'])) : hint;
    if (reader.fault !== '') return malformed(batch, reader.fault);
    if (instrument === null) return unknown(batch, 'snapshot_without_symbol');
    reader.learnLevels(instrument, event['bids']);
    reader.learnLevels(instrument, event['asks']);
    if (!reader.commit()) return malformed(batch, reader.fault);
    const tick = startTick(batch, TickKind.depthSnapshot, instrument, 'depth');
    tick.eventTimeMs = eventTimeMs;
    tick.lastId = lastId;
    tick.isRequested = true;
    this.#sides(batch, instrument, event['bids'], event['asks']);
    return 'ticks';
  }

  /** `{"u":400900217,"s":"BNBUSDT","b":"25.35190000","B":"31.21","a":"25.36520000","A":"40.66"}`; futures add e, E, T. */
  #bookTicker(event: ParsedObject, batch: TickBatch): DecodeOutcome {
    const reader = this.reader;
    const symbol = reader.symbol(event['s']);
    const lastId = reader.integer(event['u']);
    const eventTimeMs = 'T' in event || 'E' in event ? this.#time(event) : Number.NaN;
    const instrument = this.#instrument(symbol);
    if (instrument === null) return this.#refuse(batch);
    reader.learn(instrument, event['b'], event['B']);
    reader.learn(instrument, event['a'], event['A']);
    if (!reader.commit()) return malformed(batch, reader.fault);
    this.#countUnknown(event);
    const tick = startTick(batch, TickKind.bbo, instrument, 'bookTicker');
    tick.eventTimeMs = eventTimeMs;
    tick.lastId = lastId;
    reader.setBbo(tick, event['b'], event['B'], event['a'], event['A']);
    return 'ticks';
  }

  /** `{"e":"trade","E":…,"s":"BNBBTC","t":12345,"p":"0.001","q":"100","T":1672515782136,"m":true,"M":true}`; m: taker sold. */
  #trade(event: ParsedObject, batch: TickBatch, channel: string, id: unknown): DecodeOutcome {
    const reader = this.reader;
    const symbol = reader.symbol(event['s']);
    const tradeId = reader.integer(id);
    const eventTimeMs = reader.integer(event['T']);
    const isMaker = event['m'];
    if (isMaker !== true && isMaker !== false) reader.fail('bad_side');
    const instrument = this.#instrument(symbol);
    if (instrument === null) return this.#refuse(batch);
    reader.learn(instrument, event['p'], event['q']);
    if (!reader.commit()) return malformed(batch, reader.fault);
    this.#countUnknown(event);
    const tick = startTick(batch, TickKind.trade, instrument, channel);
    tick.eventTimeMs = eventTimeMs;
    tick.price = reader.price(instrument, event['p']);
    tick.size = reader.size(instrument, event['q']);
    tick.takerSide = isMaker ? -1 : 1;
    tick.tradeId = tradeId;
    tick.isIdSequential = true;
    tick.isOffMarket = 'X' in event && event['X'] !== 'MARKET';
    return 'ticks';
  }

  /**
   * A row of REST `trades`, `{"id":28457,"price":"4.0","qty":"12","time":1499865549590,"isBuyerMaker":true,…}`, or of
   * `aggTrades`, `{"a":26129,"p":"0.01","q":"4.7","f":27781,"l":27781,"T":1498793709153,"m":true}`; oldest first, without symbol.
   */
  #restTrade(row: ParsedObject, batch: TickBatch, hint: Instrument | null): DecodeOutcome {
    if (hint === null) return unknown(batch, 'trades_without_symbol');
    this.#isUnnamed = true;
    const s = hint.symbol;
    if ('a' in row)
      return this.#trade({ s, p: row['p'], q: row['q'], T: row['T'], m: row['m'] }, batch, 'aggTrade', row['a']);
    const { price: p, qty: q, time: T, isBuyerMaker: m } = row;
    return this.#trade({ s, p, q, T, m }, batch, 'trade', row['id']);
  }

  /** `{"e":"markPriceUpdate","E":…,"s":"BTCUSDT","p":"11794.15","i":"11784.62","P":…,"r":"0.00038167","T":1562306400000}` */
  #markPrice(event: ParsedObject, batch: TickBatch): DecodeOutcome {
    const reader = this.reader;
    const symbol = reader.symbol(event['s']);
    const eventTimeMs = reader.integer(event['E']);
    const markPrice = reader.optionalNumber(event['p']);
    const indexPrice = reader.optionalNumber(event['i']);
    const fundingRate = reader.optionalNumber(event['r']);
    const nextFundingTimeMs = event['T'] === undefined ? 0 : reader.integer(event['T']);
    const instrument = this.#instrument(symbol);
    if (instrument === null) return this.#refuse(batch);
    if (!reader.commit()) return malformed(batch, reader.fault);
    const tick = startTick(batch, TickKind.ticker, instrument, 'markPrice');
    tick.eventTimeMs = eventTimeMs;
    tick.markPrice = markPrice;
    tick.indexPrice = indexPrice;
    tick.fundingRate = fundingRate;
    // Delivery contracts have no funding and send T = 0.
    if (nextFundingTimeMs > 0) tick.nextFundingTimeMs = nextFundingTimeMs;
    return 'ticks';
  }

  /** `{"openInterest":"10659.509","symbol":"BTCUSDT","time":1589437530011}`: REST only. */
  #openInterest(event: ParsedObject, batch: TickBatch): DecodeOutcome {
    const reader = this.reader;
    const symbol = reader.symbol(event['symbol']);
    const eventTimeMs = reader.integer(event['time']);
    const openInterest = numberOfText(event['openInterest']);
    if (Number.isNaN(openInterest)) reader.fail('bad_number');
    const instrument = this.#instrument(symbol);
    if (instrument === null) return this.#refuse(batch);
    const tick = startTick(batch, TickKind.ticker, instrument, 'openInterest');
    tick.eventTimeMs = eventTimeMs;
    tick.openInterest = openInterest;
    return 'ticks';
  }

  /** `{"e":"forceOrder","E":…,"o":{"s":"BTCUSDT","S":"SELL","q":"0.014","p":"9910","ap":"9910","z":"0.014","T":…}}` */
  #forceOrder(event: ParsedObject, batch: TickBatch): DecodeOutcome {
    const reader = this.reader;
    const order = reader.object(event['o']);
    const symbol = reader.symbol(order['s']);
    const eventTimeMs = reader.integer(order['T']);
    const side = order['S'];
    if (side !== 'BUY' && side !== 'SELL') reader.fail('bad_side');
    const instrument = this.#instrument(symbol);
    if (instrument === null) return this.#refuse(batch);
    reader.learn(instrument, order['p'], order['q']);
    if (!reader.commit()) return malformed(batch, reader.fault);
    const tick = startTick(batch, TickKind.liquidation, instrument, 'forceOrder');
    tick.eventTimeMs = eventTimeMs;
    tick.price = reader.price(instrument, order['p']);
    tick.size = reader.size(instrument, order['q']);
    tick.takerSide = side === 'SELL' ? -1 : 1;
    return 'ticks';
  }

  /** The engine's time where there is one (futures), else the event's; NaN in a spot REST snapshot. */
  #time(event: ParsedObject): number {
    const time = event['T'] ?? event['E'];
    return time === undefined ? Number.NaN : this.reader.integer(time);
  }

  #instrument(symbol: string): Instrument | null {
    return this.reader.fault === '' ? this.tools.symbols.findText(symbol) : null;
  }

  #refuse(batch: TickBatch): DecodeOutcome {
    return this.reader.fault === '' ? unknown(batch, 'unknown_symbol') : malformed(batch, this.reader.fault);
  }

  #sides(batch: TickBatch, instrument: Instrument, bids: unknown, asks: unknown): void {
    const tick = batch.ticks[batch.count - 1]!;
    tick.bidFrom = batch.levelCount;
    this.reader.pushLevels(batch, instrument, bids);
    tick.bidTo = batch.levelCount;
    tick.askFrom = batch.levelCount;
    this.reader.pushLevels(batch, instrument, asks);
    tick.askTo = batch.levelCount;
  }

  #countUnknown(event: ParsedObject): void {
    for (const key of Object.keys(event)) if (!KNOWN_FIELDS.test(key)) this.#ownUnknownFields += 1;
  }
}
