/** How soon alerts were acknowledged and resolved, as a listing: one row a priority, beside the targets. Enforces nothing. */

import { cell, left, right } from '../../../core/render/cells.ts';
import { durationText } from '../../../core/render/value-text.ts';
import type { AlertRecord } from '../../../core/signal/detect/alert-record.ts';
import { type ResponseFigures, responseFigures, type Timing } from '../../../core/signal/detect/response-times.ts';
import type { CliContext } from '../../context.ts';
import { CryptorunError } from '../../errors.ts';
import { configRequest } from '../place.ts';
import type { PlaceOptions } from '../shared-options.ts';
import type { Listing } from './listing.ts';

const seconds = (ms: number | null): number | null => (ms === null ? null : ms / 1000);

export const responseListing: Listing<ResponseFigures> = {
  name: 'responses',
  fields: {
    priority: ({ priority }) => priority,
    fired: ({ fired }) => fired,
    acknowledged: ({ acknowledge }) => acknowledge.count,
    acknowledge_median_seconds: ({ acknowledge }) => seconds(acknowledge.medianMs),
    acknowledge_worst_seconds: ({ acknowledge }) => seconds(acknowledge.worstMs),
    acknowledge_target_seconds: ({ acknowledge }) => seconds(acknowledge.targetMs),
    acknowledge_late: ({ acknowledge }) => acknowledge.late,
    resolved: ({ resolve }) => resolve.count,
    resolve_median_seconds: ({ resolve }) => seconds(resolve.medianMs),
    resolve_worst_seconds: ({ resolve }) => seconds(resolve.worstMs),
    resolve_target_seconds: ({ resolve }) => seconds(resolve.targetMs),
    resolve_late: ({ resolve }) => resolve.late,
  },
  columns: [left('Pri', 3), right('Fired', 5), left('Acknowledged', 12), left('Resolved', 12)],
  cells: ({ priority, fired, acknowledge, resolve }) => [
    cell(priority),
    cell(String(fired)),
    timingCell(acknowledge),
    timingCell(resolve),
  ],
};

/** @throws CryptorunError `bad_config` */
export async function responsesOf(
  alerts: AsyncIterable<AlertRecord>,
  options: PlaceOptions,
  context: CliContext,
  nowMs: number,
): Promise<ResponseFigures[]> {
  const [{ loadFullConfig }, { problemText }] = await Promise.all([
    import('../../config/load-full-config.ts'),
    import('../../config/problem.ts'),
  ]);
  const loaded = loadFullConfig(configRequest(options, context));
  if (!loaded.ok) throw new CryptorunError('bad_config', loaded.problems.map(problemText).join('\n'));
  const all: AlertRecord[] = [];
  for await (const alert of alerts) all.push(alert);
  return responseFigures(all, loaded.config.alerts.targets, nowMs);
}

/** `3, median 2 min, worst 8 min; 1 over 5 min`. */
function timingCell({ count, medianMs, worstMs, targetMs, late }: Timing) {
  const times =
    medianMs === null || worstMs === null ? '' : `, median ${durationText(medianMs)}, worst ${durationText(worstMs)}`;
  const over = targetMs === null ? '' : `; ${late} over ${durationText(targetMs)}`;
  return cell(`${count}${times}${over}`, late > 0 ? 'warn' : 'plain');
}
