/** Runs the feeds beside the market: tells them links, calls and time, gives them the gate, chains what they decided. Decides nothing. */

import type { JsonObject } from '../base/json.ts';
import { MINUTE_MS, minuteOf } from '../base/time.ts';
import type { FeedCommand } from '../feed/feed-command.ts';
import type { FeedStart } from '../feed/feed-config.ts';
import type { FeedEffect } from '../feed/feed-effect.ts';
import type { FeedGate, FeedPorts } from '../feed/feed-ports.ts';
import { Feeds, FIRST_REQUEST } from '../feed/feeds.ts';
import type { ResyncWay } from '../feed/resync-queue.ts';
import type { LossKind } from '../market/book/gap.ts';
import type { SequenceRule } from '../market/book/sequence.ts';
import type { InstrumentSpec } from '../market/instrument.ts';
import { type Tick, type TickBatch, TickKind } from '../market/tick.ts';
import { providerOf } from '../market/venues/registry.ts';
import { KILL_LEVEL_EFFECTS } from '../ops/kill-switch/levels.ts';
import type { KillLevel } from '../ops/ops-config.ts';
import type { Action } from '../ops/run/action.ts';
import type { OpsRun } from '../ops/run/ops-run.ts';
import type { Refusal } from '../ops/run/refusals.ts';
import { DigestChain } from './digest.ts';
import type { Effect } from './effect.ts';
import type { CallInput, LinkInput } from './input.ts';
import type { InstrumentRun } from './instrument-run.ts';
import type { OpsWiring } from './ops-wiring.ts';
import { RefreshBooks } from './refresh-books.ts';
import { SuccessorBooks } from './successor-books.ts';

/** As `venue` and `symbol` of the digest's own chain for feeds. */
export const FEED_CHAIN = 'feed';

/** What the feeds need of the Scanner. */
export interface FeedSurroundings {
  readonly instruments: readonly InstrumentRun[];
  /** Null: this run has no operations core, and everything is allowed. */
  readonly ops: OpsWiring | null;
  ruleOf(run: InstrumentRun): SequenceRule;
  /** A socket is gone; its instruments go on over `successor`, or nowhere for now. */
  onClosed(connection: number, successor: number | null, reason: string): void;
  push(effect: Effect): void;
}

/** What becomes of depth that comes over another connection than the book's own. */
export type DepthRoute = 'adopt' | 'successor' | 'ignore';

export class FeedWiring {
  readonly feeds: Feeds;
  readonly #around: FeedSurroundings;
  readonly #successors = new SuccessorBooks();
  readonly #refreshes = new RefreshBooks();
  readonly #digest = new DigestChain();
  #minuteMs: number;
  /** A book wants to be synced: the feeds are to look at once, not at the next pulse. */
  #isDue = false;

  constructor(start: FeedStart, startMs: number, around: FeedSurroundings) {
    this.#around = around;
    this.#minuteMs = minuteOf(startMs);
    const followed = around.instruments.map(({ instrument: { spec, index } }) => ({ spec, index }));
    this.feeds = new Feeds(start, followed, this.#ports());
  }

  /** Is it a request's number, and not a socket's? */
  isRequest(connection: number): boolean {
    return connection >= FIRST_REQUEST;
  }

  /** Is the socket one that is still wanted, and coming up? One that went down is seen to by `onClosed`. */
  expects({ connection, state }: LinkInput): boolean {
    return state === 'up' && this.feeds.clockOf(connection) !== undefined;
  }

  onLink(input: LinkInput): void {
    if (input.transport === 'rest') return;
    const { connection, receiveTimeMs } = input;
    if (input.state === 'up') this.feeds.onUp(connection, receiveTimeMs);
    else if (input.state === 'down') this.feeds.onDown(connection, input.reason, receiveTimeMs);
    else this.feeds.onAlive(connection, receiveTimeMs);
  }

  onCall({ request, call, receiveTimeMs }: CallInput): void {
    this.feeds.onCall(request ?? null, call, receiveTimeMs);
  }

  /** An operator's order: told and chained, whatever becomes of it. */
  onCommand(command: FeedCommand, nowMs: number): void {
    const { kind: order, venue, actor, reason } = command;
    const symbol = command.kind === 'resync' ? command.symbol : null;
    const run = this.#around.instruments.find(
      ({ instrument }) => instrument.venue === venue && instrument.symbol === symbol,
    );
    const refusal = this.#refusalOf(command, run, nowMs);
    this.#tell({ kind: 'feed_ordered', order, venue, symbol, actor, reason, refusal, atMs: nowMs });
    if (refusal !== null) return;
    if (run === undefined) {
      this.feeds.reconnect(venue, 'command', nowMs);
      return;
    }
    run.invalidateBook('command', reason);
    // A book that was not live asks for nothing by itself.
    this.onBookLost(run, nowMs);
  }

  /** What is given up must be had again: where that may not be begun (a drain, an open breaker), it is better kept. */
  #refusalOf(command: FeedCommand, run: InstrumentRun | undefined, nowMs: number): string | null {
    const { kind, venue } = command;
    const feed = this.feeds.venues.find(({ name }) => name === venue);
    if (feed === undefined) return `there is no feed of ${venue}`;
    if (kind === 'resync' && run === undefined) return `the feed of ${venue} has no ${command.symbol}`;
    const { ops } = this.#around;
    const action = run === undefined ? 'connect' : this.#wayFor(run) === 'rejoin' ? 'subscribe' : 'call';
    const permission = ops?.ops.isAllowed(actionOf(action, venue, run?.instrument.spec.quote ?? null), nowMs);
    if (permission?.isAllowed === false) return permission.reason;
    return feed.state === 'off' ? `the feed of ${venue} is off` : null;
  }

  wantSync({ instrument }: InstrumentRun, way: ResyncWay, nowMs: number): void {
    this.feeds.wantSync(instrument.index, way, nowMs);
    this.#isDue = true;
  }

  /**
   * Where depth goes that comes over `connection` while the book's own is another one. A stream's own snapshot is a whole book:
   * it takes the old one's place at once, and so needs no second book (Kraken's decimals are of the newest snapshot alone).
   */
  routeOf(run: InstrumentRun, connection: number, tick: Tick): DepthRoute {
    const { depthConnection } = run;
    if (depthConnection < 0) return 'adopt';
    if (!this.feeds.isReplacement(connection)) return this.feeds.isReplacement(depthConnection) ? 'ignore' : 'adopt';
    if (tick.kind === TickKind.depthSnapshot) return 'adopt';
    return this.#around.ruleOf(run).snapshotFrom === 'stream' ? 'ignore' : 'successor';
  }

  /** Depth of a connection that is to take over. */
  onSuccessorDepth(run: InstrumentRun, connection: number, tick: Tick, batch: TickBatch, nowMs: number): void {
    const isWanted = this.#successors.onDepth(run, this.#around.ruleOf(run), connection, tick, batch, nowMs);
    if (isWanted) this.wantSync(run, 'snapshot', nowMs);
  }

  /**
   * Depth that was asked for: a poll's is the book as it is; else it is for whichever book is not in sync, or for the one that is
   * to refresh a live one. A venue whose stream brings the base for its deltas has polls alone: an answer that comes when its
   * socket is back bridges to nothing.
   */
  onRequestedDepth(run: InstrumentRun, tick: Tick, batch: TickBatch, request: number, nowMs: number): void {
    tick.levelsAsked = this.feeds.snapshotLevels(run.instrument.spec);
    if (this.feeds.isPoll(request)) {
      run.onDepthPoll(tick, batch);
      return;
    }
    if (this.#around.ruleOf(run).snapshotFrom === 'stream' || run.book.state === 'polled') return;
    const isWanted = this.#successors.onRequestedDepth(run, this.#around.ruleOf(run), tick, batch, nowMs);
    if (isWanted) this.wantSync(run, 'snapshot', nowMs);
    if (run.book.state !== 'live') run.onDepthSnapshot(tick, batch);
    else this.#refreshes.onSnapshot(run, tick, batch, request, nowMs);
  }

  /** What the live book has just taken, for the one that grows beside it. */
  onRefreshDelta(run: InstrumentRun, tick: Tick, batch: TickBatch): void {
    this.#refreshes.onDelta(run, tick, batch);
  }

  /** @returns true: the book that grew on this connection is the instrument's now */
  takeOver(run: InstrumentRun, connection: number): boolean {
    return this.#successors.takeOver(run, connection);
  }

  /** This connection is gone, or needs no second book: so is what grew on it. */
  dropSuccessor({ instrument }: InstrumentRun, connection: number): void {
    this.#successors.drop(instrument.index, connection);
  }

  /** What the loss of a connection or of its data is called. A venue that said it would be away is at its maintenance. */
  lossKind({ instrument }: InstrumentRun, reason: string): LossKind {
    const venue = this.feeds.venues.find(({ name }) => name === instrument.venue);
    if (venue?.status?.isOnline === false) return 'maintenance';
    return reason.startsWith('socket_silent') || reason.startsWith('channel_silent') ? 'time' : 'disconnect';
  }

  /** Its connection is gone. Another may carry it already, and then must begin it anew. */
  onBookLost(run: InstrumentRun, nowMs: number): void {
    this.wantSync(run, this.#wayFor(run), nowMs);
  }

  #wayFor(run: InstrumentRun): ResyncWay {
    return this.#around.ruleOf(run).snapshotFrom === 'request' ? 'snapshot' : 'rejoin';
  }

  /** After an Input that may have changed permissions or wishes, and four times a second. */
  review(nowMs: number): void {
    this.#isDue = false;
    this.feeds.review(nowMs);
    if (nowMs >= this.#minuteMs + MINUTE_MS) this.#closeMinute(nowMs);
  }

  /** After a frame: only where it made something due. */
  reviewIfDue(nowMs: number): void {
    if (this.#isDue) this.review(nowMs);
  }

  /** The chain's last word; changes nothing. */
  closing(nowMs: number): { minuteMs: number; sha256: string } {
    return { minuteMs: this.#minuteMs, sha256: this.#digest.closing(this.#rowLines(nowMs)) };
  }

  save(): JsonObject {
    return {
      feeds: this.feeds.save(),
      digest: this.#digest.save(),
      successors: this.#successors.save(),
      refreshes: this.#refreshes.save(),
      minuteMs: this.#minuteMs,
      isDue: this.#isDue,
    };
  }

  restore(saved: JsonObject, nowMs: number): void {
    this.feeds.restore(saved['feeds'] as JsonObject, nowMs);
    this.#digest.restore(saved['digest'] as JsonObject);
    const runOf = (index: number) => {
      const run = this.#around.instruments[index]!;
      return { run, rule: this.#around.ruleOf(run) };
    };
    this.#successors.restore(saved['successors']!, runOf);
    this.#refreshes.restore(saved['refreshes'], runOf);
    this.#minuteMs = saved['minuteMs'] as number;
    this.#isDue = saved['isDue'] as boolean;
  }

  #ports(): FeedPorts {
    const { instruments, ops } = this.#around;
    return {
      gate: ops === null ? OPEN_GATE : gateOf(ops),
      isBookSettled: (index) => instruments[index]!.book.state === 'live' && !this.#successors.isGrowing(index),
      reachLeftRatio: (index) => instruments[index]!.book.reachLeftRatio,
      refreshesOf: (index) => instruments[index]!.book,
      beginRefresh: (index, request) => {
        const run = instruments[index]!;
        this.#refreshes.begin(run, this.#around.ruleOf(run), request);
      },
      isRefreshing: (index) => this.#refreshes.has(index),
      endRefresh: (index) => this.#refreshes.drop(instruments[index]!),
      isSettledOn: (index, connection) => {
        const { depthConnection, book } = instruments[index]!;
        return depthConnection === connection ? book.state === 'live' : this.#successors.isReady(index, connection);
      },
      abandonDepth: (index, reason) => {
        this.#successors.drop(index, null);
        instruments[index]!.invalidateBook(this.lossKind(instruments[index]!, reason), reason);
      },
      abandonTrades: (index) => instruments[index]!.uncoverTrades(),
      loseDepth: (index, connection, reason) => {
        const run = instruments[index]!;
        this.#successors.drop(index, connection);
        if (run.depthConnection === connection) run.invalidateBook(this.lossKind(run, reason), reason);
      },
      onClosed: (connection, successor, reason) => this.#around.onClosed(connection, successor, reason),
      tell: (effect) => this.#tell(effect),
    };
  }

  #tell(effect: FeedEffect): void {
    this.#digest.note(JSON.stringify(effect));
    this.#around.push(effect);
  }

  #closeMinute(nowMs: number): void {
    this.#minuteMs = minuteOf(nowMs);
    const sha256 = this.#digest.close(this.#minuteMs, this.#rowLines(nowMs));
    this.#around.push({ kind: 'digest', venue: FEED_CHAIN, symbol: FEED_CHAIN, minuteMs: this.#minuteMs, sha256 });
  }

  #rowLines(nowMs: number): string[] {
    return this.feeds.rows(nowMs).map((row) => JSON.stringify(row));
  }
}

const OPEN_GATE: FeedGate = { mayStay: () => true, mayBegin: () => true, begin: () => true };

/** A drain stops what is new; what is open it leaves open. */
function stopsNewOnly({ refusedBy, name }: Refusal): boolean {
  return refusedBy === 'kill_switch' && KILL_LEVEL_EFFECTS.sockets[name as KillLevel] === 'finishes';
}

function actionOf(kind: 'call' | 'connect' | 'subscribe', venue: string, quote: string | null): Action {
  return { kind, provider: providerOf(venue), venue, quote };
}

function gateOf(ops: OpsWiring): FeedGate {
  return {
    mayStay: stayingOf(ops.ops),
    mayBegin: (kind, venue, quote, nowMs) => ops.ops.isAllowed(actionOf(kind, venue, quote), nowMs).isAllowed,
    begin: (kind, venue, spec: InstrumentSpec | null, nowMs) =>
      ops.beginAction(actionOf(kind, venue, spec?.quote ?? null), spec?.symbol ?? null, nowMs),
  };
}

/** Asked of every quote at every look, so it remembers its answers until somebody changes something. */
function stayingOf(ops: OpsRun): FeedGate['mayStay'] {
  const known = new Map<string, boolean>();
  let { latch, view } = ops;
  return (venue, quote) => {
    if (ops.latch !== latch || ops.view !== view) {
      known.clear();
      ({ latch, view } = ops);
    }
    const key = quote === null ? venue : `${venue} ${quote}`;
    let mayStay = known.get(key);
    if (mayStay === undefined) {
      const refusal = ops.refusedByOperators(actionOf('subscribe', venue, quote));
      mayStay = refusal === null || stopsNewOnly(refusal);
      known.set(key, mayStay);
    }
    return mayStay;
  };
}
