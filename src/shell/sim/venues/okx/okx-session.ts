/** One connection to simulated OKX (v5): requests, one ack an arg, text pings, what the venue allows a connection. Prices nothing. */

import { PONG } from '../../okx-encoder.ts';
import type { Subscriber } from '../audience.ts';
import { SlidingWindow } from '../rate-window.ts';
import type { FrameTag, SimPeer, SimSession, VenueCounts } from '../sim-venue.ts';
import { CHANNELS, type Channel, type OkxMarket } from './okx-market.ts';

const CONTROL: FrameTag = { channel: 'control', symbol: '' };
const BEAT: FrameTag = { channel: 'heartbeat', symbol: '' };
/** [docs] subscribe, unsubscribe and login requests. */
const REQUESTS_PER_HOUR = 480;
const HOUR_US = 3_600_000_000;
const REQUEST_BYTES = 65_536;
/** [docs] nothing in either direction for so long, and the venue closes. */
const SILENCE_US = 30_000_000;

export interface SessionHome {
  readonly counts: VenueCounts;
  readonly sendsSnapshot: boolean;
  market(symbol: string): OkxMarket | undefined;
  /** The perpetual of an index. */
  ofIndex(index: string): OkxMarket | undefined;
  /** The rows of one `instType`, as JSON. */
  instruments(type: string): readonly string[];
  nowUs(): number;
  wireUs(): number;
  forget(session: OkxSession): void;
}

interface Arg {
  readonly channel: string;
  readonly instId: string;
  readonly instType: string;
}

export class OkxSession implements SimSession, Subscriber {
  readonly #home: SessionHome;
  readonly #peer: SimPeer;
  readonly #id: string;
  readonly #isBusiness: boolean;
  readonly #requests = new SlidingWindow(HOUR_US);
  readonly #held = new Map<string, { readonly market: OkxMarket; readonly channel: Channel }>();
  #isOpen = true;
  #activeUs: number;

  constructor(home: SessionHome, peer: SimPeer, id: string, isBusiness: boolean) {
    this.#home = home;
    this.#peer = peer;
    this.#id = id;
    this.#isBusiness = isBusiness;
    this.#activeUs = home.nowUs();
  }

  receive(text: string): void {
    this.#home.counts.messagesIn += 1;
    if (!this.#isOpen) return;
    this.#activeUs = this.#home.nowUs();
    if (text === 'ping') {
      this.send(PONG, BEAT);
      return;
    }
    const request = parseRequest(text);
    if (request === null || text.length > REQUEST_BYTES) {
      this.#error('60012', `Invalid request: ${text.slice(0, 80)}`, '');
      return;
    }
    const { op, id, args } = request;
    if (this.#requests.add(this.#home.nowUs()) > REQUESTS_PER_HOUR) {
      this.#home.counts.refusedMessages += 1;
      this.#error('60014', 'Requests too frequent', id);
      return;
    }
    for (const { arg, text: argText } of args) {
      if (op === 'subscribe') this.#subscribe(arg, argText, id);
      else this.#unsubscribe(arg, argText, id);
    }
  }

  pong(): void {
    this.#home.counts.messagesIn += 1;
  }

  ping(): void {
    this.#home.counts.messagesIn += 1;
  }

  closed(): void {
    this.#leave();
  }

  send(text: string, tag: FrameTag): void {
    this.#activeUs = this.#home.nowUs();
    this.#home.counts.messagesOut += 1;
    this.#peer.message(text, tag);
  }

  /** To be called about once a second. */
  keepAlive(nowUs: number): void {
    if (nowUs - this.#activeUs >= SILENCE_US) this.end(4004, 'No data received in 30s.');
  }

  /** `notice` 64008: a service upgrade; reconnect soon. */
  announceUpgrade(): void {
    const message = 'The connection will soon be closed for a service upgrade. Please reconnect.';
    this.send(`{"event":"notice","code":"64008","msg":"${message}","connId":"${this.#id}"}`, CONTROL);
  }

  end(code: number, reason: string): void {
    if (!this.#isOpen) return;
    this.#leave();
    this.#peer.closed(code, reason);
  }

  #leave(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const { market, channel } of this.#held.values()) market.unsubscribe(this, channel);
    this.#home.forget(this);
  }

  #subscribe(arg: Arg, argText: string, id: string): void {
    if (arg.channel === 'instruments' && !this.#isBusiness) {
      this.#subscribeInstruments(arg, argText, id);
      return;
    }
    // Told of a whole type; this world has none.
    if (arg.channel === 'liquidation-orders' && arg.instType === 'SWAP' && !this.#isBusiness) {
      this.#ack('subscribe', argText, id);
      return;
    }
    const found = this.#find(arg);
    if (found === null) {
      this.#error('60018', noSuch(arg), id);
      return;
    }
    this.#ack('subscribe', argText, id);
    if (this.#held.has(keyOf(arg))) return;
    this.#held.set(keyOf(arg), found);
    found.market.subscribe(this, found.channel, this.#home.sendsSnapshot, this.#home.wireUs());
  }

  #unsubscribe(arg: Arg, argText: string, id: string): void {
    const held = this.#held.get(keyOf(arg));
    this.#held.delete(keyOf(arg));
    held?.market.unsubscribe(this, held.channel);
    this.#ack('unsubscribe', argText, id);
  }

  #subscribeInstruments(arg: Arg, argText: string, id: string): void {
    this.#ack('subscribe', argText, id);
    this.send(`{"arg":${argText},"data":[${this.#home.instruments(arg.instType).join(',')}]}`, CONTROL);
  }

  #find({ channel, instId }: Arg): { readonly market: OkxMarket; readonly channel: Channel } | null {
    if (this.#isBusiness || !(CHANNELS as readonly string[]).includes(channel)) return null;
    const known = channel as Channel;
    const market = known === 'index-tickers' ? this.#home.ofIndex(instId) : this.#home.market(instId);
    return market?.serves(known) === true ? { market, channel: known } : null;
  }

  #ack(event: 'subscribe' | 'unsubscribe', argText: string, id: string): void {
    this.send(`{${id}"event":"${event}","arg":${argText},"connId":"${this.#id}"}`, CONTROL);
  }

  #error(code: string, message: string, id: string): void {
    this.send(
      `{${id}"event":"error","code":"${code}","msg":${JSON.stringify(message)},"connId":"${this.#id}"}`,
      CONTROL,
    );
  }
}

function keyOf({ channel, instId }: Arg): string {
  return `${channel}:${instId}`;
}

function noSuch({ channel, instId }: Arg): string {
  return `Wrong URL or channel:${channel},instId:${instId} doesn't exist. Please use the correct URL, channel and parameters referring to API document.`;
}

interface Request {
  readonly op: 'subscribe' | 'unsubscribe';
  /** As the JSON member that an answer repeats; empty when the request had none. */
  readonly id: string;
  readonly args: readonly { readonly arg: Arg; readonly text: string }[];
}

function parseRequest(text: string): Request | null {
  try {
    const { op, id, args } = JSON.parse(text) as { op?: unknown; id?: unknown; args?: unknown };
    if ((op !== 'subscribe' && op !== 'unsubscribe') || !Array.isArray(args)) return null;
    const member = id === undefined ? '' : `"id":${JSON.stringify(String(id))},`;
    return { op, id: member, args: args.map((value: unknown) => ({ arg: argOf(value), text: JSON.stringify(value) })) };
  } catch {
    return null;
  }
}

function argOf(value: unknown): Arg {
  const { channel = '', instId = '', instType = '' } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return { channel: String(channel), instId: String(instId), instType: String(instType) };
}
