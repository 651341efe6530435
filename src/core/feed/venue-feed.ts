/**
 * One venue's feed: its lines, the resyncs of its books, and polling while sockets are down. Wires them and sums up how the
 * feed stands; every decision is theirs.
 */

import type { Prng } from '../base/prng.ts';
import { TickKind } from '../market/tick.ts';
import type { CallFact } from '../ops/facts.ts';
import type { ControlReply, Dialect } from './dialect.ts';
import type { VenueFeedConfig } from './feed-config.ts';
import type { FeedState } from './feed-effect.ts';
import type { FeedPorts, Followed } from './feed-ports.ts';
import type { HostGate } from './host-gate.ts';
import { Line, type LineSide, type SavedLine } from './line.ts';
import { type SavedPermission, VenuePermission } from './permission.ts';
import { planLines } from './plan-lines.ts';
import { type Polled, Poller, type SavedPoller } from './poller.ts';
import { Refresher, type SavedRefresher } from './refresher.ts';
import { ResyncQueue, type ResyncWay, type SavedResyncQueue } from './resync-queue.ts';
import type { Session } from './session.ts';
import type { VenueSide } from './venue-side.ts';
import type { WeightBudget } from './weight-budget.ts';
import type { ShownStream, Wish } from './wish.ts';

/** What the venues share, and what makes them tell sockets and requests apart. */
export interface FeedsSide {
  readonly ports: FeedPorts;
  /** How many instruments the Scanner has. */
  readonly instruments: number;
  hostOf(url: string): HostGate;
  nextConnection(): number;
  nextRequest(): number;
  onOpened(venue: VenueFeed, line: Line, session: Session): void;
  onClosed(session: Session, successor: Session | null, reason: string): void;
}

/** What came as the body of an answer: depth, or that we ask too often (Kraken says so with HTTP 200), or anything else. */
export type RestFrame = 'snapshot' | 'rate_limited' | 'other';

/** Plain JSON. */
export type SavedVenueFeed = {
  state: FeedState;
  wasLive: boolean;
  dropped: { depth: number; other: number };
  status: { isOnline: boolean; text: string } | null;
  lines: SavedLine[];
  resyncs: SavedResyncQueue;
  poller: SavedPoller;
  /** Absent in those of older versions. */
  refresher?: SavedRefresher;
  permission: SavedPermission;
  unsettled: [index: number, sinceMs: number][];
};

export class VenueFeed {
  readonly name: string;
  readonly config: VenueFeedConfig;
  readonly budget: WeightBudget;
  readonly lines: readonly Line[];
  readonly resyncs: ResyncQueue;
  readonly refresher: Refresher;
  /** Frames that the shell threw away. */
  readonly dropped = { depth: 0, other: 0 };
  /** What the venue says of itself; null: nothing. */
  status: { readonly isOnline: boolean; readonly text: string } | null = null;
  readonly #side: FeedsSide;
  readonly #permission: VenuePermission;
  readonly #instruments: ReadonlyMap<number, Followed>;
  readonly #poller: Poller;
  /** By instrument: the wish for its depth, and the line that carries it. */
  readonly #depth = new Map<number, { readonly wish: Wish; readonly line: Line }>();
  /** Since when each book that nobody resyncs has not been live though its depth comes. */
  readonly #unsettled = new Map<number, number>();
  #state: FeedState = 'off';
  /** Was it live since it last connected? Until then it is not degraded, only not ready. */
  #wasLive = false;

  constructor(
    name: string,
    config: VenueFeedConfig,
    dialect: Dialect,
    instruments: readonly Followed[],
    budget: WeightBudget,
    prng: Prng,
    side: FeedsSide,
  ) {
    this.name = name;
    this.config = config;
    this.budget = budget;
    this.#side = side;
    this.#instruments = new Map(instruments.map((instrument) => [instrument.index, instrument]));
    this.#permission = new VenuePermission(side.ports.gate, name);
    const venue = this.#venueSide(dialect);
    this.lines = planLines(dialect, config, instruments).map(
      ({ url, wishes }, i) => new Line(url, wishes, this.#lineSide(venue, url), prng.fork(`line ${i}`)),
    );
    for (const line of this.lines) {
      for (const wish of line.wishes) {
        if (wish.stream.kind === TickKind.depthDelta) this.#depth.set(wish.instrument.index, { wish, line });
      }
    }
    const books = { venue, budget, ports: side.ports, isDepthUp: ({ index }: Followed) => this.#isDepthUp(index) };
    this.resyncs = new ResyncQueue(
      {
        ...books,
        rejoin: (instrument) => this.#rejoinDepth(instrument),
        reconnect: ({ index }, reason, nowMs) => this.#depth.get(index)?.line.reconnect(reason, nowMs),
      },
      this.#instruments,
      prng.fork('resyncs'),
    );
    this.#poller = new Poller(venue, budget, side.ports);
    this.refresher = new Refresher(books, this.#instruments, prng.fork('refreshes'));
  }

  get state(): FeedState {
    return this.#state;
  }

  /** How many of the wanted subscriptions bring what they should, and how many are wanted. */
  get streams(): { readonly live: number; readonly wanted: number } {
    let wanted = 0;
    let live = 0;
    for (const line of this.lines) {
      for (const wish of line.wishes) if (wish.isPermitted) wanted += 1;
      live += line.openSession?.liveCount ?? 0;
    }
    return { live, wanted };
  }

  /** How many of the wanted subscriptions REST stands in for. */
  get polledStreams(): number {
    return this.#poller.length;
  }

  get connections(): { readonly open: number; readonly wanted: number } {
    const wanted = this.lines.filter((line) => line.wishes.some((wish) => wish.isPermitted)).length;
    return { open: this.lines.filter((line) => line.openSession !== null).length, wanted };
  }

  /** A book wants to be synced; refused where its depth is not subscribed, because what comes then begins anew. */
  wantSync(index: number, way: ResyncWay, nowMs: number): void {
    if (!this.#isDepthUp(index)) return;
    const asked = this.refresher.release(index);
    if (asked === null) this.resyncs.want(index, way, nowMs);
    else this.resyncs.wait(index, asked);
  }

  onReply(line: Line, connection: number, reply: ControlReply, nowMs: number): void {
    if (reply.kind === 'status') this.status = { isOnline: reply.isOnline, text: reply.text };
    line.onReply(connection, reply, nowMs);
  }

  /** How a request ended. @param request - one of ours; null: somebody else's at the same provider, whose refusals count too */
  onCall(request: number | null, call: Omit<CallFact, 'timeMs'>, nowMs: number): void {
    const { outcome, serverWeight } = call;
    if (outcome === 'rate_limited' || outcome === 'banned') this.budget.onRefused(call, nowMs);
    if (request === null) return;
    if (serverWeight !== null) this.budget.onServerWeight(serverWeight.used, serverWeight.windowMs, nowMs);
    const isOk = outcome === 'ok';
    if (this.resyncs.onCall(request, isOk, nowMs) || this.refresher.onCall(request, isOk, nowMs)) return;
    this.#poller.onCall(request, isOk, nowMs);
  }

  /** Is it one of this venue's requests, still on its way? */
  owns(request: number | null): boolean {
    if (request === null) return false;
    return this.resyncs.owns(request) || this.refresher.owns(request) || this.#poller.isPoll(request);
  }

  isPoll(request: number): boolean {
    return this.#poller.isPoll(request);
  }

  /** What a request brought was stepped. */
  onRestFrame(request: number, index: number, what: RestFrame, nowMs: number): void {
    if (what === 'rate_limited') this.budget.onRefused({ outcome: 'rate_limited', retryAfterMs: null }, nowMs);
    else this.budget.onAnswered();
    if (this.#poller.isPoll(request)) this.#poller.onReply(request, what === 'snapshot', nowMs);
    else if (what !== 'snapshot') {
      this.resyncs.onBadReply(index, nowMs);
      this.refresher.onBadReply(index, nowMs);
    }
  }

  /** Closes all connections and opens them anew, within the limits. */
  reconnect(reason: string, nowMs: number): void {
    for (const line of this.lines) line.reconnect(reason, nowMs);
  }

  /** Looks at everything: permissions first, so that what may not be open is closed at once. */
  review(nowMs: number): void {
    this.#reviewPermissions(nowMs);
    for (const line of this.lines) line.review(nowMs);
    this.#followPolling(nowMs);
    this.#noticeUnsettled(nowMs);
    this.resyncs.review(nowMs);
    this.#poller.review(nowMs);
    // Last: the others have taken what they may.
    this.refresher.review(nowMs);
    this.#sumUp(nowMs);
  }

  save(): SavedVenueFeed {
    return {
      state: this.#state,
      wasLive: this.#wasLive,
      dropped: { ...this.dropped },
      status: this.status,
      lines: this.lines.map((line) => line.save()),
      resyncs: this.resyncs.save(),
      poller: this.#poller.save(),
      refresher: this.refresher.save(),
      permission: this.#permission.save(),
      unsettled: [...this.#unsettled],
    };
  }

  restore(saved: SavedVenueFeed, nowMs: number): void {
    this.#state = saved.state;
    this.#wasLive = saved.wasLive;
    Object.assign(this.dropped, saved.dropped);
    this.status = saved.status;
    saved.lines.forEach((line, i) => {
      this.lines[i]!.restore(line, nowMs);
    });
    this.resyncs.restore(saved.resyncs);
    this.#poller.restore(saved.poller, this.#instruments);
    if (saved.refresher !== undefined) this.refresher.restore(saved.refresher);
    this.#permission.restore(saved.permission);
    this.#unsettled.clear();
    for (const [index, sinceMs] of saved.unsettled) this.#unsettled.set(index, sinceMs);
  }

  #venueSide(dialect: Dialect): VenueSide {
    const { config, name } = this;
    const { heartbeat } = config;
    return {
      name,
      config,
      dialect,
      permission: this.#permission,
      sparseRule: { isSparse: true, heartbeat },
      denseRule: { isSparse: false, heartbeat },
      instruments: this.#side.instruments,
      nextConnection: () => this.#side.nextConnection(),
      nextRequest: () => this.#side.nextRequest(),
      tell: (effect) => this.#side.ports.tell(effect),
      onChannelSilent: ({ stream, instrument }, connection) => {
        if (stream.kind === TickKind.depthDelta)
          this.#side.ports.loseDepth(instrument.index, connection, 'channel_silent');
      },
      show: (wish, shown, reason, nowMs) => this.#show(wish, shown, reason, nowMs),
    };
  }

  #lineSide(venue: VenueSide, url: string): LineSide {
    return {
      venue,
      host: this.#side.hostOf(url),
      onOpened: (line, session) => this.#side.onOpened(this, line, session),
      onClosed: (session, successor, reason) => this.#side.onClosed(session, successor, reason),
      isReplacementSettled: (line, replacement) =>
        line.wishes.every(
          (wish) =>
            wish.stream.kind !== TickKind.depthDelta ||
            !replacement.isLive(wish) ||
            this.#side.ports.isSettledOn(wish.instrument.index, replacement.connection),
        ),
    };
  }

  #show(wish: Wish, shown: ShownStream, reason: string, nowMs: number): void {
    if (wish.shown === shown) return;
    wish.shown = shown;
    this.#side.ports.tell({
      kind: 'stream_changed',
      venue: this.name,
      stream: wish.stream.topic,
      to: shown,
      reason,
      atMs: nowMs,
    });
  }

  #reviewPermissions(nowMs: number): void {
    const byQuote = new Map<string | null, boolean>();
    const may = (quote: string | null): boolean => {
      const known = byQuote.get(quote);
      if (known !== undefined) return known;
      const isAllowed = this.#permission.mayStay(quote, nowMs);
      byQuote.set(quote, isAllowed);
      return isAllowed;
    };
    const abandoned = new Set<number>();
    for (const line of this.lines) {
      for (const wish of line.wishes) {
        const isPermitted = may(wish.instrument.spec.quote);
        if (wish.isPermitted && !isPermitted) abandoned.add(wish.instrument.index);
        wish.isPermitted = isPermitted;
      }
    }
    for (const index of abandoned) {
      this.#side.ports.abandonDepth(index, 'not_allowed');
      this.#side.ports.abandonTrades(index);
    }
  }

  #isDepthUp(index: number): boolean {
    const depth = this.#depth.get(index);
    return depth?.wish.isPermitted === true && depth.line.openSession !== null;
  }

  #rejoinDepth({ index }: Followed): boolean {
    const depth = this.#depth.get(index);
    return depth?.line.rejoin((wish) => wish === depth.wish) ?? false;
  }

  /** Depth comes, and yet the book is not live and nobody sees to it: its first snapshot was lost, say. */
  #noticeUnsettled(nowMs: number): void {
    for (const [index, { wish, line }] of this.#depth) {
      const isComing = line.openSession?.isLive(wish) === true;
      if (!isComing || this.resyncs.has(index) || this.#side.ports.isBookSettled(index)) {
        this.#unsettled.delete(index);
        continue;
      }
      const sinceMs = this.#unsettled.get(index) ?? nowMs;
      this.#unsettled.set(index, sinceMs);
      if (nowMs >= sinceMs + this.config.heartbeat.firstDataTimeoutMs) this.resyncs.want(index, 'snapshot', nowMs);
    }
  }

  #followPolling(nowMs: number): void {
    const { afterMs } = this.config.fallback;
    const isDown = ({ downSinceMs }: Line) => downSinceMs !== null && nowMs >= downSinceMs + afterMs;
    const lines = afterMs === 0 ? [] : this.lines.filter(isDown);
    // What another line of the venue still brings needs no stand-in.
    this.#poller.follow(
      lines.flatMap(({ wishes }) => wishes.filter((wish) => wish.isPermitted)).flatMap(polledFor),
      nowMs,
    );
  }

  #sumUp(nowMs: number): void {
    const to = this.#judge();
    if (to === 'live') this.#wasLive = true;
    else if (to === 'off' || to === 'connecting') this.#wasLive = false;
    const from = this.#state;
    if (from === to) return;
    this.#state = to;
    this.#side.ports.tell({
      kind: 'feed_changed',
      venue: this.name,
      from,
      to,
      reason: this.#reasonFor(to),
      atMs: nowMs,
    });
  }

  #judge(): FeedState {
    const { open, wanted } = this.connections;
    if (wanted === 0) return 'off';
    if (this.#poller.length > 0) return 'polling';
    if (open === 0) return 'connecting';
    const streams = this.streams;
    if (open === wanted && streams.live >= streams.wanted) return 'live';
    const isGivenUp = this.lines.some((line) => line.wishes.some((wish) => wish.isPermitted && wish.shown !== 'live'));
    return this.#wasLive || isGivenUp ? 'degraded' : 'syncing';
  }

  #reasonFor(to: FeedState): string {
    if (to === 'off') return 'not_allowed';
    if (to === 'live' || to === 'syncing') return '';
    const { streams, connections } = this;
    // The last loss may be long over.
    if (connections.open === connections.wanted)
      return `${streams.wanted - streams.live} of ${streams.wanted} streams not live`;
    return this.lastReason;
  }

  /** Why a connection was lost last; empty: none was. */
  get lastReason(): string {
    return this.lines.map((line) => line.lastReason).find((reason) => reason !== '') ?? '';
  }
}

/** What stands in for a stream that is down. */
function polledFor({ stream, instrument }: Wish): Polled[] {
  if (stream.kind === TickKind.depthDelta) return [{ instrument, what: 'depth_snapshot' }];
  return stream.kind === TickKind.trade ? [{ instrument, what: 'trades' }] : [];
}
