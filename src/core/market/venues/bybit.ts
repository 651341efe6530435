/** Bybit v5 public feeds (spot, linear, inverse, option): frames to ticks. Keeps no book and merges no ticker deltas. */

import type { Instrument } from '../instrument.ts';
import { type TakerSide, type Tick, type TickBatch, TickKind } from '../tick.ts';
import type { CodecTools, DecodeOutcome } from './codec.ts';
import type { FieldRules } from './shape-rules.ts';
import { ShapedCodec } from './shaped-codec.ts';
import {
  channelWord,
  isAbsent,
  isArray,
  isObject,
  malformed,
  type ParsedObject,
  sideOf,
  startTick,
  unknown,
} from './slow-json.ts';

/** The fields of a delta and of a best quote that the fast path reads. */
const BOOK_RULES: FieldRules = {
  topic: { read: 'constant' },
  type: { read: 'constant' },
  ts: { read: 'integer', slot: 'otherTime' },
  cts: { read: 'integer', slot: 'eventTime' },
  id: { read: 'skip' },
  'data.s': { read: 'constant' },
  'data.u': { read: 'integer', slot: 'lastId' },
  'data.seq': { read: 'skip' },
};
const DEPTH_RULES: FieldRules = { ...BOOK_RULES, 'data.b': { read: 'bids' }, 'data.a': { read: 'asks' } };
const BBO_RULES: FieldRules = {
  ...BOOK_RULES,
  'data.b.0.0': { read: 'price', slot: 'bidPrice' },
  'data.b.0.1': { read: 'size', slot: 'bidSize' },
  'data.a.0.0': { read: 'price', slot: 'askPrice' },
  'data.a.0.1': { read: 'size', slot: 'askSize' },
};
const TRADE_RULES: FieldRules = {
  topic: { read: 'constant' },
  type: { read: 'constant' },
  ts: { read: 'skip' },
  id: { read: 'skip' },
  'data.each.T': { read: 'integer', slot: 'eventTime' },
  'data.each.s': { read: 'constant' },
  'data.each.S': { read: 'side', slot: 'takerSide' },
  'data.each.p': { read: 'price', slot: 'price' },
  'data.each.v': { read: 'size', slot: 'size' },
  'data.each.BT': { read: 'constant' },
  'data.each.L': { read: 'skip' },
  'data.each.i': { read: 'skip' },
  'data.each.RPI': { read: 'skip' },
  'data.each.seq': { read: 'skip' },
};

/** `{"topic":"orderbook.200.BTCUSDT"`: channel, depth and symbol stand in these bytes, and nothing that changes does. */
const HASH_OFFSETS = [11, 19, 23, 27, 31];

/** `retCode` with HTTP 200. */
const TOO_MANY_VISITS = 10006;

/** Fields of book and trade messages that we read or know to be there; others are counted as unknown. */
const KNOWN_FIELDS = /^(topic|type|ts|cts|data|id|s|b|a|u|seq|T|S|p|v|L|i|BT|RPI)$/;

/**
 * The codec of Bybit v5 (`stream.bybit.com/v5/public/{spot,linear,inverse,option}`).
 *
 * The same symbol names a spot pair and a perpetual, and no frame says which: each product is a venue of its own, with
 * its own symbol table. Sizes are base units, but for inverse contracts (USD).
 * Sequence: a delta's `u` is the previous `u` + 1 (true of all recordings we have: depth 200 spot and linear, 500 linear).
 */
export class BybitCodec extends ShapedCodec {
  /** Rows of the frame that nobody wants: its shape would pass over wanted ones in their place. */
  #skippedRows = 0;
  /** Was the frame that was read last a REST reply? The fast path is for streams. */
  #isReply = false;
  #ownUnknownFields = 0;

  constructor(tools: CodecTools) {
    super(tools, { hashOffsets: HASH_OFFSETS });
  }

  /** Fields of book and trade messages that no document of ours names. */
  override get unknownFields(): number {
    return this.#ownUnknownFields + super.unknownFields;
  }

  protected rulesOf(batch: TickBatch): FieldRules | undefined {
    return this.#skippedRows === 0 && !this.#isReply ? rulesOf(batch.ticks[0]!) : undefined;
  }

  protected readMessage(message: unknown, _text: string, batch: TickBatch): DecodeOutcome {
    this.#skippedRows = 0;
    this.#isReply = false;
    if (!isObject(message)) return malformed(batch, 'bad_shape');
    if (typeof message['topic'] === 'string') return this.#topic(message['topic'], message, batch);
    if (message['op'] !== undefined) return operationReply(message, batch);
    if (message['retCode'] !== undefined) return this.#restReply(message, batch);
    return malformed(batch, 'bad_shape');
  }

  #topic(topic: string, message: ParsedObject, batch: TickBatch): DecodeOutcome {
    const [channel = '', ...parameters] = topic.split('.');
    const symbol = parameters[parameters.length - 1] ?? '';
    switch (channel) {
      case 'orderbook':
        return this.#orderbook(parameters[0] ?? '', symbol, message, batch);
      case 'publicTrade':
      case 'trade':
        return this.#trades(symbol, message, batch);
      case 'tickers':
        return this.#ticker(symbol, message, batch);
      case 'allLiquidation':
        return this.#liquidations(symbol, message, batch);
      default:
        return unknown(batch, `unknown_channel:${channelWord(channel)}`);
    }
  }

  /**
   * `{"topic":"orderbook.200.BTCUSDT","type":"delta","ts":1786310818130,"data":{"s":"BTCUSDT","b":[["65095.30","0.005"]],
   * "a":[],"u":15076953,"seq":753843913870},"cts":1786310818129}`; sizes absolute, keys in any order.
   *
   * 1. `type` snapshot, or `u` 1 (the service restarted), replaces the book. 2. `cts` is the matching engine's time; old
   * recordings have `ts` alone. 3. The venue itself deletes levels that leave the depth: nothing is to be truncated.
   */
  #orderbook(depth: string, topicSymbol: string, message: ParsedObject, batch: TickBatch): DecodeOutcome {
    // A best bid and offer whose depth was spoiled would pass for the whole book.
    if (!DEPTH.test(depth)) return malformed(batch, 'bad_depth');
    const reader = this.reader;
    const data = reader.object(message['data']);
    const lastId = reader.integer(data['u']);
    const isSnapshot = this.#isSnapshot(message) || lastId === 1;
    const eventTimeMs = reader.integer(message['cts'] ?? message['ts']);
    const instrument = this.#instrument(data['s'], topicSymbol);
    if (instrument === null) return this.#notOurs(batch);
    reader.learnLevels(instrument, data['b']);
    reader.learnLevels(instrument, data['a']);
    if (depth === '1') for (const side of [data['b'], data['a']]) reader.array(side);
    if (reader.fault !== '') return malformed(batch, reader.fault);
    const sides: Sides = { bids: data['b'] as readonly Level[], asks: data['a'] as readonly Level[] };
    if (depth === '1' && isPartial(sides, isSnapshot)) return unknown(batch, 'level_one_delta');
    if (!reader.commit()) return malformed(batch, reader.fault);
    this.#countUnknown([message, data]);
    const tick =
      depth === '1' ? this.#best(instrument, sides, batch) : this.#levels(instrument, depth, isSnapshot, sides, batch);
    tick.eventTimeMs = eventTimeMs;
    tick.lastId = lastId;
    return 'ticks';
  }

  #levels(instrument: Instrument, depth: string, isSnapshot: boolean, { bids, asks }: Sides, batch: TickBatch): Tick {
    const kind = isSnapshot ? TickKind.depthSnapshot : TickKind.depthDelta;
    const tick = startTick(batch, kind, instrument, DEPTH_CHANNELS.get(depth) ?? 'orderbook');
    tick.bidFrom = batch.levelCount;
    this.reader.pushLevels(batch, instrument, bids);
    tick.bidTo = batch.levelCount;
    tick.askFrom = batch.levelCount;
    this.reader.pushLevels(batch, instrument, asks);
    tick.askTo = batch.levelCount;
    return tick;
  }

  /** `orderbook.1`: the best level of each side, a bbo. An empty side of a snapshot is an empty side of the market. */
  #best(instrument: Instrument, { bids, asks }: Sides, batch: TickBatch): Tick {
    const tick = startTick(batch, TickKind.bbo, instrument, 'orderbook.1');
    const [bidPrice, bidSize] = bestOf(bids);
    const [askPrice, askSize] = bestOf(asks);
    this.reader.setBbo(tick, bidPrice, bidSize, askPrice, askSize);
    return tick;
  }

  /**
   * `{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":…,"data":[{"T":1786310819680,"s":"BTCUSDT","S":"Sell",
   * "v":"0.004","p":"65114.20","i":"a9188a0a-…","BT":false,…}]}`, up to 1024 trades; once `trade.linear.BTCUSDT`.
   *
   * `S` is the taker's side. `i` is a UUID, or on spot a number beyond 2^53: never a `tradeId`. `type` is always
   * snapshot and means nothing. `BT` marks a block trade, agreed outside the book. An option's topic names the coin only.
   */
  #trades(symbol: string, message: ParsedObject, batch: TickBatch): DecodeOutcome {
    const reader = this.reader;
    const rows: ParsedObject[] = [];
    const data = reader.array(message['data']);
    for (const item of data) {
      const row = reader.object(item);
      if (symbol === '' || !String(row['s']).startsWith(symbol)) reader.fail('bad_symbol');
      if (this.#startFill(row, TickKind.trade, 'publicTrade', batch)) rows.push(row);
    }
    return this.#finishFills(data.length, rows, batch);
  }

  /**
   * `{"topic":"allLiquidation.BTCUSDT","type":"snapshot","ts":…,"data":[{"T":1739502302929,"s":"BTCUSDT","S":"Buy",
   * "v":"20000","p":"0.04499"}]}`; `p` is the bankruptcy price.
   *
   * `S` is the position's side: `Buy` is a liquidated long, whose forced order sells.
   */
  #liquidations(symbol: string, message: ParsedObject, batch: TickBatch): DecodeOutcome {
    const reader = this.reader;
    const rows: ParsedObject[] = [];
    const data = reader.array(message['data']);
    for (const item of data) {
      const row = reader.object(item);
      if (row['s'] !== symbol) reader.fail('bad_symbol');
      if (this.#startFill(row, TickKind.liquidation, 'allLiquidation', batch)) rows.push(row);
    }
    return this.#finishFills(data.length, rows, batch);
  }

  /** Pass 1 of a trade or liquidation; false when nobody wants its symbol. */
  #startFill(row: ParsedObject, kind: TickKind, channel: string, batch: TickBatch): boolean {
    const reader = this.reader;
    const symbol = reader.symbol(row['s']);
    const instrument = reader.fault === '' ? this.tools.symbols.findText(symbol) : null;
    if (instrument === null) return false;
    const tick = startTick(batch, kind, instrument, channel);
    tick.eventTimeMs = reader.integer(row['T']);
    const side = sideOf(row['S']);
    if (side === 0) reader.fail('bad_side');
    tick.takerSide = kind === TickKind.liquidation ? (-side as TakerSide) : side;
    tick.isOffMarket = row['BT'] === true;
    reader.learn(instrument, row['p'], row['v']);
    return true;
  }

  /** Pass 2: the numbers of the ticks begun, one a row. @param sent - rows in the frame, wanted or not */
  #finishFills(sent: number, rows: readonly ParsedObject[], batch: TickBatch): DecodeOutcome {
    const reader = this.reader;
    if (!reader.commit()) return malformed(batch, reader.fault);
    this.#skippedRows = sent - rows.length;
    if (rows.length === 0) return unknown(batch, sent === 0 ? 'no_data' : 'unknown_symbol');
    this.#countUnknown(rows);
    for (let i = 0; i < rows.length; i++) {
      const tick = batch.ticks[i]!;
      tick.price = reader.price(tick.instrument, rows[i]!['p']);
      tick.size = reader.size(tick.instrument, rows[i]!['v']);
    }
    return 'ticks';
  }

  /**
   * `{"topic":"tickers.BTCUSDT","type":"delta","data":{"symbol":"BTCUSDT","markPrice":"65117.43","bid1Price":"65114.20",
   * "bid1Size":"6.124",…},"cs":753843915209,"ts":1786310818183}`.
   *
   * A delta holds only what changed, so what is NaN here is unchanged, not gone. A bbo comes with it only when the frame
   * has both sides whole. Spot has none of the ticker's fields (`usdIndexPrice` is another thing): all NaN.
   */
  #ticker(symbol: string, message: ParsedObject, batch: TickBatch): DecodeOutcome {
    const reader = this.reader;
    const data = reader.object(message['data']);
    this.#isSnapshot(message);
    const eventTimeMs = reader.integer(message['ts']);
    const instrument = this.#instrument(data['symbol'], symbol);
    if (instrument === null) return this.#notOurs(batch);
    const { bid1Price, bid1Size, ask1Price, ask1Size } = data;
    const hasBbo = ![bid1Price, bid1Size, ask1Price, ask1Size].some(isAbsent);
    if (hasBbo) reader.learnBbo(instrument, bid1Price, bid1Size, ask1Price, ask1Size);
    const ticker = startTick(batch, TickKind.ticker, instrument, 'tickers');
    ticker.eventTimeMs = eventTimeMs;
    this.#setTicker(ticker, data);
    if (!reader.commit()) return malformed(batch, reader.fault);
    if (!hasBbo) return 'ticks';
    const bbo = startTick(batch, TickKind.bbo, instrument, 'tickers');
    bbo.eventTimeMs = eventTimeMs;
    reader.setBbo(bbo, bid1Price, bid1Size, ask1Price, ask1Size);
    return 'ticks';
  }

  #setTicker(ticker: Tick, data: ParsedObject): void {
    const reader = this.reader;
    ticker.markPrice = reader.optionalNumber(data['markPrice']);
    ticker.indexPrice = reader.optionalNumber(data['indexPrice']);
    ticker.fundingRate = reader.optionalNumber(data['fundingRate']);
    ticker.openInterest = reader.optionalNumber(data['openInterest']);
    const next = data['nextFundingTime'];
    // Dated futures have no funding and say "0".
    if (!isAbsent(next) && next !== '0') ticker.nextFundingTimeMs = reader.integerText(next);
  }

  /** `{"retCode":0,"retMsg":"OK","result":{…}}`: depth, an instrument list, or a refusal. */
  #restReply(message: ParsedObject, batch: TickBatch): DecodeOutcome {
    if (message['retCode'] !== 0)
      return refused(batch, message['retCode'] === TOO_MANY_VISITS ? 'rate_limited' : 'rest_refused');
    const result = message['result'];
    if (!isObject(result)) return unknown(batch, 'unknown_reply');
    if ('b' in result && 'a' in result) return this.#restDepth(result, batch);
    return isArray(result['list']) ? 'status' : unknown(batch, 'unknown_reply');
  }

  /**
   * `{"s":"BTCUSDT","b":[["65485.47","47.08"]],"a":[…],"ts":1716863719031,"u":230704,"seq":1432604333,"cts":1716863718905}`;
   * `u` counts another depth's updates than the stream's.
   */
  #restDepth(result: ParsedObject, batch: TickBatch): DecodeOutcome {
    const reader = this.reader;
    this.#isReply = true;
    const symbol = reader.symbol(result['s']);
    const eventTimeMs = reader.integer(result['cts'] ?? result['ts']);
    const instrument = reader.fault === '' ? this.tools.symbols.findText(symbol) : null;
    if (instrument === null) return this.#notOurs(batch);
    reader.learnLevels(instrument, result['b']);
    reader.learnLevels(instrument, result['a']);
    if (!reader.commit()) return malformed(batch, reader.fault);
    const sides: Sides = { bids: result['b'] as readonly Level[], asks: result['a'] as readonly Level[] };
    const tick = this.#levels(instrument, '', true, sides, batch);
    tick.eventTimeMs = eventTimeMs;
    tick.isRequested = true;
    return 'ticks';
  }

  /** The instrument that both the payload and the topic name; null with a fault, or where nobody wants it. */
  #instrument(symbol: unknown, topicSymbol: string): Instrument | null {
    const reader = this.reader;
    const text = reader.symbol(symbol);
    if (text !== topicSymbol) reader.fail('bad_symbol');
    return reader.fault === '' ? this.tools.symbols.findText(text) : null;
  }

  #notOurs(batch: TickBatch): DecodeOutcome {
    return this.reader.fault === '' ? unknown(batch, 'unknown_symbol') : malformed(batch, this.reader.fault);
  }

  #countUnknown(objects: readonly ParsedObject[]): void {
    for (const object of objects) {
      for (const key of Object.keys(object)) if (!KNOWN_FIELDS.test(key)) this.#ownUnknownFields += 1;
    }
  }

  #isSnapshot(message: ParsedObject): boolean {
    if (message['type'] !== 'snapshot' && message['type'] !== 'delta') this.reader.fail('bad_shape');
    return message['type'] === 'snapshot';
  }
}

/**
 * What the fast path may read of messages like the one that gave this tick. No tickers: their deltas hold what changed, and so
 * have dozens of shapes a symbol.
 */
function rulesOf(tick: Tick): FieldRules | undefined {
  if (tick.kind === TickKind.trade) return TRADE_RULES;
  if (tick.channel === 'tickers') return undefined;
  return tick.kind === TickKind.bbo ? BBO_RULES : DEPTH_RULES;
}

type Level = readonly unknown[];
interface Sides {
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}
const NO_LEVEL: Level = [];

/** The first row that is not a deletion; an empty one where there is none. */
function bestOf(levels: readonly Level[]): Level {
  return levels.find((level) => Number(level[1]) > 0) ?? NO_LEVEL;
}

/**
 * Is this a level 1 delta that leaves a side out? It means "as before", which a codec cannot know, so no quote is made of
 * it. Level 1 comes as snapshots only now (docs of 2026-07).
 */
function isPartial({ bids, asks }: Sides, isSnapshot: boolean): boolean {
  return !isSnapshot && (bids.length === 0 || asks.length === 0);
}

const DEPTH = /^\d+$/;

/** The depths that Bybit has or had; interned, so that garbage makes no new channel names. */
const DEPTH_CHANNELS = new Map(
  ['25', '50', '100', '200', '500', '1000'].map((depth) => [depth, `orderbook.${depth}`] as const),
);

/**
 * `{"success":true,"ret_msg":"","conn_id":"…","req_id":"1","op":"subscribe"}`; a pong is
 * `{"success":true,"ret_msg":"pong","op":"ping",…}` on spot and linear, `{"args":["…"],"op":"pong"}` on options.
 * No reply names a channel.
 */
function operationReply(message: ParsedObject, batch: TickBatch): DecodeOutcome {
  const operation = message['op'];
  if (operation === 'ping' || operation === 'pong') return 'heartbeat';
  if (operation !== 'subscribe' && operation !== 'unsubscribe')
    return unknown(batch, `unknown_op:${channelWord(operation)}`);
  if (typeof message['success'] !== 'boolean') return malformed(batch, 'bad_shape');
  if (!message['success']) return refused(batch, `${operation}_refused`);
  batch.ackChannel = '';
  batch.ackSymbol = '';
  batch.isAckSubscribe = operation === 'subscribe';
  return 'ack';
}

function refused(batch: TickBatch, reason: string): DecodeOutcome {
  batch.reason = reason;
  return 'error';
}
