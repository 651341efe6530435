/** Turns every price and size of a parsed message into a number, by venue, as directly as a careful program would. Keeps nothing. */

// biome-ignore lint/suspicious/noExplicitAny: what JSON.parse gives
type Json = any;

/** Adds up all prices and sizes of a message, so that no conversion can be left out. */
export type NumberReader = (message: Json) => number;

/** @throws for a venue that no kind uses */
export function numberReaderOf(venue: string): NumberReader {
  const reader = READERS[venue.split('_')[0]!];
  if (reader === undefined) throw new Error(`no number reader for ${venue}`);
  return reader;
}

const READERS: Readonly<Record<string, NumberReader>> = { binance, kraken, okx, coinbase, bybit };

/** `[[price, size, …], …]`; the pair may begin later in the row. */
function levels(rows: Json, at = 0): number {
  let sum = 0;
  if (rows === undefined) return 0;
  for (let i = 0; i < rows.length; i++) sum += Number(rows[i][at]) + Number(rows[i][at + 1]);
  return sum;
}

function binance(message: Json): number {
  const data = message.data ?? message;
  if (data.e === 'trade' || data.e === 'aggTrade') return Number(data.p) + Number(data.q);
  if (data.e === 'markPriceUpdate') return Number(data.p) + Number(data.i) + Number(data.r);
  if (typeof data.b === 'string') return Number(data.b) + Number(data.B) + Number(data.a) + Number(data.A);
  return levels(data.b ?? data.bids) + levels(data.a ?? data.asks);
}

function kraken(message: Json): number {
  if (!Array.isArray(message)) return krakenV2(message);
  const channel = message[message.length - 2];
  if (channel === 'trade') return levels(message[1]);
  let sum = 0;
  for (let i = 1; i < message.length - 2; i++) {
    const part = message[i];
    if (channel === 'ticker') sum += Number(part.a[0]) + Number(part.a[2]) + Number(part.b[0]) + Number(part.b[2]);
    else sum += levels(part.as) + levels(part.bs) + levels(part.a) + levels(part.b);
  }
  return sum;
}

/** Version 2 sends numbers: there is nothing left to convert. */
function krakenV2(message: Json): number {
  if (message.channel !== 'book' && message.channel !== 'trade') return 0;
  let sum = 0;
  for (const part of message.data) {
    if (part.bids === undefined) sum += part.price + part.qty;
    else {
      for (const level of part.bids) sum += level.price + level.qty;
      for (const level of part.asks) sum += level.price + level.qty;
    }
  }
  return sum;
}

function okx(message: Json): number {
  if (message.data === undefined) return 0;
  let sum = 0;
  for (const part of message.data) {
    if (part.bids !== undefined) sum += levels(part.bids) + levels(part.asks);
    else if (part.px !== undefined) sum += Number(part.px) + Number(part.sz);
    else if (part.askPx !== undefined) {
      sum += Number(part.askPx) + Number(part.askSz) + Number(part.bidPx) + Number(part.bidSz);
    }
  }
  return sum;
}

function coinbase(message: Json): number {
  switch (message.type) {
    case 'l2update':
      return levels(message.changes, 1);
    case 'snapshot':
      return levels(message.bids) + levels(message.asks);
    case 'match':
    case 'last_match':
      return Number(message.price) + Number(message.size);
    case 'ticker':
      return Number(message.price) + Number(message.best_bid) + Number(message.best_ask);
    default:
      return 0;
  }
}

function bybit(message: Json): number {
  const { data, topic } = message;
  if (topic === undefined) return 0;
  if (data.b !== undefined) return levels(data.b) + levels(data.a);
  if (!topic.startsWith('publicTrade')) return 0;
  let sum = 0;
  for (const trade of data) sum += Number(trade.p) + Number(trade.v);
  return sum;
}
