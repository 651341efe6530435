/** Sends one REST request of a feed, budget and deadline included. Asks nobody whether it may. */

import type { PollRequest } from './dialect.ts';
import type { Followed } from './feed-ports.ts';
import type { VenueSide } from './venue-side.ts';
import type { WeightBudget } from './weight-budget.ts';

/** The shell answers within the request's own limit; this much later its silence is a failure. */
const ANSWER_SLACK_MS = 2000;

/** A request on its way, and until when its answer is waited for. */
export interface AskedRest {
  readonly request: number;
  readonly deadlineMs: number;
}

export function askRest(
  venue: VenueSide,
  budget: WeightBudget,
  { spec }: Followed,
  { what, url, weight }: PollRequest,
  nowMs: number,
): AskedRest {
  const { rest, provider } = venue.config;
  budget.take(weight, nowMs);
  const request = venue.nextRequest();
  venue.tell({
    kind: 'rest_request',
    request,
    venue: venue.name,
    provider,
    symbol: spec.symbol,
    what,
    url,
    timeoutMs: rest.timeoutMs,
    weight,
  });
  return { request, deadlineMs: nowMs + rest.timeoutMs + ANSWER_SLACK_MS };
}

/** @returns null: the venue's stream brings its snapshots itself */
export function depthSnapshot({ config, dialect }: VenueSide, { spec }: Followed): PollRequest | null {
  const url = dialect.depthUrl(config, spec);
  return url === null ? null : { what: 'depth_snapshot', url, weight: config.rest.depthSnapshotWeight };
}
