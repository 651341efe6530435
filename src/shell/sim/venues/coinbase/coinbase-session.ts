/** One connection to simulated Coinbase Exchange: requests that are taken whole or not at all, and answered by lists. Prices nothing. */

import type { Subscriber } from '../audience.ts';
import type { FrameTag, SimPeer, SimSession, VenueCounts } from '../sim-venue.ts';
import { failure, status, subscriptions } from './coinbase-encoder.ts';
import { CHANNELS, type Channel, type CoinbaseMarket } from './coinbase-market.ts';

const CONTROL: FrameTag = { channel: 'control', symbol: '' };
/** [docs] who has not subscribed by then is disconnected. */
const SUBSCRIBE_WITHIN_US = 5_000_000;
/** [docs] subscriptions of an account to one product's channel, over all its connections. */
const MOST_ALIKE = 10;
/** [seen] since August 2023. */
const NEEDS_LOGIN =
  'level2, level3, and full channels now require authentication. https://docs.cloud.coinbase.com/exchange/docs/websocket-auth';
const OF_LOGIN = ['level2', 'level3', 'full'];
const LOGIN_FIELDS = ['signature', 'key', 'passphrase', 'timestamp'];
const ALIASES: Readonly<Record<string, string>> = { level2_batch: 'level2_50' };

export interface SessionHome {
  readonly counts: VenueCounts;
  market(symbol: string): CoinbaseMarket | undefined;
  /** As JSON. */
  products(): readonly string[];
  /** Counts one message of an address. @returns false: too many in this second */
  hears(address: string): boolean;
  /** How many connections of an address are subscribed to this. */
  alike(address: string, channel: Channel, symbol: string): number;
  nowUs(): number;
  forget(session: CoinbaseSession): void;
}

/** `symbols` null: all that is held of the channel. */
interface Ask {
  readonly channel: string;
  readonly symbols: readonly string[] | null;
}

export class CoinbaseSession implements SimSession, Subscriber {
  readonly address: string;
  readonly #home: SessionHome;
  readonly #peer: SimPeer;
  readonly #openedUs: number;
  /** Symbols by channel, in the order asked for. */
  readonly #held = new Map<Channel, Set<string>>();
  #hasStatus = false;
  #hasSubscribed = false;
  #isOpen = true;

  constructor(home: SessionHome, peer: SimPeer, address: string) {
    this.#home = home;
    this.#peer = peer;
    this.address = address;
    this.#openedUs = home.nowUs();
  }

  holds(channel: Channel, symbol: string): boolean {
    return this.#held.get(channel)?.has(symbol) === true;
  }

  receive(text: string): void {
    this.#home.counts.messagesIn += 1;
    if (!this.#isOpen) return;
    if (!this.#home.hears(this.address)) {
      this.#home.counts.limitCloses += 1;
      this.send(failure('ErrSlowRead', 'too many messages'), CONTROL);
      this.end(1008, 'too many messages');
      return;
    }
    const request = parseRequest(text);
    if (request === null) this.send(failure('Malformed JSON', ''), CONTROL);
    else if (request.type === 'subscribe') this.#subscribe(request);
    else if (request.type === 'unsubscribe') this.#unsubscribe(request.asks);
    else this.send(failure('Type has to be either subscribe or unsubscribe', ''), CONTROL);
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
    this.#home.counts.messagesOut += 1;
    this.#peer.message(text, tag);
  }

  /** To be called about once a second. */
  keepAlive(nowUs: number): void {
    if (!this.#hasSubscribed && nowUs - this.#openedUs >= SUBSCRIBE_WITHIN_US) this.end(1000, 'not subscribed in time');
  }

  tellStatus(): void {
    if (this.#hasStatus) this.send(status(this.#home.products()), CONTROL);
  }

  end(code: number, reason: string): void {
    if (!this.#isOpen) return;
    this.#leave();
    this.#peer.closed(code, reason);
  }

  #leave(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const [channel, symbols] of this.#held)
      for (const symbol of symbols) this.#home.market(symbol)?.unsubscribe(this, channel);
    this.#home.forget(this);
  }

  #subscribe({ asks, hasLogin }: Request): void {
    const problem = this.#problemOf(asks, hasLogin) ?? this.#breachOf(asks);
    if (problem !== null) {
      this.send(failure('Failed to subscribe', problem), CONTROL);
      return;
    }
    this.#hasSubscribed = true;
    const wanted = asks.flatMap(({ channel, symbols }) =>
      (symbols ?? []).map((symbol) => ({ channel: channel as Channel, symbol })),
    );
    const added = wanted.filter(({ channel, symbol }) => this.#hold(channel, symbol));
    const isNewStatus = !this.#hasStatus && asks.some(({ channel }) => channel === 'status');
    this.#hasStatus ||= isNewStatus;
    this.#list();
    if (isNewStatus) this.tellStatus();
    for (const { channel, symbol } of added) this.#home.market(symbol)!.subscribe(this, channel);
  }

  #unsubscribe(asks: readonly Ask[]): void {
    for (const { channel, symbols } of asks) {
      if (channel === 'status') this.#hasStatus = false;
      const held = this.#held.get(channel as Channel);
      for (const symbol of symbols ?? [...(held ?? [])]) {
        if (held?.delete(symbol) === true) this.#home.market(symbol)!.unsubscribe(this, channel as Channel);
      }
      if (held?.size === 0) this.#held.delete(channel as Channel);
    }
    this.#list();
  }

  /** @returns false: it is held already */
  #hold(channel: Channel, symbol: string): boolean {
    if (this.holds(channel, symbol)) return false;
    const held = this.#held.get(channel) ?? new Set();
    this.#held.set(channel, held.add(symbol));
    return true;
  }

  #list(): void {
    const channels = new Map(Array.from(this.#held, ([channel, symbols]) => [channel as string, [...symbols]]));
    if (this.#hasStatus) channels.set('status', []);
    this.send(subscriptions(channels), CONTROL);
  }

  /** The first thing that is wrong; nothing of such a request is taken. */
  #problemOf(asks: readonly Ask[], hasLogin: boolean): string | null {
    if (asks.length === 0) return 'No channels provided';
    for (const { channel, symbols } of asks) {
      if (channel === 'status') continue;
      if (OF_LOGIN.includes(channel) && !hasLogin) return NEEDS_LOGIN;
      if (!(CHANNELS as readonly string[]).includes(channel)) return `${channel} is not a valid channel`;
      const wrong = (symbols ?? ['']).find((symbol) => this.#home.market(symbol) === undefined);
      if (wrong !== undefined) return `${wrong} is not a valid product`;
    }
    return null;
  }

  /** What is asked for exists, and is too much. */
  #breachOf(asks: readonly Ask[]): string | null {
    const isTooMany = asks.some(({ channel, symbols }) =>
      (symbols ?? []).some(
        (symbol) =>
          !this.holds(channel as Channel, symbol) &&
          this.#home.alike(this.address, channel as Channel, symbol) >= MOST_ALIKE,
      ),
    );
    if (!isTooMany) return null;
    this.#home.counts.refusedMessages += 1;
    return 'subscription limit exceeded';
  }
}

interface Request {
  readonly type: string;
  readonly asks: readonly Ask[];
  readonly hasLogin: boolean;
}

/** `{"type":"subscribe","product_ids":["BTC-USD"],"channels":["matches",{"name":"ticker","product_ids":["ETH-USD"]}]}` */
function parseRequest(text: string): Request | null {
  try {
    const value = JSON.parse(text) as Readonly<Record<string, unknown>> | null;
    if (typeof value !== 'object' || value === null) return null;
    const common = textsOf(value['product_ids']);
    const channels: readonly unknown[] = Array.isArray(value['channels']) ? value['channels'] : [];
    return {
      type: String(value['type']),
      asks: channels.map((channel) => askOf(channel, common)),
      // Whose key it is, nobody checks.
      hasLogin: LOGIN_FIELDS.every((field) => value[field] !== undefined),
    };
  } catch {
    return null;
  }
}

function askOf(channel: unknown, common: readonly string[] | null): Ask {
  const { name, product_ids: own } =
    typeof channel === 'object' && channel !== null
      ? (channel as { name?: unknown; product_ids?: unknown })
      : { name: channel, product_ids: undefined };
  return { channel: ALIASES[String(name)] ?? String(name), symbols: textsOf(own) ?? common };
}

function textsOf(value: unknown): readonly string[] | null {
  return Array.isArray(value) && value.length > 0 ? value.map(String) : null;
}
