/**
 * The core's one door: Inputs in, Effects out. Knows every room and wires them; whoever feeds it (live sockets, a journal, a
 * simulator) gets the same answers from the same Inputs. Reads no clock and does no I/O.
 */

import { assert } from '../base/assert.ts';
import type { JsonObject } from '../base/json.ts';
import { FRAME_SLOT, slotOf } from '../feed/feed-clock.ts';
import type { FeedStart } from '../feed/feed-config.ts';
import type { Feeds } from '../feed/feeds.ts';
import { type Tick, TickBatch, TickKind } from '../market/tick.ts';
import type { CodecTools, DecodeOutcome } from '../market/venues/codec.ts';
import type { OpsRun } from '../ops/run/ops-run.ts';
import { isAlertCommand, isFeedCommand } from './command.ts';
import type { Connection } from './connection.ts';
import { Connections } from './connections.ts';
import { runDigest } from './digest.ts';
import type { Effect } from './effect.ts';
import { FEED_CHAIN, FeedWiring } from './feed-wiring.ts';
import type { CommandInput, DroppedInput, FrameInput, Input, LinkInput, MarketConfig, StartInput } from './input.ts';
import type { InstrumentRun } from './instrument-run.ts';
import { OPS_CHAIN, OpsWiring } from './ops-wiring.ts';
import { Roster } from './roster.ts';
import { SIGNAL_CHAIN, type SignalStart, SignalWiring } from './signal-wiring.ts';
import type { VenueRun } from './venue-run.ts';

/** Venues without frames are still told the time this often, ms of receive time. */
const SWEEP_MS = 250;
const NO_EFFECTS: readonly Effect[] = [];

/** What the Scanner needs from outside; both must be pure. */
export interface ScannerTools {
  readonly decodeText: CodecTools['decodeText'];
}

export class Scanner {
  readonly #tools: ScannerTools;
  #config: MarketConfig | null = null;
  /** Null before `start`, as is the configuration; its lists are here, too, because every frame reads them. */
  #roster: Roster | null = null;
  #venues: readonly VenueRun[] = [];
  #instruments: readonly InstrumentRun[] = [];
  readonly #connections = new Connections();
  readonly #batch = new TickBatch();
  /** Receive time of the Input being stepped, or of the last one; NaN before one. Shared with every instrument. */
  readonly #moment = { receiveTimeMs: Number.NaN };
  #effects: Effect[] = [];
  /** Null: this run has no operations core. */
  #ops: OpsWiring | null = null;
  /** Null: the shell keeps its connections itself (recordings). */
  #feed: FeedWiring | null = null;
  /** Null: this run has no surveillance and no alerts. */
  #signal: SignalWiring | null = null;
  /** Of the connection whose frame is stepped; null: nobody wants to know. */
  #clock: Float64Array | null = null;
  #nextSweepMs = Number.NEGATIVE_INFINITY;
  #firstReceiveTimeMs = Number.NaN;
  #frames = 0;

  constructor(tools: ScannerTools) {
    this.#tools = tools;
  }

  /** Every instrument that frames were about or config names, in order of registration. */
  get instruments(): readonly InstrumentRun[] {
    return this.#instruments;
  }

  get venues(): readonly VenueRun[] {
    return this.#venues;
  }

  /** The operations of this run, to be read; null when it has none. */
  get ops(): OpsRun | null {
    return this.#ops?.ops ?? null;
  }

  /** The feeds of this run, to be read; null when it has none. */
  get feeds(): Feeds | null {
    return this.#feed?.feeds ?? null;
  }

  /** Surveillance and alerts of this run, to be read; null when it has none. */
  get signal(): SignalWiring | null {
    return this.#signal;
  }

  /** Symbols that frames named but `onlySymbols` left out, sorted; at most a thousand. */
  get refusedSymbols(): readonly string[] {
    return this.#roster?.refusedSymbols ?? [];
  }

  /** Frames stepped so far. */
  get frames(): number {
    return this.#frames;
  }

  /** Receive times of the first and the last frame, link or pulse; NaN before one. */
  get firstReceiveTimeMs(): number {
    return this.#firstReceiveTimeMs;
  }

  get receiveTimeMs(): number {
    return this.#moment.receiveTimeMs;
  }

  /**
   * Advances by one Input.
   *
   * @param input - receive times never run backwards; a `frame` may be reused by the caller after the call
   * @returns what is to be done, in order; a shared empty array when nothing is
   */
  step(input: Input): readonly Effect[] {
    // Nearly all are: what is common to all kinds is looked up at a cost.
    if (input.kind === 'frame') this.#stepFrame(input);
    else if (input.kind === 'start') this.#start(input);
    else this.#stepOther(input);
    return this.#takeEffects();
  }

  #stepFrame(input: FrameInput): void {
    this.#timeTo(input.receiveTimeMs);
    this.#frame(input);
    this.#feed?.reviewIfDue(input.receiveTimeMs);
  }

  #stepOther(input: Exclude<Input, FrameInput | StartInput>): void {
    const { receiveTimeMs } = input;
    this.#timeTo(receiveTimeMs);
    if (input.kind === 'link') this.#link(input);
    else if (input.kind === 'dropped') this.#dropped(input);
    else if (input.kind !== 'pulse') this.#ops?.onInput(input);
    if (input.kind === 'command') this.#tellSignal(input, receiveTimeMs);
    if (this.#feed !== null) this.#tellFeed(input, this.#feed);
  }

  #timeTo(receiveTimeMs: number): void {
    assert(this.#config !== null, 'the first Input is `start`');
    if (Number.isNaN(this.#moment.receiveTimeMs)) this.#firstReceiveTimeMs = receiveTimeMs;
    this.#moment.receiveTimeMs = receiveTimeMs;
    if (receiveTimeMs >= this.#nextSweepMs) this.#sweep(receiveTimeMs);
  }

  /** One line for each instrument with frames, and the digest of the run so far. Changes nothing. */
  closing(): { lines: readonly { venue: string; symbol: string; minuteMs: number; sha256: string }[]; digest: string } {
    const lines = this.#instruments
      .filter((run) => run.counters.frames > 0)
      .map((run) => ({ venue: run.instrument.venue, symbol: run.instrument.symbol, ...run.closing() }))
      .concat(
        this.#ops === null ? [] : [{ venue: OPS_CHAIN, symbol: OPS_CHAIN, ...this.#ops.closing(this.receiveTimeMs) }],
        this.#feed === null
          ? []
          : [{ venue: FEED_CHAIN, symbol: FEED_CHAIN, ...this.#feed.closing(this.receiveTimeMs) }],
        this.#signal === null ? [] : [{ venue: SIGNAL_CHAIN, symbol: SIGNAL_CHAIN, ...this.#signal.closing() }],
      )
      .sort((a, b) => compareText(a.venue, b.venue) || compareText(a.symbol, b.symbol));
    return { lines, digest: runDigest(lines) };
  }

  #start(input: StartInput): void {
    assert(this.#config === null, '`start` comes once');
    this.#config = input.config;
    this.#nextSweepMs = input.receiveTimeMs;
    const roster = this.#makeRoster(input.config);
    this.#roster = roster;
    this.#venues = roster.venues;
    this.#instruments = roster.instruments;
    for (const spec of input.instruments) roster.add(spec);
    if (input.ops != null)
      this.#ops = new OpsWiring(input.ops, input.receiveTimeMs, (effect) => this.#effects.push(effect));
    if (input.signal != null) this.#startSignal(input.signal, input.receiveTimeMs);
    if (input.feed != null) this.#feed = this.#makeFeed(input.feed, input.receiveTimeMs);
    if (input.restoredState !== null) this.restore(input.restoredState);
    else this.#feed?.review(input.receiveTimeMs);
  }

  #makeRoster(config: MarketConfig): Roster {
    return new Roster({
      config,
      decodeText: this.#tools.decodeText,
      moment: this.#moment,
      onInstrument: (run, venue) => this.#signal?.add(run, venue),
      push: (effect, run) => {
        if (this.#maySend(effect, run)) this.#effects.push(effect);
      },
    });
  }

  #startSignal(start: SignalStart, startMs: number): void {
    this.#signal = new SignalWiring(start, this.#ops, startMs, (effect) => this.#effects.push(effect));
    for (const run of this.#instruments) this.#signal.add(run, this.#roster!.venueOf(run));
  }

  /** Switches are obeyed at once. */
  #tellSignal({ command }: CommandInput, nowMs: number): void {
    if (this.#signal === null) return;
    if (isAlertCommand(command)) this.#signal.onCommand(command, nowMs);
    else if (!isFeedCommand(command)) this.#signal.onControl(nowMs);
  }

  #makeFeed(start: FeedStart, startMs: number): FeedWiring {
    return new FeedWiring(start, startMs, {
      instruments: this.#instruments,
      ops: this.#ops,
      ruleOf: (run) => this.#roster!.venueOf(run).rule,
      onClosed: (connection, successor, reason) =>
        this.#connections.handOver(connection, successor, reason, this.#feed!, this.receiveTimeMs),
      push: (effect) => this.#effects.push(effect),
    });
  }

  /** What an Input means to the feeds; a frame says it itself, where it is none of market data. */
  #tellFeed(input: Exclude<Input, FrameInput>, feed: FeedWiring): void {
    const { receiveTimeMs } = input;
    switch (input.kind) {
      case 'pulse':
        return;
      case 'link':
        feed.onLink(input);
        break;
      case 'call':
        feed.onCall(input);
        break;
      case 'command': {
        const { command } = input;
        if (isFeedCommand(command)) feed.onCommand(command, receiveTimeMs);
        break;
      }
      default:
    }
    feed.review(receiveTimeMs);
  }

  #dropped(input: DroppedInput): void {
    this.#feed?.feeds.onDropped(input.connection, input.what, input.frames);
    this.#connections.onDropped(input);
  }

  #link(input: LinkInput): void {
    if (input.state === 'alive') return;
    if (this.#signal !== null && input.transport === 'websocket') this.#tellLink(input, this.#signal);
    // The feeds know what becomes of a socket of theirs, and say so when it is closed.
    if (this.#feed !== null && input.transport === 'websocket' && !this.#feed.expects(input)) return;
    const venue = input.state === 'down' ? null : this.#roster!.venue(input.venue);
    this.#connections.onLink(input, venue, this.#isRequest(input.connection));
  }

  /** Is it the number of a request of the feeds, and not a socket's? */
  #isRequest(number: number): boolean {
    return this.#feed?.isRequest(number) === true;
  }

  /** The feeds know a socket that they closed no more. */
  #tellLink({ venue, connection, state, receiveTimeMs }: LinkInput, signal: SignalWiring): void {
    if (state === 'up') signal.onUp(venue, receiveTimeMs);
    else if (this.#connections.byNumber[connection]?.isUp === true) signal.onLost(venue, receiveTimeMs);
  }

  #frame(input: FrameInput): void {
    const feed = this.#feed;
    if (feed === null) {
      const connection = this.#connections.byNumber[input.connection];
      assert(connection !== undefined, 'a `link` Input introduces each connection');
      this.#read(input, connection);
      return;
    }
    if (feed.isRequest(input.connection)) {
      this.#readReply(input, feed);
      return;
    }
    const connection = this.#connections.byNumber[input.connection];
    const clock = feed.feeds.clockOf(input.connection);
    // A socket that was given up may still have spoken.
    if (connection === undefined || clock === undefined) return;
    clock[FRAME_SLOT] = input.receiveTimeMs;
    this.#clock = clock;
    const outcome = this.#read(input, connection);
    this.#clock = null;
    if (outcome !== 'ack' && outcome !== 'status' && outcome !== 'error') return;
    const text = this.#tools.decodeText(input.bytes, input.from, input.to);
    if (text !== null) feed.feeds.onText(input.connection, text, input.receiveTimeMs);
  }

  #readReply(input: FrameInput, feed: FeedWiring): void {
    const connection = this.#connections.takeReply(input.connection);
    if (connection === null) return;
    const outcome = this.#read(input, connection);
    const isSnapshot = outcome === 'ticks' && this.#batch.ticks[0]!.kind === TickKind.depthSnapshot;
    if (connection.symbol === null) return;
    const isRefused = outcome === 'error' && this.#batch.reason === 'rate_limited';
    const what = isSnapshot ? 'snapshot' : isRefused ? 'rate_limited' : 'other';
    feed.feeds.onRestFrame(input.connection, connection.venue.name, connection.symbol, what, input.receiveTimeMs);
  }

  #read(input: FrameInput, connection: Connection): DecodeOutcome {
    const { venue } = connection;
    const batch = this.#batch;
    this.#frames += 1;
    venue.frames += 1;
    const outcome = venue.codec.decode(input.bytes, input.from, input.to, batch, connection.hint);
    if (outcome === 'ticks') {
      this.#ticks(input, connection, venue, batch);
      return outcome;
    }
    venue.clock.advance(input.receiveTimeMs);
    venue.hear(input.receiveTimeMs);
    this.#closeBars(venue);
    switch (outcome) {
      case 'heartbeat':
        venue.heartbeats += 1;
        this.#connections.followSequence(connection, batch.connectionSequence);
        return outcome;
      case 'ack':
        venue.acks += 1;
        this.#connections.followSequence(connection, batch.connectionSequence);
        this.#acknowledge(venue, batch);
        return outcome;
      case 'malformed':
        venue.malformed += 1;
        venue.countReason(`malformed:${batch.reason}`);
        // A frame that cannot be read may have been an update; where no id would show the loss, say so now.
        if (venue.rule.isBlind) this.#connections.distrust(connection, 'malformed', 'malformed_frame');
        return outcome;
      case 'unknown':
        venue.unknown += 1;
        venue.countReason(batch.reason);
        this.#connections.followSequence(connection, batch.connectionSequence);
        return outcome;
      case 'error':
        venue.countReason(`error:${batch.reason}`);
        return outcome;
      default:
        this.#connections.followSequence(connection, batch.connectionSequence);
        return outcome;
    }
  }

  #ticks(input: FrameInput, connection: Connection, venue: VenueRun, batch: TickBatch): void {
    const { receiveTimeMs } = input;
    const { clock } = venue;
    if (!Number.isNaN(batch.connectionSequence)) this.#connections.followSequence(connection, batch.connectionSequence);
    const { ticks, count } = batch;
    const { eventTimeMs, isSnapshot, kind } = ticks[count - 1]!;
    // The newest trade that an answer has may be old. Who has no clock yet believes it, within limits.
    const isAsked = connection.transport === 'rest' && kind === TickKind.trade && !Number.isNaN(clock.nowMs);
    if (Number.isNaN(eventTimeMs) || isSnapshot || isAsked) clock.advance(receiveTimeMs);
    else if (clock.observe(eventTimeMs, receiveTimeMs) === 'ok') {
      venue.latencyMs = receiveTimeMs + clock.offsetMs - eventTimeMs;
    } else {
      venue.badEventTimes += 1;
      clock.advance(receiveTimeMs);
    }
    venue.hear(receiveTimeMs);
    this.#closeBars(venue);
    let previous: InstrumentRun | null = null;
    for (let i = 0; i < count; i++) {
      const tick = ticks[i]!;
      const run = this.#instruments[tick.instrument.index]!;
      if (run !== previous) {
        run.counters.frames += 1;
        run.start();
        previous = run;
      }
      if (this.#clock !== null) this.#clock[slotOf(tick.instrument.index, tick.kind)] = receiveTimeMs;
      this.#apply(run, tick, batch, input.connection, connection);
    }
  }

  #apply(run: InstrumentRun, tick: Tick, batch: TickBatch, index: number, connection: Connection): void {
    switch (tick.kind) {
      case TickKind.depthDelta:
        if (run.depthConnection !== index && !this.#adoptDepth(run, index, connection, tick)) return;
        run.onDepthDelta(tick, batch);
        if (run.isRefreshing) this.#feed!.onRefreshDelta(run, tick, batch);
        return;
      case TickKind.bbo:
        run.onBbo(tick);
        return;
      case TickKind.trade:
        if (run.tradeConnection !== index) {
          run.tradeConnection = index;
          connection.carry(run);
        }
        if (run.onTrade(tick, connection.transport === 'rest')) run.emitRevisions();
        return;
      default:
        this.#applySeldom(run, tick, batch, index, connection);
    }
  }

  /** What comes rarely, apart: V8 takes a small function into its caller, and allocates nothing for the numbers it passes. */
  #applySeldom(run: InstrumentRun, tick: Tick, batch: TickBatch, index: number, connection: Connection): void {
    switch (tick.kind) {
      case TickKind.depthSnapshot:
        if (tick.isRequested && this.#feed !== null) {
          this.#feed.onRequestedDepth(run, tick, batch, index, this.#moment.receiveTimeMs);
          return;
        }
        if (!tick.isRequested && run.depthConnection !== index && !this.#adoptDepth(run, index, connection, tick))
          return;
        run.onDepthSnapshot(tick, batch);
        return;
      case TickKind.ticker:
        run.counters.tickers += 1;
        this.#signal?.onTicker(tick, this.#moment.receiveTimeMs);
        return;
      default:
        run.counters.liquidations += 1;
    }
  }

  /** @returns false: this connection's depth is not the book's, and was seen to */
  #adoptDepth(run: InstrumentRun, index: number, connection: Connection, tick: Tick): boolean {
    const route = this.#feed === null ? 'adopt' : this.#feed.routeOf(run, index, tick);
    if (route === 'ignore') {
      // Its decoder has set the decimals to those of a book that is not this one (Kraken).
      if (tick.kind === TickKind.depthSnapshot) keepDecimals(run);
      return false;
    }
    connection.carry(run);
    if (route === 'adopt') {
      run.depthConnection = index;
      this.#feed?.dropSuccessor(run, index);
    } else this.#feed!.onSuccessorDepth(run, index, tick, this.#batch, this.#moment.receiveTimeMs);
    return route === 'adopt';
  }

  #acknowledge(venue: VenueRun, batch: TickBatch): void {
    if (batch.ackSymbol === '') return;
    const instrument = venue.symbols.findText(batch.ackSymbol);
    if (instrument === null) return;
    const run = this.#instruments[instrument.index]!;
    if (!run.isTradeChannel(batch.ackChannel)) return;
    if (batch.isAckSubscribe) run.coverTrades();
    else run.uncoverTrades();
  }

  /** Tells every venue the time. */
  #sweep(receiveTimeMs: number): void {
    this.#nextSweepMs = receiveTimeMs - (receiveTimeMs % SWEEP_MS) + SWEEP_MS;
    for (const venue of this.#venues) {
      venue.clock.advance(receiveTimeMs);
      if (!venue.isSilent(receiveTimeMs)) this.#closeBars(venue);
    }
    this.#ops?.onTime(this.#venues, receiveTimeMs);
    this.#signal?.onTime(receiveTimeMs);
    this.#feed?.review(receiveTimeMs);
  }

  #closeBars(venue: VenueRun): void {
    const { nowMs } = venue.clock;
    if (nowMs >= venue.nextSampleMs) this.#signal?.onSecond(venue, this.#moment.receiveTimeMs);
    if (nowMs - this.#config!.watermarkDelayMs >= venue.nextCloseMs) this.#closeDue(venue, nowMs);
  }

  #closeDue(venue: VenueRun, nowMs: number): void {
    const config = this.#config!;
    const watermarkMs = nowMs - config.watermarkDelayMs;
    const lateHorizonMs = nowMs - config.lateGraceMs;
    for (const run of venue.instruments) {
      if (run.isDue(watermarkMs)) run.closeBars(watermarkMs, lateHorizonMs);
    }
    venue.scheduleClose(watermarkMs);
  }

  /** What asks a venue for something goes through the operations core; everything else is told as it is. */
  #maySend(effect: Effect, run: InstrumentRun): boolean {
    const { instrument } = run;
    if (this.#feed !== null && (effect.kind === 'request_depth_snapshot' || effect.kind === 'resubscribe')) {
      const way = effect.kind === 'resubscribe' ? 'rejoin' : 'snapshot';
      this.#feed.wantSync(run, way, this.#moment.receiveTimeMs);
      return false;
    }
    if (this.#ops === null) return true;
    if (effect.kind === 'request_depth_snapshot') return this.#ops.begin('call', instrument, this.receiveTimeMs);
    return effect.kind !== 'resubscribe' || this.#ops.begin('subscribe', instrument, this.receiveTimeMs);
  }

  #takeEffects(): readonly Effect[] {
    if (this.#effects.length === 0) return NO_EFFECTS;
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** Everything that later Inputs depend on, as plain JSON. Config and code are not in it: `start` brings them. */
  save(): JsonObject {
    const { discovered, venues, instruments } = this.#roster!.save();
    return {
      receiveTimeMs: numberOrNull(this.#moment.receiveTimeMs),
      firstReceiveTimeMs: numberOrNull(this.#firstReceiveTimeMs),
      nextSweepMs: numberOrNull(this.#nextSweepMs),
      frames: this.#frames,
      discovered,
      ops: this.#ops?.save() ?? null,
      feed: this.#feed?.save() ?? null,
      signal: this.#signal?.save(this.#venues) ?? null,
      venues,
      instruments,
      connections: this.#connections.save(),
    };
  }

  /** Takes up what `save` gave; instruments that config names but the save does not are kept as new. */
  restore(saved: JsonObject): void {
    const roster = this.#roster!;
    const runs = roster.restore(saved);
    this.#connections.restore(
      saved['connections'] as JsonObject[],
      runs,
      (name) => roster.venue(name)!,
      (number) => this.#isRequest(number),
    );
    this.#moment.receiveTimeMs = (saved['receiveTimeMs'] as number | null) ?? Number.NaN;
    this.#firstReceiveTimeMs = (saved['firstReceiveTimeMs'] as number | null) ?? Number.NaN;
    this.#nextSweepMs = (saved['nextSweepMs'] as number | null) ?? Number.NEGATIVE_INFINITY;
    this.#frames = saved['frames'] as number;
    // Absent in checkpoints of older versions.
    if (this.#ops !== null && saved['ops'] != null) this.#ops.restore(saved['ops'] as JsonObject);
    if (this.#signal !== null && saved['signal'] != null)
      this.#signal.restore(saved['signal'] as JsonObject, this.#venues, this.#moment.receiveTimeMs);
    if (this.#feed !== null && saved['feed'] != null)
      this.#feed.restore(saved['feed'] as JsonObject, this.#moment.receiveTimeMs);
  }
}

function numberOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** A snapshot was read that is not its book's: what comes next is read with the book's own decimals again. */
function keepDecimals({ instrument, book }: InstrumentRun): void {
  instrument.setDecimals(book.priceDecimals, book.sizeDecimals);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
