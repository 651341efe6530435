/** The guard over all venues: how many are healthy, and what is wrong with the others. Blocks nothing: a sick venue needs its calls to recover. */

import type { VenueFact } from '../facts.ts';
import { type IdleVenue, idleText } from '../kpi/idle-venue.ts';
import { judgeVenue, type VenueVerdict } from '../kpi/venue-verdict.ts';
import type { VenueHealthConfig } from '../ops-config.ts';
import { compareText, type StatusGrade } from '../status.ts';
import type { Gate, GuardResult } from './guard.ts';

const GATE: Gate = { kind: 'signals' };

/** `factMs`: when the venues were told; null: never. `idle`: those that are not to be judged. */
export interface ToldVenues {
  readonly venues: readonly VenueFact[];
  readonly idle: readonly IdleVenue[];
  readonly factMs: number | null;
}

export function venueHealthResult(told: ToldVenues, nowMs: number, config: VenueHealthConfig): GuardResult {
  const { venues, idle, factMs } = told;
  const rest = idleText(idle);
  if (venues.length === 0 && idle.length > 0) return result(null, `not applicable, ${rest}`, [], idle);
  if (factMs === null || venues.length === 0) return result('NO DATA', 'no data: no venue is watched', []);
  const verdicts = venues.map((fact) => judgeVenue(fact, factMs, nowMs, config));
  verdicts.sort((a, b) => compareText(a.venue, b.venue));
  const others = verdicts.filter((one) => one.kind !== 'healthy');
  const clauses = others.map((one) => `${one.venue}: ${one.reasons.join(', ')}`);
  if (others.length === verdicts.length && others.every((one) => one.kind === 'unknown')) {
    return result('NO DATA', `no data: ${clauses.join('; ')}`, verdicts, idle);
  }
  const count = `${verdicts.length - others.length}/${verdicts.length} venues healthy`;
  const message = [count, ...clauses, ...(rest === '' ? [] : [rest])].join('; ');
  return result(statusOf(others.length, verdicts.length), message, verdicts, idle);
}

/** Any venue that is not known to be healthy warns; when fewer than half are, it is critical (the guide's 0.5). */
function statusOf(others: number, all: number): StatusGrade {
  if (others === 0) return 'OK';
  return (all - others) * 2 < all ? 'CRITICAL' : 'WARN';
}

function result(
  status: StatusGrade | null,
  message: string,
  verdicts: readonly VenueVerdict[],
  idle: readonly IdleVenue[] = [],
): GuardResult {
  const metadata = Object.fromEntries([...verdicts, ...idle].map((one) => [one.venue, one.kind]));
  return { name: 'venue_health', status, message, metadata, gate: GATE };
}
