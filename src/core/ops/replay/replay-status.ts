/** Puts the status of a replay together. Needs nothing but what was counted and the config; the same in, the same out. */

import type { OpsConfig } from '../ops-config.ts';
import { type StatusRow, sortedRows } from '../status.ts';
import type { ReplayFacts } from './replay-facts.ts';
import { replayGuards } from './replay-guards.ts';
import { replayKpis } from './replay-kpi.ts';
import { switchRows } from './switch-rows.ts';
import { judgeVenues } from './venue-health.ts';

/** All rows of a replay's status, in the order in which they are shown. */
export function statusOfReplay(facts: ReplayFacts, config: OpsConfig): StatusRow[] {
  const venues = judgeVenues(facts, config.guards.venueHealth);
  return sortedRows([
    ...replayKpis(facts, venues, config),
    ...replayGuards(facts, venues, config),
    ...switchRows(config.switches),
    ...venues.flatMap((venue) => venue.rows),
  ]);
}
