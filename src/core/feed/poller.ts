/**
 * Stands in for sockets that are down for long: asks for depth and trades of their instruments over REST, in turn and within
 * the same budget as resyncs. Decides not when; a polled book is as old as its answer, and says so by the venue's state.
 */

import type { PollRequest } from './dialect.ts';
import type { FeedPorts, Followed } from './feed-ports.ts';
import type { VenueSide } from './venue-side.ts';
import type { WeightBudget } from './weight-budget.ts';

/** The shell answers within the request's own limit; this much later its silence is a failure. */
const ANSWER_SLACK_MS = 2000;
/** A book that was not polled for so many intervals is no book. */
const STALE_INTERVALS = 3;

/** One thing that is asked for again and again. */
interface Turn {
  readonly instrument: Followed;
  readonly poll: PollRequest;
  /** On its way; null: none. */
  request: number | null;
  /** The next one may leave; while one is on its way: its answer is overdue. */
  dueMs: number;
  /** Of the last good answer. */
  answeredMs: number;
}

/** Plain JSON. */
export type SavedPoller = {
  turns: { index: number; what: PollRequest['what']; request: number | null; dueMs: number; answeredMs: number }[];
};

export class Poller {
  readonly #venue: VenueSide;
  readonly #budget: WeightBudget;
  readonly #ports: FeedPorts;
  /** In the order in which they are asked for. */
  #turns: Turn[] = [];

  constructor(venue: VenueSide, budget: WeightBudget, ports: FeedPorts) {
    this.#venue = venue;
    this.#budget = budget;
    this.#ports = ports;
  }

  get isPolling(): boolean {
    return this.#turns.length > 0;
  }

  /** From now on these instruments and no others are polled. Books of those that no longer are must come from their sockets. */
  follow(instruments: ReadonlySet<Followed>, nowMs: number): void {
    const gone = this.#turns.filter(({ instrument }) => !instruments.has(instrument));
    for (const instrument of new Set(gone.map((turn) => turn.instrument)))
      this.#ports.abandon(instrument.index, 'polling_ended');
    if (gone.length > 0) this.#turns = this.#turns.filter(({ instrument }) => instruments.has(instrument));
    const known = new Set(this.#turns.map(({ instrument }) => instrument));
    for (const instrument of instruments) {
      if (!known.has(instrument)) this.#turns.push(...this.#turnsOf(instrument, nowMs));
    }
  }

  /** Is it a poll's, whose depth is the book as it is? */
  isPoll(request: number): boolean {
    return this.#turns.some((turn) => turn.request === request);
  }

  /** How a request ended. @returns false: it is none of the poller's */
  onCall(request: number, isOk: boolean, nowMs: number): boolean {
    const turn = this.#turns.find((other) => other.request === request);
    if (turn === undefined) return false;
    turn.dueMs = nowMs + this.#venue.config.fallback.pollIntervalMs;
    // The frame follows the call; only then may the number be forgotten.
    if (isOk) turn.answeredMs = nowMs;
    else turn.request = null;
    return true;
  }

  onReply(request: number): void {
    const turn = this.#turns.find((other) => other.request === request);
    if (turn !== undefined) turn.request = null;
  }

  /** Asks for what is due, the one that waited longest first. */
  review(nowMs: number): void {
    for (const turn of [...this.#turns].sort((a, b) => a.dueMs - b.dueMs)) {
      if (nowMs < turn.dueMs) break;
      this.#noteAge(turn, nowMs);
      if (!this.#budget.isFree(turn.poll.weight, nowMs)) return;
      if (!this.#venue.permission.begin('call', turn.instrument.spec, nowMs)) return;
      this.#ask(turn, nowMs);
    }
  }

  save(): SavedPoller {
    return {
      turns: this.#turns.map(({ instrument, poll, request, dueMs, answeredMs }) => ({
        index: instrument.index,
        what: poll.what,
        request,
        dueMs,
        answeredMs,
      })),
    };
  }

  restore(saved: SavedPoller, instruments: ReadonlyMap<number, Followed>): void {
    this.#turns = saved.turns.flatMap(({ index, what, ...rest }) => {
      const instrument = instruments.get(index)!;
      const poll = this.#venue.dialect.polls(this.#venue.config, instrument.spec).find((one) => one.what === what);
      return poll === undefined ? [] : [{ instrument, poll, ...rest }];
    });
  }

  #turnsOf(instrument: Followed, nowMs: number): Turn[] {
    const polls = this.#venue.dialect.polls(this.#venue.config, instrument.spec);
    return polls.map((poll) => ({ instrument, poll, request: null, dueMs: nowMs, answeredMs: nowMs }));
  }

  #noteAge(turn: Turn, nowMs: number): void {
    turn.request = null;
    if (turn.poll.what !== 'depth_snapshot') return;
    const { pollIntervalMs } = this.#venue.config.fallback;
    if (nowMs - turn.answeredMs >= STALE_INTERVALS * pollIntervalMs)
      this.#ports.abandon(turn.instrument.index, 'poll_failed');
  }

  #ask(turn: Turn, nowMs: number): void {
    const { rest, provider } = this.#venue.config;
    const { what, url, weight } = turn.poll;
    this.#budget.take(weight, nowMs);
    turn.request = this.#venue.nextRequest();
    turn.dueMs = nowMs + rest.timeoutMs + ANSWER_SLACK_MS;
    this.#venue.tell({
      kind: 'rest_request',
      request: turn.request,
      venue: this.#venue.name,
      provider,
      symbol: turn.instrument.spec.symbol,
      what,
      url,
      timeoutMs: rest.timeoutMs,
      weight,
    });
  }
}
