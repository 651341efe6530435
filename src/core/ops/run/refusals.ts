/** Counts what was wanted and not allowed, by venue: it was not asked for, and must be asked for again. Refuses nothing. */

import { type Action, actionText, type Permission } from './action.ts';
import type { OpsEffect } from './ops-effect.ts';

export type Refusal = Extract<Permission, { isAllowed: false }>;

/** Plain JSON: how many since the start of the run, by venue. */
export type SavedRefusals = { [venue: string]: number };

export class Refusals {
  #byVenue = new Map<string, number>();

  /** @returns the effect that tells it */
  add(action: Action, symbol: string | null, { refusedBy, name, reason }: Refusal, atMs: number): OpsEffect {
    const venue = 'venue' in action ? action.venue : null;
    if (venue !== null) this.#byVenue.set(venue, this.of(venue) + 1);
    return { kind: 'refused', action: actionText(action), venue, symbol, refusedBy, name, reason, atMs };
  }

  of(venue: string): number {
    return this.#byVenue.get(venue) ?? 0;
  }

  save(): SavedRefusals {
    return Object.fromEntries(this.#byVenue);
  }

  restore(saved: SavedRefusals): void {
    this.#byVenue = new Map(Object.entries(saved));
  }
}
