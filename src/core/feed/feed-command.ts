/** What operators may order of a feed. Types only. */

/**
 * - `resync`: take one instrument's book for lost and get it anew
 * - `reconnect`: close every connection of the venue and open it anew, within its limits
 */
export type FeedCommand =
  | {
      readonly kind: 'resync';
      readonly venue: string;
      /** As the venue writes it. */
      readonly symbol: string;
      readonly actor: string;
      readonly reason: string;
    }
  | { readonly kind: 'reconnect'; readonly venue: string; readonly actor: string; readonly reason: string };
