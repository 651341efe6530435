/**
 * Tells from a frame's first bytes whether it is depth, and of which symbol, so that a full queue can drop depth alone. Only
 * asked when frames must be dropped. Reads no market data, and takes what it does not know for something other than depth.
 */

/** As far as the names stand in every venue's frames. */
const LOOK_BYTES = 256;

/** By venue family: depth frames match, and the first group is the symbol. Keys stand in this order on the wire. */
const DEPTH: readonly (readonly [venue: RegExp, frame: RegExp])[] = [
  // {"stream":"btcusdt@depth@100ms","data":{...}}
  [/^binance/, /^\{"stream":"([^"@]+)@depth/],
  // {"channel":"book","type":"update","data":[{"symbol":"BTC/USD",...
  [/^kraken/, /^\{"channel":"book".*?"symbol":"([^"]+)"/],
  // {"arg":{"channel":"books","instId":"BTC-USDT"},...
  [/^okx/, /^\{"arg":\{"channel":"books[^"]*","instId":"([^"]+)"/],
  // {"channel":"l2_data",...,"events":[{"type":"update","product_id":"BTC-USD",...
  [/^coinbase_advanced/, /^\{"channel":"l2_data".*?"product_id":"([^"]+)"/],
  // {"type":"l2update","product_id":"BTC-USD",...
  [/^coinbase/, /^\{"type":"(?:l2update|snapshot)","product_id":"([^"]+)"/],
  // {"topic":"orderbook.50.BTCUSDT",...
  [/^bybit/, /^\{"topic":"orderbook\.\d+\.([^"]+)"/],
];

/** @returns the symbol as the venue's REST interface writes it; null: no depth, or it cannot be told */
export function depthSymbolOf(venue: string, bytes: Uint8Array, from: number, to: number): string | null {
  const frame = DEPTH.find(([family]) => family.test(venue))?.[1];
  if (frame === undefined) return null;
  const end = Math.min(to, from + LOOK_BYTES);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, end - from).toString('latin1');
  const symbol = frame.exec(text)?.[1];
  if (symbol === undefined) return null;
  // Streams are written small, symbols large.
  return venue.startsWith('binance') ? symbol.toUpperCase() : symbol;
}
