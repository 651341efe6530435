/** Which recorded connections a run may listen to now, as if they were sockets. Asks the operations core; opens and closes nothing itself. */

import type { LinkInput } from '../../../core/scan/input.ts';

type Link = Omit<LinkInput, 'receiveTimeMs'>;

export class FeedGate {
  /** What each connection is by the recording, by number. */
  readonly #links = new Map<number, Link>();
  readonly #closed = new Set<number>();

  /** Notes what a recording says of a connection; false: the run must not be told, its side is closed. */
  onLink(link: LinkInput, isAllowed: (link: Link) => boolean): boolean {
    const { receiveTimeMs: _, ...known } = link;
    this.#links.set(link.connection, known);
    if (link.state === 'down' || isAllowed(known)) {
      this.#closed.delete(link.connection);
      return true;
    }
    this.#closed.add(link.connection);
    return false;
  }

  isOpen(connection: number): boolean {
    return !this.#closed.has(connection);
  }

  get isAllClosed(): boolean {
    return this.#links.size > 0 && [...this.#links.keys()].every((connection) => this.#closed.has(connection));
  }

  /** Opens and closes what permission has changed for; returns what the run is to be told, by connection. */
  update(isAllowed: (link: Link) => boolean, reason: string, receiveTimeMs: number): LinkInput[] {
    const told: LinkInput[] = [];
    for (const [connection, link] of [...this.#links].sort(([a], [b]) => a - b)) {
      if (link.state === 'down') continue;
      const mayListen = isAllowed(link);
      if (mayListen === this.isOpen(connection)) continue;
      if (mayListen) this.#closed.delete(connection);
      else this.#closed.add(connection);
      told.push({ ...link, state: mayListen ? 'up' : 'down', reason, receiveTimeMs });
    }
    return told;
  }
}
