/**
 * The automatic triggers of the kill switch over time: arming, holding, firing once. Engages nothing itself: the caller does.
 *
 * Immutable plain JSON, so saving the state is keeping it. A new process begins with `INITIAL_TRIGGERS`, because its readiness
 * is not the last one's; a saved state is for going on with the same run.
 */

import { SECOND_MS } from '../../base/time.ts';
import type { KillLevel, TriggerConfig, TriggersConfig } from '../ops-config.ts';
import type { TriggerFacts } from './trigger-facts.ts';
import { type Judgement, TRIGGER_NAMES, TRIGGER_RULES, type TriggerName } from './trigger-table.ts';

/** No pulse for longer than this, 40 times the live shell's 250 ms: the machine was suspended, and readings are of before. */
export const SUSPEND_MS = 10_000;
/** A gap that event-loop lag explains is a stall, up to here: clocks that run on in sleep show a suspension as lag too. */
const LONGEST_STALL_MS = 60_000;

/**
 * Of all triggers together.
 *
 * - `not_ready`: no readiness yet. Leads to `warming`.
 * - `warming`: for `armAfterSeconds`, then `armed`. A suspension, or a release, begins it anew.
 * - `armed`: conditions are judged.
 * - `resting`: the switch is at drain or kill and has closed the sockets; silence means nothing. Its release leads to `not_ready`.
 */
export type Arming =
  | { readonly kind: 'not_ready' | 'armed' | 'resting' }
  | { readonly kind: 'warming'; readonly sinceMs: number };

/**
 * Of one trigger.
 *
 * - `idle`: the condition does not hold, has no reading, or is not judged
 * - `holding`: it has held since then without a break
 * - `fired`: told once; stays so until the kill switch is released
 */
export type Watch =
  | { readonly kind: 'idle' }
  | { readonly kind: 'holding'; readonly sinceMs: number }
  | { readonly kind: 'fired'; readonly atMs: number; readonly evidence: string };

export interface TriggersState {
  readonly arming: Arming;
  readonly watches: Readonly<Record<TriggerName, Watch>>;
  /** Of the latest step; null before the first. */
  readonly last: { readonly facts: TriggerFacts; readonly atMs: number } | null;
}

/** One reason to engage the kill switch. */
export interface FiredTrigger {
  readonly name: TriggerName;
  readonly level: KillLevel;
  readonly atMs: number;
  /** The figure, its limit, how long: the engagement's reason. */
  readonly evidence: string;
}

export interface TriggerStep {
  readonly state: TriggersState;
  /** In the order of `TRIGGER_NAMES`; each once until the switch is released. */
  readonly fired: readonly FiredTrigger[];
}

const IDLE: Watch = { kind: 'idle' };
const ALL_IDLE = Object.fromEntries(TRIGGER_NAMES.map((name) => [name, IDLE])) as Record<TriggerName, Watch>;

export const INITIAL_TRIGGERS: TriggersState = { arming: { kind: 'not_ready' }, watches: ALL_IDLE, last: null };

/** Whether this trigger is judged at all; the master switch is over each trigger's own. */
export function isEnabled(name: TriggerName, config: TriggersConfig): boolean {
  return config.enabled && TRIGGER_RULES[name].settings(config).enabled;
}

/**
 * Advances all triggers to one pulse.
 *
 * @param nowMs - receive time of the pulse, never earlier than the last one's. A gap counts as a suspension of the machine.
 */
export function stepTriggers(
  state: TriggersState,
  facts: TriggerFacts,
  config: TriggersConfig,
  nowMs: number,
): TriggerStep {
  const isReleased = state.last !== null && state.last.facts.killLevel !== null && facts.killLevel === null;
  const isBroken = isReleased || isResumed(state, facts, nowMs);
  const arming = nextArming(state.arming, isBroken, facts, config, nowMs);
  const fired: FiredTrigger[] = [];
  const watches = { ...state.watches };
  for (const name of TRIGGER_NAMES) {
    const before = state.watches[name];
    if (before.kind === 'fired' && !isReleased) continue;
    const { judge, settings } = TRIGGER_RULES[name];
    const isJudged = arming.kind === 'armed' && isEnabled(name, config);
    watches[name] = isJudged ? nextWatch(before, judge(facts, config), settings(config), nowMs) : IDLE;
    const now = watches[name];
    if (now.kind === 'fired') fired.push({ name, level: settings(config).level, atMs: nowMs, evidence: now.evidence });
  }
  return { state: { arming, watches, last: { facts, atMs: nowMs } }, fired };
}

/** Did the machine sleep since the last pulse? A loop that was merely busy says so by its lag, and is not forgiven. */
function isResumed(state: TriggersState, facts: TriggerFacts, nowMs: number): boolean {
  if (state.last === null) return false;
  const gapMs = nowMs - state.last.atMs;
  const isStall = gapMs <= LONGEST_STALL_MS && gapMs - (facts.eventLoopLagMs ?? 0) <= SUSPEND_MS;
  return gapMs > SUSPEND_MS && !isStall;
}

function nextArming(
  arming: Arming,
  isBroken: boolean,
  facts: TriggerFacts,
  config: TriggersConfig,
  nowMs: number,
): Arming {
  if (facts.killLevel === 'drain' || facts.killLevel === 'kill') return { kind: 'resting' };
  const wasReady = arming.kind === 'warming' || arming.kind === 'armed';
  if (!wasReady && !facts.isReady) return { kind: 'not_ready' };
  const from: Arming = !wasReady || isBroken ? { kind: 'warming', sinceMs: nowMs } : arming;
  if (from.kind !== 'warming') return from;
  return nowMs - from.sinceMs >= config.armAfterSeconds * SECOND_MS ? { kind: 'armed' } : from;
}

function nextWatch(watch: Watch, judgement: Judgement, { holdSeconds }: TriggerConfig, nowMs: number): Watch {
  if (judgement.kind !== 'bad') return IDLE;
  const sinceMs = watch.kind === 'holding' ? watch.sinceMs : nowMs;
  if (nowMs - sinceMs < holdSeconds * SECOND_MS) return watch.kind === 'holding' ? watch : { kind: 'holding', sinceMs };
  const held = holdSeconds === 0 ? '' : ` for ${holdSeconds} s`;
  return { kind: 'fired', atMs: nowMs, evidence: `${judgement.evidence}${held}` };
}
