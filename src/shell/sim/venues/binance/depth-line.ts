/** One sequence of diff-depth events: what changed since the last of them, and its ids. Formats nothing. */

import type { ChangedLevels, DepthIds } from '../../binance-encoder.ts';
import type { Side } from '../../book-truth.ts';
import { ChangedLevelSet } from '../../changed-levels.ts';

/**
 * Spot has one line a symbol and speed, for everybody. USD-M has one a connection: what is merged into one event differs from
 * socket to socket, so two of them show different ids for the same book.
 */
export class DepthLine {
  readonly intervalUs: number;
  readonly #changes = new ChangedLevelSet();
  #firstId: number | null = null;
  #previousId: number;

  constructor(intervalUs: number, updateId: number) {
    this.intervalUs = intervalUs;
    this.#previousId = updateId;
  }

  get isEmpty(): boolean {
    return this.#firstId === null;
  }

  changed(side: Side, price: number, size: number, firstId: number): void {
    this.#firstId ??= firstId;
    this.#changes.set(side, price, size);
  }

  /** @param lastId - the newest update's; the line is not empty */
  drain(lastId: number): { readonly ids: DepthIds; readonly levels: ChangedLevels } {
    const ids = { firstId: this.#firstId ?? lastId, lastId, previousId: this.#previousId };
    this.#firstId = null;
    this.#previousId = lastId;
    return { ids, levels: this.#changes.drain() };
  }
}
