/**
 * Never a price of a book that is not live, nor polled by a venue that says so; what has a price is the venue's, level by level;
 * every message that was lost is noticed, where the venue lets it show.
 *
 * A step can only change the book whose depth it brought, so after each step that one is held against the state of its own
 * update id, and the others, which were equal then, still are. What no message shows, a book that hears nothing any more, shows
 * in time alone: so once a second, when everything sent has arrived, all levels of all books are held against the truth of now.
 *
 * A polled book is held against what the venue had when it answered. Coinbase numbers nothing: from a loss to the next snapshot
 * its book may lack what was lost, and is held against what came instead.
 */

import type { Book, BookState } from '../../../src/core/market/book/book.ts';
import type { Effect } from '../../../src/core/scan/effect.ts';
import type { Input } from '../../../src/core/scan/input.ts';
import type { InstrumentRun } from '../../../src/core/scan/instrument-run.ts';
import { METRIC_INDEX, type Sample } from '../../../src/core/signal/surveillance/metric.ts';
import { LATENCY_MS } from '../../../src/shell/run/drill/virtual-scan.ts';
import type { Fault } from '../../../src/shell/sim/world/fault.ts';
import type { SimVenueName } from '../../../src/shell/sim/world/sim-world.ts';
import { ArrivedBooks } from './arrived-books.ts';
import { excusesAt, isLate, LONGEST_SILENCE_MS, mayLackUnnoticed } from './excuses.ts';
import { SECOND_MS, type Watched } from './invariant.ts';
import { ReachInvariant } from './reach-invariant.ts';
import { TruthLog } from './truth-log.ts';

/** When the venue heard a request for a book: it answers from one of these states, whenever the answer comes. */
interface Heard {
  readonly atMs: number;
  readonly from: number;
  to: number;
}

interface Observed {
  readonly run: InstrumentRun;
  readonly truths: TruthLog;
  /** Null: it is told whole. */
  readonly reach: ReachInvariant | null;
  /** By number of request, or of the connection that was subscribed on; newest first. */
  readonly heard: Map<number, Heard[]>;
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
  /** When depth moved it last, ms since the world began. */
  movedMs: number;
  /** Coinbase: when the venue heard of the subscription that brought the book, ms since the world began. */
  baseMs: number;
  /** Live, and as the venue's or as what came can make it, when all were looked at last. */
  isRight: boolean;
}

/** Right after the world's step, and after what it sent has come and been stepped. */
const NOTE_MS = 1;
const LOOK_MS = LATENCY_MS + 2;
/** Depth comes, a message or two a second at the lowest activity. */
const MOVED_MS = 5_000;
/** A book that was not polled for so many intervals is no book. */
const MOST_MISSED_POLLS = 3;

export class BookInvariants {
  readonly #watched: Watched;
  readonly #arrived = new ArrivedBooks();
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
    for (const symbol of this.#arrived.onEffect(effect)) this.#hear('coinbase', symbol, connectionOf(effect));
    if (effect.kind === 'rest_request') this.#hear(effect.venue, effect.symbol, effect.request);
    if (effect.kind === 'bar' && effect.minutes === 1 && effect.bar.priceSource === 'mid')
      this.#expectLive('bar', effect.venue, effect.symbol);
    else if (effect.kind === 'sample' && !Number.isNaN(effect.sample.values[METRIC_INDEX.mid_price])) {
      this.#expectLive('sample', effect.sample.venue, effect.sample.symbol);
      this.#expectReached(effect.sample);
    }
  }

  onStep(input: Input): void {
    this.#arrived.onInput(input, this.#watched.scan.elapsedMs);
    const request = input.kind === 'frame' ? input.connection : -1;
    for (const one of this.#observed) {
      const { book, counters } = one.run;
      one.wasBefore = one.was;
      one.reach?.onStep();
      if (book.refreshMismatches > 0) this.#fail(one, 'a live book that a newer snapshot contradicts');
      if (book.state !== 'live' && book.state !== 'polled') {
        if (book.mid !== null || book.spreadBps !== null) this.#fail(one, `a price of a ${book.state} book`);
        one.was = book.state;
      } else if (one.was !== book.state || one.book !== book || isMoved(one, counters)) this.#judge(one, request);
    }
  }

  /** After the last step. */
  expectRight(): void {
    for (const one of this.#observed) if (!one.isRight) this.#fail(one, `${one.run.book.state}, not right at the end`);
  }

  #note(): void {
    for (const { truths } of this.#observed) if (truths.isByStep) truths.note();
  }

  #hear(venue: string, symbol: string, number: number): void {
    const one = this.#of(venue, symbol);
    const { scan } = this.#watched;
    const { newest } = one.truths;
    const heard: Heard = { atMs: scan.elapsedMs, from: newest, to: newest };
    one.heard.set(number, [heard, ...(one.heard.get(number) ?? [])]);
    scan.clock.after(LOOK_MS, () => {
      heard.to = one.truths.newest;
    });
  }

  #judge(one: Observed, request: number): void {
    const { run } = one;
    const { book, counters, depthConnection } = run;
    // A new snapshot begins anew, unless it took the place of a live book.
    const isNew = counters.depthSnapshots !== one.snapshots;
    const at = this.#stateOf(one, isNew, request);
    if (at === null) this.#fail(one, `a ${book.state} book that was never the venue's (id ${book.lastId})`);
    const isContinued = one.was === 'live' && one.connection === depthConnection;
    const isRefreshed = one.book !== book && book.refreshes > one.refreshes;
    const isSame = one.book === book && !isNew;
    if (isContinued && (isSame || isRefreshed) && !this.#mayLack(one)) this.#expectNext(one, at);
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

  #stateOf(one: Observed, isNew: boolean, request: number): number | null {
    const { run, truths } = one;
    const { book } = run;
    if (book.state === 'polled') {
      if (!isNew) return truths.within(book, one.at, one.at);
      const heard = one.heard.get(request)?.[0];
      return heard === undefined ? null : truths.within(book, heard.from, heard.to);
    }
    return isBlind(one) ? this.#blindState(one, isNew) : truths.stateOf(book, one.at);
  }

  /** What came is what it is; and where nothing of that can be missing, that is the truth. */
  #blindState(one: Observed, isNew: boolean): number | null {
    const { run, truths } = one;
    const { book, depthConnection, instrument } = run;
    const arrived = this.#arrived.of(depthConnection, instrument.symbol);
    const flaw = arrived === null ? 'live, and its connection is gone' : arrived.flawOf(book);
    if (flaw !== null) this.#fail(one, flaw);
    if (isNew) {
      const heard = one.heard.get(depthConnection)!.find(({ from, to }) => truths.within(book, from, to) !== null);
      if (heard === undefined) return null;
      one.baseMs = heard.atMs;
      return truths.within(book, heard.from, heard.to);
    }
    if (!this.#mayLack(one)) return truths.stateOf(book, one.at);
    return truths.isAt(book, truths.newest) ? truths.newest : one.at;
  }

  /** Was anything lost on its way since the book's base, of which nothing on the wire tells? */
  #mayLack(one: Observed): boolean {
    if (!isBlind(one)) return false;
    const { scan, script } = this.#watched;
    const { depthConnection, instrument } = one.run;
    const outOfOrderMs = this.#arrived.of(depthConnection, instrument.symbol)?.outOfOrderMs ?? [];
    return mayLackUnnoticed(script.faults, { sinceMs: one.baseMs, outOfOrderMs }, scan.elapsedMs);
  }

  /** Without ids, what was lost shows in the levels alone; and a message that was overtaken has a checksum that is right. */
  #expectNext(one: Observed, at: number): void {
    const missed = at - one.at - 1;
    if (missed > 0 && one.truths.isByStep) this.#fail(one, `live, and ${missed} lost messages went unnoticed`);
    if (missed >= -1 || (!one.truths.hasIds && this.#isOn('reorder', one))) return;
    this.#fail(one, 'a live book went back in time');
  }

  #expectReached(sample: Sample): void {
    const one = this.#of(sample.venue, sample.symbol);
    const flaw = one.reach?.flawOf(sample) ?? null;
    if (flaw !== null) this.#fail(one, flaw);
  }

  #isOn(kind: Fault['kind'], { run }: Observed): boolean {
    const { scan, script } = this.#watched;
    const venue = run.instrument.venue as SimVenueName;
    return excusesAt(script.faults, venue, scan.elapsedMs).some((fault) => fault.kind === kind);
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
    const mayLack = this.#mayLack(one);
    const isTrue = isNow && truths.isWhole(book);
    one.isRight = book.state === 'live' && (isTrue || (mayLack && atMs - one.movedMs < MOVED_MS));
    if (book.state === 'polled') this.#expectFreshPoll(one, atMs);
    else if (book.state !== 'live' || one.isRight) return;
    // Without ids the best levels say which state it is of; a change below them may be on its way.
    else if (isNow && !isBlind(one)) this.#fail(one, 'a live book that is of the newest state, and not the same');
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
    const excuses = excusesAt(this.#watched.script.faults, venue, atMs, one.movedMs);
    if (excuses.length === 0 && !this.#mayLack(one))
      this.#fail(one, "a live book that is not the venue's, and nothing was lost of late");
    if (!excuses.some(isLate) && stillMs > LONGEST_SILENCE_MS)
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
  const reach = truths.isAskedFor ? new ReachInvariant(run) : null;
  return { run, truths, reach, heard: new Map(), ...still, refreshes: 0, movedMs: 0, baseMs: 0, isRight: false };
}

function isMoved({ updates, snapshots }: Observed, counters: InstrumentRun['counters']): boolean {
  return counters.depthUpdates !== updates || counters.depthSnapshots !== snapshots;
}

/** Its messages have neither ids nor checksums. */
function isBlind({ run }: Observed): boolean {
  return run.instrument.venue === 'coinbase';
}

function connectionOf(effect: Effect): number {
  return effect.kind === 'send_text' ? effect.connection : -1;
}
