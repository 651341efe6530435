/** Guesses a frame's venue from its shape alone, for recordings that name no URL. Decodes nothing, and says so when it cannot tell. */

/** Looked at: the names that tell venues apart stand in front, or (Kraken v1) at the very end. */
const HEAD_BYTES = 1500;
const TAIL_BYTES = 120;

/**
 * What a frame's shape says.
 *
 * - `venue`: that one (supported or not, as `venueOfUrl`); `binance` and `bybit` stand for families, see `fits`
 * - `some_binance`: a Binance frame that spot and futures send alike
 * - null: nothing: an ack, a bare REST reply
 */
export type ShapeVerdict =
  | { readonly kind: 'venue'; readonly venue: string }
  | { readonly kind: 'some_binance' }
  | null;

/** Shapes by venue; the first that fits counts. White space is taken out before. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/^\{.*"arg":\{[^}]*"instType":"(?:sp|mc|USDT-FUTURES|COIN-FUTURES|USDC-FUTURES)"/, 'BITGET'],
  [/^\{.*"arg":\{[^}]*"channel":"/, 'okx'],
  [/^\{"feed":"|"feed":"(?:ticker|book|trade|heartbeat)|"event":"subscribed","feed"/, 'KRAKEN_FUTURES'],
  [/^\{"channel":"[^"]+","client_id":"[^"]*","timestamp"|^\{.*"client_id":.*"sequence_num":/, 'coinbase_advanced'],
  [/^\{"channel":"[^"]+","timestamp":"[^"]*","sequence_num":/, 'coinbase_advanced'],
  [/^\{"channel":"\w+","market":"/, 'FTX'],
  [/^\{"channel":"(?:\w+)","type":"(?:snapshot|update)","data":\[/, 'kraken'],
  [/^\{"channel":"heartbeat"\}$/, 'kraken'],
  [/^\{"(?:error|method|req_id|result|success)".*"time_in":"/, 'kraken'],
  [/^\{.*"event":"(?:systemStatus|subscriptionStatus)"/, 'kraken'],
  [/^\{"event":"heartbeat"\}$/, 'kraken'],
  [/,"(?:ticker|trade|spread|ohlc-\d+|book-\d+)","[^"]+"\]$/, 'kraken'],
  [
    /^\{"type":"(?:l2update|snapshot|match|last_match|ticker|heartbeat|received|open|done|change)".*"product_id":"/,
    'coinbase',
  ],
  [/^\{"type":"subscriptions","channels":\[/, 'coinbase'],
  [/"topic":"\/(?:market|contract)/, 'KUCOIN'],
  [
    /"topic":"(?:orderbook|publicTrade|tickers|kline|liquidation|allLiquidation|priceLimit|insurance|trade\.(?:spot|linear|inverse))\./,
    'bybit',
  ],
  [/"ret_msg":".*"op":"|"op":".*"ret_msg":"/, 'bybit'],
  [/"jsonrpc":"2\.0".*"method":"(?:update|snapshot)(?:Orderbook|Trades)"|"method":"ticker","params":\{"ask"/, 'HITBTC'],
  [/"jsonrpc":"2\.0".*"method":"(?:subscription|heartbeat)"/, 'DERIBIT'],
  [/^\{"channel":"(?:all\w+|l2Book|trades|bbo|activeAssetCtx|subscriptionResponse)","data":/, 'HYPERLIQUID'],
  [/^\{"coin":".*"levels":/, 'HYPERLIQUID'],
  [/^\{"table":"\w+","action":"/, 'BITMEX'],
  [/^\{"type":"l2_updates"/, 'GEMINI'],
  [/^\{.*"event":"(?:bts:\w+|data)".*"channel":"|"channel":"(?:diff_)?order_book_/, 'BITSTAMP'],
  [/"method":"(?:depth|trades|ticker)\.update"/, 'GATEIO'],
  [/^\[\d+,"(?:hb|te|tu|cs)"/, 'BITFINEX'],
];

const BINANCE_EVENT =
  /^\{(?:"stream":"[^"]+","data":\{)?.*?"e":"(depthUpdate|trade|aggTrade|bookTicker|kline|continuous_kline|markPriceUpdate|forceOrder|24hrTicker|24hrMiniTicker)"/;
const BINANCE_STREAM = /^\{"stream":"[^"]*@\w+[^"]*","data":/;
const BINANCE_BARE_TICKER = /^\{"u":\d+,"s":"[A-Z0-9]+","b":"/;
const COIN_MARGINED = /"(?:s|symbol)":"[A-Z0-9]+USD_(?:PERP|\d{6})"/;

/** What the frame `bytes[from, to)` says about its venue. */
export function shapeOfFrame(bytes: Buffer, from: number, to: number): ShapeVerdict {
  const head = compact(bytes, from, Math.min(to, from + HEAD_BYTES));
  const tail = to - from <= HEAD_BYTES ? head : compact(bytes, Math.max(from, to - TAIL_BYTES), to);
  const binance = binanceShape(head, tail);
  if (binance !== null) return binance;
  const shape = SHAPES.find(([pattern]) => pattern.test(head) || (head !== tail && pattern.test(tail)));
  return shape === undefined ? null : { kind: 'venue', venue: shape[1] };
}

/**
 * True when content that says `seen` leaves room for `wanted`: Binance US frames are those of Binance spot, and Bybit's say
 * nothing of the product.
 */
export function fits(seen: string, wanted: string): boolean {
  if (seen === wanted) return true;
  return (seen === 'binance' && wanted === 'binance_us') || (seen === 'bybit' && wanted.startsWith('bybit_'));
}

function compact(bytes: Buffer, from: number, to: number): string {
  return bytes.toString('latin1', from, to).replace(/\s+/g, '');
}

/** Which Binance market, by the field that only one of them sends (spot depth has no `pu`, futures trades have no `M`). */
function binanceShape(head: string, tail: string): ShapeVerdict {
  const event = BINANCE_EVENT.exec(head)?.[1];
  if (event === undefined && !BINANCE_STREAM.test(head) && !BINANCE_BARE_TICKER.test(head)) return null;
  if (COIN_MARGINED.test(head)) return { kind: 'venue', venue: 'binance_coinm' };
  switch (event) {
    case 'depthUpdate':
      return futuresIf(/"pu":\d/.test(head));
    case 'trade':
    case 'aggTrade':
      return futuresIf(!/"M":(?:true|false)/.test(tail));
    case '24hrTicker':
      return futuresIf(!/"x":"/.test(head));
    case 'bookTicker':
    case 'markPriceUpdate':
    case 'forceOrder':
    case 'continuous_kline':
      return futuresIf(true);
    case undefined:
      return /"b":"[^"]*","B":"|"lastUpdateId":/.test(head) ? futuresIf(false) : { kind: 'some_binance' };
    default:
      return { kind: 'some_binance' };
  }
}

function futuresIf(isFutures: boolean): ShapeVerdict {
  return { kind: 'venue', venue: isFutures ? 'binance_usdm' : 'binance' };
}
