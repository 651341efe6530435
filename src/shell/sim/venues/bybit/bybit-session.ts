/** One connection to simulated Bybit (v5): requests that one bad topic fails as a whole, JSON pings. Prices nothing. */

import type { Subscriber } from '../audience.ts';
import type { FrameTag, SimPeer, SimSession, VenueCounts } from '../sim-venue.ts';
import { acknowledgement, type Category, pong, refusal } from './bybit-encoder.ts';
import type { BybitMarket, Channel } from './bybit-market.ts';

const CONTROL: FrameTag = { channel: 'control', symbol: '' };
const BEAT: FrameTag = { channel: 'heartbeat', symbol: '' };
/** [docs] of one request, spot only. */
const MOST_SPOT_ARGS = 10;
/** [docs] args of a connection, all together. */
const MOST_ARGS_LENGTH = 21_000;
/** [assumed] from what the documents say of private connections: who says nothing for so long is disconnected. */
const SILENCE_US = 600_000_000;

export interface SessionHome {
  readonly counts: VenueCounts;
  readonly category: Category;
  market(symbol: string): BybitMarket | undefined;
  nowUs(): number;
  forget(session: BybitSession): void;
}

interface Held {
  readonly topic: string;
  readonly market: BybitMarket;
  readonly channel: Channel;
}

export class BybitSession implements SimSession, Subscriber {
  readonly #home: SessionHome;
  readonly #peer: SimPeer;
  readonly #id: string;
  /** By topic. */
  readonly #held = new Map<string, Held>();
  #isOpen = true;
  #heardUs: number;

  constructor(home: SessionHome, peer: SimPeer, id: string) {
    this.#home = home;
    this.#peer = peer;
    this.#id = id;
    this.#heardUs = home.nowUs();
  }

  receive(text: string): void {
    this.#home.counts.messagesIn += 1;
    if (!this.#isOpen) return;
    this.#heardUs = this.#home.nowUs();
    const { op, id, args } = parseRequest(text);
    if (op === 'ping') this.send(pong(this.#home.category, this.#id, id), BEAT);
    else if (op === 'subscribe') this.#subscribe(args, id);
    else if (op === 'unsubscribe') this.#unsubscribe(args, id);
    else this.#refuse('error:invalid op', op, id);
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
    if (nowUs - this.#heardUs >= SILENCE_US) this.end(1000, 'idle');
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

  /** Linear sends what there is first and confirms then; spot the other way round [seen]. */
  #subscribe(topics: readonly string[], id: string | null): void {
    const found = topics.map((topic) => this.#find(topic));
    const breach = this.#breachOf(topics);
    if (breach !== null) this.#home.counts.refusedMessages += 1;
    const problem = breach ?? this.#problemOf(topics, found);
    if (problem !== null) {
      this.#refuse(problem, 'subscribe', id);
      return;
    }
    const { category } = this.#home;
    const ack = acknowledgement(category, 'subscribe', this.#id, id);
    if (category === 'spot') this.send(ack, CONTROL);
    for (const held of found) this.#hold(held!);
    if (category === 'linear') this.send(ack, CONTROL);
  }

  #hold(held: Held): void {
    this.#held.set(held.topic, held);
    held.market.subscribe(this, held.channel, this.#home.nowUs());
  }

  #unsubscribe(topics: readonly string[], id: string | null): void {
    for (const topic of topics) {
      const held = this.#held.get(topic);
      this.#held.delete(topic);
      held?.market.unsubscribe(this, held.channel);
    }
    this.send(acknowledgement(this.#home.category, 'unsubscribe', this.#id, id), CONTROL);
  }

  #breachOf(topics: readonly string[]): string | null {
    if (this.#home.category === 'spot' && topics.length > MOST_SPOT_ARGS) return `args size >${MOST_SPOT_ARGS}`;
    const length = [...this.#held.keys(), ...topics].reduce((sum, topic) => sum + topic.length, 0);
    return length > MOST_ARGS_LENGTH ? `args length >${MOST_ARGS_LENGTH}` : null;
  }

  #problemOf(topics: readonly string[], found: readonly (Held | null)[]): string | null {
    if (topics.length === 0) return 'Params Error';
    for (const [place, topic] of topics.entries()) {
      if (found[place] === null) return `error:handler not found,topic:${topic}`;
      const isRepeated = this.#held.has(topic) || topics.indexOf(topic) !== place;
      if (isRepeated) return `error:already subscribed,topic:${topic}`;
    }
    return null;
  }

  #find(topic: string): Held | null {
    const cut = topic.lastIndexOf('.');
    const market = this.#home.market(topic.slice(cut + 1));
    const channel = market?.channel(topic.slice(0, cut)) ?? null;
    return market === undefined || channel === null ? null : { topic, market, channel };
  }

  #refuse(reason: string, op: string, id: string | null): void {
    this.send(refusal(this.#home.category, reason, op, this.#id, id), CONTROL);
  }
}

interface Request {
  /** Empty: what came was no request. */
  readonly op: string;
  readonly id: string | null;
  readonly args: readonly string[];
}

function parseRequest(text: string): Request {
  try {
    const { op, req_id: id, args } = JSON.parse(text) as { op?: unknown; req_id?: unknown; args?: unknown };
    return {
      op: String(op),
      id: id === undefined ? null : String(id),
      args: Array.isArray(args) ? args.map(String) : [],
    };
  } catch {
    return { op: '', id: null, args: [] };
  }
}
