/** What a load needs to know of each venue's text: which stream a frame is of, its levels, its numbers. Reads no market data else. */

import type { SimVenueName } from '../../src/shell/sim/world/sim-world.ts';

/** As on the wire, zeros at the end and all. */
export type Level = readonly [price: string, size: string];

export interface Depth {
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

/** What numbers a frame carries that go on from loop to loop: those of the book, of trades, of aggregated trades; or a time. */
export type FieldKind = 'book' | 'trade' | 'aggregate' | 'time';

export interface Wire {
  /** The stream that a frame belongs to; empty: none. */
  keyOf(text: string): string;
  /** Streams that a client's message subscribes to or leaves; null: it is about something else. */
  asked(text: string): { readonly isWanted: boolean; readonly keys: readonly string[] } | null;
  depthOf(text: string): Depth;
  /** The same frame with other levels. */
  withDepth(text: string, depth: Depth): string;
  /** Before and after a depth frame; null where a venue numbers nothing. */
  idsOf(text: string): { readonly previous: number; readonly last: number } | null;
  withIds(text: string, previous: number, last: number): string;
  /** Groups `name` and `value`. */
  readonly fields: RegExp;
  readonly kinds: Readonly<Record<string, FieldKind>>;
  /** Levels a side that clients keep; null: all. */
  readonly levels: number | null;
}

const binance: Wire = {
  keyOf: (text) => /^\{"stream":"([^"]+)"/.exec(text)?.[1] ?? '',
  asked(text) {
    const { method, params } = JSON.parse(text);
    if (method !== 'SUBSCRIBE' && method !== 'UNSUBSCRIBE') return null;
    return { isWanted: method === 'SUBSCRIBE', keys: params };
  },
  depthOf(text) {
    const { data } = JSON.parse(text);
    return { bids: data.b, asks: data.a };
  },
  withDepth: (text, { bids, asks }) =>
    text.replace(/"b":\[.*"a":\[(?:\[[^\]]*\],?)*\]/, () => `"b":${JSON.stringify(bids)},"a":${JSON.stringify(asks)}`),
  idsOf(text) {
    const { U, u, pu } = JSON.parse(text).data;
    return { previous: pu ?? U - 1, last: u };
  },
  withIds: (text, previous, last) =>
    text
      .replace(/"U":\d+/, `"U":${previous + 1}`)
      .replace(/"u":\d+/, `"u":${last}`)
      .replace(/"pu":\d+/, `"pu":${previous}`),
  fields: /"(?<name>U|u|pu|t|a|f|l|E|T)":(?<value>\d{6,})(?=[,}])/g,
  kinds: { U: 'book', u: 'book', pu: 'book', t: 'trade', f: 'trade', l: 'trade', a: 'aggregate', E: 'time', T: 'time' },
  levels: null,
};

const kraken: Wire = {
  keyOf(text) {
    const found = /^\{"channel":"(\w+)","type":"\w+","data":\[\{"symbol":"([^"]+)"/.exec(text);
    return found === null ? '' : `${found[1]} ${found[2]}`;
  },
  asked(text) {
    const { method, params } = JSON.parse(text);
    if (method !== 'subscribe' && method !== 'unsubscribe') return null;
    const keys = (params.symbol ?? []).map((symbol: string) => `${params.channel} ${symbol}`);
    return { isWanted: method === 'subscribe', keys };
  },
  depthOf(text) {
    // Its checksums are made of the digits as sent: they must not pass through a number.
    const [book] = JSON.parse(text.replace(/:(-?[\d.]+)(?=[,}])/g, ':"$1"')).data;
    const levels = (side: { price: string; qty: string }[]): Level[] => side.map(({ price, qty }) => [price, qty]);
    return { bids: levels(book.bids), asks: levels(book.asks) };
  },
  withDepth(text, { bids, asks }) {
    const side = (levels: readonly Level[]) => levels.map(([price, size]) => `{"price":${price},"qty":${size}}`).join();
    return text.replace(/"bids":\[.*?\],"asks":\[.*?\]/, `"bids":[${side(bids)}],"asks":[${side(asks)}]`);
  },
  idsOf: () => null,
  withIds: (text) => text,
  fields: /"(?<name>trade_id|timestamp)":"?(?<value>\d{6,}|\d{4}-[\d:.T-]{21}Z)(?=[",}])/g,
  kinds: { trade_id: 'trade', timestamp: 'time' },
  levels: 10,
};

const okx: Wire = {
  keyOf(text) {
    const found = /^\{"arg":\{"channel":"([\w-]+)","instId":"([^"]+)"/.exec(text);
    return found === null ? '' : `${found[1]} ${found[2]}`;
  },
  asked(text) {
    if (!text.startsWith('{')) return null;
    const { op, args } = JSON.parse(text);
    if (op !== 'subscribe' && op !== 'unsubscribe') return null;
    const keys = args.map((arg: { channel: string; instId: string }) => `${arg.channel} ${arg.instId}`);
    return { isWanted: op === 'subscribe', keys };
  },
  depthOf(text) {
    const [book] = JSON.parse(text).data;
    return { bids: book.bids, asks: book.asks };
  },
  withDepth(text, { bids, asks }) {
    const side = (levels: readonly Level[]) => JSON.stringify(levels.map(([price, size]) => [price, size, '0', '1']));
    return text.replace(/"asks":\[.*"bids":\[(?:\[[^\]]*\],?)*\]/, `"asks":${side(asks)},"bids":${side(bids)}`);
  },
  idsOf(text) {
    const { prevSeqId, seqId } = JSON.parse(text).data[0];
    return { previous: prevSeqId, last: seqId };
  },
  withIds: (text, previous, last) =>
    text.replace(/"prevSeqId":-?\d+/, `"prevSeqId":${previous}`).replace(/"seqId":\d+/, `"seqId":${last}`),
  fields: /"(?<name>seqId|prevSeqId|tradeId|ts)":"?(?<value>\d{6,})(?=[",}])/g,
  kinds: { seqId: 'book', prevSeqId: 'book', tradeId: 'trade', ts: 'time' },
  levels: null,
};

export const WIRES: Readonly<Partial<Record<SimVenueName, Wire>>> = { binance, binance_usdm: binance, kraken, okx };

/** @throws for a venue that no load was made for */
export function wireOf(venue: SimVenueName): Wire {
  const wire = WIRES[venue];
  if (wire === undefined) throw new Error(`no load of ${venue}`);
  return wire;
}

/** `0.00001200` and `78` as zeros of the same decimals: how a level is removed. */
export function zeroOf(size: string): string {
  return size.replace(/^\d+/, '0').replace(/\d/g, '0');
}

export function isZero(size: string): boolean {
  return /^[0.]*$/.test(size);
}
