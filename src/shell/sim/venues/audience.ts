/** Who listens to which channel of one market, and how its messages are tagged. Encodes nothing. */

import type { FrameTag } from './sim-venue.ts';

/** A connection, to a market. */
export interface Subscriber {
  send(text: string, tag: FrameTag): void;
}

export class Audience<C extends string> {
  readonly #tags: Readonly<Record<C, FrameTag>>;
  readonly #listeners = new Map<C, Set<Subscriber>>();

  /** @param tags - of every channel there is; a tag object stands for its channel and symbol */
  constructor(tags: Readonly<Record<C, FrameTag>>) {
    this.#tags = tags;
  }

  has(channel: C): boolean {
    return (this.#listeners.get(channel)?.size ?? 0) > 0;
  }

  add(channel: C, subscriber: Subscriber): void {
    const listeners = this.#listeners.get(channel);
    if (listeners === undefined) this.#listeners.set(channel, new Set([subscriber]));
    else listeners.add(subscriber);
  }

  remove(channel: C, subscriber: Subscriber): void {
    this.#listeners.get(channel)?.delete(subscriber);
  }

  /** To all who listen; encodes once, and not at all when nobody does. @param encode - null: there is nothing to say */
  tell(channel: C, encode: () => string | null): void {
    if (!this.has(channel)) return;
    const text = encode();
    if (text !== null) for (const listener of this.#listeners.get(channel)!) listener.send(text, this.#tags[channel]);
  }

  /** To this one alone. */
  tellOne(channel: C, subscriber: Subscriber, text: string): void {
    subscriber.send(text, this.#tags[channel]);
  }
}
