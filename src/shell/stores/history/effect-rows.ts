/** What the core tells, as rows of the history. Keeps nothing. */

import type { Gap } from '../../../core/market/book/gap.ts';
import type { HealthReport } from '../../../core/ops/health/health-report.ts';
import { type GapRow, type HealthRow, WHOLE_RUN } from './history-rows.ts';

/** @param gap - its beginning is known; a fraction of a ms is cut off, towards the past */
export function gapRow(venue: string, symbol: string, instrument: string, gap: Gap): GapRow {
  const { kind, idBefore, idAfter, reason } = gap;
  const startMs = Math.floor(gap.startMs);
  const endMs = gap.endMs === null ? null : Math.floor(gap.endMs);
  return { venue, symbol, instrument, kind, startMs, endMs, idBefore, idAfter, reason };
}

/** The health of the run as a whole. */
export function healthRow({ grade, score, components }: HealthReport, timeMs: number): HealthRow {
  const scores = Object.fromEntries(components.map((component) => [component.name, component.score]));
  return { ...NO_VENUE, venue: WHOLE_RUN, timeMs, grade, score, components: scores };
}

/** One venue as it stands now. */
export type VenueHealth = Omit<HealthRow, 'timeMs' | 'grade' | 'score' | 'components'>;

export function venueRow(venue: VenueHealth, timeMs: number): HealthRow {
  return { timeMs, grade: null, score: null, components: null, ...venue };
}

const NO_VENUE: Omit<VenueHealth, 'venue'> = {
  lastMessageMs: null,
  messageCount: null,
  latencyMs: null,
  books: null,
  liveBooks: null,
  gapCount: null,
  badFrameCount: null,
};
