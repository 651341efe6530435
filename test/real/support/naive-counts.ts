/** Counts what each message is, with JSON.parse and the venue's own channel names. Shares no code with the decoders. */

import type { Payload } from './payloads.ts';

/** What `replay --json` says of one instrument, as far as it can be counted message by message. */
export interface NaiveCounts {
  trades: number;
  bbo: number;
  depthUpdates: number;
  depthSnapshots: number;
}

/** Counts by `venue symbol`. */
export class NaiveTally {
  readonly counts = new Map<string, NaiveCounts>();
  messages = 0;

  add(venue: string, symbol: string, kind: keyof NaiveCounts, count = 1): void {
    const key = `${venue} ${symbol}`;
    const counts = this.counts.get(key) ?? { trades: 0, bbo: 0, depthUpdates: 0, depthSnapshots: 0 };
    this.counts.set(key, counts);
    counts[kind] += count;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: messages of exchanges, read by hand on purpose
type Json = any;

/** Counts one message. */
export type Counter = (tally: NaiveTally, payload: Payload) => void;

/** @param restSymbol - the symbol of bare REST snapshots whose URL was not recorded */
export function binanceCounter(venue: string, restSymbol: string | null): Counter {
  return (tally, { text, url }) => {
    const message: Json = JSON.parse(text);
    const data = message.data ?? message;
    const asked = url === null ? restSymbol : new URL(url).searchParams.get('symbol');
    if ('lastUpdateId' in data) tally.add(venue, asked!, 'depthSnapshots');
    else if (data.e === 'depthUpdate') tally.add(venue, data.s, 'depthUpdates');
    else if (data.e === 'trade' || data.e === 'aggTrade') tally.add(venue, data.s, 'trades');
    else if (message.stream.endsWith('@bookTicker')) tally.add(venue, data.s, 'bbo');
  };
}

/** Version 1 arrays and version 2 objects. */
export const countKraken: Counter = (tally, { text }) => {
  const message: Json = JSON.parse(text);
  if (!Array.isArray(message)) {
    const kind = message.type === 'snapshot' ? 'depthSnapshots' : 'depthUpdates';
    if (message.channel === 'book') for (const { symbol } of message.data) tally.add('kraken', symbol, kind);
    return;
  }
  const [channel, symbol]: Json = message.slice(-2);
  if (channel === 'trade') tally.add('kraken', symbol, 'trades', message[1].length);
  else if (channel === 'ticker') tally.add('kraken', symbol, 'bbo');
  else if (channel.startsWith('book'))
    tally.add('kraken', symbol, 'as' in message[1] ? 'depthSnapshots' : 'depthUpdates');
};

export const countOkx: Counter = (tally, { text, url }) => {
  const message: Json = url === null ? JSON.parse(text) : {};
  if (message.data === undefined) return;
  const { channel, instId } = message.arg;
  if (channel === 'trades') tally.add('okx', instId, 'trades', message.data.length);
  else if (channel === 'tickers') tally.add('okx', instId, 'bbo', message.data.length);
  else if (channel.startsWith('books'))
    tally.add('okx', instId, message.action === 'snapshot' ? 'depthSnapshots' : 'depthUpdates');
};

const COINBASE_KINDS: Readonly<Record<string, keyof NaiveCounts>> = {
  l2update: 'depthUpdates',
  snapshot: 'depthSnapshots',
  match: 'trades',
  last_match: 'trades',
  ticker: 'bbo',
};

export const countCoinbase: Counter = (tally, { text, url }) => {
  const message: Json = url === null ? JSON.parse(text) : {};
  const kind = COINBASE_KINDS[message.type];
  if (kind !== undefined) tally.add('coinbase', message.product_id, kind);
};

/** @param venueOf - the market that a connection is of */
export function bybitCounter(venueOf: (connection: string) => string): Counter {
  return (tally, { text, url, connection }) => {
    const message: Json = url === null ? JSON.parse(text) : {};
    if (message.topic === undefined) return;
    const venue = venueOf(connection);
    const [channel, ...rest] = message.topic.split('.');
    const symbol = rest.at(-1);
    if (channel === 'orderbook')
      tally.add(venue, symbol, message.type === 'snapshot' ? 'depthSnapshots' : 'depthUpdates');
    else if (channel === 'publicTrade') tally.add(venue, symbol, 'trades', message.data.length);
    // A ticker's delta has only what changed: both sides, or no best bid and offer.
    else if (channel === 'tickers' && 'bid1Price' in message.data && 'ask1Price' in message.data)
      tally.add(venue, symbol, 'bbo');
  };
}
