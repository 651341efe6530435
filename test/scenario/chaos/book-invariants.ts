/**
 * Never a price of a book that is not live, nor polled by a venue that says so; what has a price is the venue's, level by level;
 * every message that was lost is noticed.
 *
 * A step can only change the book whose depth it brought, so after each step that one is held against the state of its own
 * update id, and the others, which were equal then, still are. What no message shows, a book that hears nothing any more, shows
 * in time alone: so once a second, when everything sent has arrived, all levels of all books are held against the truth of now.
 */

import { POW10 } from '../../../src/core/base/decimal.ts';
import type { Book, BookState } from '../../../src/core/market/book/book.ts';
import type { Effect } from '../../../src/core/scan/effect.ts';
import type { InstrumentRun } from '../../../src/core/scan/instrument-run.ts';
import { METRIC_INDEX, type Sample } from '../../../src/core/signal/surveillance/metric.ts';
import { LATENCY_MS } from '../../../src/shell/run/drill/virtual-scan.ts';
import type { Fault } from '../../../src/shell/sim/world/fault.ts';
import type { SimVenueName } from '../../../src/shell/sim/world/sim-world.ts';
import { faultEndMs } from './chaos-script.ts';
import { SECOND_MS, type Watched } from './invariant.ts';
import { TruthLog } from './truth-log.ts';

/** As far as a book is known, in its own ticks. */
interface Reached {
  readonly book: Book;
  readonly reach: { readonly bid: number; readonly ask: number };
}

interface Observed {
  readonly run: InstrumentRun;
  readonly truths: TruthLog;
  /** As after the last step that changed it. */
  book: Book;
  was: BookState;
  /** Before the last step: bars and samples are of what was before the message that ended their time. */
  wasBefore: BookState;
  updates: number;
  snapshots: number;
  connection: number;
  /** The number of the truth that it is at; of a book without prices, of the last one. */
  at: number;
  refreshes: number;
  /** Before the last step and after it. */
  reached: Reached;
  reachedNow: Reached;
  /** When depth moved it last, ms since the world began. */
  movedMs: number;
  /** Live, and as the venue's, when all were looked at last. */
  isRight: boolean;
}

/** Right after the world's step, and after what it sent has come and been stepped. */
const NOTE_MS = 1;
const LOOK_MS = LATENCY_MS + 2;
/** How long a live book may lack what was lost: until the next message shows it, or the longest silence that is borne. */
const NEXT_MESSAGE_MS = 20_000;
const LONGEST_SILENCE_MS = 65_000;
const { depth_5bps_bid, depth_10bps_bid, depth_25bps_bid } = METRIC_INDEX;
/** Width in hundredths of a percent, and where the depths of its bids and asks stand. */
const BANDS = [
  [5, depth_5bps_bid, depth_5bps_bid + 1],
  [10, depth_10bps_bid, depth_10bps_bid + 1],
  [25, depth_25bps_bid, depth_25bps_bid + 1],
] as const;
/** Of an edge that is no integer here, and is one there. */
const TICK_SLACK = 1e-6;
/** A book that was not polled for so many intervals is no book. */
const MOST_MISSED_POLLS = 3;

export class BookInvariants {
  readonly #watched: Watched;
  #observed: readonly Observed[] = [];

  /** @param onLook - once a second, after all books were looked at; `atMs`: since the world began */
  constructor(watched: Watched, onLook: (atMs: number) => void) {
    const { scan } = watched;
    this.#watched = watched;
    scan.every(scan.world.stepMs, () => this.#note(), scan.world.stepMs + NOTE_MS);
    scan.every(SECOND_MS, () => this.#look(onLook), SECOND_MS + LOOK_MS);
  }

  /** The scanner has started, and knows its instruments. */
  begin(): void {
    this.#observed = this.#watched.scan.scanner.instruments.map((run) => observe(run, this.#watched));
  }

  /** Every book of the venue is live and its own, as of the last second. */
  isRight(venue: string): boolean {
    return this.#observed.every(({ run, isRight }) => run.instrument.venue !== venue || isRight);
  }

  /** What is told of prices is of a live book. */
  onEffect(effect: Effect): void {
    if (effect.kind === 'bar' && effect.minutes === 1 && effect.bar.priceSource === 'mid')
      this.#expectLive('bar', effect.venue, effect.symbol);
    else if (effect.kind === 'sample' && !Number.isNaN(effect.sample.values[METRIC_INDEX.mid_price])) {
      this.#expectLive('sample', effect.sample.venue, effect.sample.symbol);
      this.#expectReached(effect.sample);
    }
  }

  onStep(): void {
    for (const one of this.#observed) {
      const { book, counters } = one.run;
      one.wasBefore = one.was;
      one.reached = one.reachedNow;
      one.reachedNow = reachedBy(book, one.reachedNow);
      if (book.refreshMismatches > 0) this.#fail(one, 'a live book that a newer snapshot contradicts');
      if (book.state !== 'live' && book.state !== 'polled') {
        if (book.mid !== null || book.spreadBps !== null) this.#fail(one, `a price of a ${book.state} book`);
        one.was = book.state;
      } else if (one.was !== book.state || one.book !== book || isMoved(one, counters)) this.#judge(one);
    }
  }

  /** After the last step. */
  expectRight(): void {
    for (const one of this.#observed) if (!one.isRight) this.#fail(one, `${one.run.book.state}, not right at the end`);
  }

  #note(): void {
    for (const { truths } of this.#observed) if (truths.hasIds) truths.note();
  }

  #judge(one: Observed): void {
    const { run, truths } = one;
    const { book, counters, depthConnection } = run;
    const at = truths.stateOf(book, one.at);
    if (at === null) this.#fail(one, `a ${book.state} book that was never the venue's (id ${book.lastId})`);
    const isContinued = one.was === 'live' && one.connection === depthConnection;
    const isRefreshed = one.book !== book && book.refreshes > one.refreshes;
    const isSame = one.book === book && counters.depthSnapshots === one.snapshots;
    // A new snapshot begins anew, unless it took the place of a live book.
    if (isContinued && (isSame || isRefreshed)) this.#expectNext(one, at);
    // An answer beside a live book changes nothing in it yet.
    const isAnswer = one.truths.isAskedFor && isContinued && one.book === book && one.updates === counters.depthUpdates;
    if (!isAnswer) one.movedMs = this.#watched.scan.elapsedMs;
    one.at = at;
    one.refreshes = book.refreshes;
    one.book = book;
    one.was = book.state;
    one.updates = counters.depthUpdates;
    one.snapshots = counters.depthSnapshots;
    one.connection = depthConnection;
  }

  /** Without ids, what was lost shows in the levels alone; and a message that was overtaken has a checksum that is right. */
  #expectNext(one: Observed, at: number): void {
    const missed = at - one.at - 1;
    if (missed > 0 && one.truths.hasIds) this.#fail(one, `live, and ${missed} lost messages went unnoticed`);
    if (missed >= -1 || (!one.truths.hasIds && this.#isOn('reorder', one))) return;
    this.#fail(one, 'a live book went back in time');
  }

  /** No depth of a band is told beyond what is known: the book, or what it was before this Input, reaches the band's last tick. */
  #expectReached({ venue, symbol, values }: Sample): void {
    const one = this.#of(venue, symbol);
    if (!one.truths.isAskedFor) return;
    const mid = values[METRIC_INDEX.mid_price]!;
    for (const [bps, bid, ask] of BANDS) {
      const low = mid * (1 - bps / 10_000);
      const high = mid * (1 + bps / 10_000);
      const isReached = ({ book, reach }: Reached, isBid: boolean): boolean => {
        const scale = POW10[book.priceDecimals]!;
        return isBid
          ? Math.ceil(low * scale - TICK_SLACK) >= reach.bid
          : Math.floor(high * scale + TICK_SLACK) <= reach.ask;
      };
      for (const [isBid, at] of [
        [true, bid],
        [false, ask],
      ] as const) {
        if (Number.isNaN(values[at]!) || isReached(one.reached, isBid) || isReached(one.reachedNow, isBid)) continue;
        this.#fail(one, `${bps} bps of ${isBid ? 'bids' : 'asks'} told around ${mid}, and not known so far`);
      }
    }
  }

  #isOn(kind: Fault['kind'], { run }: Observed): boolean {
    const atMs = this.#watched.scan.elapsedMs;
    const venue = run.instrument.venue as SimVenueName;
    return this.#watched.script.faults.some((fault) => fault.kind === kind && isExcuse(fault, venue, atMs));
  }

  #expectLive(what: string, venue: string, symbol: string): void {
    const one = this.#of(venue, symbol);
    if (one.was !== 'live' && one.wasBefore !== 'live') this.#fail(one, `a ${what} with a price of a ${one.was} book`);
  }

  #of(venue: string, symbol: string): Observed {
    return this.#observed.find(({ run }) => run.instrument.venue === venue && run.instrument.symbol === symbol)!;
  }

  #look(onLook: (atMs: number) => void): void {
    const atMs = this.#watched.scan.elapsedMs - LOOK_MS;
    for (const one of this.#observed) this.#lookAt(one, atMs);
    onLook(atMs);
  }

  #lookAt(one: Observed, atMs: number): void {
    const { run, truths } = one;
    const { book } = run;
    const isNow = truths.hasIds ? one.at === truths.newest : truths.isAt(book, truths.newest);
    one.isRight = book.state === 'live' && isNow && truths.isWhole(book);
    if (book.state === 'polled') this.#expectFreshPoll(one, atMs);
    else if (book.state !== 'live' || one.isRight) return;
    else if (isNow) this.#fail(one, 'a live book that is of the newest state, and not the same');
    else this.#expectExcuse(one, atMs);
  }

  /** A polled book is as old as its last poll, and its venue says so. */
  #expectFreshPoll(one: Observed, atMs: number): void {
    const { venue } = one.run.instrument;
    const feed = this.#watched.scan.scanner.feeds!.venues.find(({ name }) => name === venue)!;
    const stillMs = atMs - one.movedMs;
    if (feed.state !== 'polling') this.#fail(one, `a polled book of a feed that is ${feed.state}`);
    if (stillMs > MOST_MISSED_POLLS * feed.config.fallback.pollIntervalMs + SECOND_MS)
      this.#fail(one, `a polled book from ${Math.round(stillMs / SECOND_MS)} s ago`);
  }

  #expectExcuse(one: Observed, atMs: number): void {
    const stillMs = atMs - one.movedMs;
    const venue = one.run.instrument.venue as SimVenueName;
    const excuses = this.#watched.script.faults.filter((fault) => isExcuse(fault, venue, atMs));
    if (excuses.length === 0) this.#fail(one, "a live book that is not the venue's, and nothing was lost of late");
    const isLate = excuses.some(({ kind }) => LATE.has(kind));
    if (!isLate && stillMs > LONGEST_SILENCE_MS)
      this.#fail(one, `live for ${Math.round(stillMs / SECOND_MS)} s on what it had`);
  }

  #fail({ run: { instrument } }: Observed, what: string): never {
    this.#watched.fail(`${instrument.venue} ${instrument.symbol}: ${what}`);
  }
}

function observe(run: InstrumentRun, { scan }: Watched): Observed {
  const { venue, symbol } = run.instrument;
  const truths = new TruthLog(scan.world, venue as SimVenueName, symbol);
  const still = {
    book: run.book,
    was: run.book.state,
    wasBefore: run.book.state,
    updates: 0,
    snapshots: 0,
    connection: -1,
    at: 0,
  };
  const reached = { book: run.book, reach: { bid: Number.POSITIVE_INFINITY, ask: Number.NEGATIVE_INFINITY } };
  return { run, truths, ...still, refreshes: 0, reached, reachedNow: reached, movedMs: 0, isRight: false };
}

/** @param before - the same object, while nothing has changed */
function reachedBy(book: Book, before: Reached): Reached {
  const { bid, ask } = book.reach;
  return before.book === book && before.reach.bid === bid && before.reach.ask === ask
    ? before
    : { book, reach: { bid, ask } };
}

function isMoved({ updates, snapshots }: Observed, counters: InstrumentRun['counters']): boolean {
  return counters.depthUpdates !== updates || counters.depthSnapshots !== snapshots;
}

/** Kinds after which a live book may not be the venue's for a while, and how long. */
const GRACE_MS: Readonly<Partial<Record<Fault['kind'], number>>> = {
  drop: NEXT_MESSAGE_MS,
  gap: NEXT_MESSAGE_MS,
  reorder: NEXT_MESSAGE_MS,
  delay: NEXT_MESSAGE_MS,
  stale: LONGEST_SILENCE_MS,
  ack_without_data: LONGEST_SILENCE_MS,
  half_open: LONGEST_SILENCE_MS,
  slow: NEXT_MESSAGE_MS,
};

/** Kinds that lose nothing, but bring it later. */
const LATE: ReadonlySet<Fault['kind']> = new Set(['delay', 'slow']);

function isExcuse(fault: Fault, venue: SimVenueName, atMs: number): boolean {
  const graceMs = GRACE_MS[fault.kind];
  if (graceMs === undefined || (fault.venue !== null && fault.venue !== venue)) return false;
  return atMs >= fault.atMs && atMs <= faultEndMs(fault) + graceMs;
}
