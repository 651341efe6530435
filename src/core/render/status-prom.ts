/** A status as Prometheus metrics: base units, closed sets of labels, instants instead of ages. Writes no file. */

import { SECOND_MS } from '../base/time.ts';
import { KILL_LEVELS } from '../ops/ops-config.ts';
import { isSwitchRow, STATUS_GRADES, type StatusRow, type StatusUnit } from '../ops/status.ts';
import { expositionText, type Sample } from './exposition.ts';
import { printable } from './printable.ts';
import { rowName } from './row-name.ts';
import { type StatusView, shownDocument } from './view.ts';

/** The text exposition. Of a replay, drill or demo only what the control store knows: its figures are of another time. */
export function promText(view: StatusView): string {
  const { rows, source } = shownDocument(view);
  const isOfNow = (row: StatusRow) => source.kind === 'live' || isSwitchRow(row);
  return expositionText([...viewSamples(view), ...rows.filter(isOfNow).flatMap(rowSamples)]);
}

type Labels = Readonly<Record<string, string>>;

function gauge(name: string, help: string, value: number | null, labels: Labels = {}): Sample {
  const shown = Object.entries(labels).map(([key, text]) => [key, printable(text)] as const);
  return { name: `cryptorun_${name}`, help: printable(help), labels: Object.fromEntries(shown), value };
}

/** One sample a state: 1 for the one it is in. */
function stateSet(
  name: string,
  help: string,
  label: string,
  states: readonly string[],
  now: unknown,
  labels: Labels = {},
): Sample[] {
  const known = typeof now === 'string' && states.includes(now);
  return known ? states.map((state) => gauge(name, help, state === now ? 1 : 0, { ...labels, [label]: state })) : [];
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / SECOND_MS;
}

function viewSamples({ document, scanner, scannerProcess: own, kill, auditHead }: StatusView): Sample[] {
  const { kind } = document.source;
  const isLive = kind === 'live';
  const beatMs = scanner.kind === 'absent' ? null : scanner.lastHeartbeatMs;
  const engaged = kill.kind === 'engaged' ? kill : null;
  return [
    gauge('status_source_info', 'Where the saved status comes from.', 1, { kind }),
    gauge('status_saved_timestamp_seconds', 'When the status was saved.', isLive ? seconds(document.savedAtMs) : null),
    gauge(
      'status_data_timestamp_seconds',
      'Last input that it knows of.',
      isLive ? seconds(document.dataTimeMs) : null,
    ),
    gauge('scanner_up', "Whether the scanner's heart beats.", scanner.kind === 'alive' ? 1 : 0),
    gauge('scanner_heartbeat_timestamp_seconds', 'Its last heartbeat.', seconds(beatMs)),
    gauge('scanner_start_timestamp_seconds', 'When it started.', seconds(own?.startedAtMs ?? null)),
    gauge('scanner_resident_memory_bytes', 'Memory that it holds.', own?.rssBytes ?? null),
    gauge('killswitch_engaged', 'Whether the kill switch is engaged.', engaged === null ? 0 : 1),
    gauge('killswitch_engaged_timestamp_seconds', 'Since when.', seconds(engaged?.engagedAtMs ?? null)),
    ...stateSet('killswitch_level', 'Its level; absent while released.', 'level', KILL_LEVELS, engaged?.level),
    gauge('audit_head_seq', 'Number of the newest audit record.', auditHead?.seq ?? null),
  ];
}

const BREAKER_STATES = ['closed', 'open', 'half_open', 'isolated'];
const TRIGGER_STATES = ['disarmed', 'armed', 'holding', 'fired'];
const FEED_STATES = ['off', 'connecting', 'syncing', 'live', 'degraded', 'polling'];
const GRADES = ['A', 'B', 'C', 'D', 'F'];

function rowSamples(row: StatusRow): Sample[] {
  return [...ownSamples(row), ...levelSamples(row)];
}

/** The kill switch is there already, with its level and time. */
function levelSamples(row: StatusRow): Sample[] {
  if (row.status === null || row.status === 'NO DATA' || row.category === 'killswitch') return [];
  if (row.category === 'alert' && row.part !== null) return [];
  const help = 'How a row was judged: 0 OK, 1 WARN, 2 CRITICAL, 3 BLOCK. Absent: no data.';
  return [gauge('status_level', help, STATUS_GRADES.indexOf(row.status), { ...rowName(row) })];
}

function ownSamples(row: StatusRow): Sample[] {
  const { category, name, part, value } = row;
  if (category === 'kpi') return [measure(`kpi_${name}`, `KPI ${name}.`, row), ...wholeOf(row)];
  if (category === 'breaker') return breakerSamples(row);
  if (category === 'trigger' && part === null) {
    return stateSet('trigger_state', 'State of an automatic trigger.', 'state', TRIGGER_STATES, value, {
      trigger: name,
    });
  }
  if (category === 'health') return healthSamples(row);
  if (category === 'alert') return alertSamples(row);
  if (category === 'venue' && part !== null) return venueSamples(row, part);
  return isSwitchRow(row) ? switchSamples(row) : [];
}

/** What a count is a share of. */
function wholeOf(row: StatusRow): Sample[] {
  return row.total === null
    ? []
    : [gauge(`${baseName(`kpi_${row.name}`, row.unit)}_of`, 'The whole of it.', row.total)];
}

function breakerSamples(row: StatusRow): Sample[] {
  const labels = { breaker: row.name };
  if (row.part !== null) return [measure(`breaker_${row.part}`, `Breaker: ${row.part}.`, row, labels)];
  return stateSet('breaker_state', 'State of a circuit breaker.', 'state', BREAKER_STATES, row.value, labels);
}

/** Counts only: which alerts there are is for who is told of them. */
function alertSamples(row: StatusRow): Sample[] {
  const { name, part } = row;
  if (part !== null)
    return name === 'receiver'
      ? [measure('notifications_waiting', 'Notifications that wait.', row, { receiver: part })]
      : [];
  if (name === 'zscore_windows')
    return [measure('zscore_windows_ready', 'Windows of scored metrics that are full.', row)];
  if (name === 'history') return [measure('history_rows_waiting', 'Rows of the history that wait.', row)];
  return [measure('alerts_firing', 'Alerts that fire.', row, { priority: name })];
}

function healthSamples(row: StatusRow): Sample[] {
  const { name, part, value } = row;
  const points = typeof value === 'number' ? divided(value, 100) : null;
  if (name === 'grade' && part === null) return stateSet('health_grade', 'The health grade.', 'grade', GRADES, value);
  if (name === 'grade') return [measure(`health_${part}`, `Health: ${part}.`, row)];
  if (name !== 'policy') {
    return part === null
      ? [gauge('health_component_ratio', "A component's score, 0 to 1.", points, { component: name })]
      : [];
  }
  if (typeof value === 'number')
    return [gauge('policy_position_size_ratio', 'Share of the normal position size.', points)];
  const isYes = value === 'YES' ? 1 : value === 'NO' ? 0 : null;
  return [gauge('policy_allowed', 'What the grade says of it: 1 yes.', isYes, { policy: part ?? '' })];
}

function venueSamples(row: StatusRow, part: string): Sample[] {
  const venue = { venue: row.name };
  if (part === 'health') {
    const isHealthy = row.value === 'healthy' ? 1 : row.value === 'unhealthy' ? 0 : null;
    return [gauge('venue_healthy', 'Whether a venue is healthy; absent: not known.', isHealthy, venue)];
  }
  if (part === 'feed') return stateSet('venue_feed_state', 'State of a feed.', 'state', FEED_STATES, row.value, venue);
  const measured = measure(`venue_${part}`, `Venue: ${part}.`, row, venue);
  return typeof row.value === 'string' ? [] : [measured];
}

function switchSamples(row: StatusRow): Sample[] {
  const labels = { switch: rowName(row).name };
  const isOn = row.value === 'ON' ? 1 : row.value === 'OFF' ? 0 : null;
  return [
    gauge('switch_on', 'Whether a switch is on, which means allowed.', isOn, labels),
    gauge(
      'switch_reverts_timestamp_seconds',
      'When it reverts by itself.',
      seconds(row.override?.untilMs ?? null),
      labels,
    ),
  ];
}

/** A unit's suffix in our names, what it becomes, and by how much the value is divided. */
const BASE_UNITS: Readonly<Record<StatusUnit, readonly [suffix: string, base: string, by: number]>> = {
  count: ['_count', 's', 1],
  per_minute: ['_per_minute', '_per_second', 60],
  per_second: ['_per_second', '_per_second', 1],
  per_hour: ['_per_hour', '_per_second', 3600],
  percent: ['_percent', '_ratio', 100],
  ratio: ['_ratio', '_ratio', 1],
  points: ['_points', '_ratio', 100],
  bps: ['_bps', '_ratio', 10_000],
  ms: ['_ms', '_seconds', 1000],
  seconds: ['_seconds', '_seconds', 1],
  bytes: ['_bytes', '_bytes', 1],
  usd: ['_usd', '_usd', 1],
  instant: ['_at', '_timestamp_seconds', 1000],
};

/** `error_rate_percent` is `error_rate_ratio`, `open_breaker_count` `open_breakers` (`_count` belongs to histograms). */
function baseName(name: string, unit: StatusUnit | null): string {
  const clean = name.replace(/[^a-zA-Z0-9_]/g, '_');
  if (unit === null) return clean;
  const [suffix, base] = BASE_UNITS[unit];
  if (clean.endsWith(suffix)) return clean.slice(0, -suffix.length) + base;
  return unit === 'count' ? clean : clean + base;
}

function measure(name: string, help: string, { unit, value }: StatusRow, labels: Labels = {}): Sample {
  const divisor = unit === null ? 1 : BASE_UNITS[unit][2];
  return gauge(baseName(name, unit), help, typeof value === 'number' ? divided(value, divisor) : null, labels);
}

/** Without the dust of binary fractions: 99.93 % is 0.9993. */
function divided(value: number, by: number): number {
  return Number((value / by).toPrecision(15));
}
