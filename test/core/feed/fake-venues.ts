/** Scripted venues for the feed's tests: they acknowledge and send as their protocol says, unless told to misbehave. */

import type { FakeVenue, RestAnswer } from './feed-world.ts';

type Json = Record<string, unknown>;
/** Price and size, as the venue writes them. */
export type Levels = [price: string, size: string][];

/** What a venue can be told to do wrong. Topics are as the venue's own tests name them. */
export class Mischief {
  /** No answer to a subscription whose request contains one of these. */
  readonly unacked = new Set<string>();
  /** Acknowledged, but never any data. */
  readonly mute = new Set<string>();
  /** Refused. */
  readonly refused = new Set<string>();
  /** Nothing at all is sent on any connection. */
  isDead = false;
  /** Heartbeats go on, data does not. */
  isStale = false;
  open: ReturnType<FakeVenue['onOpen']> = { kind: 'accept', texts: [] };
  rest: RestAnswer | null = null;

  hits(set: ReadonlySet<string>, text: string): boolean {
    return [...set].some((part) => text.includes(part));
  }
}

/** What all of them share: who subscribed to what. */
abstract class Fake implements FakeVenue {
  readonly mischief = new Mischief();
  /** By connection: the topics that bring data. */
  readonly topics = new Map<number, Set<string>>();
  protected ticks = 0;

  onOpen(): ReturnType<FakeVenue['onOpen']> {
    return this.mischief.open;
  }

  abstract onText(connection: number, text: string): readonly string[];
  abstract onRest(request: { readonly symbol: string; readonly url: string }): RestAnswer;
  protected abstract data(topic: string, connection: number): string | null;
  protected heartbeat(): string | null {
    return null;
  }

  onTick(connection: number): readonly string[] {
    const { isDead, isStale, mute } = this.mischief;
    if (isDead) return [];
    this.ticks += 1;
    const beat = this.heartbeat();
    const beats = beat === null ? [] : [beat];
    if (isStale) return beats;
    const topics = [...this.topicsOf(connection)].filter((topic) => !this.mischief.hits(mute, topic));
    return [...beats, ...topics.map((topic) => this.data(topic, connection)).filter((text) => text !== null)];
  }

  onClosed(connection: number): void {
    this.topics.delete(connection);
  }

  protected topicsOf(connection: number): Set<string> {
    const known = this.topics.get(connection) ?? new Set<string>();
    this.topics.set(connection, known);
    return known;
  }
}

export class FakeKraken extends Fake {
  readonly #nowMs: () => number;

  constructor(nowMs: () => number = () => 0) {
    super();
    this.#nowMs = nowMs;
  }

  onText(connection: number, text: string): readonly string[] {
    const message = JSON.parse(text) as Json;
    const { method, params, req_id } = message as { method: string; params?: Json; req_id: number };
    if (method === 'ping') return [JSON.stringify({ method: 'pong', req_id })];
    const { channel, symbol: symbols, depth } = params as { channel: string; symbol: string[]; depth?: number };
    return symbols.flatMap((symbol) => this.#answer(connection, { method, channel, symbol, depth, req_id }));
  }

  #answer(
    connection: number,
    asked: { method: string; channel: string; symbol: string; depth?: number | undefined; req_id: number },
  ): string[] {
    const { method, channel, symbol, depth, req_id } = asked;
    const topic = `${channel}:${symbol}`;
    if (this.mischief.hits(this.mischief.refused, topic))
      return [JSON.stringify({ error: 'Currency pair not supported', method, success: false, symbol, req_id })];
    if (this.mischief.hits(this.mischief.unacked, topic)) return [];
    const result = { channel, symbol, ...(depth === undefined ? {} : { depth }) };
    const ack = JSON.stringify({ method, result, success: true, req_id });
    if (method === 'unsubscribe') {
      this.topicsOf(connection).delete(topic);
      return [ack];
    }
    this.topicsOf(connection).add(topic);
    const isQuiet = channel === 'trade' || this.mischief.hits(this.mischief.mute, topic);
    return isQuiet ? [ack] : [ack, this.#snapshot(channel, symbol)];
  }

  #snapshot(channel: string, symbol: string): string {
    const row =
      channel === 'book'
        ? { symbol, bids: [{ price: 100.1, qty: 1.5 }], asks: [{ price: 100.2, qty: 2.5 }] }
        : { symbol, bid: 100.1, bid_qty: 1.5, ask: 100.2, ask_qty: 2.5 };
    return JSON.stringify({ channel, type: 'snapshot', data: [row] });
  }

  protected override heartbeat(): string {
    return '{"channel":"heartbeat"}';
  }

  protected data(topic: string): string | null {
    const [channel, symbol] = topic.split(':') as [string, string];
    if (channel === 'trade') return null;
    const qty = 1 + (this.ticks % 7) / 4;
    const row =
      channel === 'book'
        ? { symbol, bids: [{ price: 100.1, qty }], asks: [] }
        : { symbol, bid: 100.1, bid_qty: qty, ask: 100.2, ask_qty: 2.5 };
    return JSON.stringify({ channel, type: 'update', data: [row] });
  }

  onRest(request: { readonly url: string }): RestAnswer {
    if (this.mischief.rest !== null) return this.mischief.rest;
    const second = Math.floor(this.#nowMs() / 1000);
    // One trade a second, the newest five.
    const trades = [4, 3, 2, 1, 0].map((back) => [
      '100.10000',
      '0.25000000',
      second - back,
      'b',
      'm',
      '',
      second - back,
    ]);
    const result =
      request.url?.includes('/Trades?') === true
        ? { XXBTZUSD: trades, last: `${second}000000000` }
        : { XXBTZUSD: { asks: [['100.30000', '2.500', 1]], bids: [['100.00000', '1.500', 1]] } };
    return { kind: 'ok', body: JSON.stringify({ error: [], result }) };
  }
}

/** Spot; with `isFutures` USD-M, whose ids each connection counts in its own steps. */
export class FakeBinance extends Fake {
  readonly #isFutures: boolean;
  readonly #nowMs: () => number;
  /** Of the whole venue, and the last one told on each connection. */
  protected id = 1000;
  protected readonly lastIds = new Map<string, number>();
  used = 0;
  #window = 0;

  constructor(nowMs: () => number, isFutures = false) {
    super();
    this.#nowMs = nowMs;
    this.#isFutures = isFutures;
  }

  onText(connection: number, text: string): readonly string[] {
    const { method, params, id } = JSON.parse(text) as { method: string; params: string[]; id: number };
    if (this.mischief.hits(this.mischief.refused, text))
      return [JSON.stringify({ code: 2, msg: 'Invalid request', id })];
    if (this.mischief.hits(this.mischief.unacked, text)) return [];
    for (const topic of params) {
      if (method === 'SUBSCRIBE') this.topicsOf(connection).add(topic);
      else this.topicsOf(connection).delete(topic);
    }
    return [JSON.stringify({ result: null, id })];
  }

  protected data(topic: string, connection: number): string | null {
    const [lower = '', channel = ''] = topic.split('@');
    const s = lower.toUpperCase();
    const E = this.#nowMs();
    const wrap = (data: Json): string => JSON.stringify({ stream: topic, data });
    switch (channel) {
      case 'depth': {
        const key = `${connection} ${topic}`;
        // A new socket of futures cuts the same changes at other ids than the old one.
        const pu = this.lastIds.get(key) ?? this.id - (this.#isFutures ? 1 : 0);
        // A connection may merge several steps into one message: the ids of two sockets differ.
        this.id += 1 + (connection % 3);
        const changed = this.changes(s, key);
        const u = this.id;
        this.lastIds.set(key, u);
        const ids = this.#isFutures ? { U: pu + 1, u, pu } : { U: pu + 1, u };
        return wrap({
          e: 'depthUpdate',
          E,
          ...(this.#isFutures ? { T: E } : {}),
          s,
          ...ids,
          ...changed,
        });
      }
      case 'bookTicker':
        return wrap({ u: this.id, s, b: '100.1', B: '1.25', a: '100.2', A: '2.50' });
      case 'markPrice':
        return wrap({ e: 'markPriceUpdate', E, s, p: '100.1', i: '100.1', r: '0.0001', T: E + 1000 });
      default:
        return null;
    }
  }

  /** What a depth message tells. @param key - of the connection's stream */
  protected changes(_symbol: string, _key: string): { b: Levels; a: Levels } {
    return { b: [['100.1', '1.25']], a: [] };
  }

  /** @param levels - the most that are wanted a side */
  protected snapshot(_symbol: string, _levels: number): { bids: Levels; asks: Levels } {
    return { bids: [['100.1', '1.25']], asks: [['100.2', '2.50']] };
  }

  /** One trade a second since the start of the epoch's day, the newest five. */
  #trades(): string {
    const id = Math.floor(this.#nowMs() / 1000);
    const row = (n: number) => ({ id: n, price: '100.1', qty: '1', time: n * 1000, isBuyerMaker: true });
    return JSON.stringify([4, 3, 2, 1, 0].map((back) => row(id - back)));
  }

  /** An update of this symbol's book is lost on the way. */
  lose(symbol: string): void {
    this.id += 5;
    for (const key of this.lastIds.keys()) {
      if (key.includes(` ${symbol.toLowerCase()}@`)) this.lastIds.set(key, this.id);
    }
  }

  onRest(request: { readonly symbol: string; readonly url?: string }): RestAnswer {
    if (this.mischief.rest !== null) return this.mischief.rest;
    if (request.url?.includes('rades?') === true) return { kind: 'ok', body: this.#trades() };
    const window = Math.floor(this.#nowMs() / 60_000);
    if (window !== this.#window && this.#window !== 0) this.used = 0;
    this.#window = window;
    this.used += 5;
    const levels = Number(new URL(request.url ?? 'https://venue.test').searchParams.get('limit'));
    const book = this.snapshot(request.symbol, levels);
    const body = { lastUpdateId: this.id, ...book };
    return { kind: 'ok', body: JSON.stringify(body), usedWeight: this.used };
  }
}

export class FakeOkx extends Fake {
  readonly #nowMs: () => number;
  #id = 500;
  readonly #lastIds = new Map<string, number>();
  /** As announced: the stream brings no snapshot any more. */
  hasSnapshot = true;

  constructor(nowMs: () => number) {
    super();
    this.#nowMs = nowMs;
  }

  onText(connection: number, text: string): readonly string[] {
    if (text === 'ping') return ['pong'];
    const { id, op, args } = JSON.parse(text) as {
      id: string;
      op: string;
      args: { channel: string; instId: string }[];
    };
    return args.flatMap((arg) => {
      const topic = `${arg.channel}:${arg.instId}`;
      if (this.mischief.hits(this.mischief.refused, topic))
        return [
          JSON.stringify({
            id,
            event: 'error',
            code: '60018',
            msg: `channel:${arg.channel},instId:${arg.instId} doesn't exist`,
          }),
        ];
      if (this.mischief.hits(this.mischief.unacked, topic)) return [];
      const ack = JSON.stringify({ id, event: op, arg, connId: 'x' });
      if (op === 'unsubscribe') {
        this.topicsOf(connection).delete(topic);
        return [ack];
      }
      this.topicsOf(connection).add(topic);
      return arg.channel === 'books' && this.hasSnapshot ? [ack, this.#book(topic, connection, true)] : [ack];
    });
  }

  protected data(topic: string, connection: number): string | null {
    const [channel, instId] = topic.split(':') as [string, string];
    const ts = String(this.#nowMs());
    const push = (row: Json): string => JSON.stringify({ arg: { channel, instId }, data: [{ instId, ...row, ts }] });
    switch (channel) {
      case 'books':
        return this.#book(topic, connection, false);
      case 'tickers':
        return push({ last: '100', bidPx: '100.1', bidSz: '1', askPx: '100.2', askSz: '2' });
      case 'mark-price':
        return push({ markPx: '100.1' });
      default:
        return null;
    }
  }

  #book(topic: string, connection: number, isSnapshot: boolean): string {
    const [channel, instId] = topic.split(':') as [string, string];
    const key = `${connection} ${topic}`;
    const prevSeqId = isSnapshot ? -1 : (this.#lastIds.get(key) ?? this.#id);
    if (!isSnapshot) this.#id += 1;
    this.#lastIds.set(key, this.#id);
    const row = {
      asks: isSnapshot ? [['100.2', '2', '0', '1']] : [],
      bids: [['100.1', '1', '0', '1']],
      ts: String(this.#nowMs()),
      checksum: 0,
      prevSeqId,
      seqId: this.#id,
    };
    return JSON.stringify({ arg: { channel, instId }, action: isSnapshot ? 'snapshot' : 'update', data: [row] });
  }

  onRest(): RestAnswer {
    if (this.mischief.rest !== null) return this.mischief.rest;
    const row = {
      asks: [['100.2', '2', '0', '1']],
      bids: [['100.1', '1', '0', '1']],
      ts: String(this.#nowMs()),
      seqId: this.#id,
    };
    return { kind: 'ok', body: JSON.stringify({ code: '0', msg: '', data: [row] }) };
  }
}
