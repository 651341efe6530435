/** Says that a venue cannot be reached, once for each reason until it was reached again: attempts go on for ever, lines do not. */

import type { LinkInput } from '../../../../core/scan/input.ts';

export class ConnectionNews {
  readonly #up = new Set<number>();
  /** By venue: what was said last. */
  readonly #said = new Map<string, string>();

  /** @returns the line to tell; null: nothing new */
  onLink({ venue, connection, state, transport, reason }: LinkInput): string | null {
    if (transport === 'rest' || state === 'alive') return null;
    if (state === 'up') {
      this.#up.add(connection);
      this.#said.delete(venue);
      return null;
    }
    // One that was up is told of by its feed.
    if (this.#up.delete(connection) || this.#said.get(venue) === reason) return null;
    this.#said.set(venue, reason);
    return `${venue}: no connection: ${reason}; trying again`;
  }
}
