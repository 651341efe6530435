/** What a bench case is: a way to go through a set of frames, made anew for each pass. Measures nothing itself. */

import type { FrameSet } from '../frames.ts';

/** What a pass can show for itself, so that nobody is timed for work that was not done. */
export interface Evidence {
  /** Trades taken; null where the case does not know a trade when it sees one. */
  readonly trades: number | null;
  /** Best bid and ask at the end, as numbers, by `venue:SYMBOL`, of two-sided books; null where the case keeps no book. */
  readonly tops: Readonly<Record<string, readonly [number, number]>> | null;
  /** Anything else that a reader of the figure should know, lower case, no full stop. */
  readonly notes: readonly string[];
}

/** One pass, with fresh state. */
export interface Pass {
  /** Goes through frames [0, count). The only part that is timed; awaits only where the peer itself does. */
  run(count: number): void | Promise<void>;
  /** Called after `run`. */
  evidence(): Evidence;
}

/** Makes passes over these frames; a string says why it cannot (`not installed`, `not spoken`). */
export type BenchCase = (frames: FrameSet) => Promise<(() => Pass) | string>;

export const NO_EVIDENCE: Evidence = { trades: null, tops: null, notes: [] };
