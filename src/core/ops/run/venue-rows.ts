/** The venues as an operator sees them: how each feed stands, figure by figure. Judges by the limits of `venue_health`. */

import type { VenueFact } from '../facts.ts';
import { venueMeasures } from '../kpi/venue-verdict.ts';
import type { VenueHealthConfig } from '../ops-config.ts';
import { compareText, gradeOf, limitText, noDataRow, type RowParts, type StatusRow, statusRow } from '../status.ts';

/** One block of rows a venue, by name: live books, the four figures, clock skew, and how long it has been silent. */
export function venueRows(venues: readonly VenueFact[], config: VenueHealthConfig, nowMs: number): StatusRow[] {
  const sorted = [...venues].sort((a, b) => compareText(a.venue, b.venue));
  return sorted.flatMap((venue) => [
    booksRow(venue),
    ...measureRows(venue, config),
    plainRow(venue, 'clock_skew_ms', venue.clockSkewMs, 'no event had a time'),
    plainRow(
      venue,
      'last_event_age_ms',
      venue.lastMessageMs === null ? null : Math.max(0, nowMs - venue.lastMessageMs),
      'nothing heard yet',
    ),
  ]);
}

function booksRow({ venue, books, liveBooks }: VenueFact): StatusRow {
  const limit = { kind: 'below', warn: 1, critical: null } as const;
  const parts: RowParts = { category: 'venue', name: venue, part: 'live_books', unit: 'count', limit };
  if (books === 0) return noDataRow(parts, 'no books');
  const message = liveBooks === books ? '' : `${liveBooks} of ${books} books live`;
  return statusRow({ ...parts, value: liveBooks, total: books, status: gradeOf(liveBooks / books, limit), message });
}

function measureRows(venue: VenueFact, config: VenueHealthConfig): StatusRow[] {
  return venueMeasures(venue, config).map(({ name, value, unit, limit }) => {
    const judged = config.enabled ? limit : null;
    const parts: RowParts = { category: 'venue', name: venue.venue, part: name, unit, limit: judged };
    if (value === null) return noDataRow(parts, 'not known');
    if (judged === null) return statusRow({ ...parts, value });
    const status = gradeOf(value, judged);
    return statusRow({ ...parts, value, status, message: status === 'OK' ? '' : limitText(judged) });
  });
}

function plainRow({ venue }: VenueFact, part: string, value: number | null, absence: string): StatusRow {
  const parts: RowParts = { category: 'venue', name: venue, part, unit: 'ms' };
  return value === null ? noDataRow(parts, absence) : statusRow({ ...parts, value });
}
