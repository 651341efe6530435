/** All guards of a run, asked on demand. Says what is refused and why; refuses nothing itself, and makes no call. */

import type { CallFact, SignalSeries, VenueFact } from '../facts.ts';
import type { IdleVenue } from '../kpi/idle-venue.ts';
import type { GuardsConfig } from '../ops-config.ts';
import { compareText, type StatusRow } from '../status.ts';
import { Budget, type SavedBudget } from './budget.ts';
import { correlationResult } from './correlation.ts';
import { disabledResult, type Gate, type Guard, type GuardResult, guardRow } from './guard.ts';
import { Quota, type SavedQuota } from './quota.ts';
import { venueHealthResult } from './venue-health.ts';

/** Plain JSON. */
export type SavedGuards = {
  budget: SavedBudget;
  quotas: { [provider: string]: SavedQuota };
  signals: SignalSeries[] | null;
  venues: VenueFact[];
  idle: IdleVenue[];
  venuesMs: number | null;
};

/** Told facts in time order. Each costs O(1); an evaluation costs O(providers + venues + signals squared). */
export class Guards {
  readonly #config: GuardsConfig;
  readonly #budget: Budget;
  readonly #quotas: ReadonlyMap<string, Quota>;
  readonly #guards: readonly Guard[];
  #signals: readonly SignalSeries[] | null = null;
  #venues: readonly VenueFact[] = [];
  #idle: readonly IdleVenue[] = [];
  #venuesMs: number | null = null;
  /** Good for this moment and until the next fact. */
  #evaluated: { readonly nowMs: number; readonly results: readonly GuardResult[] } | null = null;

  /** @param more - guards beside our own, asked last */
  constructor(config: GuardsConfig, startMs: number, more: readonly Guard[] = []) {
    this.#config = config;
    this.#budget = new Budget(config.budget, startMs);
    const quotas = Object.entries(config.callQuota.providers).sort(([a], [b]) => compareText(a, b));
    this.#quotas = new Map(quotas.map(([provider, quota]) => [provider, new Quota(provider, quota, startMs)]));
    this.#guards = [...this.#own(), ...more];
  }

  /** Counted whether or not the guard is enabled, so that enabling it finds the truth. */
  onCall(call: CallFact): void {
    this.#evaluated = null;
    this.#budget.onCall(call);
    this.#quotas.get(call.provider)?.onCall(call.timeMs);
  }

  /** @param signals - null: nothing makes signals here. Kept, not copied */
  onSignals(signals: readonly SignalSeries[] | null): void {
    this.#evaluated = null;
    this.#signals = signals;
  }

  /** @param venues - all that are judged; `idle`: those that are not, on purpose. Kept, not copied */
  onVenues(venues: readonly VenueFact[], timeMs: number, idle: readonly IdleVenue[] = []): void {
    this.#evaluated = null;
    this.#venues = venues;
    this.#idle = idle;
    this.#venuesMs = timeMs;
  }

  /** In the guide's order: budget, each provider's quota by name, correlation, venue health. A guard that throws is a `BLOCK`. */
  evaluate(nowMs: number): readonly GuardResult[] {
    if (this.#evaluated?.nowMs === nowMs) return this.#evaluated.results;
    const results = this.#guards.flatMap((guard) => resultsOf(guard, nowMs));
    this.#evaluated = { nowMs, results };
    return results;
  }

  /**
   * The first guard that refuses.
   *
   * @param provider - a call to this provider; null: an action that calls nobody, such as publishing a candidate
   */
  firstBlock(nowMs: number, provider: string | null): GuardResult | null {
    const refuses = ({ status, gate }: GuardResult) => status === 'BLOCK' && isGated(gate, provider);
    return this.evaluate(nowMs).find(refuses) ?? null;
  }

  rows(nowMs: number): StatusRow[] {
    return this.evaluate(nowMs).map(guardRow);
  }

  save(): SavedGuards {
    const quotas = [...this.#quotas].map(([provider, quota]) => [provider, quota.save()]);
    return {
      budget: this.#budget.save(),
      quotas: Object.fromEntries(quotas),
      signals: this.#signals === null ? null : [...this.#signals],
      venues: [...this.#venues],
      idle: [...this.#idle],
      venuesMs: this.#venuesMs,
    };
  }

  /** A provider's quota that was not saved starts at zero. */
  restore(saved: SavedGuards): void {
    this.#evaluated = null;
    this.#budget.restore(saved.budget);
    for (const [provider, quota] of Object.entries(saved.quotas)) this.#quotas.get(provider)?.restore(quota);
    this.#signals = saved.signals;
    this.#venues = saved.venues;
    this.#idle = saved.idle;
    this.#venuesMs = saved.venuesMs;
  }

  #own(): Guard[] {
    const { budget, callQuota, correlation, venueHealth } = this.#config;
    const signals: Gate = { kind: 'signals' };
    return [
      budget.enabled ? this.#budget : disabled('budget', this.#budget.gate),
      ...[...this.#quotas.values()].map((quota) => (callQuota.enabled ? quota : disabled(quota.name, quota.gate))),
      correlation.enabled
        ? { name: 'correlation', gate: signals, results: () => [correlationResult(this.#signals, correlation)] }
        : disabled('correlation', signals),
      venueHealth.enabled
        ? { name: 'venue_health', gate: signals, results: (nowMs) => [this.#venueHealth(nowMs)] }
        : disabled('venue_health', signals),
    ];
  }

  #venueHealth(nowMs: number): GuardResult {
    const told = { venues: this.#venues, idle: this.#idle, factMs: this.#venuesMs };
    return venueHealthResult(told, nowMs, this.#config.venueHealth);
  }
}

function resultsOf(guard: Guard, nowMs: number): readonly GuardResult[] {
  try {
    return guard.results(nowMs);
  } catch (error) {
    const message = `guard failed: ${error instanceof Error ? error.message : String(error)}`;
    return [{ name: guard.name, status: 'BLOCK', message, metadata: {}, gate: guard.gate }];
  }
}

function disabled(name: string, gate: Gate): Guard {
  return { name, gate, results: () => [disabledResult(name, gate)] };
}

function isGated(gate: Gate, provider: string | null): boolean {
  if (gate.kind === 'signals') return provider === null;
  return provider !== null && (gate.provider === null || gate.provider === provider);
}
