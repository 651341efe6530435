/** What is counted of one instrument. Names only; counting is the instrument's. */

/** Everything that is counted per instrument. Plain numbers, in the order they are shown. */
export const COUNTERS = [
  'frames',
  'trades',
  'historyTrades',
  'repeatedTrades',
  'otherChannelTrades',
  'offMarketTrades',
  'lateTrades',
  'badTimeTrades',
  'tradesBeforeTime',
  'lateTradeGaps',
  'tradeGaps',
  'bbo',
  'bboMatches',
  'bboMismatches',
  'depthUpdates',
  'depthSnapshots',
  'tickers',
  'liquidations',
  'gaps',
  'resyncs',
  'snapshotRequests',
  'bars',
  'barRevisions',
] as const;
export type CounterName = (typeof COUNTERS)[number];
export type Counters = Record<CounterName, number>;
