/** The venues as an operator sees them: how each feed stands, figure by figure. Judges by the limits of `venue_health`. */

import type { VenueFact } from '../facts.ts';
import type { IdleVenue } from '../kpi/idle-venue.ts';
import { type VenueVerdict, venueMeasures } from '../kpi/venue-verdict.ts';
import type { VenueHealthConfig } from '../ops-config.ts';
import { compareText, gradeOf, limitText, noDataRow, type RowParts, type StatusRow, statusRow } from '../status.ts';
import type { Refusals } from './refusals.ts';

/**
 * One block of rows a venue, by name: whether it is healthy, live books, the four figures, clock skew, how long it has been
 * silent, and how many requests to it were refused since the start of the run.
 *
 * One that is off on purpose has no figures: those it had are of before.
 *
 * @param verdicts - of these venues, as the KPIs count them
 * @param idle - those of them that are not judged
 */
export function venueRows(
  venues: readonly VenueFact[],
  verdicts: readonly VenueVerdict[],
  idle: readonly IdleVenue[],
  refusals: Pick<Refusals, 'of'>,
  config: VenueHealthConfig,
  nowMs: number,
): StatusRow[] {
  const sorted = [...venues].sort((a, b) => compareText(a.venue, b.venue));
  return sorted.flatMap((venue) => {
    const rest = idle.find((one) => one.venue === venue.venue);
    const refused = statusRow({ ...partOf(venue, 'refused_requests'), value: refusals.of(venue.venue), unit: 'count' });
    if (rest === undefined) return [...measuredRows(venue, verdicts, config, nowMs), refused];
    return [statusRow({ ...partOf(venue, 'health'), value: rest.kind, message: rest.reason }), refused];
  });
}

function measuredRows(
  venue: VenueFact,
  verdicts: readonly VenueVerdict[],
  config: VenueHealthConfig,
  nowMs: number,
): StatusRow[] {
  return [
    healthRow(venue, verdicts),
    booksRow(venue),
    ...measureRows(venue, config),
    plainRow(venue, 'clock_skew_ms', venue.clockSkewMs, 'no event had a time'),
    plainRow(
      venue,
      'last_event_age_ms',
      venue.lastMessageMs === null ? null : Math.max(0, nowMs - venue.lastMessageMs),
      'nothing heard yet',
    ),
  ];
}

function healthRow(venue: VenueFact, verdicts: readonly VenueVerdict[]): StatusRow {
  const parts = partOf(venue, 'health');
  const verdict = verdicts.find((one) => one.venue === venue.venue);
  const message = verdict?.reasons.join(', ') ?? 'not judged';
  if (verdict === undefined || verdict.kind === 'unknown') return noDataRow(parts, message);
  return statusRow({ ...parts, value: verdict.kind, status: verdict.kind === 'healthy' ? 'OK' : 'WARN', message });
}

function booksRow(venue: VenueFact): StatusRow {
  const { books, liveBooks } = venue;
  const limit = { kind: 'below', warn: 1, critical: null } as const;
  const parts: RowParts = { ...partOf(venue, 'live_books'), unit: 'count', limit };
  if (books === 0) return noDataRow(parts, 'no books');
  const message = liveBooks === books ? '' : `${liveBooks} of ${books} books live`;
  return statusRow({ ...parts, value: liveBooks, total: books, status: gradeOf(liveBooks / books, limit), message });
}

function measureRows(venue: VenueFact, config: VenueHealthConfig): StatusRow[] {
  return venueMeasures(venue, config).map(({ name, value, unit, limit }) => {
    const judged = config.enabled ? limit : null;
    const parts: RowParts = { ...partOf(venue, name), unit, limit: judged };
    if (value === null) return noDataRow(parts, 'not known');
    if (judged === null) return statusRow({ ...parts, value });
    const status = gradeOf(value, judged);
    return statusRow({ ...parts, value, status, message: status === 'OK' ? '' : limitText(judged) });
  });
}

function plainRow(venue: VenueFact, part: string, value: number | null, absence: string): StatusRow {
  const parts: RowParts = { ...partOf(venue, part), unit: 'ms' };
  return value === null ? noDataRow(parts, absence) : statusRow({ ...parts, value });
}

function partOf({ venue }: VenueFact, part: string): RowParts {
  return { category: 'venue', name: venue, part };
}
