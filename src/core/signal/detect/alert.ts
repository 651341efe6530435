/**
 * The one life of an alert, whatever it is about: inactive, pending, firing, resolved. Steps one alert by one event; knows no other
 * alert, sends nothing, reads no clock.
 *
 * The level and the z-score begin it, the level alone carries it, the level alone ends it. So a z-score that warms up, is flat or
 * has got used to the new level keeps an alert from beginning, and never ends one. A missing value neither holds nor ends.
 */

import { isLevelHeld, isLevelOver, isWorse } from './alert-level.ts';
import type { AlertRecord, ResolutionKind } from './alert-record.ts';
import { type AlertTerms, firstRecord } from './alert-terms.ts';

/** What is left of an episode that is over, for throttle and cooldown. */
export interface LastEpisode {
  readonly pendingAtMs: number;
  readonly firedAtMs: number;
  readonly resolvedAtMs: number;
  readonly kind: ResolutionKind;
}

/**
 * - `inactive`: nothing is wrong, or what was did not last. Leads to `pending`, and in the same step to `firing` if nothing holds it
 *   back.
 * - `pending`: began, and the level has held since. Leads to `firing`, or back to `inactive`.
 * - `firing`: leads to `resolved` only. Escalation and acknowledgement are facts of its record.
 * - `resolved`: as `inactive`, and the record says how the last episode ended.
 */
export type AlertState =
  | { readonly kind: 'inactive'; readonly last: LastEpisode | null }
  | {
      readonly kind: 'pending';
      readonly alert: AlertRecord;
      readonly last: LastEpisode | null;
      /** When it was last seen to hold; null since the restart of the program. */
      readonly heldAtMs: number | null;
      /** When its series last had a value. */
      readonly heardAtMs: number;
    }
  | {
      readonly kind: 'firing';
      readonly alert: AlertRecord;
      /** How long the level has been over, and when that was last seen; null: it is not. */
      readonly over: Stretch | null;
      readonly heardAtMs: number;
      /** It fired before the program restarted, and no value since has said whether it still does. */
      readonly isUnconfirmed: boolean;
    }
  | { readonly kind: 'resolved'; readonly alert: AlertRecord };
export type PendingAlert = Extract<AlertState, { kind: 'pending' }>;
export type FiringAlert = Extract<AlertState, { kind: 'firing' }>;

interface Stretch {
  readonly ms: number;
  readonly atMs: number;
}

/**
 * What an alert that begins may take from its neighbour (`escalatesTo`).
 *
 * - `score`: its warning fires and the value has just crossed its level; that something is unusual was judged when the warning
 *   began, so the level is enough
 * - `whole`: its critical alert has just ended, and its own level was held all that time: it need not hold anew
 */
export type Vouch = 'none' | 'score' | 'whole';

/** Times in ms on the series' own clock, never falling. */
export type AlertInput =
  | {
      readonly kind: 'sample';
      readonly timeMs: number;
      /** NaN: missing. */
      readonly value: number;
      /** NaN: none, be it that it warms up, that the window is flat or that the series has none. */
      readonly zscore: number;
      readonly vouch: Vouch;
    }
  | { readonly kind: 'time'; readonly timeMs: number }
  | { readonly kind: 'acknowledge'; readonly timeMs: number; readonly actor: string; readonly reason: string }
  | { readonly kind: 'end'; readonly timeMs: number; readonly as: EndedAs }
  /** The silence over it now; null: none. */
  | { readonly kind: 'silence'; readonly silencedBy: string | null };
type EndedAs = 'manual' | 'superseded' | 'disabled' | 'switched_off';
type SampleInput = Extract<AlertInput, { kind: 'sample' }>;

export const INACTIVE: AlertState = { kind: 'inactive', last: null };

/**
 * Advances one alert by one event.
 *
 * Pure: the same state and input give the same result, so live and replay agree.
 *
 * @returns the next state; the same object when nothing changed. `changesBetween` says what has happened.
 * @see prometheus/prometheus rules/alerting.go (pending, firing, keep-firing, resolved)
 */
export function stepAlert(state: AlertState, input: AlertInput, terms: AlertTerms): AlertState {
  switch (input.kind) {
    case 'sample':
      return onSample(state, input, terms);
    case 'time':
      return onTime(state, input.timeMs, terms);
    case 'acknowledge':
      return acknowledged(state, input);
    case 'end':
      return endedAlert(state, input.as, input.timeMs);
    case 'silence':
      return silenced(state, input.silencedBy);
  }
}

/**
 * An alert as the run before left it. Not judged anew: it goes on. The first value says whether it still fires; what ended while
 * nobody looked resolves as `while_down`. The outage counts for no persistence and no time-out.
 *
 * @param before - the state of its key as far as it is known: an earlier episode's
 */
export function restoredAlert(alert: AlertRecord, before: AlertState, nowMs: number): AlertState {
  switch (alert.state) {
    case 'pending':
      return { kind: 'pending', alert, last: lastEpisode(before), heldAtMs: null, heardAtMs: nowMs };
    case 'firing':
      return { kind: 'firing', alert, over: null, heardAtMs: nowMs, isUnconfirmed: true };
    case 'resolved':
      return { kind: 'resolved', alert };
  }
}

/** Would this sample begin an alert that is `inactive` or `resolved`? */
export function begins(
  state: AlertState,
  input: SampleInput,
  { rule, threshold, zscoreThreshold }: AlertTerms,
): boolean {
  if (!isLevelHeld(rule.condition, threshold, input.value)) return false;
  const isUnusual = zscoreThreshold === null || Math.abs(input.zscore) > zscoreThreshold;
  if (!isUnusual && input.vouch === 'none') return false;
  const last = lastEpisode(state);
  if (last === null) return true;
  // Its id is made of this time: two episodes do not begin at the same.
  if (input.timeMs <= last.pendingAtMs) return false;
  return last.kind === 'superseded' || input.timeMs - last.resolvedAtMs >= rule.cooldownMs;
}

function onSample(state: AlertState, input: SampleInput, terms: AlertTerms): AlertState {
  switch (state.kind) {
    case 'inactive':
    case 'resolved':
      return begins(state, input, terms)
        ? firedIfDue(begun(lastEpisode(state), input, terms), input.timeMs, terms)
        : state;
    case 'pending':
      return pendingSample(state, input, terms);
    case 'firing':
      return firingSample(state, input, terms);
  }
}

function begun(
  last: LastEpisode | null,
  { timeMs, value, zscore, vouch }: SampleInput,
  terms: AlertTerms,
): PendingAlert {
  const heldMs = vouch === 'whole' ? terms.rule.persistenceMs : 0;
  const alert = { ...firstRecord(terms, timeMs, value, zscore), heldMs };
  return { kind: 'pending', alert, last, heldAtMs: timeMs, heardAtMs: timeMs };
}

function pendingSample(state: PendingAlert, input: SampleInput, terms: AlertTerms): AlertState {
  const { timeMs, value } = input;
  if (Number.isNaN(value)) return onTime(state, timeMs, terms);
  const { rule, threshold } = terms;
  if (!isLevelHeld(rule.condition, threshold, value)) return { kind: 'inactive', last: state.last };
  const heldMs = state.alert.heldMs + stretchMs(state.heldAtMs, timeMs, terms);
  const alert = judged(state.alert, input, heldMs);
  return firedIfDue({ ...state, alert, heldAtMs: timeMs, heardAtMs: timeMs }, timeMs, terms);
}

function firedIfDue(state: PendingAlert, timeMs: number, { rule }: AlertTerms): AlertState {
  const { alert, last } = state;
  const throttledFromMs =
    last === null ? Number.NEGATIVE_INFINITY : last.kind === 'manual' ? last.resolvedAtMs : last.firedAtMs;
  if (alert.heldMs < rule.persistenceMs || timeMs - throttledFromMs < rule.throttleMs) return state;
  const fired: AlertRecord = { ...alert, state: 'firing', firedAtMs: timeMs };
  return { kind: 'firing', alert: fired, over: null, heardAtMs: timeMs, isUnconfirmed: false };
}

function firingSample(state: FiringAlert, input: SampleInput, terms: AlertTerms): AlertState {
  const { timeMs, value } = input;
  if (Number.isNaN(value)) return onTime(state, timeMs, terms);
  const { rule, threshold } = terms;
  const alert = judged(state.alert, input);
  const heard = { ...state, alert, heardAtMs: timeMs, isUnconfirmed: false };
  if (!isLevelOver(rule.condition, threshold, rule.hysteresisRatio, value)) {
    return onTime({ ...heard, over: null }, timeMs, terms);
  }
  if (state.isUnconfirmed) return resolved(alert, 'while_down', timeMs, value);
  const ms = state.over === null ? 0 : state.over.ms + stretchMs(state.over.atMs, timeMs, terms);
  if (ms >= rule.keepFiringMs) return resolved(alert, 'auto', timeMs, value);
  return onTime({ ...heard, over: { ms, atMs: timeMs } }, timeMs, terms);
}

/** What time alone does: it times out, it escalates, it climbs the ladder. */
function onTime(state: AlertState, timeMs: number, terms: AlertTerms): AlertState {
  if (state.kind !== 'pending' && state.kind !== 'firing') return state;
  if (timeMs - state.heardAtMs >= terms.rule.timeoutMs) {
    if (state.kind === 'pending') return { kind: 'inactive', last: state.last };
    return resolved(state.alert, 'timeout', timeMs, null);
  }
  // Nobody is called for something that may have ended long ago.
  if (state.kind === 'pending' || state.isUnconfirmed) return state;
  return climbed(escalated(state, timeMs, terms), timeMs, terms);
}

function escalated(state: FiringAlert, timeMs: number, { rule }: AlertTerms): FiringAlert {
  const { alert } = state;
  const isDue = rule.escalateAfterMs !== null && timeMs - alert.firedAtMs! >= rule.escalateAfterMs;
  if (!isDue || alert.priority !== 'P2' || alert.acknowledgement !== null) return state;
  return { ...state, alert: { ...alert, priority: 'P1', escalatedAtMs: timeMs, escalationReason: 'unresolved' } };
}

function climbed(state: FiringAlert, timeMs: number, { ladder }: AlertTerms): FiringAlert {
  const { alert } = state;
  if (alert.acknowledgement !== null) return state;
  const step = ladder.findLastIndex(
    ({ afterMs, priorities }) => timeMs - alert.firedAtMs! >= afterMs && priorities.includes(alert.priority),
  );
  return step > alert.ladderStep ? { ...state, alert: { ...alert, ladderStep: step } } : state;
}

function acknowledged(state: AlertState, input: Extract<AlertInput, { kind: 'acknowledge' }>): AlertState {
  if (state.kind !== 'firing' || state.alert.acknowledgement !== null) return state;
  const { actor, reason } = input;
  const atMs = Math.max(input.timeMs, state.alert.firedAtMs!);
  return { ...state, alert: { ...state.alert, acknowledgement: { atMs, actor, reason } } };
}

/** Ends what is open for another reason than its value. */
export function endedAlert(state: AlertState, as: EndedAs, timeMs: number): AlertState {
  if (state.kind === 'pending') return { kind: 'inactive', last: state.last };
  if (state.kind !== 'firing') return state;
  const { alert } = state;
  const isCarriedOn = as === 'superseded' && alert.escalatedAtMs === null;
  const last: AlertRecord = isCarriedOn
    ? { ...alert, escalatedAtMs: timeMs, escalationReason: 'critical_level' }
    : alert;
  return resolved(last, as, timeMs, alert.lastValue);
}

function silenced(state: AlertState, silencedBy: string | null): AlertState {
  // Whether it still fires is not known yet, so that its silence is over is told with the first value.
  if (state.kind !== 'firing' || (state.isUnconfirmed && silencedBy === null)) return state;
  const { alert } = state;
  const isTold = alert.isTold || silencedBy === null;
  if (alert.silencedBy === silencedBy && alert.isTold === isTold) return state;
  return { ...state, alert: { ...alert, silencedBy, isTold } };
}

function resolved(alert: AlertRecord, kind: ResolutionKind, atMs: number, value: number | null): AlertState {
  const resolution = { kind, atMs: Math.max(atMs, alert.firedAtMs!), value };
  return { kind: 'resolved', alert: { ...alert, state: 'resolved', resolution } };
}

/** The record with the value that it was judged by last, and its peak. */
function judged(alert: AlertRecord, { value, timeMs }: SampleInput, heldMs = alert.heldMs): AlertRecord {
  const isPeak = isWorse(alert.condition, value, alert.peakValue);
  const peakValue = isPeak ? value : alert.peakValue;
  const peakAtMs = isPeak ? timeMs : alert.peakAtMs;
  return { ...alert, heldMs, lastValue: value, lastAtMs: timeMs, peakValue, peakAtMs };
}

/** What counts of the time since; nothing across a hole in the series. */
function stretchMs(sinceMs: number | null, timeMs: number, { rule }: AlertTerms): number {
  if (sinceMs === null) return 0;
  const ms = Math.max(0, timeMs - sinceMs);
  return ms < rule.maxGapMs ? ms : 0;
}

function lastEpisode(state: AlertState): LastEpisode | null {
  if (state.kind === 'inactive' || state.kind === 'pending') return state.last;
  const { pendingAtMs, firedAtMs, resolution } = state.alert;
  if (firedAtMs === null || resolution === null) return null;
  return { pendingAtMs, firedAtMs, resolvedAtMs: resolution.atMs, kind: resolution.kind };
}
