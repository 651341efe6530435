/**
 * One WebSocket connection from its opening to its end: the subscriptions on it, what is sent when, its three clocks. It says
 * when it is lost; opening the next one is not its business.
 */

import type { ControlReply } from './dialect.ts';
import { FRAME_SLOT, newClock } from './feed-clock.ts';
import { Pacer, type SavedPacer } from './pacer.ts';
import { OFF, type Subscription, type SubscriptionEvent, stepSubscription } from './subscription.ts';
import type { VenueSide } from './venue-side.ts';
import { remedyFor, strikesFor, type Wish } from './wish.ts';

/** The shell answers for the handshake; this much later its silence is its failure. */
const ANSWER_SLACK_MS = 2000;

type Phase =
  | { readonly kind: 'opening'; readonly deadlineMs: number }
  | { readonly kind: 'open'; readonly sinceMs: number };

/** One wish on this connection. */
interface Entry {
  readonly wish: Wish;
  state: Subscription;
  /** A failed one is asked for again then; NaN: it has not failed. */
  retryMs: number;
  /** To be unsubscribed first, so that the venue starts it anew. */
  isRejoining: boolean;
}

/** Plain JSON. */
export type SavedSession = {
  connection: number;
  phase: Phase;
  clock: (number | null)[];
  flowingSinceMs: number | null;
  pacer: SavedPacer;
  entries: { state: Subscription; retryMs: number | null; isRejoining: boolean }[];
};

export class Session {
  readonly connection: number;
  /** Written by the Scanner at every frame and tick. */
  readonly clock: Float64Array;
  readonly #venue: VenueSide;
  readonly #entries: readonly Entry[];
  readonly #pacer: Pacer;
  #phase: Phase;
  /** Since when data comes; NaN: none yet. */
  #flowingSinceMs = Number.NaN;

  constructor(venue: VenueSide, wishes: readonly Wish[], connection: number, nowMs: number) {
    this.connection = connection;
    this.#venue = venue;
    this.#entries = wishes.map((wish) => ({ wish, state: OFF, retryMs: Number.NaN, isRejoining: false }));
    this.clock = newClock(venue.instruments);
    this.#pacer = new Pacer(venue, connection);
    this.#phase = {
      kind: 'opening',
      deadlineMs: nowMs + venue.config.websocket.handshakeTimeoutMs + ANSWER_SLACK_MS,
    };
  }

  get isOpen(): boolean {
    return this.#phase.kind === 'open';
  }

  /** When it opened; NaN before. */
  get openSinceMs(): number {
    return this.#phase.kind === 'open' ? this.#phase.sinceMs : Number.NaN;
  }

  /** How long data has come on it, ms; NaN: none yet. */
  flowingMs(nowMs: number): number {
    return nowMs - this.#flowingSinceMs;
  }

  /** How many subscriptions bring what they should. */
  get liveCount(): number {
    return this.#entries.reduce((count, { state }) => count + (state.kind === 'live' ? 1 : 0), 0);
  }

  /** How many were asked for, or are about to be, and have neither brought what they should nor failed. */
  get pendingCount(): number {
    const isPending = ({ wish, state }: Entry) =>
      wish.isPermitted && (state.kind === 'wanted' || state.kind === 'asked' || state.kind === 'confirmed');
    return this.#entries.filter(isPending).length;
  }

  /** When its last frame came, of whatever sort; NaN: none did. */
  get lastFrameMs(): number {
    return this.clock[FRAME_SLOT]!;
  }

  isLive(wish: Wish): boolean {
    return this.#entries.some((entry) => entry.wish === wish && entry.state.kind === 'live');
  }

  /** Every permitted subscription is live, or was given up on. */
  get isSettled(): boolean {
    return (
      this.isOpen &&
      this.#entries.every(
        ({ wish, state, retryMs }) =>
          !wish.isPermitted || state.kind === 'live' || (state.kind === 'failed' && !Number.isNaN(retryMs)),
      )
    );
  }

  onUp(nowMs: number): void {
    if (this.#phase.kind !== 'opening') return;
    this.#phase = { kind: 'open', sinceMs: nowMs };
    this.#pacer.start(nowMs);
  }

  /** The venue's answer to what was asked; what it says beyond that is the caller's. */
  onReply(reply: ControlReply, nowMs: number): void {
    switch (reply.kind) {
      case 'acked':
      case 'unsubscribed': {
        const entries = this.#answered(reply);
        if (reply.spoilsRequest === true) this.#unhear(reply.requestId, entries, nowMs);
        for (const entry of entries) {
          // A venue with one word for both is understood by what was asked.
          const isLeaving = entry.state.kind === 'leaving';
          this.#move(entry, isLeaving ? { kind: 'unsubscribed' } : { kind: 'acked', atMs: nowMs }, nowMs);
        }
        return;
      }
      case 'listed':
        this.#onList(new Set(reply.topics), nowMs);
        return;
      case 'refused': {
        const entries = this.#answered(reply);
        const isNamed = reply.topics.length > 0 || reply.symbol !== null;
        const isShared = entries.length > 1 && !isNamed;
        if (reply.spoilsRequest === true) this.#unhear(reply.requestId, entries, nowMs);
        for (const entry of entries) {
          entry.wish.isAlone ||= reply.spoilsRequest === true;
          this.#refuse(entry, reply.reason, isShared, nowMs);
        }
        return;
      }
      default:
    }
  }

  /** Unsubscribe and subscribe these again. @returns false: this connection has no such subscription, or is not open */
  rejoin(isMeant: (wish: Wish) => boolean): boolean {
    const entries = this.#entries.filter(({ wish, state }) => state.kind !== 'off' && isMeant(wish));
    for (const entry of entries) entry.isRejoining = entry.state.kind !== 'wanted';
    return this.isOpen && entries.length > 0;
  }

  /** Looks at every deadline and sends what may be sent. @returns why the connection is to be given up; null: it is not */
  review(nowMs: number): string | null {
    const { heartbeat } = this.#venue.config;
    if (this.#phase.kind === 'opening') return nowMs >= this.#phase.deadlineMs ? 'handshake_timeout' : null;
    const frameMs = this.clock[FRAME_SLOT]!;
    const heardMs = frameMs >= this.#phase.sinceMs ? frameMs : this.#phase.sinceMs;
    if (nowMs >= heardMs + heartbeat.silenceTimeoutMs) return 'socket_silent';
    const lost = this.#reviewEntries(nowMs) ?? this.#reviewChannels(nowMs);
    return lost ?? this.#send(nowMs);
  }

  save(): SavedSession {
    return {
      connection: this.connection,
      phase: this.#phase,
      clock: Array.from(this.clock, numberOrNull),
      flowingSinceMs: numberOrNull(this.#flowingSinceMs),
      pacer: this.#pacer.save(),
      entries: this.#entries.map(({ state, retryMs, isRejoining }) => ({
        state,
        retryMs: numberOrNull(retryMs),
        isRejoining,
      })),
    };
  }

  restore(saved: SavedSession): void {
    this.#phase = saved.phase;
    saved.clock.forEach((ms, slot) => {
      this.clock[slot] = ms ?? Number.NaN;
    });
    this.#flowingSinceMs = saved.flowingSinceMs ?? Number.NaN;
    this.#pacer.restore(saved.pacer);
    saved.entries.forEach(({ state, retryMs, isRejoining }, i) => {
      const entry = this.#entries[i]!;
      entry.state = state;
      entry.retryMs = retryMs ?? Number.NaN;
      entry.isRejoining = isRejoining;
    });
  }

  /** Deadlines of each subscription, and what is to follow from them. */
  #reviewEntries(nowMs: number): string | null {
    let lost: string | null = null;
    for (const entry of this.#entries) {
      const { wish, state } = entry;
      const before = state;
      entry.state = stepSubscription(
        state,
        { kind: 'time', atMs: nowMs, dataMs: this.clock[wish.slot]! },
        this.#ruleOf(wish),
      );
      if (entry.state !== before) lost = this.#onChange(entry, before, nowMs) ?? lost;
      this.#wish(entry, nowMs);
    }
    return lost;
  }

  /** A channel that spoke and is silent for all its instruments: only those that may not be sparse count. */
  #reviewChannels(nowMs: number): string | null {
    const { channelSilenceMs } = this.#venue.config.heartbeat;
    const newest = new Map<number, number>();
    for (const { wish, state } of this.#entries) {
      if (state.kind !== 'live' || wish.stream.isSparse) continue;
      const dataMs = this.clock[wish.slot]!;
      const heardMs = dataMs >= state.sinceMs ? dataMs : state.sinceMs;
      newest.set(wish.stream.kind, Math.max(newest.get(wish.stream.kind) ?? heardMs, heardMs));
    }
    let lost: string | null = null;
    for (const entry of this.#entries) {
      const heardMs = newest.get(entry.wish.stream.kind);
      if (entry.state.kind !== 'live' || entry.wish.stream.isSparse || heardMs === undefined) continue;
      if (nowMs < heardMs + channelSilenceMs) continue;
      lost = this.#move(entry, { kind: 'channel_silent', atMs: nowMs }, nowMs) ?? lost;
    }
    return lost;
  }

  /** What is permitted is wanted; what failed is, when its time comes. */
  #wish(entry: Entry, nowMs: number): void {
    const { wish, state, retryMs } = entry;
    if (!wish.isPermitted) return;
    if (state.kind === 'off') {
      entry.isRejoining = false;
      this.#move(entry, { kind: 'wish', notBeforeMs: nowMs }, nowMs);
    } else if (state.kind === 'failed' && nowMs >= retryMs) {
      entry.retryMs = Number.NaN;
      // Who was never confirmed has nothing to leave.
      if (state.reason === 'refused' || state.reason === 'no_ack') {
        this.#move(entry, { kind: 'wish', notBeforeMs: nowMs }, nowMs);
      } else entry.isRejoining = true;
    }
  }

  #move(entry: Entry, event: SubscriptionEvent, nowMs: number): string | null {
    const before = entry.state;
    entry.state = stepSubscription(before, event, this.#ruleOf(entry.wish));
    return entry.state === before ? null : this.#onChange(entry, before, nowMs);
  }

  /** `culprits` failed their request, and with it the others that were asked for in it: those are asked for again, without them. */
  #unhear(requestId: number | null, culprits: readonly Entry[], nowMs: number): void {
    const ids = new Set(requestId === null ? culprits.map(requestIdOf) : [requestId]);
    for (const entry of this.#entries) {
      const isSpoiled = entry.state.kind === 'asked' && ids.has(entry.state.requestId) && !culprits.includes(entry);
      if (isSpoiled) entry.state = { kind: 'wanted', notBeforeMs: nowMs };
    }
  }

  #refuse(entry: Entry, detail: string, isShared: boolean, nowMs: number): void {
    if (entry.state.kind === 'asked' && isShared) {
      // One of them is bad: which one shows when each is asked for alone.
      entry.wish.isAlone = true;
      entry.state = { kind: 'wanted', notBeforeMs: nowMs };
      return;
    }
    this.#move(entry, { kind: 'refused', detail, atMs: nowMs }, nowMs);
  }

  #onChange(entry: Entry, before: Subscription, nowMs: number): string | null {
    const { wish, state } = entry;
    if (state.kind === 'live') {
      entry.retryMs = Number.NaN;
      wish.strikes = 0;
      if (!wish.stream.isSparse && Number.isNaN(this.#flowingSinceMs)) this.#flowingSinceMs = nowMs;
      this.#venue.show(wish, 'live', '', nowMs);
      return null;
    }
    if (state.kind !== 'failed' || before.kind === 'failed') return null;
    if (state.reason === 'channel_silent') this.#venue.onChannelSilent(wish, this.connection);
    wish.strikes += strikesFor(state.reason);
    const remedy = remedyFor(state.reason, wish.strikes, this.#venue.config.heartbeat);
    entry.retryMs = remedy.kind === 'leave' ? nowMs + remedy.retryAfterMs : nowMs;
    if (remedy.kind === 'leave') this.#venue.show(wish, remedy.shown, state.detail || state.reason, nowMs);
    return remedy.kind === 'reconnect' ? `${state.reason}: ${wish.stream.topic}` : null;
  }

  #send(nowMs: number): string | null {
    this.#pacer.ping(nowMs);
    const leaving = this.#entries.filter((entry) => isToLeave(entry) && !this.#isShared(entry));
    const left = this.#pacer.send(leaving, 'unsubscribe', nowMs, (entry, requestId) => {
      this.#move(entry, { kind: 'left', requestId, atMs: nowMs }, nowMs);
    });
    if (left === 'over_budget') return 'subscribe_budget';
    const wanted = this.#entries.filter(
      ({ wish, state }) => wish.isPermitted && state.kind === 'wanted' && nowMs >= state.notBeforeMs,
    );
    const asked = this.#pacer.send(wanted, 'subscribe', nowMs, (entry, requestId) => {
      this.#move(entry, { kind: 'sent', requestId, atMs: nowMs }, nowMs);
    });
    // A young connection that cannot ask for more would be followed by another such.
    const isYoung = !(this.flowingMs(nowMs) >= this.#venue.config.reconnect.resetAfterMs);
    return asked === 'over_budget' && !isYoung ? 'subscribe_budget' : null;
  }

  /** Others want what it leaves, so nothing is to be sent: it is off at once. */
  #isShared(leaving: Entry): boolean {
    const { topic } = leaving.wish.stream;
    const isShared = this.#entries.some(
      ({ wish, state }) =>
        wish !== leaving.wish && wish.stream.topic === topic && wish.isPermitted && state.kind !== 'off',
    );
    if (isShared) leaving.state = OFF;
    return isShared;
  }

  #answered({
    topics,
    requestId,
    symbol,
    spoilsRequest,
  }: Extract<ControlReply, { kind: 'acked' | 'refused' | 'unsubscribed' }>) {
    const waiting = this.#entries.filter(({ state }) => state.kind === 'asked' || state.kind === 'leaving');
    if (topics.length > 0) return waiting.filter(({ wish }) => topics.includes(wish.stream.topic));
    if (spoilsRequest === true && symbol !== null) return waiting.filter(({ wish }) => wish.stream.symbol === symbol);
    const ids = waiting.map(requestIdOf);
    const id = requestId ?? Math.min(...ids);
    return waiting.filter((entry, i) => ids[i] === id && (symbol === null || entry.wish.stream.symbol === symbol));
  }

  #onList(topics: ReadonlySet<string>, nowMs: number): void {
    for (const entry of this.#entries) {
      const { topic, symbol } = entry.wish.stream;
      const isListed = topics.has(topic) || topics.has(`${topic.slice(0, -symbol.length)}*`);
      if (isListed) this.#move(entry, { kind: 'acked', atMs: nowMs }, nowMs);
      else this.#move(entry, { kind: 'unsubscribed' }, nowMs);
    }
  }

  #ruleOf({ stream }: Wish) {
    return stream.isSparse ? this.#venue.sparseRule : this.#venue.denseRule;
  }
}

/** Not wanted any more, or to be started anew; what was never sent needs no leaving. */
function isToLeave({ wish, state, isRejoining }: Entry): boolean {
  if (state.kind === 'off' || state.kind === 'leaving' || state.kind === 'wanted') return false;
  return isRejoining || !wish.isPermitted;
}

function requestIdOf({ state }: Entry): number {
  return state.kind === 'asked' || state.kind === 'leaving' ? state.requestId : Number.NaN;
}

function numberOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
