/** The place of one alert among the others of its series: its terms, its state, what its neighbours mean for it. Steps nothing. */

import type { JsonObject } from '../../base/json.ts';
import { type AlertState, begins, INACTIVE, type Vouch } from './alert.ts';
import { isLevelHeld } from './alert-level.ts';
import type { AlertScope, AlertTerms } from './alert-terms.ts';
import type { AlertRule } from './alerts-config.ts';

/** One switch for all alerts of a type. */
export interface RuleGate {
  readonly rule: AlertRule;
  isOn: boolean;
}

/** What a caller holds to observe one metric in one scope. Its slots are the business of `Alerts`. */
export interface AlertSeries {
  readonly metric: string;
  readonly scope: AlertScope;
  /** Critical alerts before the warnings that they carry on. */
  readonly slots: readonly AlertSlot[];
}

/** Mutated only by `Alerts`. */
export class AlertSlot {
  readonly terms: AlertTerms;
  readonly gate: RuleGate;
  /** The alert that carries this one on when that fires. */
  carriedBy: AlertSlot | null = null;
  /** The alerts that this one carries on. */
  readonly carries: AlertSlot[] = [];
  state: AlertState = INACTIVE;
  /** Receive time less the series' own time, ms, at the latest sample: so `onTime` knows how late it is there. */
  lagMs = 0;
  /** Receive time of the latest effect, ms; and whether there is something newer to store. */
  storedAtMs = 0;
  isAhead = false;

  constructor(terms: AlertTerms, gate: RuleGate) {
    this.terms = terms;
    this.gate = gate;
  }

  get isOpen(): boolean {
    return this.state.kind === 'pending' || this.state.kind === 'firing';
  }

  get isFiring(): boolean {
    return this.state.kind === 'firing';
  }

  /** Does an alert fire that carries this one on? */
  get isCarried(): boolean {
    for (let slot = this.carriedBy; slot !== null; slot = slot.carriedBy) if (slot.isFiring) return true;
    return false;
  }

  /** Null where there is nothing to remember. */
  save(): JsonObject | null {
    const { state, lagMs, storedAtMs, isAhead, terms } = this;
    if (state === INACTIVE) return null;
    const { rule, scope } = terms;
    return { type: rule.type, ...scope, state: state as unknown as JsonObject, lagMs, storedAtMs, isAhead };
  }

  restore(saved: JsonObject): void {
    this.state = saved['state'] as unknown as AlertState;
    this.lagMs = saved['lagMs'] as number;
    this.storedAtMs = saved['storedAtMs'] as number;
    this.isAhead = saved['isAhead'] as boolean;
  }
}

/**
 * Slots of one series, neighbours linked, those that carry others on first.
 *
 * @param terms - all for one metric and one scope
 */
export function linkedSlots(terms: readonly AlertTerms[], gateOf: (type: string) => RuleGate): AlertSlot[] {
  const slots = terms.map((one) => new AlertSlot(one, gateOf(one.rule.type)));
  for (const slot of slots) {
    slot.carriedBy = slots.find(({ terms: { rule } }) => rule.type === slot.terms.rule.escalatesTo) ?? null;
    slot.carriedBy?.carries.push(slot);
  }
  return slots.sort((a, b) => stepsUp(a) - stepsUp(b));
}

function stepsUp(slot: AlertSlot): number {
  return slot.carriedBy === null ? 0 : 1 + stepsUp(slot.carriedBy);
}

/** Would this sample begin the slot's alert? Not while it is turned off, nor while an alert fires that carries it on. */
export function mayBegin(slot: AlertSlot, value: number, zscore: number, timeMs: number): boolean {
  if (!slot.gate.isOn || slot.isCarried) return false;
  return begins(slot.state, { kind: 'sample', timeMs, value, zscore, vouch: vouchFor(slot, timeMs) }, slot.terms);
}

/** What the slot's neighbours vouch for. Call it before the lesser ones have seen the sample. */
export function vouchFor(slot: AlertSlot, timeMs: number): Vouch {
  if (slot.carries.some((lesser) => isCrossing(slot, lesser))) return 'score';
  const { carriedBy } = slot;
  if (carriedBy?.state.kind !== 'resolved') return 'none';
  const { resolution } = carriedBy.state.alert;
  const hasJustEnded = resolution !== null && resolution.atMs === timeMs;
  return hasJustEnded && (resolution.kind === 'auto' || resolution.kind === 'while_down') ? 'whole' : 'none';
}

/** Does the lesser alert fire, and was the value before this one, which it is still judged by, not yet beyond this level? */
function isCrossing({ terms }: AlertSlot, { state }: AlertSlot): boolean {
  return state.kind === 'firing' && !isLevelHeld(terms.rule.condition, terms.threshold, state.alert.lastValue);
}
