/** A venue's feed as an operator sees it, row by row. Judges by nothing but the state's own word. */

import { type StatusGrade, type StatusRow, statusRow } from '../ops/status.ts';
import type { FeedState } from './feed-effect.ts';
import { longerOf, type ShutOut } from './shut-out.ts';
import type { VenueFeed } from './venue-feed.ts';
import type { ShownStream } from './wish.ts';

const GRADES: Readonly<Record<FeedState, StatusGrade | null>> = {
  off: null,
  connecting: 'CRITICAL',
  syncing: 'WARN',
  live: 'OK',
  degraded: 'WARN',
  polling: 'WARN',
};

type Row = (part: string, parts: Partial<StatusRow>) => StatusRow;

/** State; connections and how they are lost and got back; streams by how they stand; resyncs and refreshes; REST; frames thrown away. */
export function feedRows(feed: VenueFeed, nowMs: number): StatusRow[] {
  const row: Row = (part, parts) => statusRow({ category: 'venue', name: feed.name, part, ...parts });
  const { lines, streams, budget, dropped } = feed;
  const sessions = lines.map((line) => line.openSession).filter((session) => session !== null);
  return [
    row('feed', { value: feed.state, status: GRADES[feed.state], message: messageOf(feed) }),
    row('connections', count(feed.connections.open, feed.connections.wanted)),
    row('reconnects', count(sum(lines.map((line) => line.reconnects)))),
    row('failures_in_row', count(Math.max(0, ...lines.map((line) => line.failures)))),
    row('last_loss', { value: feed.lastReason === '' ? 'none' : feed.lastReason }),
    row('next_attempt', nextAttempt(feed, nowMs)),
    row('last_frame', instant(newest(sessions.map((session) => session.lastFrameMs)), 'none came yet')),
    row('streams', count(streams.live, streams.wanted)),
    row('pending_streams', count(sum(sessions.map((session) => session.pendingCount)))),
    row('silent_streams', count(shownAs(feed, 'silent'))),
    row('refused_streams', count(shownAs(feed, 'refused'))),
    row('polled_streams', count(feed.polledStreams)),
    row('resyncs', count(feed.resyncs.length)),
    ...refreshRows(feed, row),
    row('rest_weight', count(budget.used(nowMs), budget.allowance)),
    row('shut_out_until', shutOut(feed, nowMs)),
    row('dropped_depth_frames', faults(dropped.depth)),
    row('dropped_other_frames', faults(dropped.other)),
  ];
}

/** None where no book is ever refreshed. A mismatch was a book that was wrong while it was live. */
function refreshRows({ refresher: { counts } }: VenueFeed, row: Row): StatusRow[] {
  if (counts === null) return [];
  const { refreshes, mismatches } = counts;
  return [
    row('refreshes', count(refreshes)),
    row('refresh_mismatches', { ...faults(mismatches), message: mismatches > 0 ? 'live books were wrong' : '' }),
  ];
}

function messageOf({ status, lines }: VenueFeed): string {
  const silent = lines.flatMap((line) => line.wishes.filter((wish) => wish.isPermitted && wish.shown !== 'live'));
  const named = silent.slice(0, 3).map((wish) => `${wish.stream.topic} ${wish.shown}`);
  if (silent.length > named.length) named.push(`${silent.length - named.length} more`);
  if (status !== null && !status.isOnline) named.unshift(`the venue says: ${status.text}`);
  return named.join(', ');
}

function count(value: number, total: number | null = null): Partial<StatusRow> {
  return { value, total, unit: 'count' };
}

function instant(ms: number | null, message: string): Partial<StatusRow> {
  return ms === null ? { value: null, unit: 'instant', message } : { value: ms, unit: 'instant' };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Null: none is known. */
function newest(times: readonly number[]): number | null {
  const known = times.filter((ms) => !Number.isNaN(ms));
  return known.length === 0 ? null : Math.max(...known);
}

function shownAs({ lines }: VenueFeed, shown: ShownStream): number {
  return sum(lines.map(({ wishes }) => wishes.filter((wish) => wish.isPermitted && wish.shown === shown).length));
}

function nextAttempt({ lines }: VenueFeed, nowMs: number): Partial<StatusRow> {
  const times = lines.map((line) => line.nextAttemptMs(nowMs)).filter((ms) => ms !== null);
  return instant(times.length === 0 ? null : Math.min(...times), 'none is due');
}

/** A ban, a 429, or a `Retry-After` that still holds: of REST, or of the hosts of the connections; and how it was said. */
function shutOut({ budget, lines }: VenueFeed, nowMs: number): Partial<StatusRow> {
  const rest = budget.shutOut(nowMs);
  const sockets = lines.map((line) => line.shutOut(nowMs)).reduce(longerOf, null);
  const longer = longerOf(rest, sockets);
  if (longer === null) return instant(null, 'nothing is shut out');
  const named = [rest && `REST${saidAs(rest)}`, sockets && `connections${saidAs(sockets)}`].filter(
    (text) => text !== null,
  );
  return { ...instant(longer.untilMs, ''), status: 'WARN', message: named.join(' and ') };
}

function saidAs({ outcome }: ShutOut): string {
  return outcome === null ? '' : ` (${outcome})`;
}

/** What should never happen. */
function faults(value: number): Partial<StatusRow> {
  const limit = { kind: 'above', warn: 0, critical: null } as const;
  return { value, unit: 'count', limit, status: value > 0 ? 'WARN' : 'OK' };
}
