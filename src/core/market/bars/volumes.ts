/** The volume part of a bar, from sums over trades: one place for what is NULL when. */

import type { Bar } from './bar.ts';

/** Sums over trades in base and quote units. Plain doubles, so the order of adding is part of the result. */
export type VolumeSums = {
  tradeCount: number;
  /** False once a trade's amount was unknown (the contract's multiplier is not known); the sums then mean nothing. */
  isVolumeKnown: boolean;
  base: number;
  quote: number;
  /** Of `quote`, what takers bought and sold. A trade with an unknown taker side is in neither. */
  buyQuote: number;
  sellQuote: number;
};

export type BarVolumes = Pick<
  Bar,
  'baseVolume' | 'quoteVolume' | 'buyQuoteVolume' | 'sellQuoteVolume' | 'tradeCount' | 'vwap' | 'cvd'
>;

/** Without trades volumes are 0 and vwap is NULL; with an amount unknown all but the count is NULL. */
export function barVolumes(sums: VolumeSums): BarVolumes {
  const { tradeCount, base, quote, buyQuote, sellQuote } = sums;
  if (!sums.isVolumeKnown) return { ...UNKNOWN, tradeCount };
  return {
    baseVolume: base,
    quoteVolume: quote,
    buyQuoteVolume: buyQuote,
    sellQuoteVolume: sellQuote,
    tradeCount,
    vwap: base > 0 ? quote / base : null,
    cvd: buyQuote - sellQuote,
  };
}

const UNKNOWN = {
  baseVolume: null,
  quoteVolume: null,
  buyQuoteVolume: null,
  sellQuoteVolume: null,
  vwap: null,
  cvd: null,
} as const;
