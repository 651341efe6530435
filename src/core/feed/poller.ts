/**
 * Stands in for sockets that are down for long: asks for depth and trades of their instruments over REST, in turn and within
 * the same budget as resyncs. Decides not when; a polled book is as old as its answer, and says so by the venue's state.
 */

import { askRest } from './ask-rest.ts';
import type { PollRequest } from './dialect.ts';
import type { FeedPorts, Followed } from './feed-ports.ts';
import type { VenueSide } from './venue-side.ts';
import type { WeightBudget } from './weight-budget.ts';

/** A book that was not polled for so many intervals is no book. */
const STALE_INTERVALS = 3;

/** One stream that is stood in for. */
export interface Polled {
  readonly instrument: Followed;
  readonly what: PollRequest['what'];
}

/** One thing that is asked for again and again. */
interface Turn {
  readonly instrument: Followed;
  readonly poll: PollRequest;
  /** On its way; null: none. */
  request: number | null;
  /** The next one may leave; while one is on its way: its answer is overdue. */
  dueMs: number;
  /** Of the last answer with depth; before one: when polling began. */
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

  /** How many streams are stood in for. */
  get length(): number {
    return this.#turns.length;
  }

  /** From now on these and no others are polled, as far as the venue can be. What no longer is must come from a socket. */
  follow(wanted: readonly Polled[], nowMs: number): void {
    const isWanted = (turn: Turn): boolean =>
      wanted.some(({ instrument, what }) => instrument === turn.instrument && what === turn.poll.what);
    const gone = this.#turns.filter((turn) => !isWanted(turn));
    for (const turn of gone) this.#abandon(turn, 'polling_ended');
    if (gone.length > 0) this.#turns = this.#turns.filter(isWanted);
    for (const one of wanted) {
      if (!this.#turns.some(({ instrument, poll }) => instrument === one.instrument && poll.what === one.what))
        this.#turns.push(...this.#turnsOf(one, nowMs));
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
    if (!isOk) turn.request = null;
    return true;
  }

  /** What it brought was stepped. @param isDepth - and may have been no depth */
  onReply(request: number, isDepth: boolean, nowMs: number): void {
    const turn = this.#turns.find((other) => other.request === request);
    if (turn === undefined) return;
    turn.request = null;
    if (isDepth) turn.answeredMs = nowMs;
  }

  /** Notices what is too old, and asks for what is due, the one that waited longest first. */
  review(nowMs: number): void {
    const due = this.#turns.filter((turn) => nowMs >= turn.dueMs).sort((a, b) => a.dueMs - b.dueMs);
    for (const turn of this.#turns) this.#noteAge(turn, nowMs);
    for (const turn of due) {
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

  /** None where the venue cannot be asked for it. */
  #turnsOf({ instrument, what }: Polled, nowMs: number): Turn[] {
    const polls = this.#venue.dialect.polls(this.#venue.config, instrument.spec);
    return polls
      .filter((poll) => poll.what === what)
      .map((poll) => ({ instrument, poll, request: null, dueMs: nowMs, answeredMs: nowMs }));
  }

  /** Trades grow no older: the next answer has them all. */
  #noteAge(turn: Turn, nowMs: number): void {
    const { pollIntervalMs } = this.#venue.config.fallback;
    if (turn.poll.what === 'depth_snapshot' && nowMs >= turn.answeredMs + STALE_INTERVALS * pollIntervalMs)
      this.#abandon(turn, 'poll_failed');
  }

  #abandon({ instrument, poll }: Turn, reason: string): void {
    if (poll.what === 'depth_snapshot') this.#ports.abandonDepth(instrument.index, reason);
    else this.#ports.abandonTrades(instrument.index);
  }

  #ask(turn: Turn, nowMs: number): void {
    const { request, deadlineMs } = askRest(this.#venue, this.#budget, turn.instrument, turn.poll, nowMs);
    turn.request = request;
    turn.dueMs = deadlineMs;
  }
}
