/** The API budget: calls of the hour in total, and what each provider lets us spend. Blocks before the limit is reached, not at it. */

import { isoText } from '../../base/time.ts';
import type { CallFact } from '../facts.ts';
import type { BudgetConfig } from '../ops-config.ts';
import { compareText, type StatusGrade } from '../status.ts';
import type { Gate, Guard, GuardResult } from './guard.ts';
import { HourlyCalls, ProviderSpending, type SavedSpending } from './provider-spending.ts';

/** Plain JSON. */
export type SavedBudget = {
  total: { hour: number; calls: number };
  providers: { [provider: string]: SavedSpending };
};

/** What was used of one limit. */
interface Use {
  /** Its name in the metadata: `calls_this_hour`. */
  readonly key: string;
  /** In words: `calls this hour`. */
  readonly what: string;
  readonly used: number;
  readonly limit: number;
}

const VERDICTS = { OK: 'OK', WARN: 'warning', BLOCK: 'exceeded' } as const;

/** The total first, then `budget_<provider>` for each provider that has limits of its own or is banned, by name. */
export class Budget implements Guard {
  readonly name = 'budget';
  readonly gate: Gate = { kind: 'calls', provider: null };
  readonly #config: BudgetConfig;
  readonly #startMs: number;
  readonly #total: HourlyCalls;
  readonly #providers = new Map<string, ProviderSpending>();

  constructor(config: BudgetConfig, startMs: number) {
    this.#config = config;
    this.#startMs = startMs;
    this.#total = new HourlyCalls(startMs);
    for (const provider of Object.keys(config.providers)) this.#spendingOf(provider);
  }

  onCall(call: CallFact): void {
    this.#total.add(call.timeMs);
    this.#spendingOf(call.provider).onCall(call);
  }

  results(nowMs: number): GuardResult[] {
    const names = [...this.#providers.keys()].sort(compareText);
    return [this.#totalResult(nowMs), ...names.flatMap((name) => this.#providerResult(name, nowMs))];
  }

  save(): SavedBudget {
    const providers = [...this.#providers].map(([name, spending]) => [name, spending.save()]);
    return { total: this.#total.save(), providers: Object.fromEntries(providers) };
  }

  restore(saved: SavedBudget): void {
    this.#total.restore(saved.total);
    for (const [name, spending] of Object.entries(saved.providers)) this.#spendingOf(name).restore(spending);
  }

  #totalResult(nowMs: number): GuardResult {
    const calls = this.#total.total(nowMs);
    const limit = this.#config.hourlyLimit;
    const share = shareOf(calls, limit);
    const status = this.#grade(share);
    const message = `API budget ${VERDICTS[status]}: ${calls}/${limit} calls (${percentText(share)})`;
    const metadata = { current_calls: calls, hourly_limit: limit, usage_percent: share * 100 };
    return { name: this.name, status, message, metadata, gate: this.gate };
  }

  #providerResult(provider: string, nowMs: number): GuardResult[] {
    const name = `budget_${provider}`;
    const gate: Gate = { kind: 'calls', provider };
    const bannedUntilMs = this.#spendingOf(provider).bannedUntilMs(nowMs);
    const uses = this.#usesOf(provider, nowMs);
    const metadata = { provider, ...figuresOf(uses), banned_until: bannedUntilMs };
    if (bannedUntilMs !== null) {
      const message = `Provider ${provider} banned until ${isoText(bannedUntilMs)}`;
      return [{ name, status: 'BLOCK', message, metadata, gate }];
    }
    const tightest = tightestOf(uses);
    if (tightest === null) return [];
    const share = shareOf(tightest.used, tightest.limit);
    const status = this.#grade(share);
    const figure = `${countText(tightest.used)}/${tightest.limit} ${tightest.what} (${percentText(share)})`;
    const message = `Provider ${provider} budget ${VERDICTS[status]}: ${figure}`;
    return [{ name, status, message, metadata, gate }];
  }

  #usesOf(provider: string, nowMs: number): Use[] {
    const config = this.#config.providers[provider];
    const spending = this.#spendingOf(provider);
    if (config === undefined) return [];
    const calls = { key: 'calls_this_hour', what: 'calls this hour', used: spending.hourlyCalls(nowMs) };
    const window = windowText(config.weightWindowSeconds);
    const weight = { key: 'weight', what: `weight this ${window}`, used: spending.windowWeight(nowMs) };
    const counter = { key: 'counter', what: 'counter', used: spending.counter(nowMs) };
    const uses = [
      { ...calls, limit: config.hourlyLimit },
      { ...weight, limit: config.weightLimit },
      { ...counter, limit: config.counterMax },
    ];
    return uses.filter((use): use is Use => use.limit !== null);
  }

  #grade(share: number): Extract<StatusGrade, keyof typeof VERDICTS> {
    if (share >= this.#config.hardStopPercent) return 'BLOCK';
    return share >= this.#config.softWarnPercent ? 'WARN' : 'OK';
  }

  #spendingOf(provider: string): ProviderSpending {
    const known = this.#providers.get(provider);
    if (known !== undefined) return known;
    const spending = new ProviderSpending(this.#config.providers[provider] ?? null, this.#startMs);
    this.#providers.set(provider, spending);
    return spending;
  }
}

/** A limit of nothing is used up before the first call. */
function shareOf(used: number, limit: number): number {
  return limit > 0 ? used / limit : 1;
}

/** The first of equals; null for none. */
function tightestOf(uses: readonly Use[]): Use | null {
  const tighter = (worst: Use | null, use: Use) =>
    worst === null || shareOf(use.used, use.limit) > shareOf(worst.used, worst.limit) ? use : worst;
  return uses.reduce<Use | null>(tighter, null);
}

/** `{calls_this_hour: 12, calls_this_hour_limit: 100, …}` */
function figuresOf(uses: readonly Use[]): Record<string, number> {
  return Object.fromEntries(
    uses.flatMap(({ key, used, limit }) => [[key, used] as const, [`${key}_limit`, limit] as const]),
  );
}

/** `minute`, `hour`, or `10 s`. */
function windowText(seconds: number): string {
  return seconds === 60 ? 'minute' : seconds === 3600 ? 'hour' : `${seconds} s`;
}

/** A counter that decays is seldom whole. */
function countText(count: number): string {
  return Number.isInteger(count) ? String(count) : count.toFixed(1);
}

function percentText(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}
