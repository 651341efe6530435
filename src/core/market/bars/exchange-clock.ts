/** One venue's exchange time, told from its frames and our receive clock. Never runs backwards; judges frames, not trades. */

import { SECOND_MS } from '../../base/time.ts';

/** The offset is the largest (event - receive) of this many seconds of receive time, the running one included. */
const WINDOW_SECONDS = 60;
/** The median is taken over this many samples, one from each of the last seconds in which a frame came. */
const MAX_SAMPLES = 60;
/** With fewer samples than this a frame is judged against the receive clock itself. */
const MIN_SAMPLES = 3;

/** `bad_event_time`: too far off; the frame moved nothing. */
export type ObserveOutcome = 'ok' | 'bad_event_time';

/** The clock as plain JSON; null stands for "none yet". */
export type SavedExchangeClock = {
  nowMs: number | null;
  offsetMs: number | null;
  isOffsetHeld: boolean;
  second: number | null;
  maxima: (number | null)[];
  samples: number[];
  sampleAt: number;
  sampledSecond: number | null;
};

/**
 * exchangeNowMs = max(last exchangeNowMs, receiveTimeMs + offsetMs), one clock a venue, because venues' clocks differ.
 *
 * Offset: the frame that travelled fastest tells the clocks' difference best, so it is the largest (event - receive) of
 * the last 60 s of receive time. A venue silent for longer keeps the offset of its last second with frames.
 *
 * Judging: a frame whose (event - receive) is more than the allowed deviation off the running median moves nothing. The
 * median has one sample a second, the second's first frame, good or bad: a bad frame weighs one second however many
 * come with it, and if the venue's clock (or ours) is really elsewhere the median follows within half a minute. The first
 * frames have no median, and a clock that believed one from the future could never go back; recorded streams of OKX,
 * Kraken and Coinbase do begin with frames up to hours old. So until there are three samples a frame must agree with the
 * receive clock. Where that one is wrong by more than the deviation, the first two seconds with frames are refused.
 */
export class ExchangeClock {
  readonly #maxDeviationMs: number;
  #nowMs = Number.NaN;
  #offsetMs = Number.NaN;
  /** No frame of the window is left (or none came yet): the next good frame sets the offset, larger or not. */
  #isOffsetHeld = true;
  /** The running second of receive time, its end, and the largest difference seen in it. */
  #second = Number.NEGATIVE_INFINITY;
  #secondEndMs = Number.NEGATIVE_INFINITY;
  /** The largest (event - receive) of each second, at `second % WINDOW_SECONDS`; -Infinity for a second without frames. */
  readonly #maxima = new Float64Array(WINDOW_SECONDS).fill(Number.NEGATIVE_INFINITY);
  #slot = 0;
  /** A ring; places not yet used hold Infinity, so that sorting puts them last. */
  readonly #samples = new Float64Array(MAX_SAMPLES).fill(Number.POSITIVE_INFINITY);
  /** The same samples, ascending. */
  readonly #sorted = new Float64Array(MAX_SAMPLES).fill(Number.POSITIVE_INFINITY);
  #sampleCount = 0;
  #sampleAt = 0;
  #sampledSecond = Number.NEGATIVE_INFINITY;
  #medianMs = 0;

  /** @param maxEventTimeDeviationMs - how far off the median a frame may be, ms (config, 10 000) */
  constructor(maxEventTimeDeviationMs: number) {
    this.#maxDeviationMs = maxEventTimeDeviationMs;
  }

  /** Exchange time now, ms since the epoch; NaN before the first good frame. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** How far exchange time is ahead of receive time, ms: the clock skew that status shows. NaN before the first good frame. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  /**
   * Takes in one frame. Not for frames whose event time is old by design (trade history sent at subscription).
   *
   * @param eventTimeMs - when the venue says it happened
   * @param receiveTimeMs - when we got it; never smaller than in an earlier call
   */
  observe(eventTimeMs: number, receiveTimeMs: number): ObserveOutcome {
    if (receiveTimeMs >= this.#secondEndMs) this.#enterSecond(receiveTimeMs);
    const differenceMs = eventTimeMs - receiveTimeMs;
    if (this.#sampledSecond !== this.#second) this.#sample(differenceMs);
    // Negated, so that NaN is bad too.
    if (!(Math.abs(differenceMs - this.#medianMs) <= this.#maxDeviationMs)) return 'bad_event_time';
    if (differenceMs > this.#maxima[this.#slot]!) this.#raise(differenceMs);
    this.#moveTo(receiveTimeMs + this.#offsetMs);
    return 'ok';
  }

  /** A frame that was faster than all others of this second. */
  #raise(differenceMs: number): void {
    this.#maxima[this.#slot] = differenceMs;
    if (this.#isOffsetHeld || differenceMs > this.#offsetMs) {
      this.#offsetMs = differenceMs;
      this.#isOffsetHeld = false;
    }
  }

  /** Time went on, whether or not the venue said anything. */
  advance(receiveTimeMs: number): void {
    if (receiveTimeMs >= this.#secondEndMs) this.#enterSecond(receiveTimeMs);
    this.#moveTo(receiveTimeMs + this.#offsetMs);
  }

  save(): SavedExchangeClock {
    return {
      nowMs: finiteOrNull(this.#nowMs),
      offsetMs: finiteOrNull(this.#offsetMs),
      isOffsetHeld: this.#isOffsetHeld,
      second: finiteOrNull(this.#second),
      maxima: Array.from(this.#maxima, finiteOrNull),
      samples: [...this.#samples.subarray(0, this.#sampleCount)],
      sampleAt: this.#sampleAt,
      sampledSecond: finiteOrNull(this.#sampledSecond),
    };
  }

  restore(saved: SavedExchangeClock): void {
    this.#nowMs = saved.nowMs ?? Number.NaN;
    this.#offsetMs = saved.offsetMs ?? Number.NaN;
    this.#isOffsetHeld = saved.isOffsetHeld;
    this.#setSecond(saved.second ?? Number.NEGATIVE_INFINITY);
    this.#maxima.set(saved.maxima.map((difference) => difference ?? Number.NEGATIVE_INFINITY));
    this.#samples.fill(Number.POSITIVE_INFINITY);
    this.#samples.set(saved.samples);
    this.#sampleCount = saved.samples.length;
    this.#sampleAt = saved.sampleAt;
    this.#sampledSecond = saved.sampledSecond ?? Number.NEGATIVE_INFINITY;
    this.#sorted.set(this.#samples);
    this.#sorted.sort();
    this.#findMedian();
  }

  #moveTo(nowMs: number): void {
    if (nowMs > this.#nowMs || Number.isNaN(this.#nowMs)) this.#nowMs = nowMs;
  }

  #enterSecond(receiveTimeMs: number): void {
    const second = Math.floor(receiveTimeMs / SECOND_MS);
    const oldest = Math.max(this.#second + 1, second - WINDOW_SECONDS + 1);
    for (let s = oldest; s <= second; s++) this.#maxima[slotOf(s)] = Number.NEGATIVE_INFINITY;
    this.#setSecond(second);
    this.#findOffset();
  }

  #setSecond(second: number): void {
    this.#second = second;
    this.#secondEndMs = (second + 1) * SECOND_MS;
    this.#slot = Number.isFinite(second) ? slotOf(second) : 0;
  }

  #findOffset(): void {
    let largest = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < WINDOW_SECONDS; i++) if (this.#maxima[i]! > largest) largest = this.#maxima[i]!;
    this.#isOffsetHeld = largest === Number.NEGATIVE_INFINITY;
    if (!this.#isOffsetHeld) this.#offsetMs = largest;
  }

  #sample(differenceMs: number): void {
    if (!Number.isFinite(differenceMs)) return;
    this.#sampledSecond = this.#second;
    this.#replaceSorted(this.#samples[this.#sampleAt]!, differenceMs);
    this.#samples[this.#sampleAt] = differenceMs;
    this.#sampleAt = (this.#sampleAt + 1) % MAX_SAMPLES;
    this.#sampleCount = Math.min(this.#sampleCount + 1, MAX_SAMPLES);
    this.#findMedian();
  }

  /** Takes one sample out of the sorted ones and another in: sorting sixty anew costs as much as ten messages. */
  #replaceSorted(gone: number, come: number): void {
    const sorted = this.#sorted;
    let at = sorted.indexOf(gone);
    for (; at > 0 && sorted[at - 1]! > come; at--) sorted[at] = sorted[at - 1]!;
    for (; at < MAX_SAMPLES - 1 && sorted[at + 1]! < come; at++) sorted[at] = sorted[at + 1]!;
    sorted[at] = come;
  }

  /** The lower median: always one of the samples. */
  #findMedian(): void {
    this.#medianMs = this.#sampleCount < MIN_SAMPLES ? 0 : this.#sorted[(this.#sampleCount - 1) >> 1]!;
  }
}

/** Where a second's largest difference is kept; also before 1970. */
function slotOf(second: number): number {
  return ((second % WINDOW_SECONDS) + WINDOW_SECONDS) % WINDOW_SECONDS;
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
