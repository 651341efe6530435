/** Puts subscriptions together into requests that a venue accepts: what fits, in the order wanted. Sends nothing. */

import type { Dialect, Stream } from './dialect.ts';
import type { VenueFeedConfig } from './feed-config.ts';

/** Where a venue names no limit: a bad request should not cost too many good subscriptions. */
const DEFAULT_TOPICS = 100;

/** What a request is made of. */
export interface Askable {
  readonly stream: Stream;
  readonly isAlone: boolean;
}

/**
 * The first request to send of all that wait.
 *
 * @param waiting - at least one; in the order wanted
 * @param build - the dialect's `subscribe` or `unsubscribe`
 * @returns how many of `waiting` share the first one's key, fit, and their text; `taken` are their places in `waiting`
 */
export function nextRequest(
  waiting: readonly Askable[],
  limits: VenueFeedConfig['limits'],
  build: Dialect['subscribe'],
  requestId: number,
): { readonly taken: readonly number[]; readonly text: string } {
  const first = waiting[0]!;
  const most = first.isAlone ? 1 : (limits.topicsPerRequest ?? DEFAULT_TOPICS);
  let taken: number[] = [];
  for (let i = 0; i < waiting.length && taken.length < most; i++) {
    const { stream, isAlone } = waiting[i]!;
    if (stream.requestKey === first.stream.requestKey && isAlone === first.isAlone) taken.push(i);
  }
  for (;;) {
    const text = build(
      taken.map((place) => waiting[place]!.stream),
      requestId,
    );
    // Symbols are ASCII: a character is a byte.
    if (taken.length === 1 || text.length <= (limits.requestBytes ?? Number.POSITIVE_INFINITY)) return { taken, text };
    taken = taken.slice(0, Math.ceil(taken.length / 2));
  }
}
