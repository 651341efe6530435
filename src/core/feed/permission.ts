/** One venue's side of the gate: asks it, and tells of a refusal once, not at every look. Decides nothing. */

import type { InstrumentSpec } from '../market/instrument.ts';
import type { FeedAction, FeedGate } from './feed-ports.ts';

/** Plain JSON: what refusals were told and still stand. */
export type SavedPermission = string[];

export class VenuePermission {
  readonly #gate: FeedGate;
  readonly #venue: string;
  #told = new Set<string>();

  constructor(gate: FeedGate, venue: string) {
    this.#gate = gate;
    this.#venue = venue;
  }

  mayStay(quote: string | null, nowMs: number): boolean {
    return this.#gate.mayStay(this.#venue, quote, nowMs);
  }

  /** Right before it is done. Where it is refused, ask again later: the first refusal is told, further ones are not. */
  begin(action: FeedAction, spec: InstrumentSpec | null, nowMs: number): boolean {
    const quote = spec?.quote ?? null;
    const key = `${action} ${quote ?? ''}`;
    const isAllowed = this.#gate.mayBegin(action, this.#venue, quote, nowMs);
    if (!isAllowed && this.#told.has(key)) return false;
    if (isAllowed) this.#told.delete(key);
    else this.#told.add(key);
    return this.#gate.begin(action, this.#venue, spec, nowMs);
  }

  save(): SavedPermission {
    return [...this.#told].sort();
  }

  restore(saved: SavedPermission): void {
    this.#told = new Set(saved);
  }
}
