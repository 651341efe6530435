/** The bar builder's oracle: keeps every call ever made and works each bar out anew, the slow and obvious way. */

import fc from 'fast-check';
import type { Bar } from '../../../src/core/market/bars/bar.ts';
import { type BarBuilder, MAX_MINUTES_AHEAD } from '../../../src/core/market/bars/bar-builder.ts';
import type { TakerSide } from '../../../src/core/market/tick.ts';

export const MINUTE = 60_000;
export const T0 = 1_723_161_300_000;

export type TradeCall = { kind: 'trade'; at: number; price: number; base: number; quote: number; side: TakerSide };
/** Times are ms after T0. `to`: exchange time; the watermark is 1500 ms and the late horizon `graceMs` behind it. */
export type Call =
  | TradeCall
  | { kind: 'close'; to: number; graceMs: number; mid: number | null }
  | { kind: 'hole'; from: number; to: number }
  | { kind: 'cover'; at: number }
  | { kind: 'uncover'; at: number };

/** Makes one call, and gives what it returned and emitted. */
export function make(builder: BarBuilder, call: Call): { result: string | undefined; bars: Bar[] } {
  const bars: Bar[] = [];
  const emit = (bar: Bar) => bars.push(bar);
  let result: string | undefined;
  if (call.kind === 'trade') result = builder.addTrade(T0 + call.at, call.price, call.base, call.quote, call.side);
  else if (call.kind === 'hole') result = builder.hole(T0 + call.from, T0 + call.to);
  else if (call.kind === 'cover') builder.coverFrom(T0 + call.at);
  else if (call.kind === 'uncover') builder.uncover(T0 + call.at);
  else builder.closeUpTo(T0 + call.to - 1500, T0 + call.to - call.graceMs, call.mid, emit);
  builder.emitRevisions(emit);
  return { result, bars };
}

type CloseCall = Extract<Call, { kind: 'close' }>;
type Told = { mid: number | null; revision: number; text: string; isFinal: boolean };

/** Starts at T0. */
export class NaiveBars {
  readonly #calls: Call[] = [];
  /** By minute, from 0: what was last told of it. */
  readonly #told: Told[] = [];

  make(call: Call): { result: string | undefined; bars: Bar[] } {
    if (call.kind === 'trade') return this.#trade(call);
    this.#calls.push(call);
    const bars = this.#revise();
    if (call.kind === 'hole') {
      const oldest = this.#told.filter((told) => told.isFinal).length * MINUTE;
      return { result: Math.min(call.from, call.to) < oldest ? 'too_late' : 'marked', bars };
    }
    if (call.kind === 'close') bars.push(...this.#close(call));
    return { result: undefined, bars };
  }

  #trade(call: TradeCall): { result: string; bars: Bar[] } {
    const minute = Math.floor(call.at / MINUTE);
    const told = this.#told[minute];
    if (minute < 0 || told?.isFinal) return { result: 'too_late', bars: [] };
    if (minute > this.#told.length + MAX_MINUTES_AHEAD) return { result: 'bad_event_time', bars: [] };
    this.#calls.push(call);
    return { result: told === undefined ? 'folded' : 'revised', bars: this.#revise() };
  }

  #revise(): Bar[] {
    const bars: Bar[] = [];
    this.#told.forEach((told, minute) => {
      if (told.isFinal) return;
      const text = JSON.stringify(this.#bar(minute, 0, told.mid));
      if (text === told.text) return;
      told.revision += 1;
      told.text = text;
      bars.push(this.#bar(minute, told.revision, told.mid));
    });
    return bars;
  }

  #close({ to, graceMs, mid }: CloseCall): Bar[] {
    const bars: Bar[] = [];
    const last = Math.floor((to - 1500) / MINUTE) - 1;
    for (let minute = this.#told.length; minute <= last; minute++) {
      const itsMid = minute === last ? mid : null;
      bars.push(this.#bar(minute, 0, itsMid));
      this.#told.push({ mid: itsMid, revision: 0, text: JSON.stringify(this.#bar(minute, 0, itsMid)), isFinal: false });
    }
    this.#told.forEach((told, minute) => {
      if ((minute + 1) * MINUTE <= to - graceMs) told.isFinal = true;
    });
    return bars;
  }

  #bar(minute: number, revision: number, mid: number | null): Bar {
    const openMs = minute * MINUTE;
    const trades = this.#calls.filter((call): call is TradeCall => call.kind === 'trade');
    const mine = trades.filter((trade) => trade.at >= openMs && trade.at < openMs + MINUTE);
    const inOrder = [...mine].sort((a, b) => a.at - b.at);
    const prices = mine.map((trade) => trade.price);
    const sum = (list: TradeCall[], of: 'base' | 'quote') => list.reduce((total, trade) => total + trade[of], 0);
    const isKnown = mine.every((trade) => Number.isFinite(trade.base) && Number.isFinite(trade.quote));
    const known = (value: number) => (isKnown ? value : null);
    const base = sum(mine, 'base');
    const quote = sum(mine, 'quote');
    const buy = sum(
      mine.filter((trade) => trade.side === 1),
      'quote',
    );
    const sell = sum(
      mine.filter((trade) => trade.side === -1),
      'quote',
    );
    const hasTrades = mine.length > 0;
    const coverageMs = this.#coverage(openMs);
    return {
      openMs: T0 + openMs,
      closeMs: T0 + openMs + MINUTE,
      revision,
      priceSource: hasTrades ? 'trade' : mid === null ? 'none' : 'mid',
      open: hasTrades ? inOrder[0]!.price : mid,
      high: hasTrades ? Math.max(...prices) : mid,
      low: hasTrades ? Math.min(...prices) : mid,
      close: hasTrades ? inOrder.at(-1)!.price : mid,
      baseVolume: known(base),
      quoteVolume: known(quote),
      buyQuoteVolume: known(buy),
      sellQuoteVolume: known(sell),
      tradeCount: mine.length,
      vwap: isKnown && base > 0 ? quote / base : null,
      cvd: known(buy - sell),
      complete: coverageMs === MINUTE,
      coverageMs,
    };
  }

  /** Whole milliseconds only, so that one flag each will do; only this minute's. */
  #coverage(openMs: number): number {
    const flags = new Uint8Array(MINUTE);
    const place = (ms: number) => Math.min(MINUTE, Math.max(0, ms - openMs));
    for (const call of this.#calls) {
      if (call.kind === 'cover') flags.fill(1, place(call.at));
      if (call.kind === 'uncover') flags.fill(0, place(call.at));
    }
    for (const call of this.#calls) {
      if (call.kind !== 'hole') continue;
      flags.fill(0, place(Math.min(call.from, call.to)), place(Math.max(call.from, call.to) + 1));
    }
    let covered = 0;
    for (const flag of flags) covered += flag;
    return covered;
  }
}

const price = fc.integer({ min: 1, max: 1000 }).map((cents) => cents / 100);
const amount = fc.oneof(
  { weight: 30, arbitrary: fc.integer({ min: 0, max: 500 }).map((n) => n / 7) },
  fc.constant(Number.NaN),
);
const side = fc.constantFrom<TakerSide>(1, -1, 0);
/** How far a trade's time is from exchange time: mostly just behind, at times late, far too late, ahead or far ahead. */
const drift = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -3_000, max: 0 }) },
  { weight: 2, arbitrary: fc.integer({ min: -6_000, max: 0 }) },
  { weight: 1, arbitrary: fc.integer({ min: -150_000, max: 700_000 }) },
);
const wait = fc.oneof(
  { weight: 6, arbitrary: fc.nat(3_000) },
  { weight: 3, arbitrary: fc.nat(40_000) },
  fc.nat(200_000),
);
const mid = fc.option(price, { nil: null });

const move = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('trade' as const), drift, price, base: amount, side }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('close' as const), wait, mid }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('hole' as const), drift, length: fc.nat(5_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('cover' as const, 'uncover' as const), back: fc.nat(3_000) }),
  },
);

/** The configured grace, and one over minutes, so that several closed minutes are held. */
const grace = fc.constantFrom(4_500, 130_000);

/** Streams of calls as the scanner makes them: exchange time rises, everything else is near it. */
export const callStreams = fc.tuple(grace, fc.array(move, { maxLength: 60, size: 'max' })).map(([graceMs, moves]) => {
  let now = 0;
  let lastTurn = 0;
  return moves.map((m): Call => {
    if (m.kind === 'close') {
      now += m.wait;
      return { kind: 'close', to: now, graceMs, mid: m.mid };
    }
    if (m.kind === 'hole') return { kind: 'hole', from: now + m.drift - m.length, to: now + m.drift };
    if (m.kind !== 'trade') {
      lastTurn = Math.max(lastTurn, now - m.back);
      return { kind: m.kind, at: lastTurn };
    }
    return { kind: 'trade', at: now + m.drift, price: m.price, base: m.base, quote: m.base * m.price, side: m.side };
  });
});
