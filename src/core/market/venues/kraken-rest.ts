/** Kraken's REST answers about depth and trades: to ticks. Keeps nothing. */

import type { Instrument } from '../instrument.ts';
import { type TickBatch, TickKind } from '../tick.ts';
import type { DecodeOutcome } from './codec.ts';
import { FrameReader } from './frame-reader.ts';
import { isArray, isObject, malformed, type ParsedObject, startTick, unknown } from './slow-json.ts';

export class KrakenRest {
  /** Answers pad their numbers with zeros and have no checksum: they must not decide about decimals that the stream's has. */
  readonly #reader = new FrameReader('significant');

  /**
   * `{"error":[],"result":{"XXBTZUSD":…}}`: depth or trades under the venue's own name for what was asked, an error inside a
   * 200 answer, or a list that we do not read.
   */
  reply(message: ParsedObject, batch: TickBatch, hint: Instrument | null): DecodeOutcome {
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
    this.#reader.begin();
    return isDepth ? this.#depth(value, hint, batch) : this.#trades(value as readonly unknown[], hint, batch);
  }

  /**
   * `{"asks":[["30384.10000","2.059",1688671659],…],"bids":[…]}`: volumes have three decimals and the times are the levels'
   * own. Without id or checksum it is good for a look, never as a base for a stream's updates.
   */
  #depth(depth: ParsedObject, instrument: Instrument, batch: TickBatch): DecodeOutcome {
    const reader = this.#reader;
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
  #trades(rows: readonly unknown[], instrument: Instrument, batch: TickBatch): DecodeOutcome {
    const reader = this.#reader;
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
}
