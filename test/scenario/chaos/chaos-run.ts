/** One seed of chaos in virtual time, with every invariant held against it. A violation is an error that names seed and step. */

import type { Effect } from '../../../src/core/scan/effect.ts';
import type { Input } from '../../../src/core/scan/input.ts';
import type { EffectiveConfig } from '../../../src/shell/config/effective-config.ts';
import { type BookLook, BookWatch } from '../../../src/shell/run/drill/book-watch.ts';
import { DRILL_START_MS } from '../../../src/shell/run/drill/run-drill.ts';
import { simulatedScan } from '../../../src/shell/run/drill/simulated-scan.ts';
import { type Sabotage, VirtualScan } from '../../../src/shell/run/drill/virtual-scan.ts';
import type { Fault } from '../../../src/shell/sim/world/fault.ts';
import { type SimVenueName, SimWorld } from '../../../src/shell/sim/world/sim-world.ts';
import { type ChaosScript, chaosScript } from './chaos-script.ts';

export interface ChaosReport {
  readonly seed: number;
  readonly steps: number;
  /** Times that a fault struck. */
  readonly struck: number;
  /** Scripted faults, and those after which every book and feed of their venues was right again before the end. */
  readonly faults: number;
  readonly recovered: number;
  readonly recoveriesMs: readonly number[];
  /** Null: the run was not killed. */
  readonly killedAtMs: number | null;
  readonly digest: string;
}

const SECOND_MS = 1000;
const BY = { actor: 'chaos', reason: 'chaos' } as const;
const ASKS: ReadonlySet<string> = new Set(['open_connection', 'send_text', 'rest_request']);
/** How long a live book may lack what was lost: until the next message shows it, or the longest silence that is borne. */
const NEXT_MESSAGE_MS = 20_000;
const LONGEST_SILENCE_MS = 65_000;
/** After it the last socket's end has reached the venue. */
const AFTERMATH_MS = 1_000;
/** In one ban of a minute and a half at most: once a socket, once a request, and what was on its way; backoff where it says no more. */
const MOST_REFUSALS = 4;
const MOST_TIMERS = 20_000;

export class ChaosRun {
  readonly scan: VirtualScan;
  readonly script: ChaosScript;
  readonly #config: EffectiveConfig;
  #killedAtMs: number | null = null;
  #asksAtKill = '';
  /** By fault: when all was right again after it; ms since the world began. */
  readonly #recoveredAtMs = new Map<Fault, number>();
  /** By venue: handshakes and requests refused by its limits, up to the last second without a ban. */
  readonly #refused = new Map<SimVenueName, { readonly count: number; readonly bans: number }>();
  readonly #behindSinceMs = new Map<string, number>();
  readonly #lastLooks = new Map<string, BookLook>();

  constructor(seed: number, config: EffectiveConfig, sabotage: Sabotage = {}) {
    this.#config = config;
    this.script = chaosScript(seed);
    const { faults, hasTriggers, orders, venues } = this.script;
    const world = new SimWorld({
      seed,
      startMs: DRILL_START_MS,
      stepMs: 100,
      venues,
      assets: 1,
      activity: 0.3,
      faults,
    });
    const base = simulatedScan(world, config, `chaos-${seed}`);
    const { killSwitch } = base.ops;
    const triggers = { ...killSwitch.triggers, enabled: hasTriggers };
    this.scan = new VirtualScan({
      ...base,
      ops: { ...base.ops, killSwitch: { ...killSwitch, triggers } },
      onInput: (input) => this.#onInput(input),
      onEffect: (effect) => this.#onEffect(effect),
      sabotage,
    });
    this.scan.begin();
    new BookWatch(this.scan, (looks, atMs) => this.#onSecond(looks, atMs));
    for (const order of orders) this.scan.clock.after(order.atMs, () => this.#give(order));
  }

  /** @throws ChaosFailure */
  run(): ChaosReport {
    const { scan, script } = this;
    scan.advanceTo(script.durationMs);
    if (this.#killedAtMs === null) this.#expectRestored();
    const { digest } = scan.scanner.closing();
    this.#expect(scan.tape.replay().closing().digest === digest, 'the journal replays to another digest');
    const ended = script.faults.filter((fault) => this.#recoveredAtMs.has(fault));
    return {
      seed: script.seed,
      steps: scan.tape.length,
      struck: Object.values(scan.world.injected).reduce((sum, count) => sum + count, 0),
      faults: script.faults.filter((fault) => this.#killedAtMs === null || endMs(fault) < this.#killedAtMs).length,
      recovered: ended.length,
      recoveriesMs: ended.map((fault) => this.#recoveredAtMs.get(fault)! - endMs(fault)),
      killedAtMs: this.#killedAtMs,
      digest,
    };
  }

  #onInput(_input: Input): void {
    for (const { book, instrument } of this.scan.scanner.instruments) {
      if (book.state === 'live') continue;
      this.#expect(
        book.mid === null && book.spreadBps === null,
        `${instrument.symbol}: a price of a ${book.state} book`,
      );
    }
  }

  #onEffect(effect: Effect): void {
    if (this.#killedAtMs !== null) this.#expect(!ASKS.has(effect.kind), `${effect.kind} after kill`);
    if (effect.kind === 'kill_level_changed' && effect.to === 'kill') this.#killedAtMs = this.scan.elapsedMs;
    if (effect.kind !== 'bar' || effect.minutes !== 1 || effect.bar.priceSource !== 'mid') return;
    const { venue, symbol } = effect;
    const run = this.scan.scanner.instruments.find(
      ({ instrument }) => instrument.venue === venue && instrument.symbol === symbol,
    )!;
    this.#expect(run.book.state === 'live', `${venue} ${symbol}: a bar priced by a ${run.book.state} book`);
  }

  #onSecond(looks: readonly BookLook[], atMs: number): void {
    if (this.#killedAtMs !== null) {
      this.#expectSilence(atMs);
      return;
    }
    for (const look of looks) this.#judge(look, atMs);
    this.#expectBounds();
    this.#expectBudgets(atMs);
    this.#noteRecoveries(looks, atMs);
  }

  #judge({ run, verdict }: BookLook, atMs: number): void {
    const { venue, symbol } = run.instrument;
    const name = `${venue} ${symbol}`;
    if (verdict === 'equal' || verdict === 'not_live') {
      this.#behindSinceMs.delete(name);
      return;
    }
    if (this.#feed(venue).state === 'polling') return;
    this.#expect(verdict !== 'wrong', `${name}: a live book that was never the venue's`);
    const isExcused = this.script.faults.some((fault) => excuses(fault, venue, atMs));
    const sinceMs = this.#behindSinceMs.get(name) ?? atMs;
    this.#behindSinceMs.set(name, sinceMs);
    const isLate = this.script.faults.some((fault) => LATE.has(fault.kind) && excuses(fault, venue, atMs));
    const isSilentTooLong = !isLate && atMs - sinceMs > LONGEST_SILENCE_MS;
    this.#expect(!isSilentTooLong, `${name}: live for ${(atMs - sinceMs) / SECOND_MS} s on what it had`);
    this.#expect(isExcused, `${name}: a live book that is not the venue's, and nothing was lost of late`);
  }

  #expectBounds(): void {
    const { driver, clock, scanner } = this.scan;
    this.#expect(driver.queuedFrames === 0, `${driver.queuedFrames} frames wait`);
    this.#expect(clock.waiting < MOST_TIMERS, `${clock.waiting} timers wait`);
    for (const { name, resyncs } of scanner.feeds!.venues) {
      const books = scanner.instruments.filter(({ instrument }) => instrument.venue === name).length;
      this.#expect(resyncs.length <= books, `${name}: ${resyncs.length} resyncs of ${books} books`);
    }
  }

  /** As the simulated venues count them. */
  #expectBudgets(atMs: number): void {
    for (const name of this.scan.world.venues) {
      const { counts } = this.scan.world.venue(name);
      const { weight = Number.POSITIVE_INFINITY } = this.#config.venues[name]!.rest;
      this.#expect(counts.limitCloses === 0, `${name}: closed for breaking a limit`);
      this.#expect(counts.refusedMessages === 0, `${name}: ${counts.refusedMessages} messages refused`);
      this.#expect(counts.peakWeight <= weight, `${name}: weight ${counts.peakWeight} of ${weight} in a window`);
      const refused = counts.refusedConnects + counts.refusedRequests;
      const bans = this.script.faults.filter((fault) => fault.kind === 'ban' && isNear(fault, name, atMs, SECOND_MS));
      const before = this.#refused.get(name) ?? { count: 0, bans: 0 };
      const count = bans.length === 0 ? refused : before.count;
      this.#refused.set(name, { count, bans: bans.length });
      // Of bans that are just over, too.
      const most = Math.max(bans.length, before.bans) * MOST_REFUSALS;
      const times = refused - before.count;
      this.#expect(times <= most, `${name}: refused ${times} times in ${bans.length} bans`);
    }
  }

  /** After `kill`: no socket, and nothing more comes to the venues. */
  #expectSilence(atMs: number): void {
    if (atMs < this.#killedAtMs! + AFTERMATH_MS) return;
    const { world, transport } = this.scan;
    this.#expect(transport.sockets === 0, `${transport.sockets} sockets after kill`);
    const heard = world.venues.map((name) => {
      const { sessions, counts } = world.venue(name);
      this.#expect(sessions === 0, `${name}: ${sessions} connections after kill`);
      return `${counts.connects} ${counts.messagesIn} ${counts.requests}`;
    });
    if (this.#asksAtKill === '') this.#asksAtKill = heard.join();
    this.#expect(heard.join() === this.#asksAtKill, 'something was asked for after kill');
  }

  #noteRecoveries(looks: readonly BookLook[], atMs: number): void {
    for (const look of looks) this.#lastLooks.set(`${look.run.instrument.venue} ${look.run.instrument.symbol}`, look);
    const isRight = (venue: string): boolean =>
      this.#feed(venue).state === 'live' &&
      looks.every(({ run, verdict }) => run.instrument.venue !== venue || verdict === 'equal');
    const right = new Set(this.scan.world.venues.filter(isRight));
    for (const fault of this.script.faults) {
      if (endMs(fault) > atMs || this.#recoveredAtMs.has(fault)) continue;
      const venues = fault.venue === null ? this.scan.world.venues : [fault.venue];
      if (venues.every((venue) => right.has(venue))) this.#recoveredAtMs.set(fault, atMs);
    }
  }

  #expectRestored(): void {
    for (const { name, state, streams, connections } of this.scan.scanner.feeds!.venues) {
      this.#expect(state === 'live', `${name}: the feed is ${state} at the end`);
      this.#expect(streams.live === streams.wanted, `${name}: ${streams.live} of ${streams.wanted} subscriptions`);
      this.#expect(connections.open === connections.wanted, `${name}: ${connections.open} connections`);
    }
    for (const [name, { verdict }] of this.#lastLooks)
      this.#expect(verdict === 'equal', `${name}: ${verdict} at the end`);
  }

  #give(order: ChaosScript['orders'][number]): void {
    const receiveTimeMs = this.scan.driver.nowMs();
    if (order.kind === 'kill')
      this.scan.step({ kind: 'command', command: { kind: 'kill_signal', name: 'SIGUSR2' }, receiveTimeMs });
    else if (order.kind === 'reconnect')
      this.scan.step({
        kind: 'command',
        command: { kind: 'reconnect', venue: order.venue, ...BY },
        receiveTimeMs,
      });
    else {
      const run = this.scan.scanner.instruments.find(({ instrument }) => instrument.venue === order.venue)!;
      const command = { kind: 'resync', venue: order.venue, symbol: run.instrument.symbol, ...BY } as const;
      this.scan.step({ kind: 'command', command, receiveTimeMs });
    }
  }

  #feed(venue: string) {
    return this.scan.scanner.feeds!.venues.find(({ name }) => name === venue)!;
  }

  #expect(holds: boolean, what: string): void {
    if (holds) return;
    const { seed } = this.script;
    const seconds = (this.scan.elapsedMs / SECOND_MS).toFixed(3);
    throw new ChaosFailure(
      `seed ${seed}, step ${this.scan.tape.length} (${seconds} s): ${what}\nrepeat it: SIM_SEED=${seed} npm run chaos`,
    );
  }
}

/** An invariant that did not hold. */
export class ChaosFailure extends Error {
  override readonly name = 'ChaosFailure';
}

/** When what it did is over. */
function endMs(fault: Fault): number {
  const end = fault.atMs + fault.forMs;
  if (fault.kind === 'maintenance') return Math.max(end, fault.atMs + fault.closeAfterMs);
  if (fault.kind === 'shock') return Math.max(end, fault.atMs + fault.overMs + fault.recoverMs);
  return end;
}

function isNear(fault: Fault, venue: string, atMs: number, graceMs: number): boolean {
  return (fault.venue === null || fault.venue === venue) && atMs >= fault.atMs && atMs <= endMs(fault) + graceMs;
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

function excuses(fault: Fault, venue: string, atMs: number): boolean {
  const graceMs = GRACE_MS[fault.kind];
  return graceMs !== undefined && isNear(fault, venue, atMs, graceMs);
}
