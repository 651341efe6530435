/**
 * Performs what the feeds ask for and turns what comes of it into Inputs. Keeps a bounded queue between sockets and core, so
 * that a burst neither starves timers and signals nor grows without end. Decides neither when nor whether: that is the core's.
 */

import type { FeedEffect } from '../../../core/feed/feed-effect.ts';
import { providerOf } from '../../../core/market/venues/registry.ts';
import type { FrameInput, Input, LinkInput } from '../../../core/scan/input.ts';
import type { Clock, Transport } from '../transport.ts';
import type { Arrival } from './arrival.ts';
import { outcomeOf, restCall, socketCall } from './call-facts.ts';
import { Connection, type DropMark, type OpenConnection, type RestRequestEffect } from './connection.ts';
import { FrameQueue, type QueueLimits } from './frame-queue.ts';
import type { LagPercentiles } from './lag-histogram.ts';
import { LagMeter } from './lag-meter.ts';
import { depthSymbolOf } from './peek.ts';

export interface DriverOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly limits: QueueLimits;
  /** Takes the next Input; receive times never run backwards. A frame is valid during the call only. */
  readonly step: (input: Input) => void;
  /** Runs it after others had their turn; `setImmediate` where there are sockets. */
  readonly defer: (run: () => void) => void;
  /**
   * Runs it once all that has just been read was told: a promise's turn where there are sockets. Frames are then stepped where they
   * were read, unless something waits: they need no queue and no copy. Left out, or while `isBehind`: everything is queued, and worked
   * on after `defer`.
   */
  readonly soon?: (run: () => void) => void;
}

/** Totals since the start. */
export interface DriverCounters {
  readonly frames: number;
  readonly bytes: number;
  readonly droppedDepth: number;
  readonly droppedOther: number;
  /** The most that ever waited at once. */
  readonly mostQueuedFrames: number;
}

/** One slice of work: a few ms, then timers, signals and sockets have their turn. */
const SLICE_FRAMES = 512;
const SLICE_BYTES = 1 << 20;
/** Over the first, depth is thrown away, so that trades find room; a symbol whose depth is, gets it again under the second. */
const DROP_DEPTH_RATIO = 0.5;
const RESUME_DEPTH_RATIO = 0.1;
/** The largest reply we ask for: 5000 levels a side are under 1 MB. */
const MAX_REPLY_BYTES = 16 << 20;
/** A peer that pings without end says nothing new. */
const ALIVE_EVERY_MS = 1000;

export class FeedDriver {
  readonly #options: DriverOptions;
  readonly #queue: FrameQueue<Arrival>;
  /** By number, from asking until the core knows that it is gone. */
  readonly #connections = new Map<number, Connection>();
  readonly #lags: LagMeter;
  readonly #counters = { frames: 0, bytes: 0, droppedDepth: 0, droppedOther: 0, mostQueuedFrames: 0 };
  readonly #frame: { -readonly [K in keyof FrameInput]: FrameInput[K] };
  /** When the queue is worked on next: once all of this read is in it, or after others had their turn. */
  #due: 'soon' | 'later' | null = null;
  #readMs = Number.NaN;
  /** The frame that is stepped now is the only one there is. */
  #isStepping = false;
  #isBehind = false;
  /** Depth of some symbol is thrown away. */
  #isDropping = false;
  #isClosed = false;

  constructor(options: DriverOptions) {
    this.#options = options;
    this.#queue = new FrameQueue(options.limits);
    this.#lags = new LagMeter(() => options.clock.nowMs());
    this.#frame = { kind: 'frame', connection: 0, bytes: this.#queue.buffer, from: 0, to: 0, receiveTimeMs: 0 };
  }

  get counters(): DriverCounters {
    return this.#counters;
  }

  /** Frames that wait for the core. */
  get queuedFrames(): number {
    return this.#queue.frames;
  }

  /** Sockets that are up or coming up. */
  get openSockets(): number {
    return this.#connections.size;
  }

  /** Lateness of what was stepped since the last asking, ms of the run's clock. */
  takeLags(): LagPercentiles | null {
    return this.#lags.take();
  }

  /**
   * The run's time: where something waits, that of its arrival, and within a read that of the read; so whatever is stepped now
   * comes neither before what was stepped last nor after what is next.
   */
  nowMs(): number {
    if (!this.#queue.isEmpty) return this.#queue.headTimeMs;
    return this.#due === 'soon' ? this.#readMs : this.#options.clock.nowMs();
  }

  /**
   * Tells the core that time goes on, after all that has come till now: after a pause of this process, what lay in the sockets
   * must not be taken for silence.
   */
  pulse(): void {
    if (!this.#isClosed) this.#options.defer(() => this.#arrive({ kind: 'pulse' }));
  }

  /**
   * While the core cannot keep up, what is read waits in the queue: there its lag is measured, and depth is thrown away when it must be.
   * Else it would wait in the buffers of the system, unseen, until the venue hangs up.
   */
  set isBehind(isBehind: boolean) {
    this.#isBehind = isBehind;
  }

  /** Does what a feed asked for; effects that only tell are none of its business. */
  perform(effect: FeedEffect): void {
    if (this.#isClosed) return;
    switch (effect.kind) {
      case 'open_connection':
        this.#open(effect);
        return;
      case 'close_connection':
        this.#close(effect.connection, effect.reason);
        return;
      case 'send_text':
        this.#connections.get(effect.connection)?.socket?.send(effect.text);
        return;
      case 'rest_request':
        this.#request(effect);
        return;
      default:
    }
  }

  /** Closes every connection, and tells the core of each: its time is over, and what is not open can be asked for again. */
  closeConnections(reason: string): void {
    for (const number of [...this.#connections.keys()]) this.#close(number, reason);
  }

  /** Closes all that is open without a word to the core; what has arrived already can still be stepped. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#options.transport.close();
  }

  /** Steps one slice of what waits. @returns whether something still does */
  drain(): boolean {
    const queue = this.#queue;
    let frames = 0;
    let bytes = 0;
    while (!queue.isEmpty && frames < SLICE_FRAMES && bytes < SLICE_BYTES) {
      frames += 1;
      const event = queue.headEvent;
      if (event === null) bytes += this.#stepQueued();
      else this.#stepArrival(event);
      queue.shift();
    }
    this.#lags.settle();
    if (queue.isEmpty && this.#isDropping) this.#endDropping();
    return !queue.isEmpty;
  }

  #open(asked: OpenConnection): void {
    const { transport, clock } = this.#options;
    const { url, handshakeTimeoutMs, maxMessageBytes, isDeflated } = asked;
    const connection = new Connection(asked, clock.nowMs());
    this.#connections.set(asked.connection, connection);
    const took = (): number => clock.nowMs() - connection.askedAtMs;
    connection.socket = transport.open(
      { url, handshakeTimeoutMs, maxMessageBytes, isDeflated },
      {
        onOpen: () => this.#arrive({ kind: 'opened', connection, latencyMs: took() }),
        onFailed: (reason, status, retryAfterMs) =>
          this.#arrive({ kind: 'failed', connection, latencyMs: took(), reason, status, retryAfterMs }),
        onMessage: (bytes, from, to) => this.#onMessage(connection, bytes, from, to),
        onAlive: () => this.#onAlive(connection),
        onClosed: (reason) => this.#arrive({ kind: 'closed', connection, reason }),
      },
    );
  }

  #close(number: number, reason: string): void {
    const connection = this.#connections.get(number);
    if (connection === undefined) return;
    connection.socket?.close();
    // Each attempt has its outcome: a breaker that let this one try waits for it.
    if (!connection.hasOutcome) this.#stepCall(connection, 'cancelled', null, null);
    this.#goDown(connection, reason);
  }

  #request(asked: RestRequestEffect): void {
    const { transport, clock } = this.#options;
    const askedAtMs = clock.nowMs();
    transport.get({ url: asked.url, timeoutMs: asked.timeoutMs, maxBytes: MAX_REPLY_BYTES }, (reply) =>
      this.#arrive({ kind: 'replied', asked, reply, latencyMs: clock.nowMs() - askedAtMs }),
    );
  }

  #arrive(arrival: Arrival): void {
    this.#queue.pushEvent(arrival, this.#arrivedMs());
    this.#schedule();
  }

  #onAlive(connection: Connection): void {
    const nowMs = this.#options.clock.nowMs();
    if (nowMs - connection.aliveMs < ALIVE_EVERY_MS) return;
    connection.aliveMs = nowMs;
    this.#arrive({ kind: 'alive', connection });
  }

  #onMessage(connection: Connection, bytes: Uint8Array, from: number, to: number): void {
    this.#counters.frames += 1;
    this.#counters.bytes += to - from;
    const nowMs = this.#arrivedMs();
    this.#schedule();
    const isNext = this.#due === 'soon' && this.#queue.isEmpty && !this.#isStepping;
    if (isNext && connection.isUp) this.#stepFrame(connection.asked.connection, bytes, from, to, nowMs);
    else this.#enqueue(connection, bytes, from, to, nowMs);
  }

  #enqueue(connection: Connection, bytes: Uint8Array, from: number, to: number, nowMs: number): void {
    const queue = this.#queue;
    const counters = this.#counters;
    const isRoomy = !queue.isFilled(DROP_DEPTH_RATIO) && connection.droppingDepth.size === 0;
    if (!isRoomy || !queue.pushFrame(connection.asked.connection, bytes, from, to, nowMs))
      this.#squeeze(connection, bytes, from, to, nowMs);
    if (queue.frames > counters.mostQueuedFrames) counters.mostQueuedFrames = queue.frames;
  }

  /** There is little room: depth goes first, a symbol at a time; its book can be had anew, a trade cannot. */
  #squeeze(connection: Connection, bytes: Uint8Array, from: number, to: number, nowMs: number): void {
    const { venue, connection: number } = connection.asked;
    const symbol = depthSymbolOf(venue, bytes, from, to);
    const queue = this.#queue;
    if (!queue.isFilled(RESUME_DEPTH_RATIO)) connection.droppingDepth.clear();
    if (symbol !== null && (queue.isFilled(DROP_DEPTH_RATIO) || connection.droppingDepth.has(symbol))) {
      connection.droppingDepth.add(symbol);
      this.#isDropping = true;
      this.#drop(connection, 'depth', symbol, nowMs);
      return;
    }
    // Alone: what was read with it may be depth that is thrown away, and must take no room.
    if (!queue.pushFrame(number, bytes.subarray(from, to), 0, to - from, nowMs)) {
      this.#drop(connection, symbol === null ? 'other' : 'depth', symbol, nowMs);
    }
  }

  #endDropping(): void {
    this.#isDropping = false;
    for (const connection of this.#connections.values()) connection.droppingDepth.clear();
  }

  #drop(connection: Connection, what: DropMark['what'], symbol: string | null, nowMs: number): void {
    if (what === 'depth') this.#counters.droppedDepth += 1;
    else this.#counters.droppedOther += 1;
    const mark = connection.drop(what, symbol);
    if (mark !== null) this.#queue.pushEvent({ kind: 'dropped', connection, mark }, nowMs);
  }

  /** What one read of a socket brings came at one time; the clock is asked once for all of it. */
  #arrivedMs(): number {
    if (this.#due !== 'soon') this.#readMs = this.#options.clock.nowMs();
    return this.#readMs;
  }

  #schedule(due: 'soon' | 'later' = 'soon'): void {
    if (this.#due !== null || this.#isClosed) return;
    const { defer, soon } = this.#options;
    const isSoon = due === 'soon' && soon !== undefined && !this.#isBehind;
    this.#due = isSoon ? 'soon' : 'later';
    (isSoon ? soon : defer)(this.#onDue);
  }

  readonly #onDue = (): void => {
    this.#due = null;
    if (this.drain()) this.#schedule('later');
  };

  /** @returns its bytes */
  #stepQueued(): number {
    const { headConnection: number, headFrom: from, headTo: to, headTimeMs, buffer } = this.#queue;
    if (this.#connections.get(number)?.isUp === true) this.#stepFrame(number, buffer, from, to, headTimeMs);
    return to - from;
  }

  #stepFrame(connection: number, bytes: Uint8Array, from: number, to: number, receiveTimeMs: number): void {
    const frame = this.#frame;
    frame.connection = connection;
    frame.bytes = bytes;
    frame.from = from;
    frame.to = to;
    frame.receiveTimeMs = receiveTimeMs;
    this.#isStepping = true;
    this.#options.step(frame);
    this.#isStepping = false;
    this.#lags.add(receiveTimeMs);
  }

  #stepArrival(arrival: Arrival): void {
    if (arrival.kind === 'pulse') this.#options.step({ kind: 'pulse', receiveTimeMs: this.nowMs() });
    else if (arrival.kind === 'replied') this.#stepReply(arrival);
    else this.#stepNews(arrival);
  }

  #stepNews(arrival: Exclude<Arrival, { kind: 'pulse' | 'replied' }>): void {
    const { connection } = arrival;
    const { asked } = connection;
    // Closed meanwhile: the core was told then.
    if (this.#connections.get(asked.connection) !== connection) return;
    switch (arrival.kind) {
      case 'opened':
        connection.isUp = true;
        this.#stepCall(connection, 'ok', arrival.latencyMs, null);
        if (this.#connections.has(asked.connection)) this.#stepLink(asked, 'up', '');
        return;
      case 'failed':
        this.#stepFailure(arrival);
        return;
      case 'alive':
        this.#stepLink(asked, 'alive', '');
        return;
      case 'closed':
        this.#goDown(connection, arrival.reason);
        return;
      case 'dropped': {
        connection.told(arrival.mark);
        const receiveTimeMs = this.nowMs();
        this.#options.step({ kind: 'dropped', connection: asked.connection, ...arrival.mark, receiveTimeMs });
      }
    }
  }

  #stepFailure({ connection, latencyMs, reason, status, retryAfterMs }: Extract<Arrival, { kind: 'failed' }>): void {
    const { asked } = connection;
    const isLate = latencyMs >= asked.handshakeTimeoutMs;
    const outcome = status === null ? (isLate ? 'timeout' : 'failed') : refusalOf(status);
    this.#stepCall(connection, outcome, null, retryAfterMs);
    this.#goDown(connection, reason);
  }

  #stepCall(
    of: Connection,
    outcome: Parameters<typeof socketCall>[1]['outcome'],
    latencyMs: number | null,
    retryAfterMs: number | null,
  ): void {
    const { connection, venue } = of.asked;
    of.hasOutcome = true;
    const call = socketCall(providerOf(venue), { outcome, latencyMs, retryAfterMs });
    this.#options.step({ kind: 'call', request: connection, call, receiveTimeMs: this.nowMs() });
  }

  #stepReply({ asked, reply, latencyMs }: Extract<Arrival, { kind: 'replied' }>): void {
    const { step } = this.#options;
    const { request, venue, provider, symbol, weight } = asked;
    const receiveTimeMs = this.nowMs();
    const call = restCall(provider, weight, reply, latencyMs, receiveTimeMs);
    step({ kind: 'call', request, call, receiveTimeMs });
    if (reply.kind !== 'answered' || call.outcome !== 'ok') return;
    const { body: bytes } = reply;
    const link = { connection: request, venue, transport: 'rest', state: 'up', symbol, reason: '' } as const;
    step({ kind: 'link', ...link, receiveTimeMs });
    step({ kind: 'frame', connection: request, bytes, from: 0, to: bytes.length, receiveTimeMs });
  }

  #goDown(connection: Connection, reason: string): void {
    connection.isUp = false;
    if (this.#connections.delete(connection.asked.connection)) this.#stepLink(connection.asked, 'down', reason);
  }

  #stepLink({ connection, venue }: OpenConnection, state: LinkInput['state'], reason: string): void {
    const receiveTimeMs = this.nowMs();
    this.#options.step({
      kind: 'link',
      connection,
      venue,
      transport: 'websocket',
      state,
      symbol: null,
      reason,
      receiveTimeMs,
    });
  }
}

/** A handshake that was answered with anything but an upgrade, 200 included, failed. */
function refusalOf(status: number): Parameters<typeof socketCall>[1]['outcome'] {
  const outcome = outcomeOf(status);
  return outcome === 'ok' ? 'failed' : outcome;
}
