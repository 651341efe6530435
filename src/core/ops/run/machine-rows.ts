/** The machine and the providers' answers among the KPIs, judged by the alert limits of `health`. Measures nothing itself. */

import { percentOf } from '../kpi/venue-verdict.ts';
import type { HealthConfig } from '../ops-config.ts';
import { gradeOf, type Limit, limitText, noDataRow, type StatusRow, type StatusUnit, statusRow } from '../status.ts';
import { freshHost, type Measured } from './measures.ts';

/** Only while something is wrong: most runs are not recorded. */
const RECORDING_STOPPED: StatusRow = statusRow({
  category: 'kpi',
  name: 'recording',
  value: 'stopped',
  status: 'WARN',
  message: 'the disk refused the journal; a reload (SIGHUP) begins another session of it',
});

/** The limits: two guides' alert thresholds (disk, response time), and ours beside them. */
export function machineRows(measured: Measured, nowMs: number): StatusRow[] {
  const { health } = measured.config;
  const host = freshHost(measured, nowMs);
  const percent = (ratio: number | null | undefined) => (ratio == null ? null : percentOf(ratio));
  const memory = [health.memoryWarnRatio, health.memoryCriticalRatio].map(percentOf) as [number, number];
  return [
    row('cpu_percent', 'percent', percent(host?.cpuRatio), above(percentOf(health.cpuWarnRatio), null)),
    row('memory_used_percent', 'percent', percent(host?.memoryUsedRatio), above(...memory)),
    row('disk_free_bytes', 'bytes', host?.diskFreeBytes ?? null, diskLimit(health)),
    row('event_loop_lag_ms', 'ms', host?.eventLoopLagMs ?? null, above(health.maxEventLoopLagMs, null)),
    row(
      'response_p95_ms',
      'ms',
      measured.counts.restResponseMs(nowMs),
      above(health.responseWarnMs, health.responseCriticalMs),
      'no REST call was answered lately',
    ),
    ...(host?.recording === 'stopped' ? [RECORDING_STOPPED] : []),
  ];
}

function row(
  name: string,
  unit: StatusUnit,
  value: number | null,
  limit: Limit,
  absence = 'the machine was not measured lately',
): StatusRow {
  const parts = { category: 'kpi', name, unit, limit } as const;
  if (value === null) return noDataRow(parts, absence);
  const status = gradeOf(value, limit);
  const message = status === 'OK' ? '' : limitText(limit, unit === 'percent' ? '%' : '');
  return statusRow({ ...parts, value, status, message });
}

function above(warn: number, critical: number | null): Limit {
  return { kind: 'above', warn, critical };
}

function diskLimit({ diskFreeWarnBytes, diskFreeCriticalBytes }: HealthConfig): Limit {
  return { kind: 'below', warn: diskFreeWarnBytes, critical: diskFreeCriticalBytes };
}
