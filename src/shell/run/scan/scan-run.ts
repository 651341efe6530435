/**
 * One live scan, from its first Input to its last: feeds the Scanner by sockets, commands and time, and does what it answers.
 * Decides nothing of markets, connections or operations: the core does, so that the journal replays it.
 */

import type { JsonObject } from '../../../core/base/json.ts';
import { MINUTE_MS, minuteOf } from '../../../core/base/time.ts';
import type { FeedCommand } from '../../../core/feed/feed-command.ts';
import type { Actor } from '../../../core/ops/audit/audit-record.ts';
import { levelOf } from '../../../core/ops/kill-switch/latch.ts';
import type { KillLevel } from '../../../core/ops/ops-config.ts';
import type { OpsRun } from '../../../core/ops/run/ops-run.ts';
import type { Effect } from '../../../core/scan/effect.ts';
import type { Input, StartInput } from '../../../core/scan/input.ts';
import { Scanner } from '../../../core/scan/scanner.ts';
import type { SignalStart } from '../../../core/scan/signal-wiring.ts';
import { everyMs } from '../../feeds/clocks.ts';
import { FeedDriver } from '../../feeds/driver/feed-driver.ts';
import { Saturation } from '../../feeds/driver/saturation.ts';
import { isTold } from '../alerts/effect-queue.ts';
import { HostProbe } from '../attached/host-probe.ts';
import { LookTimer } from '../attached/look-timer.ts';
import { ScannerSession } from '../attached/scanner-session.ts';
import { decodeText } from '../decode-text.ts';
import { StepQueue } from '../step-queue.ts';
import { orderRecord } from './feed-order.ts';
import { Recorder } from './recorder.ts';
import { Results } from './results.ts';
import { RunKeeping } from './run-keeping.ts';
import type { ScanEnd, ScanRunOptions } from './scan-run-options.ts';
import type { SignalSettings } from './scan-start.ts';
import { SecondGrid } from './second-grid.ts';

export type { ScanEnd, ScanRunOptions } from './scan-run-options.ts';

/** What a reload may change. */
type Settings = Pick<ScanRunOptions, 'start' | 'ops' | 'signal'>;

/** At rest: what operators do is told of when it happens, and whom an alert concerns does not wait for the next look either. */
const LOOK_MS = 500;
/** What an order came to of which the core said nothing. */
const UNANSWERED = 'the scan did not answer';
/** What arrived before the end is worked off for so long, at most. */
const DRAIN_LIMIT_MS = 5000;
/** What waits for it runs when a read is over. Not `process.nextTick`: a queue of its own for one call a read costs more than it does. */
const READ_TOLD = Promise.resolve();

export class ScanRun {
  readonly driver: FeedDriver;
  readonly startedAtMs: number;
  readonly #options: ScanRunOptions;
  readonly #session: ScannerSession;
  readonly #probe: HostProbe;
  readonly #keeping: RunKeeping;
  #scanner = new Scanner({ decodeText });
  /** In force: others after a reload. */
  #signal: SignalSettings;
  #recorder: Recorder | null;
  #reloads = 0;
  readonly #steps = new StepQueue((input) => this.#stepOne(input));
  readonly #onSignal = (): void => this.#killBySignal();
  #timers: (() => void)[] = [];
  #looks: LookTimer | null = null;
  readonly #seconds = new SecondGrid();
  readonly #saturation = new Saturation();
  #progressMs: number | null = null;
  /** Since it was last noted: the clock is not read for each message. */
  #hasProgressed = false;
  #isEnded = false;
  /** At drain: when the open minute is over; null: not draining. */
  #drainedAtMs: number | null = null;
  /** What the run came to, from the moment its journal was closed. */
  #closing: ReturnType<Scanner['closing']> | null = null;
  #killed: (() => void) | null = null;
  /** Of the last order to a feed; null: it was obeyed. */
  #refusal: string | null = null;

  /** @throws CryptorunError `lock_held` when another scanner runs on this state; whatever keeps files from being made */
  constructor(options: ScanRunOptions) {
    const { session, source, stateDir, clock, defaults, onNotice, transport, queue } = options;
    this.#options = options;
    this.#signal = options.signal;
    const { heartbeatMs } = options.ops.killSwitch;
    const own = { stateDir, source, name: session, defaults, heartbeatMs };
    this.#session = ScannerSession.open({ ...own, nowMs: Date.now, onProblem: onNotice });
    this.startedAtMs = clock.nowMs();
    const step = (input: Input): void => this.#step(input);
    this.driver = new FeedDriver({
      transport,
      clock,
      limits: queue,
      step,
      defer: setImmediate,
      soon: (run) => void READ_TOLD.then(run),
    });
    this.#probe = new HostProbe(stateDir);
    try {
      this.#keeping = this.#openKeeping();
      const start = this.#startInput(options, null, this.#keeping.stored);
      const { record } = options;
      this.#recorder = record === null ? null : this.#makeRecorder(record, session, start);
      this.#perform(this.#scanner.step(start));
    } catch (error) {
      this.#probe.close();
      this.#session.close();
      throw error;
    }
  }

  get scanner(): Scanner {
    return this.#scanner;
  }

  /** The operations of this run. */
  get ops(): OpsRun {
    return this.scanner.ops!;
  }

  /** The run's time; see `FeedDriver.nowMs`. */
  nowMs(): number {
    return this.driver.nowMs();
  }

  /** When an Input was last stepped, wall clock, to a look; null: not yet. */
  get progressMs(): number | null {
    if (this.#hasProgressed) this.#progressMs = Date.now();
    this.#hasProgressed = false;
    return this.#progressMs;
  }

  /** What is kept, and how that goes. */
  get keeping(): RunKeeping {
    return this.#keeping;
  }

  get resultsFolder(): string | null {
    return this.#keeping.results?.folder ?? null;
  }

  /**
   * An operator's order to a feed: stepped and journaled now, in the audit with the next heartbeat.
   *
   * @returns why the core did not obey; null: it did
   */
  order(command: FeedCommand, actor: Actor): string | null {
    this.#refusal = UNANSWERED;
    this.#step({ kind: 'command', command, receiveTimeMs: this.nowMs() });
    this.#session.record(orderRecord(command, actor, Date.now(), this.#refusal));
    return this.#refusal;
  }

  /** Whether files may be written now: not at `kill`, not after a drain, not with `emergency.writes` off. */
  mayWrite(what: 'snapshot' | 'artifact' | 'journal'): boolean {
    const permission = this.ops.isAllowed({ kind: 'write', what }, this.nowMs());
    if (permission.isAllowed) return true;
    return permission.refusedBy === 'kill_switch' && permission.name === 'drain' && this.#closing === null;
  }

  /**
   * Runs until the signal, or until the kill switch is at `kill`; then works off what had arrived, and writes the ends of
   * journal and files.
   */
  async run(signal: AbortSignal): Promise<ScanEnd> {
    const stopped = new Promise<void>((resolve) => {
      this.#killed = resolve;
      if (signal.aborted || levelOf(this.ops.latch) === 'kill') resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    this.#begin();
    await stopped;
    return await this.#end();
  }

  /**
   * Goes on under another configuration of the same venues and instruments: a new core takes up the state of the old one, and
   * a journal begins a new session with it. Nothing changes unless all of it can be done.
   *
   * @throws whatever keeps it from being taken up
   */
  reload({ start, ops, signal }: Settings): void {
    const { alerts } = this.#scanner.signal!;
    const open = { alerts: alerts.open(), silences: alerts.silences() };
    const input = this.#startInput({ start, ops, signal }, this.#savedFor(signal), open);
    const next = new Scanner({ decodeText });
    const effects = next.step(input);
    const { record, session } = this.#options;
    const recorder = record === null ? null : this.#makeRecorder(record, `${session}-${this.#reloads + 2}`, input);
    this.#reloads += 1;
    this.#signal = signal;
    this.#keeping.history?.rescore(signal.surveillance.zscore.metrics);
    this.#recorder?.close();
    this.#recorder = recorder;
    this.#scanner = next;
    this.#perform(effects);
  }

  /** Under other rules the alerts begin anew with what is open; under other metrics the samples do, too. */
  #savedFor(settings: SignalSettings): StartInput['restoredState'] {
    const saved = this.#scanner.save();
    const isSame = (part: 'alerts' | 'surveillance'): boolean =>
      JSON.stringify(this.#signal[part]) === JSON.stringify(settings[part]);
    if (!isSame('surveillance')) return { ...saved, signal: null };
    return isSame('alerts') ? saved : { ...saved, signal: { ...(saved['signal'] as JsonObject), alerts: null } };
  }

  #begin(): void {
    const { clock, pulseMs, ops, stateDir } = this.#options;
    process.on('SIGUSR2', this.#onSignal);
    const { pollMs } = ops.killSwitch;
    const looks = new LookTimer({ stateDir, pollMs, restMs: LOOK_MS, look: () => this.#look() });
    this.#looks = looks;
    this.#timers = [() => looks.stop(), everyMs(clock, pulseMs, () => this.driver.pulse())];
    this.#keeping.begin();
    this.#look();
  }

  /** What operators did since the last look; a heartbeat; once a second the machine. */
  #look(): void {
    if (this.#isEnded) return;
    for (const command of [...this.#session.poll(), ...this.#keeping.orders()])
      this.#step({ kind: 'command', command, receiveTimeMs: this.nowMs() });
    this.#session.beat(this.ops, this.progressMs);
    if (this.#keeping.keepAlerts()) this.#looks?.noteOwnWrite();
    if (this.#drainedAtMs !== null && this.nowMs() >= this.#drainedAtMs) this.#finishDrain();
    if (!this.#seconds.isOver(performance.now())) return;
    this.driver.isBehind = this.#saturation.look();
    this.#step({ kind: 'host', host: this.#hostReading(), receiveTimeMs: this.nowMs() });
    this.#recorder?.flush();
    this.#keeping.onSecond(this.nowMs());
    this.#options.onSecond();
  }

  /** Lags in ms of the world: a fast clock makes them no longer. */
  #hostReading() {
    const { speed } = this.#options;
    const lags = this.driver.takeLags();
    const ownLags = lags && { p50: lags.p50 / speed, p95: lags.p95 / speed, p99: lags.p99 / speed };
    return { ...this.#probe.read(ownLags), ...this.#session.audit(), recording: Recorder.stateOf(this.#recorder) };
  }

  #step(input: Input): void {
    this.#steps.step(input);
  }

  #stepOne(input: Input): void {
    this.#recorder?.append(input);
    this.#hasProgressed = true;
    this.#perform(this.#scanner.step(input));
    if (input.kind === 'link') this.#options.onLink(input);
  }

  #perform(effects: readonly Effect[]): void {
    for (let i = 0; i < effects.length; i++) {
      const effect = effects[i]!;
      this.#performOne(effect);
      this.#options.onEffect(effect);
    }
  }

  #performOne(effect: Effect): void {
    this.#keeping.take(effect);
    switch (effect.kind) {
      case 'open_connection':
      case 'close_connection':
      case 'send_text':
      case 'rest_request':
        this.driver.perform(effect);
        return;
      case 'engage_kill_switch':
      case 'breaker_changed':
      case 'health_grade_changed':
        this.#session.perform(effect);
        return;
      case 'kill_level_changed':
        this.#onKillLevel(effect.to);
        return;
      case 'feed_ordered':
        this.#refusal = effect.refusal;
        return;
      case 'alert':
        if (isTold(effect)) this.#looks?.soon();
        return;
      default:
    }
  }

  #onKillLevel(level: KillLevel | null): void {
    const nowMs = this.nowMs();
    this.#drainedAtMs = level === 'drain' ? this.#minuteClosedMs(nowMs) : null;
    if (level !== 'kill') return;
    // No socket outlives this call, whatever the core does meanwhile.
    this.driver.close();
    this.#killed?.();
  }

  /** When the bars of the open minute are closed on all venues, also those whose clock is behind ours. */
  #minuteClosedMs(nowMs: number): number {
    const { pulseMs, start } = this.#options;
    const behind = this.#scanner.venues.map(({ clock }) => (Number.isNaN(clock.offsetMs) ? 0 : -clock.offsetMs));
    const slackMs = Math.max(0, ...behind) + 2 * pulseMs;
    return minuteOf(nowMs) + MINUTE_MS + start.config.watermarkDelayMs + slackMs;
  }

  /** The open minute is over: sockets close, journal and files get their ends, and the process goes on answering. */
  #finishDrain(): void {
    this.#drainedAtMs = null;
    this.driver.closeConnections('kill_switch_drain');
    this.#finishFiles();
    this.#options.onDrained();
  }

  #finishFiles(): ReturnType<Scanner['closing']> {
    if (this.#closing !== null) return this.#closing;
    const isKilled = levelOf(this.ops.latch) === 'kill';
    const closing = this.#scanner.closing();
    this.#recorder?.close();
    if (!isKilled) this.#keeping.results?.finish(closing.lines, closing.digest);
    this.#closing = closing;
    return closing;
  }

  #killBySignal(): void {
    const command = this.#session.killBySignal('SIGUSR2');
    this.#step({ kind: 'command', command, receiveTimeMs: this.nowMs() });
    this.#look();
  }

  async #end(): Promise<ScanEnd> {
    this.driver.close();
    const isKilled = levelOf(this.ops.latch) === 'kill';
    if (!isKilled) await this.#workOff();
    for (const stop of this.#timers) stop();
    process.off('SIGUSR2', this.#onSignal);
    this.#isEnded = true;
    const { digest } = this.#finishFiles();
    // Who waits for a stop to be confirmed learns of it, before anything that may take a while.
    this.#session.beat(this.ops, this.progressMs);
    await this.#keeping.stop();
    return {
      killLevel: levelOf(this.ops.latch),
      digest,
      frames: this.scanner.frames,
      isWhole: (this.#recorder?.isWhole ?? true) && this.#keeping.isWhole,
      recordedSession: this.#recorder?.session ?? null,
      resultsFolder: this.resultsFolder,
    };
  }

  /** Gives the state folder to whoever comes next. After `run`, when all that is to be saved was. */
  close(): void {
    this.#probe.close();
    this.#session.close();
  }

  /** In slices, so that a second Ctrl-C is heard. */
  async #workOff(): Promise<void> {
    const untilMs = performance.now() + DRAIN_LIMIT_MS;
    while (this.driver.drain()) {
      if (performance.now() > untilMs) {
        this.#options.onNotice(`${this.driver.queuedFrames} frames had to be left unread at the end`);
        return;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #startInput(
    { start, ops, signal }: Settings,
    restoredState: StartInput['restoredState'],
    stored: SignalStart['stored'],
  ): StartInput {
    const { providers, venues, session } = this.#options;
    const { document, latch } = this.#session;
    const opsStart = { config: ops, seed: session, providers, venues, document, latch };
    const signalStart = { ...signal, stored: { alerts: stored.alerts, silences: stored.silences } };
    return { ...start, restoredState, ops: opsStart, signal: signalStart, receiveTimeMs: this.nowMs() };
  }

  #openKeeping(): RunKeeping {
    const { openAlerts, openHistory, resultsDir, onNotice } = this.#options;
    const scanner = (): Scanner => this.#scanner;
    return new RunKeeping({
      alerts: openAlerts(),
      history: openHistory(scanner),
      results: resultsDir === null ? null : new Results(resultsDir, onNotice),
      scanner,
      mayWrite: () => this.mayWrite('artifact'),
    });
  }

  #makeRecorder(
    { folder, segmentBytes }: NonNullable<ScanRunOptions['record']>,
    session: string,
    start: StartInput,
  ): Recorder {
    const { onNotice } = this.#options;
    const checkpoint = () => this.#scanner.save();
    return new Recorder({ folder, session, segmentBytes, checkpoint, onStop: onNotice }, start);
  }
}
