/** A venue that is not judged, because somebody means it to be silent. Types, and its words. */

/**
 * - `off`: operators, mode or kill switch keep it closed
 * - `starting`: it was switched on a moment ago
 */
export interface IdleVenue {
  readonly venue: string;
  readonly kind: 'off' | 'starting';
  /** For people. */
  readonly reason: string;
}

/** `off: kraken, okx; starting: binance`; empty for none. */
export function idleText(idle: readonly IdleVenue[]): string {
  return (['off', 'starting'] as const)
    .map((kind) => [kind, idle.filter((one) => one.kind === kind).map(({ venue }) => venue)] as const)
    .filter(([, venues]) => venues.length > 0)
    .map(([kind, venues]) => `${kind}: ${venues.join(', ')}`)
    .join('; ');
}
