/** The clock of one connection: when its last frame came, and when the last tick of each instrument and kind. An array, no more. */

import { TICK_KIND_NAMES, TickKind } from '../market/tick.ts';

const KINDS = TICK_KIND_NAMES.length;

/** Where the last frame of any sort is kept. */
export const FRAME_SLOT = 0;

/**
 * Where a tick is kept. Snapshots of a stream count as its deltas do.
 *
 * @param index - the instrument's in the Scanner
 */
export function slotOf(index: number, kind: TickKind): number {
  return 1 + index * KINDS + (kind === TickKind.depthSnapshot ? TickKind.depthDelta : kind);
}

/** All NaN: nothing came yet. @param instruments - how many the Scanner has */
export function newClock(instruments: number): Float64Array {
  return new Float64Array(1 + instruments * KINDS).fill(Number.NaN);
}
