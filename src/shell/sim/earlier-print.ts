/** Invents the trades of before a world began: venues tell of the last ones to whoever subscribes. Tells nobody itself. */

import type { Prng } from '../../core/base/prng.ts';
import type { Market, TradePrint } from './market.ts';

/** A trade within a few ticks of the first touch. */
export function earlierPrint(market: Market, prng: Prng, timeUs: number): TradePrint {
  const { bid, ask } = market.book.touch();
  const isBuy = prng.chance(0.5);
  const price = Math.max(1, (isBuy ? ask : bid).price + prng.int(7) - 3);
  const size = 1 + prng.int(market.spec.typicalSize);
  return { timeUs, price, size, takerSide: isBuy ? 'buy' : 'sell', makers: 1 + prng.int(2) };
}
