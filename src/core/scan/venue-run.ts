/** One venue at run time: its codec, its clock, its instruments, and what could not be read. Wires rooms; decides nothing new. */

import type { JsonObject } from '../base/json.ts';
import { MINUTE_MS, minuteOf } from '../base/time.ts';
import { ExchangeClock, type SavedExchangeClock } from '../market/bars/exchange-clock.ts';
import type { SequenceRule } from '../market/book/sequence.ts';
import type { VenueCodec } from '../market/venues/codec.ts';
import type { VenueSymbols } from '../market/venues/symbol-table.ts';
import type { InstrumentRun } from './instrument-run.ts';

/**
 * A venue that was silent longer than this has no empty minutes for all of it, ms of receive time: merged recordings may lie
 * a year apart, and a year of empty bars says nothing.
 */
const MAX_SILENCE_MS = 60 * MINUTE_MS;
/** Reasons kept apart a venue; further ones are counted together, so garbage cannot grow the table. */
const MAX_REASONS = 64;
const OTHER_REASONS = 'other';

export class VenueRun {
  readonly name: string;
  readonly codec: VenueCodec;
  readonly symbols: VenueSymbols;
  readonly rule: SequenceRule;
  readonly clock: ExchangeClock;
  readonly instruments: InstrumentRun[] = [];
  frames = 0;
  heartbeats = 0;
  acks = 0;
  malformed = 0;
  unknown = 0;
  badEventTimes = 0;
  /** True from its first connection on. */
  isLinked = false;
  /** Event time to receive time of the newest event, less the clocks' difference; NaN before one. */
  latencyMs = Number.NaN;
  /** No bar of this venue closes before its watermark reaches this; kept so that a frame costs one comparison. */
  nextCloseMs = Number.NEGATIVE_INFINITY;
  /** No instrument of it is sampled before its exchange time reaches this, likewise; Infinity: none ever is. */
  nextSampleMs = Number.POSITIVE_INFINITY;
  /** Receive and exchange time of the last frame; NaN before one. */
  #heardMs = Number.NaN;
  #heardExchangeMs = Number.NaN;
  readonly #reasons = new Map<string, number>();

  constructor(
    name: string,
    codec: VenueCodec,
    symbols: VenueSymbols,
    rule: SequenceRule,
    maxEventTimeDeviationMs: number,
  ) {
    this.name = name;
    this.codec = codec;
    this.symbols = symbols;
    this.rule = rule;
    this.clock = new ExchangeClock(maxEventTimeDeviationMs);
  }

  /** After closing bars up to the watermark: instruments that start later start in the running minute, so none is due before its end. */
  scheduleClose(watermarkMs: number): void {
    this.nextCloseMs = minuteOf(watermarkMs) + MINUTE_MS;
  }

  /** Receive time of its last frame; NaN before one. */
  get heardMs(): number {
    return this.#heardMs;
  }

  /** Has it been silent too long for bars? */
  isSilent(receiveTimeMs: number): boolean {
    return receiveTimeMs - this.#heardMs > MAX_SILENCE_MS;
  }

  /** A frame came: ends a long silence, and moves the bars to where exchange time is now. Call it after moving the clock. */
  hear(receiveTimeMs: number): void {
    if (this.isSilent(receiveTimeMs)) this.#endSilence();
    this.#heardMs = receiveTimeMs;
    this.#heardExchangeMs = this.clock.nowMs;
  }

  #endSilence(): void {
    for (const run of this.instruments) run.skipBars(this.clock.nowMs, this.#heardExchangeMs);
  }

  /** Counts a frame that gave no ticks, by reason. */
  countReason(reason: string): void {
    const key = this.#reasons.has(reason) || this.#reasons.size < MAX_REASONS ? reason : OTHER_REASONS;
    this.#reasons.set(key, (this.#reasons.get(key) ?? 0) + 1);
  }

  /** Reasons and counts, sorted by reason. */
  get reasons(): readonly (readonly [string, number])[] {
    return [...this.#reasons].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  }

  save(): JsonObject {
    const { frames, heartbeats, acks, malformed, unknown, badEventTimes } = this;
    return {
      name: this.name,
      isLinked: this.isLinked,
      latencyMs: Number.isNaN(this.latencyMs) ? null : this.latencyMs,
      counts: { frames, heartbeats, acks, malformed, unknown, badEventTimes },
      reasons: this.reasons.map(([reason, count]) => [reason, count]),
      clock: this.clock.save() as unknown as JsonObject,
      heard: [this.#heardMs, this.#heardExchangeMs].map((ms) => (Number.isNaN(ms) ? null : ms)),
      codec: this.codec.save?.() ?? null,
    };
  }

  restore(saved: JsonObject): void {
    Object.assign(this, saved['counts']);
    this.isLinked = saved['isLinked'] as boolean;
    this.latencyMs = (saved['latencyMs'] as number | null) ?? Number.NaN;
    for (const [reason, count] of saved['reasons'] as [string, number][]) this.#reasons.set(reason, count);
    this.clock.restore(saved['clock'] as unknown as SavedExchangeClock);
    [this.#heardMs, this.#heardExchangeMs] = (saved['heard'] as (number | null)[]).map((ms) => ms ?? Number.NaN) as [
      number,
      number,
    ];
    if (saved['codec'] !== null) this.codec.restore?.(saved['codec'] as JsonObject);
  }
}
