/** Which faults excuse a live book that is not the venue's, and for how long. Looks at no book. */

import { LATENCY_MS } from '../../../src/shell/run/drill/virtual-scan.ts';
import type { Fault } from '../../../src/shell/sim/world/fault.ts';
import type { SimVenueName } from '../../../src/shell/sim/world/sim-world.ts';
import { faultEndMs } from './chaos-script.ts';

/** How long a live book may lack what was lost: until the next message shows it, or the longest silence that is borne. */
const NEXT_MESSAGE_MS = 20_000;
export const LONGEST_SILENCE_MS = 65_000;

/** Kinds after which a live book may not be the venue's for a while, and how long. */
const GRACE_MS: Readonly<Partial<Record<Fault['kind'], number>>> = {
  drop: NEXT_MESSAGE_MS,
  gap: NEXT_MESSAGE_MS,
  reorder: NEXT_MESSAGE_MS,
  delay: NEXT_MESSAGE_MS,
  stale: LONGEST_SILENCE_MS,
  ack_without_data: LONGEST_SILENCE_MS,
  half_open: LONGEST_SILENCE_MS,
  slow: NEXT_MESSAGE_MS,
};

/** Kinds that lose nothing, but bring it later. */
const LATE: ReadonlySet<Fault['kind']> = new Set(['delay', 'slow']);

/** Kinds that lose Coinbase's depth while its connection goes on: no id and no checksum tells of it. */
const LOSING: ReadonlySet<Fault['kind']> = new Set(['drop', 'gap', 'stale', 'ack_without_data', 'half_open']);

/**
 * @param atMs - since the world began, as everywhere here
 * @param movedMs - when the book moved last: what was lost since then shows at its next message, however long a still market
 *   (a crossed one, say) is without one; default: it moves
 */
export function excusesAt(faults: readonly Fault[], venue: SimVenueName, atMs: number, movedMs = atMs): Fault[] {
  return faults.filter((fault) => {
    const graceMs = GRACE_MS[fault.kind];
    if (graceMs === undefined || !isOfDepth(fault, venue)) return false;
    const endMs = faultEndMs(fault);
    const isYetToShow = !LATE.has(fault.kind) && endMs >= movedMs;
    return atMs >= fault.atMs && (atMs <= endMs + graceMs || isYetToShow);
  });
}

function isOfDepth(fault: Fault, venue: SimVenueName): boolean {
  return (fault.venue === null || fault.venue === venue) && (fault.channel === null || fault.channel === 'depth');
}

export function isLate({ kind }: Fault): boolean {
  return LATE.has(kind);
}

/** Of two that are swapped, how long the first one waits: its heartbeats come each second. */
const HELD_BACK_MS = 2_000;

/** What a book of Coinbase was begun with. */
export interface BlindBase {
  /** When the venue heard of the subscription that brought its snapshot. */
  readonly sinceMs: number;
  /** When updates have come since that were older than the one before. */
  readonly outOfOrderMs: readonly number[];
}

/**
 * May a book of Coinbase be other than the venue's without a sign of it on the wire?
 *
 * Nothing numbers its messages, and a time that goes back is taken for no gap (real ones may). So what is lost is lacking, and of
 * two that are swapped the older one stands on the levels that both had, until the next snapshot: no longer, and for no other
 * reason. A swap excuses a book only if one of its own came: while the first of the two is held back, once the second one has come
 * behind a newer one, and where it was swapped with the snapshot itself, which has no time.
 */
export function mayLackUnnoticed(faults: readonly Fault[], base: BlindBase, atMs: number): boolean {
  const isHeldUp = (ms: number): boolean => excusesAt(faults, 'coinbase', ms).some(isLate);
  return faults.some((fault) => {
    const endMs = faultEndMs(fault);
    if (!isOfDepth(fault, 'coinbase') || fault.atMs > atMs || endMs < base.sinceMs) return false;
    if (fault.kind !== 'reorder') return LOSING.has(fault.kind);
    const mayCome = (ms: number): boolean => ms >= fault.atMs && (ms <= endMs + HELD_BACK_MS || isHeldUp(ms));
    return fault.atMs <= base.sinceMs + LATENCY_MS || mayCome(atMs) || base.outOfOrderMs.some(mayCome);
  });
}
