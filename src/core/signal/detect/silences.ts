/** The silences of a run: which of them is over an alert now. Changes no alert. */

import type { AlertCommandOutcome, Silence, SilenceMatcher } from './alert-effect.ts';
import type { AlertRecord } from './alert-record.ts';

/** Each is looked at for each alert that fires; so many can only be a mistake. */
export const MAX_SILENCES = 1000;

export class Silences {
  readonly #byId = new Map<string, Silence>();

  get count(): number {
    return this.#byId.size;
  }

  /** Those that are not over, in the order in which they were added. */
  list(): readonly Silence[] {
    return [...this.#byId.values()];
  }

  /** Adding the same once more is accepted and changes nothing, so that an order may be obeyed twice. */
  add(silence: Silence, nowMs: number): AlertCommandOutcome {
    const { id, startsAtMs, endsAtMs, matchers } = silence;
    const known = this.#byId.get(id);
    if (known !== undefined) {
      const isSame = JSON.stringify(known) === JSON.stringify(silence);
      return isSame ? { kind: 'accepted' } : { kind: 'refused', reason: `there is another silence ${id}` };
    }
    if (endsAtMs <= nowMs) return { kind: 'refused', reason: `the silence ${id} would be over already` };
    if (endsAtMs <= startsAtMs) return { kind: 'refused', reason: `the silence ${id} would end before it begins` };
    if (matchers.length === 0) return { kind: 'refused', reason: `the silence ${id} has no matcher` };
    if (this.count >= MAX_SILENCES) return { kind: 'refused', reason: `there are ${MAX_SILENCES} silences already` };
    this.#byId.set(id, silence);
    return { kind: 'accepted' };
  }

  end(id: string): AlertCommandOutcome {
    return this.#byId.delete(id) ? { kind: 'accepted' } : { kind: 'refused', reason: `there is no silence ${id}` };
  }

  /** Forgets those that are over. */
  expire(nowMs: number): void {
    for (const { id, endsAtMs } of this.#byId.values()) if (endsAtMs <= nowMs) this.#byId.delete(id);
  }

  /** When the next one begins or ends after now; infinite if none does. */
  nextEdgeMs(nowMs: number): number {
    const edges = this.list().flatMap(({ startsAtMs, endsAtMs }) => [startsAtMs, endsAtMs]);
    return edges.reduce((next, edge) => (edge > nowMs && edge < next ? edge : next), Number.POSITIVE_INFINITY);
  }

  /** The id of the first silence over this alert now; null: none. */
  over(alert: AlertRecord, nowMs: number): string | null {
    for (const { id, startsAtMs, endsAtMs, matchers } of this.#byId.values()) {
      if (startsAtMs <= nowMs && nowMs < endsAtMs && matchesAll(matchers, alert)) return id;
    }
    return null;
  }

  restore(silences: readonly Silence[]): void {
    this.#byId.clear();
    for (const silence of silences) this.#byId.set(silence.id, silence);
  }
}

/** A label that an alert has not is the empty text, as in Alertmanager. */
export function matchesAll(matchers: readonly SilenceMatcher[], alert: AlertRecord): boolean {
  return matchers.every(({ label, kind, value, isNegated }) => {
    const text = alert[label] ?? '';
    return (kind === 'equals' ? text === value : text.startsWith(value)) !== isNegated;
  });
}
