/** One instrument's minute bars from its trades. Reads no clock: the caller says how far exchange time has come. */

import { assert } from '../../base/assert.ts';
import { MINUTE_MS, minuteOf } from '../../base/time.ts';
import type { TakerSide } from '../tick.ts';
import type { Bar } from './bar.ts';
import { Coverage, type SavedCoverage } from './coverage.ts';
import { Minute, minuteAt, type SavedMinute } from './minute.ts';

/** How many minutes may be open beyond the one that closes next; a trade further ahead is not believed. */
export const MAX_MINUTES_AHEAD = 10;

/**
 * What became of a trade.
 *
 * - `folded`: it is in a minute that is still open
 * - `revised`: it is in a closed minute, whose bar comes again with the next revision
 * - `too_late`: its minute is closed for good, or lies before the first one; counted by the caller, in no bar
 * - `bad_event_time`: no time, or more than MAX_MINUTES_AHEAD ahead of the open minute; in no bar
 * - `bad_price`: not a finite number; in no bar
 */
export type TradeOutcome = 'folded' | 'revised' | 'too_late' | 'bad_event_time' | 'bad_price';

/** `too_late`: it begins before the minutes held, so a bar that is closed for good may claim more than was covered. */
export type HoleOutcome = 'marked' | 'too_late';

/** The builder as plain JSON. */
export type SavedBarBuilder = { openMs: number | null; minutes: SavedMinute[]; coverage: SavedCoverage };

/**
 * Builds bars in this order of calls, one Input a turn: move the venue's clock; `closeUpTo`; `addTrade` for each trade of
 * the frame (and the coverage calls); `emitRevisions`. So a trade is judged by the time at which its frame came, and a
 * minute without trades takes the mid that the book had before that frame.
 *
 * Minutes run without a gap from the first one on. A trade may be late (its minute is closed but may still be revised) or
 * early (beyond the next minute to close), so several minutes are held: those that may still be revised, and at most
 * 1 + MAX_MINUTES_AHEAD open ones. What is open when the input ends stays unsaid: no bar is made up.
 */
export class BarBuilder {
  /** Start of the next minute to close; NaN before `start`. */
  #openMs = Number.NaN;
  /** Ascending, without a gap; up to `#openMs` closed but revisable, from there on open. May be empty. */
  #minutes: Minute[] = [];
  readonly #coverage = new Coverage();

  /** True once `start` was called. */
  get isStarted(): boolean {
    return !Number.isNaN(this.#openMs);
  }

  /** Close of the next minute to close; null before `start`. */
  get openCloseMs(): number | null {
    return this.isStarted ? this.#openMs + MINUTE_MS : null;
  }

  /** Something of the instrument was seen: its first minute is the one of `exchangeNowMs`. Later calls do nothing. */
  start(exchangeNowMs: number): void {
    if (this.isStarted) return;
    assert(Number.isFinite(exchangeNowMs), 'bars start at a known exchange time');
    this.#openMs = minuteOf(exchangeNowMs);
  }

  /**
   * Puts a trade into its minute. Trades of one instrument may come in any order.
   *
   * Whether a closed minute may still be revised was said last by `closeUpTo` or `forgetUpTo`.
   *
   * @param price - quote units
   * @param base - amount in base units, NaN when unknown (then the minute's volumes are NULL); `quote` likewise
   */
  addTrade(eventTimeMs: number, price: number, base: number, quote: number, takerSide: TakerSide): TradeOutcome {
    assert(this.isStarted, 'bars are started before their first trade');
    if (!Number.isFinite(price)) return 'bad_price';
    const index = Math.floor((eventTimeMs - this.#firstMs()) / MINUTE_MS);
    if (index < 0) return 'too_late';
    if (!(eventTimeMs < this.#openMs + (1 + MAX_MINUTES_AHEAD) * MINUTE_MS)) return 'bad_event_time';
    while (this.#minutes.length <= index) this.#minutes.push(minuteAt(this.#endMs()));
    const minute = this.#minutes[index]!;
    minute.fold(eventTimeMs, price, base, quote, takerSide);
    return minute.isClosed ? 'revised' : 'folded';
  }

  /** The trade channel is covered from this exchange time on. */
  coverFrom(ms: number): void {
    this.#coverage.coverFrom(ms);
    this.#coverClosed();
  }

  /** The trade channel is not covered any more from this exchange time on (disconnected, unsubscribed). */
  uncover(ms: number): void {
    this.#coverage.uncover(ms);
    this.#coverClosed();
  }

  /** Trade ids are missing between two trades with these event times. */
  hole(fromMs: number, toMs: number): HoleOutcome {
    this.#coverage.hole(fromMs, toMs);
    this.#coverClosed();
    return Math.min(fromMs, toMs) < this.#firstMs() ? 'too_late' : 'marked';
  }

  /**
   * The venue was silent too long to speak of empty minutes: its bars go on with the minute of `exchangeNowMs`, and those in
   * between do not exist. Does nothing when that minute is not later than the open one.
   *
   * @param silentSinceMs - exchange time of the last thing that was heard
   */
  skipTo(exchangeNowMs: number, silentSinceMs: number): void {
    if (!(minuteOf(exchangeNowMs) > this.#openMs)) return;
    this.#coverage.uncover(silentSinceMs);
    this.#openMs = minuteOf(exchangeNowMs);
    this.#minutes = [];
    this.#coverage.forgetBefore(this.#openMs);
  }

  /** Would `closeUpTo` with this watermark close a bar? Cheap, so that the mid need not be worked out for nothing. */
  isDue(watermarkMs: number): boolean {
    return this.#openMs + MINUTE_MS <= watermarkMs;
  }

  /**
   * Emits revisions, then the bar of every minute that ends at or before the watermark, oldest first, empty ones too.
   *
   * When several minutes close at once (time jumped over a silence) only the newest may take the mid: what the book said
   * at the older ones' close is not known any more.
   *
   * @param watermarkMs - exchange time below which no more trades are expected; NaN: not known yet, nothing happens
   * @param lateHorizonMs - minutes that end at or before it can be revised no more
   * @param midAtClose - the live book's mid now; null when it is not live or one-sided
   */
  closeUpTo(watermarkMs: number, lateHorizonMs: number, midAtClose: number | null, emit: (bar: Bar) => void): void {
    this.emitRevisions(emit);
    while (this.isDue(watermarkMs)) {
      if (this.#endMs() === this.#openMs) this.#minutes.push(minuteAt(this.#openMs));
      const minute = this.#minutes[(this.#openMs - this.#firstMs()) / MINUTE_MS]!;
      this.#openMs = minute.closeMs;
      const isNewest = !this.isDue(watermarkMs);
      emit(minute.makeBar(this.#coveredMs(minute), isNewest ? midAtClose : null));
      this.forgetUpTo(lateHorizonMs);
    }
    this.forgetUpTo(lateHorizonMs);
  }

  /**
   * Minutes that end at or before this exchange time can be revised no more.
   *
   * `closeUpTo` does it too; call this before trades where `closeUpTo` is called only when a minute is due. Cheap. Emit
   * revisions first: those of forgotten minutes are lost.
   */
  forgetUpTo(lateHorizonMs: number): void {
    let count = 0;
    while (this.#minutes[count]?.isClosed && this.#minutes[count]!.closeMs <= lateHorizonMs) count += 1;
    if (count === 0) return;
    this.#minutes.splice(0, count);
    this.#coverage.forgetBefore(this.#firstMs());
  }

  /** Emits the bars of closed minutes that changed since they were last emitted, oldest first. */
  emitRevisions(emit: (bar: Bar) => void): void {
    for (const minute of this.#minutes) {
      if (!minute.isClosed) return;
      if (minute.isRevised) emit(minute.remakeBar());
    }
  }

  save(): SavedBarBuilder {
    return {
      openMs: this.isStarted ? this.#openMs : null,
      minutes: this.#minutes.map((minute) => minute.save()),
      coverage: this.#coverage.save(),
    };
  }

  restore(saved: SavedBarBuilder): void {
    this.#openMs = saved.openMs ?? Number.NaN;
    this.#minutes = saved.minutes.map((minute) => new Minute({ ...minute }));
    this.#coverage.restore(saved.coverage);
  }

  /** Start of the oldest minute held. */
  #firstMs(): number {
    return this.#minutes.length > 0 ? this.#minutes[0]!.openMs : this.#openMs;
  }

  /** End of the newest minute held. */
  #endMs(): number {
    return this.#minutes.length > 0 ? this.#minutes[this.#minutes.length - 1]!.closeMs : this.#openMs;
  }

  #coveredMs(minute: Minute): number {
    return this.#coverage.coveredMs(minute.openMs, minute.closeMs);
  }

  #coverClosed(): void {
    for (const minute of this.#minutes) {
      if (!minute.isClosed) return;
      minute.cover(this.#coveredMs(minute));
    }
  }
}
