/** One connection to simulated Kraken (WebSocket v2): requests, one ack a symbol, heartbeats. Prices nothing. */

import { acknowledgement, HEARTBEAT, pong, refusal, type SystemStatus, status } from '../../kraken-encoder.ts';
import type { Subscriber } from '../audience.ts';
import type { FrameTag, SimPeer, SimSession, VenueCounts } from '../sim-venue.ts';
import { isSameWant, type KrakenMarket, type Want } from './kraken-market.ts';

const CONTROL: FrameTag = { channel: 'control', symbol: '' };
const BEAT: FrameTag = { channel: 'heartbeat', symbol: '' };
/** Only while nothing else is sent. */
const HEARTBEAT_US = 1_000_000;
/** A connection without subscription on which the client says nothing. */
const IDLE_US = 60_000_000;
const DEPTHS = [10, 25, 100, 500, 1000];

export interface SessionHome {
  readonly counts: VenueCounts;
  market(symbol: string): KrakenMarket | undefined;
  /** The venue's own clock. */
  wireUs(): number;
  nowUs(): number;
  instruments(): string;
  forget(session: KrakenSession): void;
}

type Method = 'subscribe' | 'unsubscribe';
type Params = Readonly<Record<string, unknown>>;

export class KrakenSession implements SimSession, Subscriber {
  readonly #home: SessionHome;
  readonly #peer: SimPeer;
  readonly #id: string;
  readonly #held: { readonly symbol: string; readonly want: Want }[] = [];
  #hasInstruments = false;
  #isGreeted = false;
  #isOpen = true;
  #sentUs: number;
  /** As `#sentUs` before the last message. */
  #sentBeforeUs: number;
  #heardUs: number;

  constructor(home: SessionHome, peer: SimPeer, id: string) {
    this.#home = home;
    this.#peer = peer;
    this.#id = id;
    this.#sentUs = home.nowUs();
    this.#sentBeforeUs = this.#sentUs;
    this.#heardUs = this.#sentUs;
  }

  receive(text: string): void {
    this.#home.counts.messagesIn += 1;
    if (!this.#isOpen) return;
    this.greet();
    this.#heardUs = this.#home.nowUs();
    const request = parseRequest(text);
    if (request === null) {
      this.send(this.#refusal('', 'Malformed request', null, null), CONTROL);
      return;
    }
    const { method, requestId, params } = request;
    if (method === 'ping') {
      this.send(pong(this.#home.wireUs(), requestId), CONTROL);
      return;
    }
    if (method !== 'subscribe' && method !== 'unsubscribe') {
      this.send(this.#refusal(method, 'Method not supported', null, requestId), CONTROL);
      return;
    }
    this.#serve(method, params, requestId);
  }

  pong(): void {
    this.#home.counts.messagesIn += 1;
    this.#heardUs = this.#home.nowUs();
  }

  ping(): void {
    this.pong();
  }

  closed(): void {
    this.#leave();
  }

  heldBack(): void {
    this.#sentUs = this.#sentBeforeUs;
  }

  send(text: string, tag: FrameTag): void {
    this.#sentBeforeUs = this.#sentUs;
    this.#sentUs = this.#home.nowUs();
    this.#home.counts.messagesOut += 1;
    this.#peer.message(text, tag);
  }

  /** The status that begins every connection. */
  greet(): void {
    if (this.#isGreeted || !this.#isOpen) return;
    this.#isGreeted = true;
    this.tellStatus('online');
  }

  tellStatus(system: SystemStatus): void {
    this.send(status(this.#id, system), CONTROL);
  }

  /** To be called in every step. */
  keepAlive(nowUs: number): void {
    this.greet();
    const isSubscribed = this.#held.length > 0 || this.#hasInstruments;
    if (isSubscribed && nowUs - this.#sentUs >= HEARTBEAT_US) this.send(HEARTBEAT, BEAT);
    if (!isSubscribed && nowUs - this.#heardUs >= IDLE_US) this.end(1000, 'idle');
  }

  end(code: number, reason: string): void {
    if (!this.#isOpen) return;
    this.#leave();
    this.#peer.closed(code, reason);
  }

  #leave(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const { symbol, want } of this.#held) this.#home.market(symbol)?.unsubscribe(this, want);
    this.#home.forget(this);
  }

  #serve(method: Method, params: Params, requestId: number | null): void {
    const { channel } = params;
    if (channel === 'instrument') {
      this.#serveInstruments(method, params, requestId);
      return;
    }
    const want = wantOf(params);
    const symbols = Array.isArray(params['symbol']) ? params['symbol'].map(String) : [];
    if (typeof want === 'string') {
      for (const symbol of symbols) this.send(this.#refusal(method, want, symbol, requestId), CONTROL);
      if (symbols.length === 0) this.send(this.#refusal(method, want, null, requestId), CONTROL);
      return;
    }
    for (const symbol of symbols) this.#serveSymbol(method, want, symbol, params, requestId);
  }

  #serveInstruments(method: Method, params: Params, requestId: number | null): void {
    const snapshot = params['snapshot'] !== false;
    this.#hasInstruments = method === 'subscribe';
    this.#ack(method, `"channel":"instrument","snapshot":${snapshot}`, null, requestId);
    if (method === 'subscribe' && snapshot) this.send(this.#home.instruments(), CONTROL);
  }

  #serveSymbol(method: Method, want: Want, symbol: string, params: Params, requestId: number | null): void {
    const market = this.#home.market(symbol);
    const isHeld = market?.has(this, want) ?? false;
    const problem = problemOf(method, symbol, market === undefined, isHeld);
    if (market === undefined || problem !== null) {
      this.send(this.#refusal(method, problem ?? '', symbol, requestId), CONTROL);
      return;
    }
    const snapshot = want.channel === 'trade' ? params['snapshot'] === true : params['snapshot'] !== false;
    this.#ack(method, membersOf(want, snapshot), symbol, requestId);
    if (method === 'subscribe') {
      this.#held.push({ symbol, want });
      market.subscribe(this, want, snapshot, this.#home.wireUs());
    } else {
      const index = this.#held.findIndex((one) => one.symbol === symbol && isSameWant(one.want, want));
      this.#held.splice(index, 1);
      market.unsubscribe(this, want);
    }
  }

  #ack(method: Method, members: string, symbol: string | null, requestId: number | null): void {
    this.send(acknowledgement(method, members, symbol, this.#home.wireUs(), requestId), CONTROL);
  }

  #refusal(method: string, error: string, symbol: string | null, requestId: number | null): string {
    return refusal(method, error, symbol, this.#home.wireUs(), requestId);
  }
}

/** What is asked for, or what is wrong with it. Unsubscribing a book needs its depth again. */
function wantOf(params: Params): Want | string {
  switch (params['channel']) {
    case 'book': {
      const depth = params['depth'] ?? 10;
      return DEPTHS.includes(depth as number) ? { channel: 'book', depth: depth as number } : 'Depth not supported';
    }
    case 'trade':
      return { channel: 'trade' };
    case 'ticker':
      return { channel: 'ticker', trigger: params['event_trigger'] === 'bbo' ? 'bbo' : 'trades' };
    default:
      return 'Channel not supported';
  }
}

function membersOf(want: Want, snapshot: boolean): string {
  const depth = want.channel === 'book' ? `,"depth":${want.depth}` : '';
  const trigger = want.channel === 'ticker' ? `,"event_trigger":"${want.trigger}"` : '';
  return `"channel":"${want.channel}"${depth}${trigger},"snapshot":${snapshot}`;
}

function problemOf(method: Method, symbol: string, isUnknown: boolean, isHeld: boolean): string | null {
  if (isUnknown) return `Currency pair not supported ${symbol}`;
  if (method === 'subscribe' && isHeld) return 'Already subscribed';
  return method === 'unsubscribe' && !isHeld ? 'Subscription Not Found' : null;
}

function parseRequest(text: string): { method: string; requestId: number | null; params: Params } | null {
  try {
    const value = JSON.parse(text) as Record<string, unknown> | null;
    if (typeof value !== 'object' || value === null) return null;
    const requestId = typeof value['req_id'] === 'number' ? value['req_id'] : null;
    return { method: String(value['method']), requestId, params: (value['params'] ?? {}) as Params };
  } catch {
    return null;
  }
}
