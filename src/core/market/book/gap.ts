/** The gap record: when a book could not be trusted, and why. Opens and closes none. */

/**
 * - `sequence`, `checksum`, `malformed`: what came does not fit what we have (`checksum` also where a snapshot that was asked for
 *   as a check does not)
 * - `disconnect`: the connection is gone; `time`: it is there, and silent for too long; `maintenance`: gone, and the venue had said so
 * - `overflow`: we threw updates away; `command`: an operator wanted it anew
 */
export type GapKind =
  | 'sequence'
  | 'checksum'
  | 'malformed'
  | 'disconnect'
  | 'time'
  | 'maintenance'
  | 'overflow'
  | 'command';

/** Kinds of which nothing that came is to blame: the feed connects or subscribes anew by itself. */
export type LossKind = Extract<GapKind, 'disconnect' | 'time' | 'maintenance'>;
const LOSSES: ReadonlySet<GapKind> = new Set<LossKind>(['disconnect', 'time', 'maintenance']);

export function isLoss(kind: GapKind): kind is LossKind {
  return LOSSES.has(kind);
}

/** An update, by exchange time and id; NaN where there is none. */
export interface UpdatePoint {
  readonly eventTimeMs: number;
  readonly id: number;
}

/** Opened when the book leaves `live`, not when data resumes; closed when it is live again. Never interpolated. */
export interface Gap {
  readonly kind: GapKind;
  /** Exchange time of the last update that was still good, and of the one that made the book live again; ms. */
  readonly startMs: number;
  readonly endMs: number | null;
  /** The id we stood at, and the one that came instead; null where the venue has none. */
  readonly idBefore: number | null;
  readonly idAfter: number | null;
  readonly reason: string;
}

/**
 * A live book that a newer snapshot shows to have been wrong, nobody knows for how long.
 *
 * @param synced - the update up to which its own snapshot vouched for it
 * @param endMs - when the new one took its place, exchange time
 */
export function mismatchGap(synced: UpdatePoint, idAfter: number, endMs: number): Gap {
  const idBefore = Number.isNaN(synced.id) ? null : synced.id;
  return { kind: 'checksum', startMs: synced.eventTimeMs, endMs, idBefore, idAfter, reason: 'refresh_mismatch' };
}
