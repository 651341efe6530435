/** OKX v5 public channels: frames to ticks, and REST depth replies. Keeps no book. Sizes of contracts stay contracts here. */

import { asciiBytes, type Instrument } from '../instrument.ts';
import { type TickBatch, TickKind } from '../tick.ts';
import type { CodecTools, DecodeOutcome } from './codec.ts';
import { OKX_RULES } from './okx-rules.ts';
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
  text,
  unknown,
} from './slow-json.ts';

/**
 * `{"arg":{"channel":"books-l2-tbt","instId":"BTC-USDT"},"action":"update",…`: the symbol begins 36 to 45 bytes from the start. No
 * gaps from there on: symbols of a family differ in two letters.
 */
const HASH_OFFSETS = [19, 36, 40, 44, 48, 52, 56];

/** Beside HTTP 429, or with 200. */
const TOO_MANY_REQUESTS = '50011';

export class OkxCodec extends ShapedCodec {
  /** Was the frame that was read last a REST reply? The fast path is for streams. */
  #isReply = false;
  /** Was it about an index of which no perpetual is known? One may become known later. */
  #isIndexOfPair = false;

  constructor(tools: CodecTools) {
    super(tools, { hashOffsets: HASH_OFFSETS });
  }

  protected rulesOf(batch: TickBatch): FieldRules | undefined {
    const { channel } = batch.ticks[0]!;
    if (this.#isReply || (channel === 'index-tickers' && this.#isIndexOfPair)) return undefined;
    return OKX_RULES[channel];
  }

  /** The keep-alive is bare text, not JSON. */
  protected override readWord(word: string, batch: TickBatch): DecodeOutcome {
    return word === 'pong' || word === 'ping' ? 'heartbeat' : super.readWord(word, batch);
  }

  protected readMessage(message: unknown, _text: string, batch: TickBatch, hint: Instrument | null): DecodeOutcome {
    if (!isObject(message)) return malformed(batch, 'bad_shape');
    this.#isReply = 'code' in message && !('event' in message);
    if ('event' in message) return this.#event(message, batch);
    if (isObject(message['arg']) && 'data' in message) return this.#push(message, message['arg'], batch);
    if ('code' in message) return this.#restReply(message, batch, hint);
    return unknown(batch, 'unknown_channel:none');
  }

  /** `{"event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"},"connId":…}`, error, notice, channel-conn-count. */
  #event(message: ParsedObject, batch: TickBatch): DecodeOutcome {
    const event = message['event'];
    if (event === 'subscribe' || event === 'unsubscribe') {
      const arg = isObject(message['arg']) ? message['arg'] : {};
      batch.ackChannel = text(arg['channel']) ?? '';
      batch.ackSymbol = text(arg['instId']) ?? '';
      batch.isAckSubscribe = event === 'subscribe';
      return 'ack';
    }
    if (event === 'error') {
      batch.reason = 'venue_error';
      return 'error';
    }
    return 'status';
  }

  #push(message: ParsedObject, arg: ParsedObject, batch: TickBatch): DecodeOutcome {
    const rows = message['data'];
    const channel = arg['channel'];
    if (!isArray(rows)) return malformed(batch, 'bad_shape');
    switch (channel) {
      case 'books':
      case 'books-l2-tbt':
      case 'books50-l2-tbt':
        return this.#book(message, arg, rows, channel, batch);
      case 'trades':
      case 'trades-all':
        return this.#rows(
          arg,
          rows,
          batch,
          (row, instrument) => this.#learnTrade(row, instrument),
          (row, instrument) => this.#trade(row, instrument, channel, batch),
        );
      case 'tickers':
      case 'bbo-tbt':
        return this.#rows(
          arg,
          rows,
          batch,
          (row, instrument) => this.#learnBbo(row, instrument),
          (row, instrument) => this.#bbo(row, instrument, channel, batch),
        );
      case 'index-tickers':
        return this.#rows(
          arg,
          rows,
          batch,
          (row) => this.#learnTicker(row),
          (row, instrument) => this.#ticker(row, instrument, channel, batch),
          (index) => this.#swapOf(index),
        );
      case 'mark-price':
      case 'funding-rate':
      case 'open-interest':
        return this.#rows(
          arg,
          rows,
          batch,
          (row) => this.#learnTicker(row),
          (row, instrument) => this.#ticker(row, instrument, channel, batch),
        );
      case 'liquidation-orders':
        return this.#liquidations(rows, batch);
      case 'instruments':
      case 'status':
        return 'status';
      default:
        return unknown(batch, `unknown_channel:${channelWord(channel)}`);
    }
  }

  /** `{"arg":{…},"action":"update","data":[{"asks":[["8477","0","0","0"]],"bids":[],"ts":"1597026383085","checksum":0,"prevSeqId":1,"seqId":2}]}` */
  #book(
    message: ParsedObject,
    arg: ParsedObject,
    rows: readonly unknown[],
    channel: string,
    batch: TickBatch,
  ): DecodeOutcome {
    const reader = this.reader;
    const isSnapshot = message['action'] === 'snapshot';
    if ((!isSnapshot && message['action'] !== 'update') || rows.length !== 1) return malformed(batch, 'bad_shape');
    const row = reader.object(rows[0]);
    const symbol = reader.symbol(arg['instId']);
    const eventTimeMs = reader.integerText(row['ts']);
    const checksum = row['checksum'] === undefined ? Number.NaN : signedInteger(row['checksum']);
    if (Number.isNaN(checksum) && row['checksum'] !== undefined) reader.fail('unsafe_integer');
    const lastId = row['seqId'] === undefined ? Number.NaN : reader.integer(row['seqId']);
    // A snapshot's prevSeqId is -1.
    const previousId = row['prevSeqId'] === undefined || isSnapshot ? Number.NaN : reader.integer(row['prevSeqId']);
    if (reader.fault !== '') return malformed(batch, reader.fault);
    const instrument = this.tools.symbols.findText(symbol);
    if (instrument === null) return unknown(batch, 'unknown_symbol');
    reader.learnLevels(instrument, row['bids']);
    reader.learnLevels(instrument, row['asks']);
    if (!reader.commit()) return malformed(batch, reader.fault);
    const tick = startTick(batch, isSnapshot ? TickKind.depthSnapshot : TickKind.depthDelta, instrument, channel);
    tick.eventTimeMs = eventTimeMs;
    tick.checksum = checksum;
    tick.lastId = lastId;
    tick.previousId = previousId;
    this.#sides(row, instrument, batch);
    return 'ticks';
  }

  #sides(row: ParsedObject, instrument: Instrument, batch: TickBatch): void {
    const tick = batch.ticks[batch.count - 1]!;
    tick.bidFrom = batch.levelCount;
    this.reader.pushLevels(batch, instrument, row['bids']);
    tick.bidTo = batch.levelCount;
    tick.askFrom = batch.levelCount;
    this.reader.pushLevels(batch, instrument, row['asks']);
    tick.askTo = batch.levelCount;
  }

  /** Reads all rows of a channel: every one is checked before the first becomes a tick. */
  #rows(
    arg: ParsedObject,
    rows: readonly unknown[],
    batch: TickBatch,
    learn: (row: ParsedObject, instrument: Instrument) => void,
    take: (row: ParsedObject, instrument: Instrument) => void,
    find = (symbol: string): Instrument | null => this.tools.symbols.findText(symbol),
  ): DecodeOutcome {
    const reader = this.reader;
    const found: { row: ParsedObject; instrument: Instrument }[] = [];
    if (rows.length === 0) return malformed(batch, 'bad_shape');
    for (const value of rows) {
      const row = reader.object(value);
      const symbol = reader.symbol(row['instId'] ?? arg['instId']);
      if (reader.fault !== '') return malformed(batch, reader.fault);
      const instrument = find(symbol);
      if (instrument === null) continue;
      found.push({ row, instrument });
      learn(row, instrument);
    }
    if (found.length === 0) return unknown(batch, 'unknown_symbol');
    if (!reader.commit()) return malformed(batch, reader.fault);
    for (const { row, instrument } of found) take(row, instrument);
    return 'ticks';
  }

  /** An index has the name of a spot pair and is a leg of the perpetual; where that is not known, it is the pair's. */
  #swapOf(index: string): Instrument | null {
    const { symbols } = this.tools;
    const swap = asciiBytes(`${index}-SWAP`);
    const found = symbols.findBytes(swap, 0, swap.length);
    this.#isIndexOfPair = found === null;
    return found ?? symbols.findText(index);
  }

  #learnTrade(row: ParsedObject, instrument: Instrument): void {
    this.reader.learn(instrument, row['px'], row['sz']);
    this.reader.integerText(row['ts']);
    this.reader.integerText(row['tradeId']);
    if (sideOf(row['side']) === 0) this.reader.fail('bad_side');
  }

  /** `{"instId":"BTC-USDT","tradeId":"130639474","px":"42219.9","sz":"0.12060306","side":"buy","ts":"1630048897897","count":"3"}` */
  #trade(row: ParsedObject, instrument: Instrument, channel: string, batch: TickBatch): void {
    const reader = this.reader;
    const tick = startTick(batch, TickKind.trade, instrument, channel);
    tick.eventTimeMs = reader.integerText(row['ts']);
    tick.price = reader.price(instrument, row['px']);
    tick.size = reader.size(instrument, row['sz']);
    tick.takerSide = sideOf(row['side']);
    // Aggregated trades: ids grow by the number of fills, so a jump is no gap.
    tick.tradeId = reader.integerText(row['tradeId']);
  }

  #learnBbo(row: ParsedObject, instrument: Instrument): void {
    const [bidPrice, bidSize, askPrice, askSize] = bboOf(row);
    this.reader.learnBbo(instrument, bidPrice, bidSize, askPrice, askSize);
    this.reader.integerText(row['ts']);
    if (row['seqId'] !== undefined) this.reader.integer(row['seqId']);
  }

  /** tickers: `bidPx`, `bidSz` …; bbo-tbt: `{"asks":[["8476.98","415","0","13"]],"bids":[…],"ts":…,"seqId":123456}` */
  #bbo(row: ParsedObject, instrument: Instrument, channel: string, batch: TickBatch): void {
    const tick = startTick(batch, TickKind.bbo, instrument, channel);
    tick.eventTimeMs = this.reader.integerText(row['ts']);
    if (row['seqId'] !== undefined) tick.lastId = this.reader.integer(row['seqId']);
    this.reader.setBbo(tick, ...bboOf(row));
  }

  #learnTicker(row: ParsedObject): void {
    this.reader.integerText(row['ts'] ?? row['fundingTime']);
    if (!isAbsent(row['fundingTime'])) this.reader.integerText(row['fundingTime']);
    for (const key of ['markPx', 'idxPx', 'fundingRate', 'oi']) this.reader.optionalNumber(row[key]);
  }

  #ticker(row: ParsedObject, instrument: Instrument, channel: string, batch: TickBatch): void {
    const reader = this.reader;
    const tick = startTick(batch, TickKind.ticker, instrument, channel);
    if (row['ts'] !== undefined) tick.eventTimeMs = reader.integerText(row['ts']);
    tick.markPrice = reader.optionalNumber(row['markPx']);
    tick.indexPrice = reader.optionalNumber(row['idxPx']);
    tick.fundingRate = reader.optionalNumber(row['fundingRate']);
    tick.openInterest = reader.optionalNumber(row['oi']);
    if (channel === 'funding-rate' && !isAbsent(row['fundingTime']))
      tick.nextFundingTimeMs = reader.integerText(row['fundingTime']);
  }

  /** `{"details":[{"side":"sell","posSide":"long","bkPx":"…","sz":"…","ts":"…"}],"instId":"BTC-USDT-SWAP",…}` */
  #liquidations(rows: readonly unknown[], batch: TickBatch): DecodeOutcome {
    const reader = this.reader;
    const found: { detail: ParsedObject; instrument: Instrument }[] = [];
    for (const value of rows) {
      const row = reader.object(value);
      const symbol = reader.symbol(row['instId']);
      if (reader.fault !== '') return malformed(batch, reader.fault);
      const instrument = this.tools.symbols.findText(symbol);
      if (instrument === null) continue;
      for (const item of reader.array(row['details'])) {
        const detail = reader.object(item);
        reader.learn(instrument, detail['bkPx'], detail['sz']);
        reader.integerText(detail['ts']);
        if (sideOf(detail['side']) === 0) reader.fail('bad_side');
        found.push({ detail, instrument });
      }
    }
    if (!reader.commit()) return malformed(batch, reader.fault);
    // Subscribed by type: those of instruments that nobody wants come as well.
    if (found.length === 0) return 'status';
    for (const { detail, instrument } of found) {
      const tick = startTick(batch, TickKind.liquidation, instrument, 'liquidation-orders');
      tick.eventTimeMs = reader.integerText(detail['ts']);
      tick.price = reader.price(instrument, detail['bkPx']);
      tick.size = reader.size(instrument, detail['sz']);
      tick.takerSide = sideOf(detail['side']);
    }
    return 'ticks';
  }

  /** `{"code":"0","data":[{"instId":"BTC-USDT","tradeId":"5","px":…,"sz":…,"side":"buy","ts":…}]}`: newest first, so turned round. */
  #restTrades(rows: readonly unknown[], batch: TickBatch): DecodeOutcome {
    return this.#rows(
      {},
      [...rows].reverse(),
      batch,
      (row, instrument) => this.#learnTrade(row, instrument),
      (row, instrument) => this.#trade(row, instrument, 'trades', batch),
    );
  }

  /** `{"code":"0","msg":"","data":[{"asks":[…],"bids":[…],"ts":"…","seqId":…}]}`: depth as asked for; other lists are status. */
  #restReply(message: ParsedObject, batch: TickBatch, hint: Instrument | null): DecodeOutcome {
    if (message['code'] !== '0') {
      batch.reason = message['code'] === TOO_MANY_REQUESTS ? 'rate_limited' : 'venue_error';
      return 'error';
    }
    const reader = this.reader;
    const rows = isArray(message['data']) ? message['data'] : [];
    const [first] = rows;
    if (isObject(first) && 'tradeId' in first) return this.#restTrades(rows, batch);
    if (!isObject(first) || !('asks' in first) || !('bids' in first)) return 'status';
    if (hint === null) return unknown(batch, 'snapshot_without_symbol');
    const eventTimeMs = reader.integerText(first['ts']);
    const lastId = first['seqId'] === undefined ? Number.NaN : reader.integer(first['seqId']);
    reader.learnLevels(hint, first['bids']);
    reader.learnLevels(hint, first['asks']);
    if (!reader.commit()) return malformed(batch, reader.fault);
    const tick = startTick(batch, TickKind.depthSnapshot, hint, 'books');
    tick.eventTimeMs = eventTimeMs;
    tick.lastId = lastId;
    tick.isRequested = true;
    this.#sides(first, hint, batch);
    return 'ticks';
  }
}

type Bbo = readonly [bidPrice: unknown, bidSize: unknown, askPrice: unknown, askSize: unknown];

function bboOf(row: ParsedObject): Bbo {
  if (!('bids' in row) && !('asks' in row)) return [row['bidPx'], row['bidSz'], row['askPx'], row['askSz']];
  const level = (side: unknown): readonly unknown[] => (isArray(side) && isArray(side[0]) ? side[0] : []);
  const bid = level(row['bids']);
  const ask = level(row['asks']);
  return [bid[0], bid[1], ask[0], ask[1]];
}

function signedInteger(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : Number.NaN;
}
