/**
 * A scan in virtual time: simulated venues, the feeds' driver and the Scanner with its operations core in one process, on a
 * clock that moves when it is told to. No socket, no sleep, no chance but the seed's; decides nothing.
 */

import { emptyDocument } from '../../../core/ops/control/decide.ts';
import type { HostFact } from '../../../core/ops/facts.ts';
import type { OpsConfig } from '../../../core/ops/ops-config.ts';
import type { Effect } from '../../../core/scan/effect.ts';
import type { Input, StartInput } from '../../../core/scan/input.ts';
import { Scanner } from '../../../core/scan/scanner.ts';
import { FeedDriver } from '../../feeds/driver/feed-driver.ts';
import { driveWorld, InProcessTransport } from '../../sim/serve/in-process.ts';
import { VirtualClock } from '../../sim/serve/virtual-clock.ts';
import type { SimWorld } from '../../sim/world/sim-world.ts';
import { decodeText } from '../decode-text.ts';
import { queueLimits, type ScanStart, type SignalSettings } from '../scan/scan-start.ts';
import { StepQueue } from '../step-queue.ts';
import { InputTape } from './input-tape.ts';

export interface VirtualScanOptions {
  readonly world: SimWorld;
  readonly start: ScanStart;
  /** Null or left out: neither surveillance nor alerts. */
  readonly signal?: SignalSettings | null;
  readonly ops: OpsConfig;
  readonly providers: readonly string[];
  readonly venues: readonly string[];
  readonly pulseMs: number;
  /** Jitter comes from it. */
  readonly seed: string;
  /** After it was stepped, with the time it was stepped at. */
  readonly onInput?: (input: Input) => void;
  /** After it was performed. */
  readonly onEffect?: (effect: Effect) => void;
  /** Whether every Input is kept, to be stepped again. Default true. */
  readonly isTaped?: boolean;
  readonly sabotage?: Sabotage;
}

/** A scanner with a part missing, to show that a drill fails without it. */
export interface Sabotage {
  /** What becomes of what the Scanner starts from; default: nothing. */
  readonly start?: (start: StartInput) => StartInput;
  /** What becomes of an Input on its way to the Scanner; default: nothing. */
  readonly hear?: (input: Input) => Input;
  /** Whether an effect is performed; default: all are. `atMs`: since the world began. */
  readonly mayPerform?: (effect: Effect, atMs: number) => boolean;
}

/** One way to a venue. Less than the world's shortest step: what a step sent has arrived before the next one. */
export const LATENCY_MS = 5;

const SECOND_MS = 1000;

/** A machine on which nothing is wrong: drills are about venues. */
const HEALTHY_HOST: Omit<HostFact, 'timeMs'> = {
  cpuRatio: 0.1,
  memoryUsedRatio: 0.3,
  diskUsedRatio: 0.3,
  rssBytes: 200e6,
  diskFreeBytes: 100e9,
  eventLoopLagMs: 0,
  lagMsP50: 0,
  lagMsP95: 0,
  lagMsP99: 0,
  wallClockStepMs: 0,
  auditChain: 'ok',
  authAttempts24h: 0,
  authRefusals24h: 0,
};

export class VirtualScan {
  readonly world: SimWorld;
  readonly clock: VirtualClock;
  readonly transport: InProcessTransport;
  readonly driver: FeedDriver;
  readonly scanner = new Scanner({ decodeText });
  /** Everything that was stepped, `start` first; empty where it was not to be kept. */
  readonly tape = new InputTape();
  #stepCount = 0;
  readonly #options: VirtualScanOptions;
  readonly #steps = new StepQueue((input) => this.#stepOne(input));

  constructor(options: VirtualScanOptions) {
    const { world, start, pulseMs } = options;
    this.#options = options;
    this.world = world;
    this.clock = new VirtualClock(world.startMs);
    driveWorld(world, this.clock);
    this.transport = new InProcessTransport(world, this.clock, { latencyMs: LATENCY_MS });
    this.driver = new FeedDriver({
      transport: this.transport,
      clock: this.clock,
      limits: queueLimits(start),
      step: (input) => this.step(input),
      defer: (run) => void this.clock.after(0, run),
    });
    this.every(pulseMs, () => this.driver.pulse());
    this.every(SECOND_MS, () => this.step({ kind: 'host', host: HEALTHY_HOST, receiveTimeMs: this.driver.nowMs() }));
  }

  /** The first Input: nothing is asked of a venue before it. */
  begin(): void {
    this.step(this.#startInput());
  }

  /** Inputs stepped so far, `start` counted. */
  get steps(): number {
    return this.#stepCount;
  }

  /** Ms since the world began. */
  get elapsedMs(): number {
    return this.clock.nowMs() - this.world.startMs;
  }

  /** Lets everything happen up to so many ms after the world began. */
  advanceTo(elapsedMs: number): void {
    this.clock.advanceTo(this.world.startMs + elapsedMs);
  }

  /** Again and again from `firstMs` on, on the run's clock. */
  every(intervalMs: number, run: () => void, firstMs = intervalMs): void {
    const tick = (): void => {
      this.clock.after(intervalMs, tick);
      run();
    };
    this.clock.after(firstMs, tick);
  }

  /** One Input of the caller's own, such as a command; receive times never run backwards. */
  step(input: Input): void {
    this.#steps.step(input);
  }

  #stepOne(received: Input): void {
    const { onInput, onEffect, isTaped, sabotage } = this.#options;
    const input = sabotage?.hear?.(received) ?? received;
    this.#stepCount += 1;
    if (isTaped !== false) this.tape.append(input);
    const effects = this.scanner.step(input);
    onInput?.(input);
    for (let i = 0; i < effects.length; i++) {
      const effect = effects[i]!;
      if (sabotage?.mayPerform?.(effect, this.elapsedMs) ?? true) this.#perform(effect);
      onEffect?.(effect);
    }
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case 'open_connection':
      case 'close_connection':
      case 'send_text':
      case 'rest_request':
        this.driver.perform(effect);
        return;
      case 'kill_level_changed':
        // As the live scan does: no socket outlives this call, whatever the core does meanwhile.
        if (effect.to === 'kill') this.driver.close();
        return;
      default:
    }
  }

  #startInput(): StartInput {
    const { start, ops, seed, providers, venues, sabotage } = this.#options;
    const { tokens: _, ...document } = emptyDocument();
    const opsStart = { config: ops, seed, providers, venues, document, latch: null };
    const signal =
      this.#options.signal == null ? null : { ...this.#options.signal, stored: { alerts: [], silences: [] } };
    const input = { ...start, restoredState: null, ops: opsStart, signal, receiveTimeMs: this.clock.nowMs() };
    return sabotage?.start?.(input) ?? input;
  }
}
