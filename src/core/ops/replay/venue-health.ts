/** Judges each venue of a replay by its books, uptime, spread and depth. Never calls a venue healthy that it knows nothing of. */

import type { VenueHealthConfig } from '../ops-config.ts';
import {
  compareText,
  gradeOf,
  type Limit,
  limitText,
  noDataRow,
  type StatusGrade,
  type StatusRow,
  type StatusUnit,
  statusRow,
} from '../status.ts';
import { hasBook, type InstrumentFacts, type ReplayFacts, type VenueFacts } from './replay-facts.ts';

/**
 * - `healthy`: every book was live at the end, and no limit is broken
 * - `unhealthy`: a book was not live, or a limit is broken; `reasons` says which
 * - `unknown`: the recording has no book of this venue; counts as neither
 */
export type VenueVerdict = 'healthy' | 'unhealthy' | 'unknown';

export interface VenueHealth {
  readonly venue: string;
  readonly verdict: VenueVerdict;
  /** One short clause for each thing that is wrong; empty unless `unhealthy`. */
  readonly reasons: readonly string[];
  /** What is measured of it, the part `health` first. */
  readonly rows: readonly StatusRow[];
}

/** Every venue of the recording, by name. With the guard disabled only the books are judged. */
export function judgeVenues(facts: ReplayFacts, config: VenueHealthConfig): VenueHealth[] {
  return facts.venues.map((venue) => judgeVenue(venue, facts, config)).sort((a, b) => compareText(a.venue, b.venue));
}

function judgeVenue(venue: VenueFacts, facts: ReplayFacts, config: VenueHealthConfig): VenueHealth {
  const books = facts.instruments.filter((one) => one.venue === venue.venue && hasBook(one));
  const measures = [booksMeasure(books), ...measuresOf(books, config)];
  const rows = measures.map((measure) => measureRow(venue.venue, measure));
  const reasons = measures.flatMap((measure, i) => (isBroken(rows[i]!) ? [measure.complaint] : []));
  const verdict = books.length === 0 ? 'unknown' : reasons.length > 0 ? 'unhealthy' : 'healthy';
  return {
    venue: venue.venue,
    verdict,
    reasons,
    rows: [venueRow(venue.venue, verdict, reasons), ...rows, skewRow(venue), silenceRow(venue, facts)],
  };
}

/** One number of a venue and what it must keep to. */
interface Measure {
  readonly part: string;
  readonly value: number | null;
  readonly unit: StatusUnit;
  readonly total: number | null;
  readonly limit: Limit | null;
  /** Said when the limit is broken. */
  readonly complaint: string;
  /** Said when there is no value. */
  readonly absence: string;
}

function booksMeasure(books: readonly InstrumentFacts[]): Measure {
  const live = books.filter((book) => book.bookState === 'live').length;
  return {
    part: 'live_books',
    value: books.length === 0 ? null : live,
    unit: 'count',
    total: books.length === 0 ? null : books.length,
    limit: { kind: 'below', warn: 1, critical: null },
    complaint: `${live} of ${books.length} books live`,
    absence: 'no books in this recording',
  };
}

function measuresOf(books: readonly InstrumentFacts[], config: VenueHealthConfig): Measure[] {
  const uptime = uptimePercent(books);
  const spread = medianOf(books.map((book) => book.spreadBps));
  const depth = medianOf(books.map((book) => book.depthUsd));
  const minUptime = config.minUptimePercent * 100;
  const limits = config.enabled ? config : { maxSpreadBps: null, minDepthUsd: null };
  return [
    {
      part: 'uptime_percent',
      value: uptime,
      unit: 'percent',
      total: null,
      limit: config.enabled ? { kind: 'below', warn: minUptime, critical: null } : null,
      complaint: `uptime ${fixed(uptime)}% < ${minUptime}%`,
      absence: 'no book was watched long enough',
    },
    {
      part: 'spread_bps',
      value: spread,
      unit: 'bps',
      total: null,
      limit: limits.maxSpreadBps === null ? null : { kind: 'above', warn: limits.maxSpreadBps, critical: null },
      complaint: `spread ${fixed(spread)} bps > ${limits.maxSpreadBps}`,
      absence: 'no live book with both sides',
    },
    {
      part: 'depth_usd',
      value: depth,
      unit: 'usd',
      total: null,
      limit: limits.minDepthUsd === null ? null : { kind: 'below', warn: limits.minDepthUsd, critical: null },
      complaint: `depth ${fixed(depth, 0)} USD < ${limits.minDepthUsd}`,
      absence: 'no live book whose depth is known in USD',
    },
  ];
}

function measureRow(venue: string, measure: Measure): StatusRow {
  const { part, unit, value, total, limit } = measure;
  const parts = { category: 'venue', name: venue, part, unit, limit } as const;
  if (value === null) return noDataRow(parts, measure.absence);
  const status: StatusGrade | null = limit === null ? null : gradeOf(total === null ? value : value / total, limit);
  const message = status === 'OK' || limit === null ? '' : total === null ? limitText(limit) : measure.complaint;
  return statusRow({ ...parts, value, total, status, message });
}

function isBroken(row: StatusRow): boolean {
  return row.status === 'WARN' || row.status === 'CRITICAL';
}

function venueRow(venue: string, verdict: VenueVerdict, reasons: readonly string[]): StatusRow {
  const parts = { category: 'venue', name: venue, part: 'health' } as const;
  if (verdict === 'unknown') return noDataRow(parts, 'no books in this recording');
  return statusRow({
    ...parts,
    value: verdict,
    status: verdict === 'healthy' ? 'OK' : 'WARN',
    message: reasons.join('; '),
  });
}

/** Not judged: recorders' clocks run up to 1.5 s off, which says nothing about the venue. */
function skewRow(venue: VenueFacts): StatusRow {
  const parts = { category: 'venue', name: venue.venue, part: 'clock_skew_ms', unit: 'ms' } as const;
  if (venue.offsetMs === null) return noDataRow(parts, 'no event had a time');
  return statusRow({ ...parts, value: venue.offsetMs });
}

/** How long the venue had been silent, in exchange time, when the recording ended. Not judged: quiet markets are legal. */
function silenceRow(venue: VenueFacts, facts: ReplayFacts): StatusRow {
  const parts = { category: 'venue', name: venue.venue, part: 'last_event_age_ms', unit: 'ms' } as const;
  if (venue.lastEventMs === null || venue.offsetMs === null || facts.lastReceiveMs === null) {
    return noDataRow(parts, 'no event had a time');
  }
  return statusRow({ ...parts, value: Math.max(0, facts.lastReceiveMs + venue.offsetMs - venue.lastEventMs) });
}

/** Live share of the covered time, 0 to 100; null when no book was measured. */
function uptimePercent(books: readonly InstrumentFacts[]): number | null {
  let covered = 0;
  let live = 0;
  for (const book of books) {
    if (book.coveredMs === null || book.liveMs === null) continue;
    covered += book.coveredMs;
    live += book.liveMs;
  }
  return covered > 0 ? (live / covered) * 100 : null;
}

/** The middle value (of two, their mean), so that one odd instrument does not condemn its venue; null of nothing. */
function medianOf(values: readonly (number | null)[]): number | null {
  const known = values
    .filter((value): value is number => value !== null && Number.isFinite(value))
    .sort((a, b) => a - b);
  if (known.length === 0) return null;
  const middle = known.length >> 1;
  return known.length % 2 === 1 ? known[middle]! : (known[middle - 1]! + known[middle]!) / 2;
}

function fixed(value: number | null, decimals = 1): string {
  return value === null ? '' : value.toFixed(decimals);
}
