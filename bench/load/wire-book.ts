/** A book as text: levels exactly as a venue sent them. Slow, and asked only for snapshots and at the seams of a ring. */

import { type Depth, isZero, type Level, zeroOf } from './wire.ts';

export class WireBook {
  readonly #bids = new Map<string, string>();
  readonly #asks = new Map<string, string>();

  constructor(depth: Depth = { bids: [], asks: [] }) {
    this.apply(depth, null);
  }

  /** @param levels - a side that clients keep: what falls out is forgotten; null: all */
  apply({ bids, asks }: Depth, levels: number | null): void {
    set(this.#bids, bids);
    set(this.#asks, asks);
    if (levels === null) return;
    for (const [price] of sorted(this.#bids, -1).slice(levels)) this.#bids.delete(price);
    for (const [price] of sorted(this.#asks, 1).slice(levels)) this.#asks.delete(price);
  }

  /** Best first. */
  depth(): Depth {
    return { bids: sorted(this.#bids, -1), asks: sorted(this.#asks, 1) };
  }
}

/** The update that makes `to` of `from`. What goes is named first, so that no client's book is ever longer than allowed. */
export function seam(from: Depth, to: Depth): Depth {
  return { bids: sideSeam(from.bids, to.bids), asks: sideSeam(from.asks, to.asks) };
}

function sideSeam(from: readonly Level[], to: readonly Level[]): Level[] {
  const wanted = new Map(to);
  const known = new Map(from);
  const gone = from.filter(([price]) => !wanted.has(price)).map(([price, size]): Level => [price, zeroOf(size)]);
  return [...gone, ...to.filter(([price, size]) => known.get(price) !== size)];
}

function set(side: Map<string, string>, levels: readonly Level[]): void {
  for (const [price, size] of levels) {
    if (isZero(size)) side.delete(price);
    else side.set(price, size);
  }
}

function sorted(side: ReadonlyMap<string, string>, direction: 1 | -1): Level[] {
  return [...side].sort(([a], [b]) => direction * (Number(a) - Number(b)));
}
