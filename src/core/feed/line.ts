/**
 * One connection that a venue's feed is to have at all times, through all the sockets that carry it one after the other: when
 * to open, when to wait, when to replace. What is on a socket is the session's.
 */

import type { Prng, SavedPrng } from '../base/prng.ts';
import { backoffMs } from './backoff.ts';
import type { ControlReply } from './dialect.ts';
import type { HostGate } from './host-gate.ts';
import { type SavedSession, Session } from './session.ts';
import type { ShutOut } from './shut-out.ts';
import type { VenueSide } from './venue-side.ts';
import type { SavedWish, Wish } from './wish.ts';

/** So many times its first deadlines a replacement may take until it takes over as it is: the old one must go. */
const OVERLAP_DEADLINES = 4;

/**
 * - `idle`: nothing on it is permitted, or wanted
 * - `waiting`: to be opened, not before its time, and not before host and gate allow it
 * - `up`: a socket is opening or open
 * - `rotating`: an open socket, and its replacement on the way
 */
export type LineState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'waiting'; readonly untilMs: number }
  | { readonly kind: 'up'; readonly session: Session; readonly rotateMs: number }
  | { readonly kind: 'rotating'; readonly session: Session; readonly replacement: Session };

/** Plain JSON. */
export type SavedLine = {
  state:
    | { kind: 'idle' }
    | { kind: 'waiting'; untilMs: number }
    | { kind: 'up'; session: SavedSession; rotateMs: number | null }
    | { kind: 'rotating'; session: SavedSession; replacement: SavedSession };
  failures: number;
  opened: number;
  downSinceMs: number | null;
  lastReason: string;
  prng: SavedPrng;
  wishes: SavedWish[];
};

/** What a line needs of the feeds around it. */
export interface LineSide {
  readonly venue: VenueSide;
  readonly host: HostGate;
  /** The Scanner may write the session's clock, and inputs of its number reach this line. */
  onOpened(line: Line, session: Session): void;
  /** @param successor - who carries on; null: nobody yet */
  onClosed(session: Session, successor: Session | null, reason: string): void;
  /** Are all books that the replacement brings in sync? */
  isReplacementSettled(line: Line, replacement: Session): boolean;
}

export class Line {
  readonly url: string;
  readonly wishes: readonly Wish[];
  readonly #side: LineSide;
  readonly #prng: Prng;
  #state: LineState = { kind: 'idle' };
  #failures = 0;
  /** Connections asked for, rotations left out. */
  #opened = 0;
  /** Since when it has not been open though it should; null: it is, or should not be. */
  #downSinceMs: number | null = null;
  #lastReason = '';

  /** @param prng - its own: jitter comes from it */
  constructor(url: string, wishes: readonly Wish[], side: LineSide, prng: Prng) {
    this.url = url;
    this.wishes = wishes;
    this.#side = side;
    this.#prng = prng;
  }

  get state(): LineState {
    return this.#state;
  }

  /** The one that carries data now; null: none is open. */
  get openSession(): Session | null {
    const { state } = this;
    if (state.kind !== 'up' && state.kind !== 'rotating') return null;
    return state.session.isOpen ? state.session : null;
  }

  get reconnects(): number {
    return Math.max(0, this.#opened - 1);
  }

  /** Attempts and losses in a row, since data flowed long enough. */
  get failures(): number {
    return this.#failures;
  }

  /** Until when its host wants no attempts; null: it does not mind. */
  shutOut(nowMs: number): ShutOut | null {
    return this.#side.host.shutOut(nowMs);
  }

  get downSinceMs(): number | null {
    return this.#downSinceMs;
  }

  /** Why it was lost last; empty: never. */
  get lastReason(): string {
    return this.#lastReason;
  }

  /** When the next attempt is made at the earliest; null: none is to be made. */
  nextAttemptMs(nowMs: number): number | null {
    return this.#state.kind === 'waiting' ? Math.max(this.#state.untilMs, this.#side.host.nextMs(nowMs)) : null;
  }

  onUp(connection: number, nowMs: number): void {
    const session = this.#sessionOf(connection);
    session?.onUp(nowMs);
    if (session !== null && this.openSession === session) this.#downSinceMs = null;
    this.review(nowMs);
  }

  onDown(connection: number, reason: string, nowMs: number): void {
    const session = this.#sessionOf(connection);
    if (session === null) return;
    this.#end(session, reason, nowMs);
    this.review(nowMs);
  }

  onReply(connection: number, reply: ControlReply, nowMs: number): void {
    const session = this.#sessionOf(connection);
    if (session === null) return;
    session.onReply(reply, nowMs);
    if (reply.kind === 'closing_soon' && this.#state.kind === 'up') {
      this.#state = { ...this.#state, rotateMs: nowMs };
      this.#lastReason = reply.reason;
    }
    this.review(nowMs);
  }

  /** Closes what is open and opens anew, within the limits. */
  reconnect(reason: string, nowMs: number): void {
    for (const session of this.#sessions()) {
      this.#close(session, reason);
      this.#end(session, reason, nowMs);
    }
    this.review(nowMs);
  }

  /** Unsubscribes and subscribes again. @returns false: nothing was subscribed that could be */
  rejoin(isMeant: (wish: Wish) => boolean): boolean {
    return this.openSession?.rejoin(isMeant) ?? false;
  }

  /** Looks at permissions, deadlines and limits, and does what is due. */
  review(nowMs: number): void {
    if (!this.wishes.some((wish) => wish.isPermitted)) {
      this.#rest();
      return;
    }
    if (this.#state.kind === 'idle') {
      this.#state = { kind: 'waiting', untilMs: nowMs };
      this.#downSinceMs = nowMs;
    }
    for (const session of this.#sessions()) {
      const lost = session.review(nowMs);
      if (lost === null) continue;
      this.#close(session, lost);
      this.#end(session, lost, nowMs);
    }
    if (this.#state.kind === 'waiting') this.#tryOpen(this.#state.untilMs, nowMs);
    else if (this.#state.kind === 'up') this.#followUp(this.#state, nowMs);
    else if (this.#state.kind === 'rotating') this.#trySwap(this.#state, nowMs);
  }

  save(): SavedLine {
    return {
      state: savedState(this.#state),
      failures: this.#failures,
      opened: this.#opened,
      downSinceMs: this.#downSinceMs,
      lastReason: this.#lastReason,
      prng: this.#prng.save(),
      wishes: this.wishes.map((wish) => wish.save()),
    };
  }

  restore(saved: SavedLine, nowMs: number): void {
    this.#failures = saved.failures;
    this.#opened = saved.opened;
    this.#downSinceMs = saved.downSinceMs;
    this.#lastReason = saved.lastReason;
    this.#prng.restore(saved.prng);
    saved.wishes.forEach((wish, i) => {
      this.wishes[i]!.restore(wish);
    });
    const { state } = saved;
    const revive = (from: SavedSession): Session => {
      const session = new Session(this.#side.venue, this.wishes, from.connection, nowMs);
      session.restore(from);
      this.#side.onOpened(this, session);
      return session;
    };
    if (state.kind === 'up')
      this.#state = { kind: 'up', session: revive(state.session), rotateMs: state.rotateMs ?? Number.NaN };
    else if (state.kind === 'rotating')
      this.#state = { kind: 'rotating', session: revive(state.session), replacement: revive(state.replacement) };
    else this.#state = state;
  }

  #sessions(): Session[] {
    const state = this.#state;
    if (state.kind === 'up') return [state.session];
    return state.kind === 'rotating' ? [state.session, state.replacement] : [];
  }

  #sessionOf(connection: number): Session | null {
    return this.#sessions().find((session) => session.connection === connection) ?? null;
  }

  /** Nothing on it may be open: at once, not at the next look. */
  #rest(): void {
    for (const session of this.#sessions()) {
      this.#close(session, 'not_allowed');
      this.#side.onClosed(session, null, 'not_allowed');
    }
    this.#state = { kind: 'idle' };
    this.#downSinceMs = null;
  }

  #tryOpen(untilMs: number, nowMs: number): void {
    if (nowMs < untilMs || this.#side.host.nextMs(nowMs) > nowMs) return;
    if (!this.#side.venue.permission.begin('connect', null, nowMs)) return;
    this.#opened += 1;
    this.#state = { kind: 'up', session: this.#open(nowMs), rotateMs: Number.NaN };
  }

  #open(nowMs: number): Session {
    const { venue, host } = this.#side;
    const { websocket } = venue.config;
    const session = new Session(venue, this.wishes, venue.nextConnection(), nowMs);
    host.take(nowMs);
    this.#side.onOpened(this, session);
    venue.tell({
      kind: 'open_connection',
      connection: session.connection,
      venue: venue.name,
      url: this.url,
      handshakeTimeoutMs: websocket.handshakeTimeoutMs,
      maxMessageBytes: websocket.maxMessageBytes,
      isDeflated: websocket.permessageDeflate,
    });
    return session;
  }

  #close({ connection }: Session, reason: string): void {
    const { venue } = this.#side;
    venue.tell({ kind: 'close_connection', connection, venue: venue.name, reason });
  }

  /** A session is over, whoever ended it. */
  #end(session: Session, reason: string, nowMs: number): void {
    const state = this.#state;
    this.#lastReason = reason;
    if (state.kind === 'rotating') {
      // The other one goes on alone; a failed replacement is tried again after a while.
      const isReplacement = state.replacement === session;
      const heir = isReplacement ? state.session : state.replacement;
      const rotateMs = isReplacement ? nowMs + this.#backoff() : Number.NaN;
      this.#state = { kind: 'up', session: heir, rotateMs };
      if (!heir.isOpen) this.#downSinceMs = nowMs;
      this.#side.onClosed(session, isReplacement ? null : heir, reason);
      return;
    }
    this.#downSinceMs ??= nowMs;
    this.#state = { kind: 'waiting', untilMs: nowMs + this.#backoff() };
    this.#side.onClosed(session, null, reason);
  }

  #backoff(): number {
    const waitMs = backoffMs(this.#failures, this.#side.venue.config.reconnect, this.#prng.next());
    this.#failures += 1;
    return waitMs;
  }

  /** An open connection: data that flowed long enough forgives past failures, and age calls for a replacement. */
  #followUp({ session, rotateMs }: Extract<LineState, { kind: 'up' }>, nowMs: number): void {
    const { rotateAfterMs, rotateJitterMs, resetAfterMs } = this.#side.venue.config.reconnect;
    if (!session.isOpen) return;
    if (session.flowingMs(nowMs) >= resetAfterMs) this.#failures = 0;
    if (Number.isNaN(rotateMs)) {
      if (rotateAfterMs === undefined) return;
      const jitterMs = Math.round((2 * this.#prng.next() - 1) * Math.min(rotateJitterMs, rotateAfterMs / 2));
      this.#state = { kind: 'up', session, rotateMs: session.openSinceMs + rotateAfterMs + jitterMs };
      return;
    }
    if (nowMs < rotateMs || this.#side.host.nextMs(nowMs) > nowMs) return;
    if (!this.#side.venue.permission.begin('connect', null, nowMs)) return;
    this.#state = { kind: 'rotating', session, replacement: this.#open(nowMs) };
  }

  /** The replacement takes over once all on it is in sync; one that takes too long does so as it is. */
  #trySwap({ session, replacement }: Extract<LineState, { kind: 'rotating' }>, nowMs: number): void {
    const { ackTimeoutMs, firstDataTimeoutMs } = this.#side.venue.config.heartbeat;
    const isLate = nowMs - replacement.openSinceMs >= OVERLAP_DEADLINES * (ackTimeoutMs + firstDataTimeoutMs);
    const isReady = replacement.isSettled && this.#side.isReplacementSettled(this, replacement);
    if (!isReady && !isLate) return;
    this.#state = { kind: 'up', session: replacement, rotateMs: Number.NaN };
    this.#close(session, 'rotated');
    this.#side.onClosed(session, replacement, 'rotated');
  }
}

function savedState(state: LineState): SavedLine['state'] {
  switch (state.kind) {
    case 'up': {
      const rotateMs = Number.isNaN(state.rotateMs) ? null : state.rotateMs;
      return { kind: 'up', session: state.session.save(), rotateMs };
    }
    case 'rotating':
      return { kind: 'rotating', session: state.session.save(), replacement: state.replacement.save() };
    default:
      return { ...state };
  }
}
