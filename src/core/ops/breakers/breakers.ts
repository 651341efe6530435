/** All breakers of a run: one for each provider and transport. Decides by facts; makes no call, and stops none by itself. */

import { Prng, type SavedPrng } from '../../base/prng.ts';
import { SECOND_MS } from '../../base/time.ts';
import type { CallFact, Transport } from '../facts.ts';
import type { BreakerConfig, BreakersConfig } from '../ops-config.ts';
import { compareText, type StatusGrade, type StatusRow, statusRow } from '../status.ts';
import { type BreakerInput, type BreakerState, closedBreaker, permitsCall, settle, stepBreaker } from './breaker.ts';
import { failureRatio } from './call-window.ts';

const TRANSPORTS: readonly Transport[] = ['rest', 'websocket'];

/** How many transitions wait to be asked for; more than an hour of eight breakers that flap as fast as config lets them. */
const MAX_CHANGES = 1000;

/** One breaker that went from one state to another. */
export interface BreakerChange {
  readonly name: string;
  readonly from: BreakerState['kind'];
  readonly to: BreakerState['kind'];
  /** When it did, which may be before anybody noticed. */
  readonly atMs: number;
  /** Why; empty when the state says it all. */
  readonly reason: string;
}

/** Plain JSON. */
export type SavedBreakers = {
  seed: SavedPrng;
  breakers: { [name: string]: { state: BreakerState; rng: SavedPrng } };
  changes: BreakerChange[];
};

interface Breaker {
  readonly config: BreakerConfig;
  readonly rng: Prng;
  state: BreakerState;
}

/** `kraken.rest`: how commands, the audit and the status call it. */
export function breakerName(provider: string, transport: Transport): string {
  return `${provider}.${transport}`;
}

/** The names that commands may use: every transport of every provider, sorted. */
export function breakerNames(providers: readonly string[]): string[] {
  return providers.flatMap((provider) => TRANSPORTS.map((one) => breakerName(provider, one))).sort(compareText);
}

/** Told facts in time order. Each costs O(1). */
export class Breakers {
  readonly #config: BreakersConfig;
  readonly #seed: Prng;
  readonly #breakers = new Map<string, Breaker>();
  #changes: BreakerChange[] = [];

  /**
   * @param providers - whose breakers are shown and asked from the start
   * @param seed - of the jitter; each breaker draws from its own stream
   */
  constructor(config: BreakersConfig, providers: readonly string[], seed: string | number, startMs: number) {
    this.#config = config;
    this.#seed = new Prng(seed);
    for (const name of breakerNames(providers)) this.#add(name, startMs);
  }

  onCall(call: CallFact): void {
    const name = breakerName(call.provider, call.transport);
    this.#step(name, { kind: 'call', call, timeMs: call.timeMs });
  }

  /** Takes a breaker out until `release`. Isolating it again changes nothing. */
  isolate(name: string, reason: string, timeMs: number): void {
    this.#step(name, { kind: 'isolate', reason, timeMs });
  }

  /** Closes an isolated breaker; does nothing to any other. */
  release(name: string, timeMs: number): void {
    this.#step(name, { kind: 'release', timeMs });
  }

  /** Notices what time has done, so that `changes` tells it. */
  onTime(timeMs: number): void {
    for (const name of this.#breakers.keys()) this.#step(name, { kind: 'time', timeMs });
  }

  /** Whether a call may go. Changes nothing, so it is a look, and no leave. A name that nobody knows may not. */
  permits(name: string, nowMs: number): boolean {
    const breaker = this.#breakers.get(name);
    return breaker !== undefined && permitsCall(breaker.state, nowMs, breaker.config);
  }

  /** As `permits`, and uses up a probe while half open: whoever makes a call asks this, right before. */
  take(name: string, nowMs: number): boolean {
    const isPermitted = this.permits(name, nowMs);
    if (isPermitted) this.#step(name, { kind: 'take', timeMs: nowMs });
    return isPermitted;
  }

  /** As of now. @returns null for a name that nobody knows */
  stateOf(name: string, nowMs: number): BreakerState | null {
    const breaker = this.#breakers.get(name);
    return breaker === undefined ? null : settle(breaker.state, nowMs);
  }

  /** Of all of them, sorted. */
  get names(): readonly string[] {
    return [...this.#breakers.keys()].sort(compareText);
  }

  /** Breakers that let nothing through: open, or isolated by an operator. */
  openCount(nowMs: number): number {
    const states = [...this.#breakers.values()].map((breaker) => settle(breaker.state, nowMs).kind);
    return states.filter((kind) => kind === 'open' || kind === 'isolated').length;
  }

  /** By name; of each its state, then `since`, `failures` and `next_probe`, as far as it has them. */
  rows(nowMs: number): StatusRow[] {
    return this.names.flatMap((name) => breakerRows(name, this.#breakers.get(name)!, nowMs));
  }

  /** The transitions since last asked, oldest first, for the audit. Asked by nobody, it keeps the newest thousand. */
  changes(): BreakerChange[] {
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }

  save(): SavedBreakers {
    const saved = [...this.#breakers].map(([name, { state, rng }]) => [name, { state, rng: rng.save() }]);
    return { seed: this.#seed.save(), breakers: Object.fromEntries(saved), changes: [...this.#changes] };
  }

  restore(saved: SavedBreakers): void {
    this.#seed.restore(saved.seed);
    for (const [name, { state, rng }] of Object.entries(saved.breakers)) {
      const breaker = this.#breakers.get(name) ?? this.#add(name, state.sinceMs);
      breaker.state = state;
      breaker.rng.restore(rng);
    }
    this.#changes = [...saved.changes];
  }

  #add(name: string, sinceMs: number): Breaker {
    const provider = name.slice(0, name.lastIndexOf('.'));
    const config = { ...this.#config.default, ...this.#config.providers[provider] };
    const breaker: Breaker = { config, rng: this.#seed.fork(name), state: closedBreaker(sinceMs) };
    this.#breakers.set(name, breaker);
    return breaker;
  }

  #step(name: string, input: BreakerInput): void {
    const breaker = this.#breakers.get(name) ?? this.#add(name, input.timeMs);
    // Time first, by itself: that it became half open is a transition of its own.
    const before = breaker.state;
    const settled = settle(before, input.timeMs);
    breaker.state = stepBreaker(settled, input, breaker.config, breaker.rng);
    this.#note(name, before, settled);
    this.#note(name, settled, breaker.state);
  }

  #note(name: string, from: BreakerState, to: BreakerState): void {
    if (from.kind === to.kind) return;
    if (this.#changes.length === MAX_CHANGES) this.#changes.shift();
    const reason = to.kind === 'open' || to.kind === 'isolated' ? to.reason : '';
    this.#changes.push({ name, from: from.kind, to: to.kind, atMs: to.sinceMs, reason });
  }
}

const GRADES: Readonly<Record<BreakerState['kind'], StatusGrade>> = {
  closed: 'OK',
  half_open: 'WARN',
  open: 'CRITICAL',
  isolated: 'BLOCK',
};

/** The state first, then the parts that it has. */
function breakerRows(name: string, { state, config }: Breaker, nowMs: number): StatusRow[] {
  const settled = settle(state, nowMs);
  const parts = { category: 'breaker', name } as const;
  const rows = [
    statusRow({
      ...parts,
      value: settled.kind,
      status: GRADES[settled.kind],
      message: detailOf(settled, nowMs, config),
    }),
    statusRow({ ...parts, part: 'since', value: settled.sinceMs, unit: 'instant' }),
  ];
  if (settled.kind === 'isolated') return rows;
  rows.push(statusRow({ ...parts, part: 'failures', value: settled.failures, unit: 'count', message: 'in a row' }));
  const probeMs = nextProbeMs(settled, nowMs, config);
  if (probeMs !== null) rows.push(statusRow({ ...parts, part: 'next_probe', value: probeMs, unit: 'instant' }));
  return rows;
}

/** From when on a probe may go; null: every call may. */
function nextProbeMs(
  state: Exclude<BreakerState, { kind: 'isolated' }>,
  nowMs: number,
  config: BreakerConfig,
): number | null {
  if (state.kind === 'closed') return null;
  if (state.kind === 'open') return state.untilMs;
  return permitsCall(state, nowMs, config) ? state.sinceMs : (state.leases[0]?.untilMs ?? null);
}

/** Why it stands there, in words. */
function detailOf(state: BreakerState, nowMs: number, config: BreakerConfig): string {
  switch (state.kind) {
    case 'closed': {
      const { calls, failures } = failureRatio(state.window, nowMs, config.windowSeconds * SECOND_MS);
      return failures === 0 ? '' : `${failures} of the last ${calls} calls failed`;
    }
    case 'half_open':
      return `${state.leases.length} of ${config.halfOpenCalls} probes under way, ${state.successes} succeeded`;
    default:
      return state.reason;
  }
}
