/** The KPI rows of a replay, from what it counted. What a replay cannot know is `NO DATA`, never zero. */

import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../base/time.ts';
import type { OpsConfig } from '../ops-config.ts';
import {
  compareText,
  gradeOf,
  type Limit,
  limitText,
  noDataRow,
  type RowParts,
  type StatusRow,
  statusRow,
} from '../status.ts';
import { hasBook, type InstrumentFacts, type ReplayFacts } from './replay-facts.ts';
import type { VenueHealth } from './venue-health.ts';

/** Shares below which healthy venues are WARN and CRITICAL: the guide's program has these, its file has no key for them. */
const HEALTHY_VENUES: Limit = { kind: 'below', warn: 0.8, critical: 0.5 };
/** One book that is not live is one market we cannot price. */
const LIVE_BOOKS: Limit = { kind: 'below', warn: 1, critical: 0.5 };
/** None of these happens on a healthy feed, so the first one is worth a look. */
const ANY: Limit = { kind: 'above', warn: 0, critical: null };

/** How many names a message lists before it says how many more there are. */
const LISTED = 3;

export function replayKpis(facts: ReplayFacts, venues: readonly VenueHealth[], config: OpsConfig): StatusRow[] {
  const books = facts.instruments.filter(hasBook);
  return [
    requestRate(facts, config),
    noDataRow({ category: 'kpi', name: 'error_rate_percent', unit: 'percent' }, 'no API calls in a replay'),
    noDataRow({ category: 'kpi', name: 'cache_hit_rate_percent', unit: 'percent' }, 'no REST cache in a replay'),
    noDataRow({ category: 'kpi', name: 'open_breaker_count', unit: 'count' }, 'no live calls in a replay'),
    ...venueCounts(venues),
    liveBooks(books),
    messageRate(facts),
    gapRate(facts, books),
    checksumMismatches(facts),
    badFrames(facts),
    unknownFrames(facts),
  ];
}

/** As the guide counts: calls in the window before the recording's end, times 60 / window. */
function requestRate(facts: ReplayFacts, config: OpsConfig): StatusRow {
  const { requestsPerMinWarn: warn, requestsPerMinCritical: critical } = config.kpi.thresholds;
  const limit: Limit = { kind: 'at_least', warn, critical };
  const parts: RowParts = { category: 'kpi', name: 'requests_per_minute', unit: 'per_minute', limit };
  const windowMs = config.kpi.windows.requestsPerMin * SECOND_MS;
  if (facts.restRequests.length === 0 || facts.lastReceiveMs === null || !(windowMs > 0)) {
    return noDataRow(parts, 'no REST replies recorded');
  }
  const times = facts.restRequests.flatMap((rest) => rest.timesMs);
  return judged(parts, (countSince(times, facts.lastReceiveMs - windowMs) * MINUTE_MS) / windowMs, limit);
}

/** How many of the times are later than `afterMs` (strictly, as in the guide). */
export function countSince(timesMs: readonly number[], afterMs: number): number {
  return timesMs.reduce((count, time) => (time > afterMs ? count + 1 : count), 0);
}

function venueCounts(venues: readonly VenueHealth[]): StatusRow[] {
  const healthy: RowParts = { category: 'kpi', name: 'healthy_venue_count', unit: 'count', limit: HEALTHY_VENUES };
  const unhealthy: RowParts = { category: 'kpi', name: 'unhealthy_venue_count', unit: 'count' };
  const named = (verdict: string) => venues.filter((one) => one.verdict === verdict).map((one) => one.venue);
  const [good, bad, unknown] = [named('healthy'), named('unhealthy'), named('unknown')];
  if (good.length + bad.length === 0) {
    return [healthy, unhealthy].map((parts) => noDataRow(parts, 'no books in this recording'));
  }
  const clauses = [listed('unhealthy', bad), listed('no data', unknown)].filter((clause) => clause !== '');
  const status = gradeOf(good.length / venues.length, HEALTHY_VENUES);
  return [
    statusRow({ ...healthy, value: good.length, total: venues.length, status, message: clauses.join('; ') }),
    statusRow({ ...unhealthy, value: bad.length }),
  ];
}

function liveBooks(books: readonly InstrumentFacts[]): StatusRow {
  const parts: RowParts = { category: 'kpi', name: 'live_book_count', unit: 'count', limit: LIVE_BOOKS };
  if (books.length === 0) return noDataRow(parts, 'no books in this recording');
  const others = books.filter((book) => book.bookState !== 'live');
  const names = others.map((book) => `${book.venue} ${book.symbol} (${book.bookState})`).sort(compareText);
  const live = books.length - others.length;
  const status = gradeOf(live / books.length, LIVE_BOOKS);
  return statusRow({ ...parts, value: live, total: books.length, status, message: listed('not live', names) });
}

/** By the recording's own clock, so that it is the market's rate and the same on every machine. */
function messageRate(facts: ReplayFacts): StatusRow {
  const parts: RowParts = { category: 'kpi', name: 'messages_per_second', unit: 'per_second' };
  const spanMs = recordedMs(facts);
  if (spanMs === 0) return noDataRow(parts, 'the recording covers no time');
  return statusRow({ ...parts, value: (facts.messages * SECOND_MS) / spanMs });
}

function gapRate(facts: ReplayFacts, books: readonly InstrumentFacts[]): StatusRow {
  const parts: RowParts = { category: 'kpi', name: 'gaps_per_hour', unit: 'per_hour', limit: ANY };
  const spanMs = recordedMs(facts);
  if (books.length === 0) return noDataRow(parts, 'no books in this recording');
  if (spanMs === 0) return noDataRow(parts, 'the recording covers no time');
  const gaps = sumOf(books, (book) => book.gaps);
  return judged(
    parts,
    (gaps * HOUR_MS) / spanMs,
    ANY,
    gaps === 0 ? '' : `${gaps} in ${(spanMs / SECOND_MS).toFixed(0)} s`,
  );
}

function checksumMismatches(facts: ReplayFacts): StatusRow {
  const parts: RowParts = { category: 'kpi', name: 'checksum_mismatch_count', unit: 'count', limit: ANY };
  const bad = sumOf(facts.instruments, (one) => one.checksumBad);
  const checked = bad + sumOf(facts.instruments, (one) => one.checksumOk);
  if (checked === 0) return noDataRow(parts, 'these feeds carry no checksums');
  return judged(parts, bad, ANY, `${checked} checked`);
}

function badFrames(facts: ReplayFacts): StatusRow {
  const parts: RowParts = { category: 'kpi', name: 'bad_frame_count', unit: 'count', limit: ANY };
  if (facts.messages === 0) return noDataRow(parts, 'the recording holds no message');
  return judged(
    parts,
    sumOf(facts.venues, (venue) => venue.malformed),
    ANY,
    `of ${facts.messages}`,
  );
}

/** Not judged: a channel that we do not read is nobody's fault. */
function unknownFrames(facts: ReplayFacts): StatusRow {
  const parts: RowParts = { category: 'kpi', name: 'unknown_frame_count', unit: 'count' };
  if (facts.messages === 0) return noDataRow(parts, 'the recording holds no message');
  return statusRow({
    ...parts,
    value: sumOf(facts.venues, (venue) => venue.unknown),
    message: 'channels that are not read',
  });
}

function judged(parts: RowParts, value: number, limit: Limit, note = ''): StatusRow {
  const status = gradeOf(value, limit);
  const clauses = status === 'OK' ? [note] : [note, limitText(limit)];
  return statusRow({ ...parts, value, status, message: clauses.filter((clause) => clause !== '').join('; ') });
}

/** `unhealthy: kraken, okx, bybit and 2 more`; empty for no names. */
function listed(what: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const rest = names.length - LISTED;
  return `${what}: ${names.slice(0, LISTED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function recordedMs(facts: ReplayFacts): number {
  if (facts.firstReceiveMs === null || facts.lastReceiveMs === null) return 0;
  return Math.max(0, facts.lastReceiveMs - facts.firstReceiveMs);
}

function sumOf<T>(items: readonly T[], count: (item: T) => number): number {
  return items.reduce((sum, item) => sum + count(item), 0);
}
