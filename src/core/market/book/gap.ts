/** The gap record: when a book could not be trusted, and why. Holds types only. */

export type GapKind = 'sequence' | 'checksum' | 'disconnect' | 'malformed' | 'overflow' | 'command';

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
