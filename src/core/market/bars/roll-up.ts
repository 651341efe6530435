/** Bars of 15 or 60 minutes, recomputed from minute bars. Never adds trades itself, so it cannot disagree with the minutes. */

import { assert } from '../../base/assert.ts';
import { HOUR_MS, MINUTE_MS } from '../../base/time.ts';
import type { Bar } from './bar.ts';
import { type BarVolumes, barVolumes } from './volumes.ts';

/** `too_late`: a revision of a minute whose longer bar is not held any more; in no bar. */
export type RollUpOutcome = 'added' | 'too_late';

/** A longer bar in the making: its minutes in order, null where none came. `revision` is -1 before its first emission. */
export type Span = { openMs: number; revision: number; minutes: (Bar | null)[] };

/** The roll-up as plain JSON, oldest span first. */
export type SavedRollUp = { spans: Span[] };

/** The running span and the one before it: a minute is revised seconds after its close, so never further back. */
const MAX_SPANS = 2;

/** One instrument's bars of one length. */
export class RollUp {
  /** Minutes in a bar: divides 60. */
  readonly minutes: number;
  readonly #spanMs: number;
  #spans: Span[] = [];

  constructor(minutes: number) {
    assert(
      Number.isInteger(minutes) && HOUR_MS % (minutes * MINUTE_MS) === 0,
      'a longer bar has a length that divides the hour',
    );
    this.minutes = minutes;
    this.#spanMs = minutes * MINUTE_MS;
  }

  /**
   * Takes a minute bar, new or revised, in the order in which the bar builder emits them.
   *
   * Emits the longer bar when its last minute has closed, and again with the next revision when one of its minutes is
   * revised after that. Where minutes are missing (the run began inside) it is not complete and says how much is covered.
   */
  add(bar: Bar, emit: (bar: Bar) => void): RollUpOutcome {
    const openMs = Math.floor(bar.openMs / this.#spanMs) * this.#spanMs;
    const span = this.#spanAt(openMs, emit);
    if (span === null) return 'too_late';
    const index = (bar.openMs - openMs) / MINUTE_MS;
    span.minutes[index] = bar;
    if (index === this.minutes - 1 || span.revision >= 0) this.#emit(span, emit);
    return 'added';
  }

  save(): SavedRollUp {
    return { spans: this.#spans.map((span) => ({ ...span, minutes: [...span.minutes] })) };
  }

  restore(saved: SavedRollUp): void {
    this.#spans = saved.spans.map((span) => ({ ...span, minutes: [...span.minutes] }));
  }

  /** The span that begins at `openMs`, made if it is the next one; null when it is older than all that are held. */
  #spanAt(openMs: number, emit: (bar: Bar) => void): Span | null {
    const held = this.#spans.find((span) => span.openMs === openMs);
    if (held !== undefined) return held;
    const newest = this.#spans.at(-1);
    if (newest !== undefined && newest.openMs > openMs) return null;
    // Its last minute never came, but a later one did: there is nothing to wait for.
    if (newest !== undefined && newest.revision < 0) this.#emit(newest, emit);
    const span: Span = { openMs, revision: -1, minutes: new Array<Bar | null>(this.minutes).fill(null) };
    this.#spans.push(span);
    if (this.#spans.length > MAX_SPANS) this.#spans.shift();
    return span;
  }

  #emit(span: Span, emit: (bar: Bar) => void): void {
    span.revision += 1;
    const present = span.minutes.filter((minute) => minute !== null);
    let coverageMs = 0;
    for (const minute of present) coverageMs += minute.coverageMs;
    emit({
      openMs: span.openMs,
      closeMs: span.openMs + this.#spanMs,
      revision: span.revision,
      ...pricesOf(present),
      ...volumesOf(present),
      complete: coverageMs === this.#spanMs,
      coverageMs,
    });
  }
}

/** The better source first: prices of the two are never mixed in one bar. */
const PRICED_BY = ['trade', 'mid'] as const;

/** Prices of the minutes that have trades; of those with a mid if none has; else none. */
function pricesOf(minutes: readonly Bar[]): Pick<Bar, 'priceSource' | 'open' | 'high' | 'low' | 'close'> {
  const source = PRICED_BY.find((kind) => minutes.some((minute) => minute.priceSource === kind));
  if (source === undefined) return { priceSource: 'none', open: null, high: null, low: null, close: null };
  const priced = minutes.filter((minute) => minute.priceSource === source);
  return {
    priceSource: source,
    open: priced[0]!.open,
    high: Math.max(...priced.map((minute) => minute.high!)),
    low: Math.min(...priced.map((minute) => minute.low!)),
    close: priced.at(-1)!.close,
  };
}

/** Sums in the order of time, whatever order the minutes were revised in. One unknown volume makes all unknown. */
function volumesOf(minutes: readonly Bar[]): BarVolumes {
  const sums = { tradeCount: 0, isVolumeKnown: true, base: 0, quote: 0, buyQuote: 0, sellQuote: 0 };
  for (const minute of minutes) {
    sums.tradeCount += minute.tradeCount;
    if (minute.baseVolume === null) sums.isVolumeKnown = false;
    sums.base += minute.baseVolume ?? 0;
    sums.quote += minute.quoteVolume ?? 0;
    sums.buyQuote += minute.buyQuoteVolume ?? 0;
    sums.sellQuote += minute.sellQuoteVolume ?? 0;
  }
  return barVolumes(sums);
}
