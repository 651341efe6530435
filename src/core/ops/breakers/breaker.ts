/** One circuit breaker as a value: what it makes of each call, of time and of operators. Makes no call and keeps no clock. */

import type { Prng } from '../../base/prng.ts';
import { DAY_MS, SECOND_MS } from '../../base/time.ts';
import type { CallFact } from '../facts.ts';
import type { BreakerConfig } from '../ops-config.ts';
import { type CallWindow, EMPTY_WINDOW, failureRatio, withCall } from './call-window.ts';

/**
 * Where a breaker stands. Times in ms since the epoch; `openMs` is how long it opened last, before jitter; `failures` are
 * those in a row, up to now or to when it opened, failed probes included.
 *
 * - `closed`: every call may go. Too many failures, or the provider's word, open it.
 * - `open`: no call may go until `untilMs`; then it is half open.
 * - `half_open`: a few probes may go, each with a lease. As many successes as probes allowed close it, one failure opens
 *   it for longer. Every lease is settled once, by a call that began no earlier than it, or by running out.
 * - `isolated`: an operator took it out. Nothing but `release` leads out, whatever calls or time say.
 */
export type BreakerState =
  | {
      readonly kind: 'closed';
      readonly sinceMs: number;
      readonly failures: number;
      readonly window: CallWindow;
    }
  | {
      readonly kind: 'open';
      readonly sinceMs: number;
      readonly untilMs: number;
      readonly openMs: number;
      readonly failures: number;
      readonly reason: string;
    }
  | {
      readonly kind: 'half_open';
      readonly sinceMs: number;
      readonly openMs: number;
      readonly failures: number;
      /** Oldest first. */
      readonly leases: readonly ProbeLease[];
      readonly successes: number;
    }
  | { readonly kind: 'isolated'; readonly sinceMs: number; readonly reason: string };

/** One probe under way. `untilMs`: when we stop waiting for its answer, and another may go. */
export interface ProbeLease {
  readonly takenMs: number;
  readonly untilMs: number;
}

/** `take` uses up a probe, right before the call is made. Inputs come in time order. */
export type BreakerInput =
  | { readonly kind: 'call'; readonly call: CallFact; readonly timeMs: number }
  | { readonly kind: 'time' | 'take' | 'release'; readonly timeMs: number }
  | { readonly kind: 'isolate'; readonly reason: string; readonly timeMs: number };

/** Binance's longest ban; a server that asks for more is not believed (its documentation: 2 minutes to 3 days). */
export const MAX_RETRY_AFTER_MS = 3 * DAY_MS;

/** Latencies may be told in whole ms: a probe must not look as if it had begun before its lease. */
const LATENCY_ROUNDING_MS = 1;

export function closedBreaker(sinceMs: number): BreakerState {
  return { kind: 'closed', sinceMs, failures: 0, window: EMPTY_WINDOW };
}

/**
 * Advances one breaker by one input.
 *
 * Pure but for `rng`, from which one number is drawn each time it opens by its own judgement.
 *
 * @returns the next state; the same object when nothing changed
 */
export function stepBreaker(state: BreakerState, input: BreakerInput, config: BreakerConfig, rng: Prng): BreakerState {
  const { timeMs } = input;
  const settled = settle(state, timeMs);
  switch (input.kind) {
    case 'call':
      return afterCall(settled, input.call, timeMs, config, rng);
    case 'take':
      return afterTake(settled, timeMs, config);
    case 'isolate':
      return settled.kind === 'isolated' ? settled : { kind: 'isolated', sinceMs: timeMs, reason: input.reason };
    case 'release':
      return settled.kind === 'isolated' ? closedBreaker(timeMs) : settled;
    case 'time':
      return settled;
  }
}

/** Whether a call may go now. Asks only, so a yes while half open is good for one call, and for that one to `take` its probe. */
export function permitsCall(state: BreakerState, nowMs: number, config: BreakerConfig): boolean {
  const settled = settle(state, nowMs);
  return settled.kind === 'closed' || (settled.kind === 'half_open' && hasProbe(settled, config));
}

/** What time alone has made of a state. Half open counts from when it became so, not from when somebody looked. */
export function settle(state: BreakerState, nowMs: number): BreakerState {
  if (state.kind === 'open' && nowMs >= state.untilMs) {
    const { untilMs, openMs, failures } = state;
    return { kind: 'half_open', sinceMs: untilMs, openMs, failures, leases: [], successes: 0 };
  }
  if (state.kind === 'half_open' && state.leases.some(({ untilMs }) => nowMs >= untilMs)) {
    return { ...state, leases: state.leases.filter(({ untilMs }) => nowMs < untilMs) };
  }
  return state;
}

/**
 * What a call says of its provider.
 *
 * - `good`: answered in time
 * - `bad`: no answer, no answer in time, a slow one, 5xx, or a 429 that does not say for how long
 * - `nothing`: a 4xx is our mistake and says neither
 * - `stay_away`: a ban, or a 429 with a time: no waiting for a second one
 */
type Word =
  | { readonly kind: 'good' | 'bad' | 'nothing' }
  | { readonly kind: 'stay_away'; readonly forMs: number; readonly reason: string };

function wordOf(call: CallFact, config: BreakerConfig): Word {
  const asked = call.retryAfterMs !== null && call.retryAfterMs > 0 ? call.retryAfterMs : null;
  switch (call.outcome) {
    case 'ok':
      return { kind: call.latencyMs !== null && call.latencyMs > config.slowCallMs ? 'bad' : 'good' };
    case 'client_error':
    case 'cancelled':
      return { kind: 'nothing' };
    case 'banned':
      return {
        kind: 'stay_away',
        forMs: Math.min(asked ?? config.maxOpenSeconds * SECOND_MS, MAX_RETRY_AFTER_MS),
        reason: 'banned',
      };
    case 'rate_limited':
      if (asked === null) return { kind: 'bad' };
      return { kind: 'stay_away', forMs: Math.min(asked, MAX_RETRY_AFTER_MS), reason: 'rate limited' };
    default:
      return { kind: 'bad' };
  }
}

function afterCall(
  state: BreakerState,
  call: CallFact,
  timeMs: number,
  config: BreakerConfig,
  rng: Prng,
): BreakerState {
  if (state.kind === 'isolated') return state;
  const word = wordOf(call, config);
  if (word.kind === 'stay_away') return keptAway(state, word.forMs, word.reason, timeMs, config);
  // Calls that were under way when it opened: they tell what is known already.
  if (state.kind === 'open') return state;
  if (state.kind === 'half_open') return afterProbe(state, word.kind, call, timeMs, config, rng);
  if (word.kind === 'nothing') return state;
  const isFailure = word.kind === 'bad';
  const failures = isFailure ? state.failures + 1 : 0;
  const window = withCall(state.window, timeMs, isFailure, config.windowSeconds * SECOND_MS);
  const reason = isFailure ? tripReason(failures, window, timeMs, config) : null;
  if (reason !== null) return opened(config.openSeconds * SECOND_MS, failures, reason, timeMs, config, rng);
  return { ...state, failures, window };
}

function tripReason(inRow: number, window: CallWindow, timeMs: number, config: BreakerConfig): string | null {
  if (inRow >= config.maxConsecutiveFailures) return `${inRow} failures in a row`;
  const { calls, failures, ratio } = failureRatio(window, timeMs, config.windowSeconds * SECOND_MS);
  if (calls >= config.minCalls && ratio >= config.maxErrorRatio) return `${failures} of ${calls} calls failed`;
  return null;
}

/** Settles one lease; a call to which none belongs was under way before, or was never asked for, and says nothing. */
function afterProbe(
  state: BreakerState & { kind: 'half_open' },
  word: 'good' | 'bad' | 'nothing',
  call: CallFact,
  timeMs: number,
  config: BreakerConfig,
  rng: Prng,
): BreakerState {
  const lease = leaseOf(state.leases, call);
  if (lease === undefined) return state;
  if (word === 'bad') {
    return opened(state.openMs * config.backoffFactor, state.failures + 1, 'a probe failed', timeMs, config, rng);
  }
  const leases = state.leases.filter((one) => one !== lease);
  if (word === 'nothing') return { ...state, leases };
  const successes = state.successes + 1;
  return successes >= config.halfOpenCalls ? closedBreaker(timeMs) : { ...state, leases, successes };
}

/** The newest one taken before the call began. Without a latency nobody knows when that was: then the oldest. */
function leaseOf(leases: readonly ProbeLease[], { latencyMs, timeMs }: CallFact): ProbeLease | undefined {
  if (latencyMs === null) return leases[0];
  return leases.findLast(({ takenMs }) => takenMs <= timeMs - latencyMs + LATENCY_ROUNDING_MS);
}

function afterTake(state: BreakerState, timeMs: number, config: BreakerConfig): BreakerState {
  if (state.kind !== 'half_open' || !hasProbe(state, config)) return state;
  // An answer that takes as long as a whole open time will not come; the next probe may go.
  const lease = { takenMs: timeMs, untilMs: timeMs + config.openSeconds * SECOND_MS };
  return { ...state, leases: [...state.leases, lease] };
}

/** Successes count too, so that no more probes go than are needed to close it. */
function hasProbe(state: BreakerState & { kind: 'half_open' }, config: BreakerConfig): boolean {
  return state.leases.length + state.successes < config.halfOpenCalls;
}

/** Opens by our own judgement, spread by jitter so that many of us do not come back at once; never beyond the cap. */
function opened(
  wantedMs: number,
  failures: number,
  reason: string,
  timeMs: number,
  config: BreakerConfig,
  rng: Prng,
): BreakerState {
  const capMs = config.maxOpenSeconds * SECOND_MS;
  const openMs = Math.min(wantedMs, capMs);
  const spread = 1 + config.jitterRatio * (2 * rng.next() - 1);
  const untilMs = timeMs + Math.min(openMs * spread, capMs);
  return { kind: 'open', sinceMs: timeMs, untilMs, openMs, failures, reason };
}

/** Opens by the provider's word: for exactly as long as it said, and never shorter than an open breaker would stay anyway. */
function keptAway(
  state: Exclude<BreakerState, { kind: 'isolated' }>,
  forMs: number,
  reason: string,
  timeMs: number,
  config: BreakerConfig,
): BreakerState {
  const untilMs = timeMs + forMs;
  const openMs = state.kind === 'closed' ? config.openSeconds * SECOND_MS : state.openMs;
  if (state.kind === 'open') return untilMs > state.untilMs ? { ...state, untilMs, reason } : state;
  return { kind: 'open', sinceMs: timeMs, untilMs, openMs, failures: state.failures + 1, reason };
}
