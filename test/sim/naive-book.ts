/** The plainest possible book, of wire text, for the simulator's tests. Slow on purpose. */

import { crc32 } from 'node:zlib';

export type TextLevel = readonly [price: string, size: string];

export class NaiveBook {
  readonly bids = new Map<string, string>();
  readonly asks = new Map<string, string>();

  clear(): void {
    this.bids.clear();
    this.asks.clear();
  }

  apply(bids: readonly TextLevel[], asks: readonly TextLevel[]): void {
    for (const [levels, side] of [
      [bids, this.bids],
      [asks, this.asks],
    ] as const) {
      for (const [price, size] of levels) {
        if (Number(size) === 0) side.delete(price);
        else side.set(price, size);
      }
    }
  }

  /** Kraken: the subscriber drops what lies beyond the depth. */
  truncate(depth: number): void {
    for (const [price] of this.sorted('bids').slice(depth)) this.bids.delete(price);
    for (const [price] of this.sorted('asks').slice(depth)) this.asks.delete(price);
  }

  sorted(side: 'bids' | 'asks'): TextLevel[] {
    const sign = side === 'bids' ? -1 : 1;
    return [...this[side]].sort(([a], [b]) => (Number(a) - Number(b)) * sign);
  }

  best(side: 'bids' | 'asks'): { price: string; size: string } {
    const sign = side === 'bids' ? -1 : 1;
    let best: TextLevel = ['', ''];
    for (const level of this[side]) {
      if (best[0] === '' || (Number(level[0]) - Number(best[0])) * sign < 0) best = level;
    }
    return { price: best[0], size: best[1] };
  }

  /** Bid price, bid size, ask price, ask size. */
  touch(): string[] {
    const bid = this.best('bids');
    const ask = this.best('asks');
    return [bid.price, bid.size, ask.price, ask.size];
  }

  /** Kraken's checksum, by its description: drop the point, drop leading zeros, asks then bids. */
  krakenChecksum(): number {
    const plain = (text: string): string => text.replace('.', '').replace(/^0+/, '');
    const levels = [...this.sorted('asks').slice(0, 10), ...this.sorted('bids').slice(0, 10)];
    return crc32(levels.map(([price, size]) => plain(price) + plain(size)).join(''));
  }
}
