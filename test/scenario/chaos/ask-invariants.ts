/**
 * Nothing is asked for without end: attempts a host and minute, requests under way, resyncs, timers and waiting frames have
 * bounds; and a socket that says nothing is given up in its time. Counts what the scanner does, not what venues think of it.
 */

import type { VenueFeedConfig } from '../../../src/core/feed/feed-config.ts';
import { FIRST_REQUEST } from '../../../src/core/feed/feeds.ts';
import { hostOf } from '../../../src/core/feed/host-gate.ts';
import type { Effect } from '../../../src/core/scan/effect.ts';
import type { Input } from '../../../src/core/scan/input.ts';
import { SECOND_MS, type Watched } from './invariant.ts';

const MINUTE_MS = 60 * SECOND_MS;
/** The sweep that notices a deadline comes four times a second. */
const NOTICE_MS = SECOND_MS;

/**
 * Attempts in a minute, a line. Backoff from half a second to half a minute, all of it jitter, makes ten of them where nothing
 * ever answers; a venue that lets in and throws out again, some more. The gate before the host would let sixty pass.
 */
const MOST_CONNECTS = 24;
/** Requests under way, a book: one resync or two polls, and as many of before a connection was lost, which are let run out. */
const MOST_OUTSTANDING = 4;
/** All that is on its way, pulses, and deadlines of requests. */
const MOST_TIMERS = 1_000;

/** The most that was seen of each: what a bound should be a little above. */
export interface MostAsked {
  connects: number;
  requests: number;
  outstanding: number;
  timers: number;
}

export class AskInvariants {
  readonly most: MostAsked = { connects: 0, requests: 0, outstanding: 0, timers: 0 };
  readonly #watched: Watched;
  readonly #configs: Readonly<Record<string, VenueFeedConfig>>;
  /** Ms of the run's clock, oldest first: by host, attempts to connect; by venue, requests. */
  readonly #connects = new Map<string, number[]>();
  readonly #requests = new Map<string, number[]>();
  /** Asked and not answered: by number, the venue. */
  readonly #outstanding = new Map<number, string>();
  /** By connection that is up: its venue, and when it said anything last. */
  readonly #heard = new Map<number, { readonly venue: string; heardMs: number }>();

  /** @param configs - as the scanner should obey them */
  constructor(watched: Watched, configs: Readonly<Record<string, VenueFeedConfig>>) {
    this.#watched = watched;
    this.#configs = configs;
  }

  onInput(input: Input): void {
    switch (input.kind) {
      case 'frame': {
        const heard = this.#heard.get(input.connection);
        if (heard !== undefined) heard.heardMs = input.receiveTimeMs;
        return;
      }
      case 'link':
        this.#onLink(input);
        return;
      case 'call':
        if (input.request != null) this.#outstanding.delete(input.request);
        return;
      default:
    }
  }

  onEffect(effect: Effect): void {
    const nowMs = this.#watched.scan.clock.nowMs();
    if (effect.kind === 'open_connection') note(this.#connects, hostOf(effect.url), nowMs);
    else if (effect.kind === 'close_connection') this.#heard.delete(effect.connection);
    else if (effect.kind === 'rest_request') {
      note(this.#requests, effect.venue, nowMs);
      this.#outstanding.set(effect.request, effect.venue);
    }
  }

  onSecond(): void {
    this.#expectBoundedAttempts();
    this.#expectBoundedWork();
    this.#expectNoSilence();
  }

  #onLink({ connection, venue, state, receiveTimeMs }: Extract<Input, { kind: 'link' }>): void {
    if (connection >= FIRST_REQUEST) return;
    if (state === 'down') this.#heard.delete(connection);
    else this.#heard.set(connection, { venue, heardMs: receiveTimeMs });
  }

  #expectBoundedAttempts(): void {
    const { scan, fail } = this.#watched;
    const nowMs = scan.clock.nowMs();
    const lines = scan.scanner.feeds!.venues.flatMap((venue) => venue.lines);
    for (const [host, times] of this.#connects) {
      const count = lastMinute(times, nowMs);
      const own = lines.filter(({ url }) => hostOf(url) === host).length;
      this.most.connects = Math.max(this.most.connects, count / own);
      if (count > MOST_CONNECTS * own) fail(`${host}: ${count} attempts to connect in a minute`);
    }
    for (const [venue, times] of this.#requests) {
      const count = lastMinute(times, nowMs);
      this.most.requests = Math.max(this.most.requests, count);
      const most = MINUTE_MS / this.#configs[venue]!.rest.snapshotSpacingMs;
      if (count > most) fail(`${venue}: ${count} requests in a minute, spaced for ${most}`);
    }
  }

  #expectBoundedWork(): void {
    const { scan, fail } = this.#watched;
    const { driver, clock, scanner } = scan;
    if (driver.queuedFrames > 0) fail(`${driver.queuedFrames} frames wait`);
    this.most.timers = Math.max(this.most.timers, clock.waiting);
    if (clock.waiting > MOST_TIMERS) fail(`${clock.waiting} timers wait`);
    for (const { name, resyncs } of scanner.feeds!.venues) {
      const books = scanner.instruments.filter(({ instrument }) => instrument.venue === name).length;
      if (resyncs.length > books) fail(`${name}: ${resyncs.length} resyncs of ${books} books`);
      const outstanding = [...this.#outstanding.values()].filter((venue) => venue === name).length;
      this.most.outstanding = Math.max(this.most.outstanding, outstanding / books);
      if (outstanding > MOST_OUTSTANDING * books) fail(`${name}: ${outstanding} requests under way for ${books} books`);
    }
  }

  #expectNoSilence(): void {
    const { scan, fail } = this.#watched;
    for (const { venue, heardMs } of this.#heard.values()) {
      const silentMs = scan.clock.nowMs() - heardMs;
      if (silentMs > this.#configs[venue]!.heartbeat.silenceTimeoutMs + NOTICE_MS)
        fail(`${venue}: a socket that is kept though it said nothing for ${Math.round(silentMs / SECOND_MS)} s`);
    }
  }
}

function note(times: Map<string, number[]>, key: string, nowMs: number): void {
  const known = times.get(key);
  if (known === undefined) times.set(key, [nowMs]);
  else known.push(nowMs);
}

function lastMinute(times: number[], nowMs: number): number {
  while (times.length > 0 && times[0]! <= nowMs - MINUTE_MS) times.shift();
  return times.length;
}
