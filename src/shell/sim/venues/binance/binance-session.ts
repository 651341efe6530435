/** One connection to simulated Binance: requests, acks, the venue's pings and what it allows a connection. Prices nothing. */

import type { TimeUnit } from '../../binance-encoder.ts';
import { SlidingWindow } from '../rate-window.ts';
import type { FrameTag, SimPeer, SimSession, VenueCounts } from '../sim-venue.ts';
import type { BinanceMarket, Subscriber } from './binance-market.ts';
import { type ConnectionPath, parseStream, tierOf } from './streams.ts';

export interface SessionLimits {
  readonly messagesPerSecond: number;
  readonly streams: number;
  readonly pingUs: number;
  readonly pongWithinUs: number;
  readonly lifeUs: number;
}

const CONTROL: FrameTag = { channel: 'control', symbol: '' };
const METHODS = ['SUBSCRIBE', 'UNSUBSCRIBE', 'LIST_SUBSCRIPTIONS', 'SET_PROPERTY', 'GET_PROPERTY'];

/** What a session needs of its venue. */
export interface SessionHome {
  readonly kind: 'spot' | 'usdm';
  readonly limits: SessionLimits;
  readonly counts: VenueCounts;
  readonly servesUnrouted: boolean;
  market(symbol: string): BinanceMarket | undefined;
  nowUs(): number;
  /** The session is over, whoever ended it. */
  forget(session: BinanceSession): void;
}

export class BinanceSession implements SimSession, Subscriber {
  readonly unit: TimeUnit;
  readonly #home: SessionHome;
  readonly #peer: SimPeer;
  readonly #tier: ConnectionPath['tier'];
  readonly #incoming = new SlidingWindow(1_000_000);
  readonly #openedUs: number;
  /** Everything acked, also what brings nothing: the limit counts it. */
  readonly #streams = new Set<string>();
  #isCombined: boolean;
  #isOpen = true;
  #pingedUs: number;
  /** When a ping was sent that is not answered yet. */
  #awaitedUs: number | null = null;

  constructor(home: SessionHome, peer: SimPeer, path: ConnectionPath) {
    this.#home = home;
    this.#peer = peer;
    this.#tier = path.tier;
    this.unit = path.isMicroseconds ? 'us' : 'ms';
    this.#isCombined = path.isCombined;
    this.#openedUs = home.nowUs();
    this.#pingedUs = this.#openedUs;
    for (const stream of path.streams) this.#subscribe(stream);
  }

  receive(text: string): void {
    this.#home.counts.messagesIn += 1;
    if (!this.#isOpen || !this.#isAllowed()) return;
    const request = parseObject(text);
    if (request === null) {
      this.#reply('{"code":3,"msg":"Invalid JSON: expected value at line 1 column 1"}');
      return;
    }
    const id = JSON.stringify(request['id'] ?? null);
    const params = Array.isArray(request['params']) ? (request['params'] as unknown[]) : [];
    switch (request['method']) {
      case 'SUBSCRIBE':
        if (!params.every((one) => typeof one === 'string')) {
          this.#refuse(id, 'Invalid request');
          return;
        }
        this.#subscribeAll(params as string[], id);
        return;
      case 'UNSUBSCRIBE':
        for (const stream of params) this.#unsubscribe(String(stream));
        this.#reply(`{"result":null,"id":${id}}`);
        return;
      case 'LIST_SUBSCRIPTIONS':
        this.#reply(`{"result":${JSON.stringify([...this.#streams])},"id":${id}}`);
        return;
      case 'SET_PROPERTY':
        if (params[0] === 'combined') this.#isCombined = params[1] === true;
        this.#reply(`{"result":null,"id":${id}}`);
        return;
      case 'GET_PROPERTY':
        this.#reply(`{"result":${this.#isCombined},"id":${id}}`);
        return;
      default:
        this.#refuse(id, `Invalid request: unknown variant, expected one of ${METHODS.join(', ')}`);
        return;
    }
  }

  pong(_payload: string): void {
    this.#home.counts.messagesIn += 1;
    if (!this.#isOpen) return;
    // An unasked pong counts as a message and does not answer anything.
    this.#awaitedUs = null;
    this.#isAllowed();
  }

  ping(): void {
    this.#home.counts.messagesIn += 1;
    if (this.#isOpen) this.#isAllowed();
  }

  closed(): void {
    this.#leave();
  }

  /** Pings, and ends what is too old or does not answer. To be called about once a second. */
  keepAlive(nowUs: number): void {
    const { limits } = this.#home;
    if (this.#awaitedUs !== null && nowUs - this.#awaitedUs > limits.pongWithinUs) {
      this.end(1006, 'no pong');
      return;
    }
    if (nowUs - this.#openedUs >= limits.lifeUs) {
      this.end(1001, 'connection is 24 hours old');
      return;
    }
    if (nowUs - this.#pingedUs < limits.pingUs) return;
    this.#pingedUs = nowUs;
    this.#awaitedUs ??= nowUs;
    this.#peer.ping(String(Math.floor(nowUs / 1000)));
  }

  stream(name: string, data: string, tag: FrameTag): void {
    this.#home.counts.messagesOut += 1;
    this.#peer.message(this.#isCombined ? `{"stream":"${name}","data":${data}}` : data, tag);
  }

  /** `serverShutdown`: the venue will close this connection soon. */
  announceShutdown(timeMs: number): void {
    this.stream('!serverShutdown', `{"e":"serverShutdown","E":${timeMs}}`, CONTROL);
  }

  end(code: number, reason: string): void {
    if (!this.#isOpen) return;
    this.#leave();
    this.#peer.closed(code, reason);
  }

  #leave(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const stream of [...this.#streams]) this.#unsubscribe(stream);
    this.#home.forget(this);
  }

  #subscribeAll(streams: readonly string[], id: string): void {
    const wanted = new Set([...this.#streams, ...streams]);
    if (wanted.size > this.#home.limits.streams) {
      this.#breach('too many streams');
      return;
    }
    this.#reply(`{"result":null,"id":${id}}`);
    for (const stream of streams) this.#subscribe(stream);
  }

  /** What is unknown, or served on another tier, is taken and stays silent. */
  #subscribe(text: string): void {
    if (this.#streams.has(text)) return;
    this.#streams.add(text);
    const name = parseStream(text, this.#home.kind);
    if (name === null) return;
    const isServed =
      this.#tier === 'all' ||
      this.#tier === tierOf(name.kind) ||
      (this.#tier === 'unrouted' && this.#home.servesUnrouted);
    if (isServed) this.#home.market(name.symbol)?.subscribe(this, name);
  }

  #unsubscribe(text: string): void {
    if (!this.#streams.delete(text)) return;
    const name = parseStream(text, this.#home.kind);
    if (name !== null) this.#home.market(name.symbol)?.unsubscribe(this, text);
  }

  #refuse(id: string, message: string): void {
    this.#reply(`{"code":2,"msg":${JSON.stringify(message)},"id":${id}}`);
  }

  #reply(text: string): void {
    this.#home.counts.messagesOut += 1;
    this.#peer.message(text, CONTROL);
  }

  #isAllowed(): boolean {
    if (this.#incoming.add(this.#home.nowUs()) <= this.#home.limits.messagesPerSecond) return true;
    this.#breach('Too many requests');
    return false;
  }

  #breach(reason: string): void {
    this.#home.counts.limitCloses += 1;
    this.end(1008, reason);
  }
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
