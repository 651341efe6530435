/** What a running scan looks like at this moment, for its screen. Reads the core; changes and judges nothing. */

import { numberText } from '../../../../core/base/decimal.ts';
import type { Bar } from '../../../../core/market/bars/bar.ts';
import type { ScanScreen, ScreenInstrument, ScreenVenue } from '../../../../core/render/scan-screen.ts';
import type { Effect } from '../../../../core/scan/effect.ts';
import type { InstrumentRun } from '../../../../core/scan/instrument-run.ts';
import { depthUsd } from '../../../../core/scan/venue-facts.ts';
import type { VenueRun } from '../../../../core/scan/venue-run.ts';
import type { ScanRun } from '../scan-run.ts';

/** What is looked at: a live scan, or one in virtual time. */
export type LookedAt = Pick<ScanRun, 'ops' | 'scanner' | 'startedAtMs' | 'nowMs'>;

export class ScanLook {
  readonly #run: LookedAt;
  readonly #source: string;
  readonly #session: string;
  /** By venue and symbol. */
  readonly #bars = new Map<string, Bar>();
  /** By venue: why its feed is as it is, by its last change. */
  readonly #reasons = new Map<string, string>();
  /** Of the last look: frames by venue, and when. */
  #frames = new Map<string, number>();
  #lookedAtMs: number;

  constructor(run: LookedAt, source: string, session: string) {
    this.#run = run;
    this.#source = source;
    this.#session = session;
    this.#lookedAtMs = run.startedAtMs;
  }

  onEffect(effect: Effect): void {
    if (effect.kind === 'bar' && effect.minutes === 1) this.#bars.set(keyOf(effect), effect.bar);
    if (effect.kind === 'feed_changed') this.#reasons.set(effect.venue, effect.reason);
  }

  /** Why a venue cannot be reached; told by its sockets, before its feed has been anything else. */
  noteReason(venue: string, reason: string): void {
    this.#reasons.set(venue, reason);
  }

  look(): Omit<ScanScreen, 'events'> {
    const { ops, scanner, startedAtMs } = this.#run;
    const nowMs = this.#run.nowMs();
    const seconds = Math.max(0.001, (nowMs - this.#lookedAtMs) / 1000);
    const venues = scanner.venues.map((venue) => this.#venue(venue, nowMs, seconds));
    this.#frames = new Map(scanner.venues.map(({ name, frames }) => [name, frames]));
    this.#lookedAtMs = nowMs;
    const { latch } = ops;
    return {
      source: this.#source,
      session: this.#session,
      mode: ops.view.mode,
      upMs: nowMs - startedAtMs,
      nowMs,
      kill: latch.kind === 'engaged' ? latch : null,
      venues,
      instruments: scanner.instruments.map((run) => this.#instrument(run)),
      rows: ops.rows(nowMs),
    };
  }

  #venue(venue: VenueRun, nowMs: number, seconds: number): ScreenVenue {
    const { name, instruments, clock, latencyMs, frames, heardMs } = venue;
    const feed = this.#run.scanner.feeds?.venues.find((one) => one.name === name);
    return {
      name,
      state: feed?.state ?? 'off',
      reason: this.#reasons.get(name) ?? '',
      books: instruments.length,
      liveBooks: instruments.filter(({ book }) => book.state === 'live').length,
      skewMs: orNull(clock.offsetMs),
      lagMs: orNull(latencyMs),
      messagesPerSecond: (frames - (this.#frames.get(name) ?? 0)) / seconds,
      silentMs: orNull(nowMs - heardMs),
    };
  }

  #instrument(run: InstrumentRun): ScreenInstrument {
    const { instrument, book } = run;
    const bar = this.#bars.get(keyOf(instrument));
    return {
      id: instrument.spec.id,
      venue: instrument.venue,
      bookState: book.state,
      mid: numberText(book.mid),
      spreadBps: book.spreadBps,
      depthUsd: depthUsd(run),
      lastBar:
        bar === undefined ? null : { closeMs: bar.closeMs, close: numberText(bar.close), tradeCount: bar.tradeCount },
    };
  }
}

function keyOf({ venue, symbol }: { readonly venue: string; readonly symbol: string }): string {
  return `${venue} ${symbol}`;
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
