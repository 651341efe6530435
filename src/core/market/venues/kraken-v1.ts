/** Kraken's WebSocket v1, which recordings have: messages to ticks, by `JSON.parse`. Keeps nothing. */

import type { Instrument } from '../instrument.ts';
import { type TickBatch, TickKind } from '../tick.ts';
import type { CodecTools, DecodeOutcome } from './codec.ts';
import type { FrameReader } from './frame-reader.ts';
import type { FieldRules } from './shape-rules.ts';
import { channelWord, malformed, type ParsedObject, startTick, text, unknown } from './slow-json.ts';

/** `[336,{"b":[[…]],"c":"974947235"},"book-1000","XBT/USD"]`, with `{"a":…}` before `{"b":…,"c":…}` where both sides change. */
export const V1_BOOK: FieldRules = {
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

export class KrakenV1 {
  readonly #reader: FrameReader;
  readonly #symbols: CodecTools['symbols'];

  constructor(reader: FrameReader, symbols: CodecTools['symbols']) {
    this.#reader = reader;
    this.#symbols = symbols;
  }

  /** `{"event":"heartbeat"}`, `{"event":"subscriptionStatus","status":"subscribed","pair":"XBT/USD","channelName":"book-10",…}` */
  event(message: ParsedObject, batch: TickBatch): DecodeOutcome {
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
  data(message: readonly unknown[], batch: TickBatch): DecodeOutcome {
    const reader = this.#reader;
    if (message.length < 4) return malformed(batch, 'bad_shape');
    const symbol = reader.symbol(message[message.length - 1]);
    const channelName = text(message[message.length - 2]);
    if (reader.fault !== '' || channelName === null) return malformed(batch, 'bad_shape');
    const [channel = '', depthText = ''] = channelName.split('-');
    if (channel !== 'book' && message.length !== 4) return malformed(batch, 'bad_shape');
    if (!['book', 'trade', 'spread', 'ticker'].includes(channel))
      return unknown(batch, `unknown_channel:${channelWord(channel)}`);
    const instrument = this.#symbols.findText(symbol);
    if (instrument === null) return unknown(batch, 'unknown_symbol');
    switch (channel) {
      case 'book':
        return this.#book(message.slice(1, -2), instrument, depthText, batch);
      case 'trade':
        return this.#trades(message[1], instrument, batch);
      case 'spread':
        return this.#spread(message[1], instrument, batch);
      default:
        return this.#ticker(message[1], instrument, batch);
    }
  }

  /** Snapshot `{"as":[[price,volume,time],…],"bs":[…]}` without a checksum; update `{"a":[…],"b":[…],"c":"974947235"}`. */
  #book(parts: readonly unknown[], instrument: Instrument, depthText: string, batch: TickBatch): DecodeOutcome {
    const reader = this.#reader;
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
    const reader = this.#reader;
    reader.learnLevels(instrument, rows);
    let latestMs = Number.NaN;
    if (reader.fault !== '') return latestMs;
    const runMs = reader.runTimeMs(rows);
    if (runMs !== null) return runMs;
    for (const row of rows as readonly (readonly unknown[])[]) {
      const timeMs = this.#time(row[2]);
      if (!(latestMs >= timeMs)) latestMs = timeMs;
    }
    return latestMs;
  }

  /** `"1534614057.321597"`: seconds with six decimals, as ms. */
  #time(value: unknown): number {
    const micros =
      typeof value === 'string' && value.length <= MAX_SECONDS_TEXT ? mantissaOfSeconds(value) : Number.NaN;
    if (Number.isNaN(micros)) this.#reader.fail('bad_time');
    return micros / 1000;
  }

  /** `[[price, volume, time, side "b"|"s", orderType "m"|"l", misc], …]`: v1 trades have no id. */
  #trades(rows: unknown, instrument: Instrument, batch: TickBatch): DecodeOutcome {
    const reader = this.#reader;
    const trades = reader.array(rows);
    if (trades.length === 0) reader.fail('bad_shape');
    const times: number[] = [];
    for (const row of trades) {
      const trade = reader.array(row);
      reader.learn(instrument, trade[0], trade[1]);
      times.push(this.#time(trade[2]));
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
  #spread(row: unknown, instrument: Instrument, batch: TickBatch): DecodeOutcome {
    const reader = this.#reader;
    const [bid, ask, time, bidVolume, askVolume] = reader.array(row);
    if (time === '0') return unknown(batch, 'no_market');
    const eventTimeMs = this.#time(time);
    reader.learnBbo(instrument, bid, bidVolume, ask, askVolume);
    if (!reader.commit()) return malformed(batch, reader.fault);
    const tick = startTick(batch, TickKind.bbo, instrument, 'spread');
    tick.eventTimeMs = eventTimeMs;
    reader.setBbo(tick, bid, bidVolume, ask, askVolume);
    return 'ticks';
  }

  /** `{"a":[price, wholeLot, lot],"b":[…],"c":[price, lot],…}`, without a time. */
  #ticker(value: unknown, instrument: Instrument, batch: TickBatch): DecodeOutcome {
    const reader = this.#reader;
    const ticker = reader.object(value);
    const bid = reader.array(ticker['b']);
    const ask = reader.array(ticker['a']);
    reader.learnBbo(instrument, bid[0], bid[2], ask[0], ask[2]);
    if (!reader.commit()) return malformed(batch, reader.fault);
    const tick = startTick(batch, TickKind.bbo, instrument, 'ticker');
    reader.setBbo(tick, bid[0], bid[2], ask[0], ask[2]);
    return 'ticks';
  }
}
