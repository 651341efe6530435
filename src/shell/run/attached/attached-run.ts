/**
 * What makes a paced replay behave as a scanner does: it obeys switches, mode and kill switch, measures the machine, shows that
 * it lives, and says what it did. The replay itself only reads and steps.
 */

import { providerOf } from '../../../core/market/venues/registry.ts';
import type { ControlDefaults } from '../../../core/ops/control/control.ts';
import type { OpsConfig } from '../../../core/ops/ops-config.ts';
import type { Action } from '../../../core/ops/run/action.ts';
import type { OpsStart } from '../../../core/ops/run/ops-input.ts';
import type { OpsRun } from '../../../core/ops/run/ops-run.ts';
import type { Effect } from '../../../core/scan/effect.ts';
import type { Input, LinkInput } from '../../../core/scan/input.ts';
import type { Log } from '../../log/log.ts';
import { logEffect } from '../../log/log-effect.ts';
import { FeedGate } from './feed-gate.ts';
import { HostProbe } from './host-probe.ts';
import { ScannerSession } from './scanner-session.ts';

export interface AttachRequest {
  readonly stateDir: string;
  readonly config: OpsConfig;
  readonly defaults: ControlDefaults;
  readonly providers: readonly string[];
  readonly venues: readonly string[];
  readonly name: string;
  /** A bar closes when exchange time reaches its end plus this; a drain waits as long for the open minute. */
  readonly watermarkDelayMs: number;
  /** What the operations core decides; whoever gives it closes it. */
  readonly log: Log;
  /** One line for people. */
  readonly onNotice: (text: string) => void;
  /** Once a second: what there is to be shown now. */
  readonly onStatus: (ops: OpsRun, nowMs: number) => void;
}

/** What the attached run needs of the replay that it is part of. */
export interface ReplaySide {
  /** Journals and steps one Input; its effects come back through `onEffect`. */
  step(input: Input): void;
  ops(): OpsRun | null;
  /** The recording's time now: never before the last Input, never after the next. */
  nowMs(): number;
  /** No more records: the trailer, and the file is whole. */
  closeJournal(): void;
}

const MINUTE_MS = 60_000;
const HOST_EVERY_MS = 1000;
/** Lateness of the last so many records, for the lag's percentiles. */
const LAGS = 1024;

export class AttachedRun {
  readonly start: OpsStart;
  readonly #request: AttachRequest;
  readonly #side: ReplaySide;
  readonly #session: ScannerSession;
  readonly #probe: HostProbe;
  readonly #gate = new FeedGate();
  readonly #onSignal: () => void;
  #timer: NodeJS.Timeout | null = null;
  #hostMs = Number.NEGATIVE_INFINITY;
  #progressMs: number | null = null;
  /** At drain: when the open minute is over; null: not draining. */
  #drainedAtMs: number | null = null;
  readonly #lags: number[] = [];
  #isGateDue = false;

  /** @throws CryptorunError `lock_held` when another scanner runs on this state */
  constructor(request: AttachRequest, side: ReplaySide) {
    this.#request = request;
    this.#side = side;
    const { stateDir, name, defaults, config, onNotice } = request;
    this.#session = ScannerSession.open({
      stateDir,
      source: 'replay',
      name,
      defaults,
      heartbeatMs: config.killSwitch.heartbeatMs,
      nowMs: Date.now,
      onProblem: onNotice,
    });
    this.#probe = new HostProbe(stateDir);
    this.start = {
      config,
      seed: name,
      providers: request.providers,
      venues: request.venues,
      document: this.#session.document,
      latch: this.#session.latch,
    };
    this.#onSignal = () => this.#killBySignal();
  }

  /** After the `start` Input: looks at once, then every `poll_ms`. */
  begin(): void {
    process.on('SIGUSR2', this.#onSignal);
    this.look();
    this.#timer = setInterval(() => this.look(), this.#request.config.killSwitch.pollMs);
  }

  /** What operators did since the last look; a heartbeat; once a second the machine. Never throws for files in the way. */
  look(): void {
    const ops = this.#side.ops();
    if (ops === null) return;
    for (const command of this.#session.poll()) {
      this.#side.step({ kind: 'command', command, receiveTimeMs: this.#side.nowMs() });
    }
    this.#updateGate(ops);
    this.#session.beat(ops, this.#progressMs);
    const wallMs = Date.now();
    if (wallMs - this.#hostMs < HOST_EVERY_MS) return;
    this.#hostMs = wallMs;
    const host = { ...this.#probe.read(percentilesOf(this.#lags)), ...this.#session.audit() };
    this.#side.step({ kind: 'host', host, receiveTimeMs: this.#side.nowMs() });
    this.#showStatus(ops);
  }

  /** Whether the replay is to step this Input: sockets that are closed hear nothing. */
  admits(input: Input): boolean {
    const ops = this.#side.ops();
    if (ops === null) return true;
    if (input.kind === 'link') return this.#gate.onLink(input, (link) => this.#mayListen(ops, link));
    return input.kind !== 'frame' || this.#gate.isOpen(input.connection);
  }

  /** @param lateMs - how far behind its due time the Input was stepped */
  noteProgress(lateMs: number): void {
    this.#progressMs = Date.now();
    this.#lags.push(Math.max(0, lateMs));
    if (this.#lags.length > LAGS) this.#lags.shift();
  }

  onEffect(effect: Effect): void {
    logEffect(this.#request.log, effect);
    switch (effect.kind) {
      case 'kill_level_changed':
        this.#onKillLevel(effect.from, effect.to, effect.reason);
        break;
      case 'mode_changed':
      case 'switch_changed':
        this.#isGateDue = true;
        if (!this.mayWrite()) this.#side.closeJournal();
        break;
      case 'engage_kill_switch':
      case 'breaker_changed':
      case 'health_grade_changed':
        this.#session.perform(effect);
        break;
      default:
    }
  }

  /** Whether bars, gaps and digests may be written: not at `kill`, not after a drain, not with `emergency.writes` off. */
  mayWrite(): boolean {
    const ops = this.#side.ops();
    return ops === null || this.#isLetThrough(ops, { kind: 'write', what: 'artifact' });
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    process.off('SIGUSR2', this.#onSignal);
    this.#probe.close();
    this.#session.close();
  }

  #showStatus(ops: OpsRun): void {
    try {
      this.#request.onStatus(ops, this.#side.nowMs());
    } catch (error) {
      if (!this.#isStatusRefused) this.#request.onNotice(`the status cannot be saved: ${(error as Error).message}`);
      this.#isStatusRefused = true;
    }
  }

  #isStatusRefused = false;

  #killBySignal(): void {
    const command = this.#session.killBySignal('SIGUSR2');
    this.#side.step({ kind: 'command', command, receiveTimeMs: this.#side.nowMs() });
    this.look();
  }

  #onKillLevel(from: string | null, to: string | null, reason: string): void {
    this.#isGateDue = true;
    const nowMs = this.#side.nowMs();
    const minuteEndMs = nowMs - (nowMs % MINUTE_MS) + MINUTE_MS;
    this.#drainedAtMs = to === 'drain' ? minuteEndMs + this.#request.watermarkDelayMs : null;
    if (to === 'kill') this.#side.closeJournal();
    this.#request.onNotice(
      to === null ? `kill switch: released (was ${from})` : `kill switch: engaged at ${to}: ${reason}`,
    );
  }

  #isDrained(): boolean {
    return this.#drainedAtMs !== null && this.#side.nowMs() >= this.#drainedAtMs;
  }

  /** Closes and opens what permission has changed for, and tells the run. */
  #updateGate(ops: OpsRun): void {
    const isDrained = this.#isDrained();
    if (!this.#isGateDue && !isDrained) return;
    this.#isGateDue = false;
    const latch = ops.latch;
    const reason = latch.kind === 'engaged' ? `kill switch at ${latch.level}` : 'switches';
    const told = this.#gate.update((link) => this.#mayListen(ops, link), reason, this.#side.nowMs());
    for (const link of told) this.#side.step(link);
    if (isDrained && told.length > 0) this.#side.closeJournal();
  }

  /** An open socket is closed by mode, kill switch and switches; guards and breakers only keep new ones from opening. */
  #mayListen(ops: OpsRun, { venue }: Pick<LinkInput, 'venue'>): boolean {
    const provider = providerOf(venue);
    return this.#isLetThrough(ops, { kind: 'subscribe', provider, venue, quote: null });
  }

  /** What goes on already is let through while a drain finishes the open minute. */
  #isLetThrough(ops: OpsRun, action: Action): boolean {
    const permission = ops.isAllowed(action, this.#side.nowMs());
    if (permission.isAllowed || permission.refusedBy === 'guard' || permission.refusedBy === 'breaker') return true;
    return permission.refusedBy === 'kill_switch' && permission.name === 'drain' && !this.#isDrained();
  }
}

function percentilesOf(lags: readonly number[]): { p50: number; p95: number; p99: number } | null {
  if (lags.length === 0) return null;
  const sorted = [...lags].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1]!;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
