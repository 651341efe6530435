/** A venue's feed as an operator sees it, row by row. Judges by nothing but the state's own word. */

import { type RowParts, type StatusGrade, type StatusRow, statusRow } from '../ops/status.ts';
import type { FeedState } from './feed-effect.ts';
import type { VenueFeed } from './venue-feed.ts';

const GRADES: Readonly<Record<FeedState, StatusGrade | null>> = {
  off: null,
  connecting: 'CRITICAL',
  syncing: 'WARN',
  live: 'OK',
  degraded: 'WARN',
  polling: 'WARN',
};

/** State, connections, streams, reconnects, the last reason, the next attempt, resyncs, REST weight, frames dropped. */
export function feedRows(feed: VenueFeed, nowMs: number): StatusRow[] {
  const row = (part: string, parts: Partial<StatusRow>): StatusRow =>
    statusRow({ category: 'venue', name: feed.name, part, ...parts });
  const { connections, streams, budget, dropped } = feed;
  const count = (value: number, total: number | null = null) => ({ value, total, unit: 'count' }) as const;
  return [
    row('feed', { value: feed.state, status: GRADES[feed.state], message: messageOf(feed) }),
    row('connections', count(connections.open, connections.wanted)),
    row('streams', count(streams.live, streams.wanted)),
    row('reconnects', count(feed.lines.reduce((sum, line) => sum + line.reconnects, 0))),
    row('last_loss', { value: feed.lastReason === '' ? 'none' : feed.lastReason }),
    nextAttemptRow(feed, nowMs),
    row('resyncs', count(feed.resyncs.length)),
    row('rest_weight', count(budget.used(nowMs), budget.allowance)),
    droppedRow(row, 'dropped_depth_frames', dropped.depth),
    droppedRow(row, 'dropped_other_frames', dropped.other),
  ];
}

function messageOf({ status, lines }: VenueFeed): string {
  const silent = lines.flatMap((line) => line.wishes.filter((wish) => wish.isPermitted && wish.shown !== 'live'));
  const named = silent.slice(0, 3).map((wish) => `${wish.stream.topic} ${wish.shown}`);
  if (silent.length > named.length) named.push(`${silent.length - named.length} more`);
  if (status !== null && !status.isOnline) named.unshift(`the venue says: ${status.text}`);
  return named.join(', ');
}

function nextAttemptRow(feed: VenueFeed, nowMs: number): StatusRow {
  const parts: RowParts = { category: 'venue', name: feed.name, part: 'next_attempt', unit: 'instant' };
  const times = feed.lines.map((line) => line.nextAttemptMs(nowMs)).filter((ms) => ms !== null);
  return times.length === 0
    ? statusRow({ ...parts, value: null, message: 'none is due' })
    : statusRow({ ...parts, value: Math.min(...times) });
}

function droppedRow(
  row: (part: string, parts: Partial<StatusRow>) => StatusRow,
  part: string,
  value: number,
): StatusRow {
  const limit = { kind: 'above', warn: 0, critical: null } as const;
  return row(part, { value, unit: 'count', limit, status: value > 0 ? 'WARN' : 'OK' });
}
