/** The alerts of a drill, episode by episode, and whether they are those that it expects. Fires none. */

import { SECOND_MS } from '../../../core/base/time.ts';
import { compareText } from '../../../core/ops/status.ts';
import type { Effect } from '../../../core/scan/effect.ts';
import type { AlertRecord } from '../../../core/signal/detect/alert-record.ts';
import type { ExpectedAlert } from '../../sim/drill/drill.ts';
import type { DrillCheck } from './drill-check.ts';

export class AlertEpisodes {
  readonly #startMs: number;
  /** By id: as it was last told. */
  readonly #fired = new Map<string, AlertRecord>();

  /** @param startMs - what seconds are counted from */
  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  take(effect: Effect): void {
    if (effect.kind !== 'alert' || effect.alert.firedAtMs === null) return;
    this.#fired.set(effect.alert.id, effect.alert);
  }

  /** One check an expected episode, and one for all others of the same types. */
  checks(expected: readonly ExpectedAlert[]): DrillCheck[] {
    const types = new Set(expected.map(({ type }) => type));
    const left = new Set([...this.#fired.values()].filter(({ type }) => types.has(type)));
    const checks = expected.map((one) => {
      const seen = [...left].filter((alert) => isOf(alert, one));
      const match = seen.find((alert) => this.#text(alert) === expectedText(one)) ?? seen[0];
      if (match !== undefined) left.delete(match);
      const text = match === undefined ? 'never' : this.#text(match);
      return { name: nameOf(one), expected: expectedText(one), seen: text, isMet: text === expectedText(one) };
    });
    const others = [...left].map((alert) => `${nameOf(alert)}: ${this.#text(alert)}`).sort(compareText);
    const seen = others.length === 0 ? 'none' : others.join('; ');
    return [...checks, { name: 'others of these types', expected: 'none', seen, isMet: others.length === 0 }];
  }

  #text({ firedAtMs, resolution }: AlertRecord): string {
    const second = (ms: number): number => (ms - this.#startMs) / SECOND_MS;
    return spanText(second(firedAtMs!), resolution === null ? 0 : second(resolution.atMs));
  }
}

type Named = Pick<AlertRecord, 'type' | 'venue' | 'instrument'>;

function isOf(alert: Named, { type, venue, instrument }: ExpectedAlert): boolean {
  return alert.type === type && alert.venue === venue && alert.instrument === instrument;
}

function nameOf({ type, venue, instrument }: Named): string {
  return `${type} ${venue} ${instrument}`;
}

function expectedText({ firesS, resolvesS }: ExpectedAlert): string {
  return spanText(firesS, resolvesS);
}

function spanText(firesS: number, resolvesS: number): string {
  return resolvesS === 0 ? `from ${firesS} s to the end` : `from ${firesS} s to ${resolvesS} s`;
}
