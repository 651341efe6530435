/**
 * All alerts of a run: finds the rules that look at a series, steps their alerts, says what is to be stored and who is to be told.
 * Computes no metric, sends nothing, reads no clock.
 *
 * There is one alert for each rule and series, so their number is bounded by the configuration and the instruments.
 */

import { assert } from '../../base/assert.ts';
import type { JsonObject } from '../../base/json.ts';
import { type AlertInput, type AlertState, endedAlert, INACTIVE, restoredAlert, stepAlert } from './alert.ts';
import { changesBetween, type ToldChange } from './alert-changes.ts';
import type { AlertCommand, AlertCommandOutcome, AlertEffect, Silence } from './alert-effect.ts';
import { isLevelHeld } from './alert-level.ts';
import type { AlertPriority, AlertRecord } from './alert-record.ts';
import { type AlertSeries, type AlertSlot, linkedSlots, mayBegin, type RuleGate, vouchFor } from './alert-slot.ts';
import { type AlertScope, termsOf } from './alert-terms.ts';
import type { AlertsConfig } from './alerts-config.ts';
import { Silences } from './silences.ts';

export type { AlertSeries } from './alert-slot.ts';
export type { AlertScope } from './alert-terms.ts';

/** A new peak, or more of a persistence, is stored this long after the last change at the earliest, ms: what a SIGKILL may cost. */
export const STORE_EVERY_MS = 10_000;

export class Alerts {
  readonly #config: AlertsConfig;
  readonly #push: (effect: AlertEffect) => void;
  /** By type, in the order of the configuration; types that it turns off are not there. */
  readonly #gates: ReadonlyMap<string, RuleGate>;
  readonly #series = new Map<string, AlertSeries>();
  /** Pending and firing, in the order in which they began. */
  readonly #open = new Set<AlertSlot>();
  readonly #silences = new Silences();
  #nextSilenceEdgeMs = Number.POSITIVE_INFINITY;
  readonly #isClosed: (scope: AlertScope) => boolean;

  /**
   * @param push - takes each effect, in order, before the call that made it returns
   * @param isClosed - do operators keep this scope's venue closed now? Nothing about it begins then, whatever is left to be said of it
   */
  constructor(
    config: AlertsConfig,
    push: (effect: AlertEffect) => void,
    isClosed: (scope: AlertScope) => boolean = () => false,
  ) {
    this.#config = config;
    this.#isClosed = isClosed;
    this.#push = push;
    const rules = config.rules.filter(({ isEnabled }) => isEnabled);
    this.#gates = new Map(rules.map((rule) => [rule.type, { rule, isOn: true }]));
  }

  /** The handle to observe a metric by, always the same one; null when no rule looks at it there, and there is nothing to observe. */
  series(metric: string, scope: AlertScope): AlertSeries | null {
    const name = JSON.stringify([metric, scope.venue, scope.instrument]);
    const known = this.#series.get(name);
    if (known !== undefined) return known;
    const rules = [...this.#gates.values()].flatMap(({ rule }) => (rule.metric === metric ? [rule] : []));
    const terms = rules.flatMap((rule) => termsOf(rule, scope, this.#config.ladder) ?? []);
    if (terms.length === 0) return null;
    const series: AlertSeries = { metric, scope, slots: linkedSlots(terms, (type) => this.#gates.get(type)!) };
    this.#series.set(name, series);
    return series;
  }

  /**
   * One sample of a series. A quiet value costs one comparison a rule, and makes nothing.
   *
   * @param measured - NaN: missing, which neither begins nor ends anything; what is not finite is missing too
   * @param zscore - NaN: none (it warms up, the window is flat, the metric is not scored)
   * @param timeMs - on the series' own clock, never falling
   * @param nowMs - receive time
   */
  observe(series: AlertSeries, measured: number, zscore: number, timeMs: number, nowMs: number): void {
    // + 0: what is saved has no -0, so nobody may tell it from 0.
    const value = Number.isFinite(measured) ? measured + 0 : Number.NaN;
    const score = zscore + 0;
    for (const slot of series.slots) {
      const { rule, threshold } = slot.terms;
      if (!slot.isOpen) {
        if (!isLevelHeld(rule.condition, threshold, value) || !mayBegin(slot, value, score, timeMs)) continue;
        if (this.#isClosed(series.scope)) continue;
      }
      slot.lagMs = nowMs - timeMs;
      this.#advance(slot, { kind: 'sample', timeMs, value, zscore: score, vouch: vouchFor(slot, timeMs) }, nowMs);
    }
  }

  /** What time alone does. Call it about once a second, also while nothing is observed. */
  onTime(nowMs: number): void {
    if (nowMs >= this.#nextSilenceEdgeMs) this.#applySilences(nowMs);
    for (const slot of this.#open) this.#advance(slot, { kind: 'time', timeMs: nowMs - slot.lagMs }, nowMs);
  }

  onCommand(command: AlertCommand, nowMs: number): AlertCommandOutcome {
    switch (command.kind) {
      case 'alert_acknowledge':
        return this.#acknowledge(command, nowMs);
      case 'alert_resolve':
        return this.#resolve(command.alert, nowMs);
      case 'silence_add':
      case 'silence_end': {
        const silences = this.#silences;
        const outcome =
          command.kind === 'silence_add' ? silences.add(command.silence, nowMs) : silences.end(command.id);
        if (outcome.kind === 'accepted') this.#applySilences(nowMs);
        return outcome;
      }
    }
  }

  /** Turns types on and off at once. What is open of a type that is off ends as `disabled`, and nobody is told. */
  setEnabled(isEnabled: (type: string) => boolean, nowMs: number): void {
    for (const [type, gate] of this.#gates) {
      const isOn = isEnabled(type);
      if (gate.isOn === isOn) continue;
      gate.isOn = isOn;
      if (isOn) continue;
      for (const slot of this.#open) {
        if (slot.gate === gate) this.#advance(slot, { kind: 'end', timeMs: nowMs - slot.lagMs, as: 'disabled' }, nowMs);
      }
    }
  }

  /** Ends at once, as `switched_off`, what is about a venue that operators keep closed. Call it when they may have changed that. */
  endClosed(nowMs: number): void {
    for (const slot of this.#open) {
      if (!this.#isClosed(slot.terms.scope)) continue;
      this.#advance(slot, { kind: 'end', timeMs: nowMs - slot.lagMs, as: 'switched_off' }, nowMs);
    }
  }

  /** What fires, the most urgent first, then the oldest, then by key. */
  active(): readonly AlertRecord[] {
    return this.open().filter(({ state }) => state === 'firing');
  }

  /** What is pending or fires, in the same order. */
  open(): readonly AlertRecord[] {
    const alerts = [...this.#open].map(recordOf);
    return alerts.sort((a, b) => byText(a.priority, b.priority) || sinceMs(a) - sinceMs(b) || byText(a.key, b.key));
  }

  /** How many fire with this priority in force. */
  activeCount(priority: AlertPriority): number {
    let count = 0;
    for (const { state } of this.#open) if (state.kind === 'firing' && state.alert.priority === priority) count += 1;
    return count;
  }

  /** Those that are not over. */
  silences(): readonly Silence[] {
    return this.#silences.list();
  }

  /**
   * Takes up what the run before left: to be called once, before anything is observed. What fires goes on without being told anew;
   * what no rule judges any more ends as `disabled`.
   *
   * @param alerts - pending and firing; also resolved ones, the newest of their key, where throttle and cooldown are to go on
   */
  restore(alerts: readonly AlertRecord[], silences: readonly Silence[], nowMs: number): void {
    this.#silences.restore(silences);
    for (const alert of inOrderOfLife(alerts)) {
      const slot = this.#slotOf(alert);
      if (slot !== null) this.#set(slot, restoredAlert(alert, slot.state, nowMs));
      else this.#endWithoutRule(alert, nowMs);
    }
    this.#applySilences(nowMs);
  }

  save(): JsonObject {
    const slots = [...this.#series.values()].flatMap((series) => series.slots);
    const closed = slots.filter((slot) => !slot.isOpen).sort((a, b) => byText(a.terms.key, b.terms.key));
    // The open ones in their own order: it is the order of their effects.
    const inOrder = [...this.#open, ...closed];
    return {
      slots: inOrder.flatMap((slot) => slot.save() ?? []),
      silences: this.silences() as unknown as JsonObject[],
      off: [...this.#gates].flatMap(([type, { isOn }]) => (isOn ? [] : [type])),
      nextSilenceEdgeMs: Number.isFinite(this.#nextSilenceEdgeMs) ? this.#nextSilenceEdgeMs : null,
    };
  }

  /** Goes on as the one that was saved would have, under the same configuration. */
  restoreState(saved: JsonObject): void {
    for (const { slots } of this.#series.values()) for (const slot of slots) this.#set(slot, INACTIVE);
    for (const one of saved['slots'] as JsonObject[]) {
      const slot = this.#slotOf(one as unknown as AlertRecord);
      assert(slot !== null, 'a saved alert has a rule in the configuration that it was saved under');
      slot.restore(one);
      this.#set(slot, slot.state);
    }
    this.#silences.restore(saved['silences'] as unknown as Silence[]);
    const off = saved['off'] as string[];
    for (const [type, gate] of this.#gates) gate.isOn = !off.includes(type);
    this.#nextSilenceEdgeMs = (saved['nextSilenceEdgeMs'] as number | null) ?? Number.POSITIVE_INFINITY;
  }

  #acknowledge(
    { alert, actor, reason }: Extract<AlertCommand, { kind: 'alert_acknowledge' }>,
    nowMs: number,
  ): AlertCommandOutcome {
    const slot = this.#openSlot(alert);
    if (slot === null) return refused(`no open alert ${alert}`);
    if (slot.state.kind !== 'firing') return refused(`alert ${alert} does not fire yet`);
    const before = slot.state.alert.acknowledgement;
    if (before !== null) return refused(`${before.actor} has acknowledged alert ${alert} already`);
    this.#advance(slot, { kind: 'acknowledge', timeMs: nowMs - slot.lagMs, actor, reason }, nowMs);
    return { kind: 'accepted' };
  }

  #resolve(alert: string, nowMs: number): AlertCommandOutcome {
    const slot = this.#openSlot(alert);
    if (slot === null) return refused(`no open alert ${alert}`);
    this.#advance(slot, { kind: 'end', timeMs: nowMs - slot.lagMs, as: 'manual' }, nowMs);
    return { kind: 'accepted' };
  }

  #advance(slot: AlertSlot, input: AlertInput, nowMs: number): void {
    const before = slot.state;
    const stepped = stepAlert(before, input, slot.terms);
    if (stepped !== before) this.#set(slot, this.#underSilences(stepped, slot, nowMs));
    const changes = changesBetween(before, slot.state);
    slot.isAhead = changes.length === 0 && (slot.isAhead || stepped !== before);
    if (changes.length > 0) slot.storedAtMs = nowMs;
    this.#tell(changes, nowMs);
    if (slot.isAhead && nowMs - slot.storedAtMs >= STORE_EVERY_MS) this.#store(slot, nowMs);
    if (slot.isFiring && before.kind !== 'firing') this.#supersede(slot, nowMs);
  }

  /** What has begun to fire carries on the lesser alerts of its trouble. */
  #supersede(slot: AlertSlot, nowMs: number): void {
    for (const lesser of slot.carries) {
      if (lesser.isOpen) this.#advance(lesser, { kind: 'end', timeMs: nowMs - slot.lagMs, as: 'superseded' }, nowMs);
      this.#supersede(lesser, nowMs);
    }
  }

  /** Silences look at the priority, which may just have changed. */
  #underSilences(state: AlertState, slot: AlertSlot, nowMs: number): AlertState {
    if (state.kind !== 'firing') return state;
    const silencedBy = this.#silences.count === 0 ? null : this.#silences.over(state.alert, nowMs);
    return stepAlert(state, { kind: 'silence', silencedBy }, slot.terms);
  }

  #applySilences(nowMs: number): void {
    this.#silences.expire(nowMs);
    this.#nextSilenceEdgeMs = this.#silences.nextEdgeMs(nowMs);
    for (const slot of this.#open) {
      if (slot.state.kind !== 'firing') continue;
      const silencedBy = this.#silences.over(slot.state.alert, nowMs);
      this.#advance(slot, { kind: 'silence', silencedBy }, nowMs);
    }
  }

  #endWithoutRule(alert: AlertRecord, nowMs: number): void {
    if (alert.resolution !== null) return;
    const state = restoredAlert(alert, INACTIVE, nowMs);
    const atMs = Math.max(alert.lastAtMs, alert.firedAtMs ?? alert.pendingAtMs);
    this.#tell(changesBetween(state, endedAlert(state, 'disabled', atMs)), nowMs);
  }

  #store(slot: AlertSlot, nowMs: number): void {
    slot.isAhead = false;
    slot.storedAtMs = nowMs;
    this.#tell([{ change: 'updated', alert: recordOf(slot), isNotified: false }], nowMs);
  }

  #tell(changes: readonly ToldChange[], nowMs: number): void {
    for (const told of changes) this.#push({ kind: 'alert', ...told, atMs: nowMs });
  }

  #set(slot: AlertSlot, state: AlertState): void {
    slot.state = state;
    if (slot.isOpen) this.#open.add(slot);
    else this.#open.delete(slot);
  }

  #openSlot(id: string): AlertSlot | null {
    for (const slot of this.#open) if (recordOf(slot).id === id) return slot;
    return null;
  }

  /** Null when no rule judges this type in this scope any more. */
  #slotOf({ type, venue, instrument }: Pick<AlertRecord, 'type' | 'venue' | 'instrument'>): AlertSlot | null {
    const rule = this.#gates.get(type)?.rule;
    if (rule === undefined) return null;
    const slots = this.series(rule.metric, { venue, instrument })?.slots ?? [];
    return slots.find(({ terms }) => terms.rule === rule) ?? null;
  }
}

/** Those that are over first, the oldest first, so that of each key the open or newest one is the last. */
function inOrderOfLife(alerts: readonly AlertRecord[]): AlertRecord[] {
  return [...alerts].sort(
    (a, b) => Number(a.resolution === null) - Number(b.resolution === null) || a.pendingAtMs - b.pendingAtMs,
  );
}

function recordOf({ state }: AlertSlot): AlertRecord {
  assert(state.kind === 'pending' || state.kind === 'firing', 'an open alert has a record');
  return state.alert;
}

function sinceMs({ firedAtMs, pendingAtMs }: AlertRecord): number {
  return firedAtMs ?? pendingAtMs;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function refused(reason: string): AlertCommandOutcome {
  return { kind: 'refused', reason };
}
