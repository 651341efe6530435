/** How the fast path takes OKX's messages apart. Reads nothing, and says nothing about what they mean: `okx.ts` does. */

import { type FieldRules, passedOver } from './shape-rules.ts';

const COMMON: FieldRules = {
  'arg.channel': { read: 'constant' },
  'arg.instId': { read: 'constant' },
  action: { read: 'constant' },
  'data.0.instId': { read: 'constant' },
  'data.0.instType': { read: 'constant' },
  'data.0.ts': { read: 'quoted_integer', slot: 'eventTime' },
};
const BOOK: FieldRules = {
  ...COMMON,
  'data.0.asks': { read: 'asks' },
  'data.0.bids': { read: 'bids' },
  'data.0.checksum': { read: 'signed_integer', slot: 'checksum' },
  'data.0.prevSeqId': { read: 'integer', slot: 'previousId' },
  'data.0.seqId': { read: 'integer', slot: 'lastId' },
};
const TRADE: FieldRules = {
  'arg.channel': { read: 'constant' },
  'arg.instId': { read: 'constant' },
  'data.each.instId': { read: 'constant' },
  'data.each.tradeId': { read: 'quoted_integer', slot: 'tradeId' },
  'data.each.px': { read: 'price', slot: 'price' },
  'data.each.sz': { read: 'size', slot: 'size' },
  'data.each.side': { read: 'side', slot: 'takerSide' },
  'data.each.ts': { read: 'quoted_integer', slot: 'eventTime' },
  'data.each.count': { read: 'skip' },
  'data.each.source': { read: 'skip' },
  'data.each.seqId': { read: 'skip' },
};
/** What a ticker says besides its prices. */
const DAY_FIGURES = passedOver('data.0', [
  'last',
  'lastSz',
  'open24h',
  'high24h',
  'low24h',
  'volCcy24h',
  'vol24h',
  'sodUtc0',
  'sodUtc8',
]);
const TICKER: FieldRules = {
  ...COMMON,
  ...DAY_FIGURES,
  'data.0.bidPx': { read: 'price', slot: 'bidPrice' },
  'data.0.bidSz': { read: 'size', slot: 'bidSize' },
  'data.0.askPx': { read: 'price', slot: 'askPrice' },
  'data.0.askSz': { read: 'size', slot: 'askSize' },
};
/** All that any ticker's frame is asked for, whatever its channel: what stands there empty may come to mean something. */
const FIGURES: FieldRules = {
  ...COMMON,
  'data.0.markPx': { read: 'number', slot: 'markPrice' },
  'data.0.idxPx': { read: 'number', slot: 'indexPrice' },
  'data.0.fundingRate': { read: 'number', slot: 'fundingRate' },
  'data.0.oi': { read: 'number', slot: 'openInterest' },
  'data.0.fundingTime': { read: 'constant' },
};
const INDEX_TICKER: FieldRules = { ...FIGURES, ...DAY_FIGURES };
const OPEN_INTEREST: FieldRules = {
  ...FIGURES,
  'data.0.oiCcy': { read: 'skip' },
  'data.0.oiUsd': { read: 'skip' },
};
/** By channel. */
export const OKX_RULES: Readonly<Record<string, FieldRules>> = {
  books: BOOK,
  'books-l2-tbt': BOOK,
  'books50-l2-tbt': BOOK,
  trades: TRADE,
  'trades-all': TRADE,
  tickers: TICKER,
  'mark-price': FIGURES,
  'index-tickers': INDEX_TICKER,
  'open-interest': OPEN_INTEREST,
};
