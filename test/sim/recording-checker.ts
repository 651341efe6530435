/**
 * Rebuilds every book of a recording from its bytes and counts what it finds, by the exchanges' own rules.
 *
 * Shares no code with the program: JSON.parse, Map, zlib. A broken rule is an assertion error.
 */

import assert from 'node:assert/strict';
import { at, type Checked, type Found } from './found.ts';
import { type FrameLine, linesOf } from './frame-lines.ts';
import type { TextLevel } from './naive-book.ts';

/** biome-ignore lint/suspicious/noExplicitAny: parsed JSON of three exchanges; the test is what checks its shape */
type Parsed = any;

/** @param files - gzip bytes by file name */
export function checkRecording(files: ReadonlyMap<string, Uint8Array>): Checked {
  const found = new Map<string, Found>();
  const checked: Checked = { found, messages: 0, controlFrames: 0 };
  for (const [name, gz] of files) {
    const lines = linesOf(gz);
    for (const [i, line] of lines.entries()) {
      assert.ok(i === 0 || line.time > lines[i - 1]!.time, `${name}: line ${i + 1} goes back`);
    }
    checked.messages += lines.filter((line) => line.kind === 'received').length;
    if (name.startsWith('kraken')) new KrakenCheck(checked).run(lines);
    else if (name.startsWith('okx')) new OkxCheck(checked).run(lines);
    else new BinanceCheck(checked, /^(binance(?:_usdm)?)_/.exec(name)![1]!).run(lines);
  }
  return checked;
}

class BinanceCheck {
  readonly #checked: Checked;
  readonly #venue: string;
  readonly #buffer: Parsed[] = [];
  readonly #tickers = new Map<number, string[]>();
  #symbol = '';
  #isBridged = false;

  constructor(checked: Checked, venue: string) {
    this.#checked = checked;
    this.#venue = venue;
  }

  run(lines: readonly FrameLine[]): void {
    for (const { payload } of lines) {
      const message: Parsed = JSON.parse(payload);
      if (message.lastUpdateId !== undefined) this.#snapshot(message);
      else this.#stream(message);
    }
  }

  #stream({ stream, data }: Parsed): void {
    const channel = stream.split('@')[1];
    this.#symbol = data.s ?? data.o.s;
    assert.equal(stream.split('@')[0], this.#symbol.toLowerCase());
    const found = at(this.#checked, this.#venue, this.#symbol);
    found.count(channel);
    if (this.#venue === 'binance_usdm') assert.deepEqual([data.st, data.ps], [1, this.#symbol]);
    if (channel === 'depth') {
      found.depthUpdates += 1;
      this.#buffer.push(data);
      this.#drain(found);
    } else if (channel === 'trade') {
      found.trades += 1;
      if (found.lastTradeId !== null) assert.equal(data.t, found.lastTradeId + 1);
      found.lastTradeId = data.t;
      found.tradeTimesMs.push(data.T);
    } else if (channel === 'bookTicker') {
      found.bbo += 1;
      assert.ok(Number(data.b) < Number(data.a));
      this.#tickers.set(data.u, [data.b, data.B, data.a, data.A]);
    } else if (channel === 'markPrice') found.derivativeTickers += 1;
    else if (channel === 'forceOrder') found.liquidations += 1;
    else assert.fail(`unexpected stream ${stream}`);
  }

  #snapshot(message: Parsed): void {
    const found = at(this.#checked, this.#venue, this.#symbol);
    found.count('depthSnapshot');
    found.depthSnapshots += 1;
    assert.ok(this.#buffer.length > 0, 'depth events come before the snapshot');
    found.book.apply(message.bids, message.asks);
    found.lastId = message.lastUpdateId;
    this.#drain(found);
  }

  /** Applies the buffered events once there is a snapshot: first the one that bridges it, then each the next of the last. */
  #drain(found: Found): void {
    if (found.lastId === null) return;
    let lastId: number = found.lastId;
    for (const event of this.#buffer.splice(0)) {
      if (!this.#isBridged && this.#isBeforeSnapshot(event, lastId)) continue;
      assert.ok(this.#continues(event, lastId), `${event.e} ${event.U}..${event.u} after ${lastId}`);
      this.#isBridged = true;
      found.book.apply(event.b, event.a);
      lastId = event.u;
      const ticker = this.#tickers.get(event.u);
      if (ticker === undefined) continue;
      assert.deepEqual(found.book.touch(), ticker, `top of book at ${event.u}`);
      found.comparedTouches += 1;
    }
    found.lastId = lastId;
  }

  #isBeforeSnapshot(event: Parsed, lastUpdateId: number): boolean {
    return this.#venue === 'binance' ? event.u <= lastUpdateId : event.u < lastUpdateId;
  }

  #continues(event: Parsed, lastId: number): boolean {
    if (this.#venue === 'binance')
      return this.#isBridged ? event.U === lastId + 1 : event.U <= lastId + 1 && event.u > lastId;
    return event.pu === lastId || (!this.#isBridged && event.U <= lastId && event.u >= lastId);
  }
}

class KrakenCheck {
  readonly #checked: Checked;
  readonly #depths = new Map<string, number>();

  constructor(checked: Checked) {
    this.#checked = checked;
  }

  run(lines: readonly FrameLine[]): void {
    let connections = 0;
    for (const { kind, payload } of lines) {
      if (kind === 'connected') {
        connections += 1;
        if (connections > 1) this.#reset();
      } else if (kind === 'received') this.#message(payload);
    }
  }

  #reset(): void {
    for (const symbol of this.#depths.keys()) {
      const found = at(this.#checked, 'kraken', symbol);
      found.disconnects += 1;
      found.book.clear();
      found.lastTradeId = null;
    }
    this.#depths.clear();
  }

  #message(payload: string): void {
    // JSON.parse would lose the zeros at the end that the checksum is made of.
    const message: Parsed = JSON.parse(
      payload.replace(/"(price|qty|bid|bid_qty|ask|ask_qty)":([0-9.]+)/g, '"$1":"$2"'),
    );
    if (message.method === 'subscribe') {
      assert.equal(message.success, true);
      if (message.result.channel === 'book') this.#depths.set(message.result.symbol, message.result.depth);
    }
    if (!['book', 'trade', 'ticker'].includes(message.channel)) {
      this.#checked.controlFrames += 1;
      return;
    }
    const found = at(this.#checked, 'kraken', message.data[0].symbol);
    found.count(message.channel);
    if (message.channel === 'book') this.#book(found, message);
    else if (message.channel === 'ticker') this.#ticker(found, message.data[0]);
    else this.#trades(found, message);
  }

  #book(found: Found, { type, data: [book] }: Parsed): void {
    const depth = this.#depths.get(book.symbol)!;
    const pairs = (levels: Parsed[]): TextLevel[] => levels.map(({ price, qty }) => [price, qty]);
    if (type === 'snapshot') {
      found.depthSnapshots += 1;
      found.book.clear();
      assert.deepEqual([book.bids.length, book.asks.length], [depth, depth]);
    } else found.depthUpdates += 1;
    for (const levels of [book.bids, book.asks]) {
      const prices = levels.map((level: Parsed) => level.price);
      if (new Set(prices).size < prices.length) found.doublePrices += 1;
    }
    found.book.apply(pairs(book.bids), pairs(book.asks));
    found.book.truncate(depth);
    assert.equal(found.book.krakenChecksum(), book.checksum, `${book.symbol} ${book.timestamp}`);
    found.checksumFrames += 1;
  }

  #ticker(found: Found, data: Parsed): void {
    found.bbo += 1;
    if (found.book.bids.size === 0) return;
    assert.deepEqual(found.book.touch(), [data.bid, data.bid_qty, data.ask, data.ask_qty], data.timestamp);
    found.comparedTouches += 1;
  }

  #trades(found: Found, { type, data }: Parsed): void {
    if (type === 'snapshot') found.snapshotTrades += data.length;
    else found.trades += data.length;
    for (const trade of data) {
      assert.ok(['buy', 'sell'].includes(trade.side));
      if (found.lastTradeId !== null) assert.equal(trade.trade_id, found.lastTradeId + 1);
      found.lastTradeId = trade.trade_id;
      if (type === 'update') found.tradeTimesMs.push(Date.parse(trade.timestamp));
    }
  }
}

class OkxCheck {
  readonly #checked: Checked;

  /** A ticker is judged by the next book update: only that tells whether an update was lost before the ticker. */
  readonly #pendingTouches = new Map<Found, { book: string[]; ticker: string[] }>();

  constructor(checked: Checked) {
    this.#checked = checked;
  }

  run(lines: readonly FrameLine[]): void {
    for (const { kind, payload } of lines) {
      if (kind !== 'received') continue;
      if (payload === 'pong' || JSON.parse(payload).event !== undefined) this.#checked.controlFrames += 1;
      else this.#message(JSON.parse(payload));
    }
  }

  #message({ arg, action, data: [item] }: Parsed): void {
    const found = at(this.#checked, 'okx', arg.instId);
    found.count(arg.channel);
    if (arg.channel === 'books') this.#book(found, action, item);
    else if (arg.channel === 'trades') {
      found.trades += 1;
      if (found.lastTradeId !== null) assert.equal(Number(item.tradeId), found.lastTradeId + Number(item.count));
      found.lastTradeId = Number(item.tradeId);
      found.tradeTimesMs.push(Number(item.ts));
    } else if (arg.channel === 'tickers') {
      found.bbo += 1;
      if (found.lastId === null) return;
      this.#pendingTouches.set(found, {
        book: found.book.touch(),
        ticker: [item.bidPx, item.bidSz, item.askPx, item.askSz],
      });
    } else {
      assert.ok(['mark-price', 'funding-rate', 'open-interest'].includes(arg.channel));
      found.derivativeTickers += 1;
    }
  }

  #book(found: Found, action: string, item: Parsed): void {
    assert.equal(item.checksum, 0);
    const pairs = (levels: Parsed[]): TextLevel[] => levels.map(([price, size]) => [price, size]);
    if (action === 'snapshot') {
      found.depthSnapshots += 1;
      assert.equal(item.prevSeqId, -1);
      found.book.clear();
    } else {
      found.depthUpdates += 1;
      if (found.lastId === null) return;
      if (item.prevSeqId !== found.lastId) {
        found.sequenceGaps += 1;
        found.lastId = null;
        this.#pendingTouches.delete(found);
        return;
      }
      this.#judgeTouch(found);
      if (item.seqId === item.prevSeqId) found.keepAlives += 1;
      else assert.ok(item.seqId > item.prevSeqId && item.asks.length + item.bids.length > 0);
    }
    found.book.apply(pairs(item.bids), pairs(item.asks));
    found.lastId = item.seqId;
  }

  #judgeTouch(found: Found): void {
    const pending = this.#pendingTouches.get(found);
    if (pending === undefined) return;
    assert.deepEqual(pending.book, pending.ticker);
    found.comparedTouches += 1;
    this.#pendingTouches.delete(found);
  }
}
