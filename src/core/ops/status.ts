/** The status row model: what is shown, how it was judged and where it comes from. Formats nothing and reads no clock. */

/** Where a status comes from. Only `live` may be taken for the state of a running scanner. */
export interface StatusSource {
  readonly kind: 'live' | 'replay' | 'drill' | 'demo';
  /** A replay's id, a drill's name, a live session. */
  readonly name: string;
}

/**
 * In the order in which they are shown. Whose rows they are, by `name` (and `part`, where it is not null):
 *
 * - `kpi`: the measure, `requests_per_minute`
 * - `guard`: the guard, or the provider whose quota it is; what it found is in `message`
 * - `breaker`: `kraken.rest`, its value the state's kind; parts `failures` (in a row), `since` and `next_probe` (instant)
 * - `health`: `grade` (a letter; part `score` in points); each component by its name (points, or `not_applicable`);
 *   `policy` with parts `auto_trading`, `new_entries`, `exits_only`, `kill_switch` (YES, NO) and `position_size_percent`
 * - `alert`: `P1`, `P2`, `P3` (how many fire), `zscore_windows` (how many of them are full); then each that fires: the type, and as
 *   its part what it is about, `binance BTC-USDT`; `receiver`: who is told, `history`: what is kept, each with what waits
 * - `killswitch`: `kill_switch`, `released` or `engaged`; parts `level`, `since`, `reason`, `operator`, `source`, `trigger`
 * - `trigger`: the automatic trigger, its value the state's kind, the rest (`8/30 s`) in `message`; part `level`
 * - `switch`: `emergency_scanners`, `alerts`, `detector_<id>` ...: ON or OFF
 * - `provider`: the provider, ON or OFF; parts `websocket` and `rest`
 * - `venue`: the venue's switch, ON or OFF (`kraken_usd`); what is measured of it are parts: `health` first (`healthy`,
 *   `unhealthy`, or `off` and `starting`, which are not judged), then `live_books`, `uptime_percent`, `latency_ms`, `spread_bps`, `depth_usd`, `clock_skew_ms`, `refused_requests` ...;
 *   of a running scanner `feed` (a feed's state), `connections`, `reconnects`, `next_attempt`, `streams`, `silent_streams`, `polled_streams`,
 *   `resyncs`, `refreshes`, `refresh_mismatches`, `shut_out_until` (a ban), `dropped_depth_frames`, `dropped_other_frames` ...
 */
export const STATUS_CATEGORIES = [
  'kpi',
  'guard',
  'breaker',
  'health',
  'alert',
  'killswitch',
  'trigger',
  'switch',
  'provider',
  'venue',
] as const;
export type StatusCategory = (typeof STATUS_CATEGORIES)[number];

/**
 * How a row was judged, the guide's words first.
 *
 * - `OK`: measured, and within its limit
 * - `WARN`: near a limit, or something that should not happen did
 * - `CRITICAL`: over a limit; work goes on degraded
 * - `BLOCK`: a hard limit; the action is refused
 * - `NO DATA`: nothing measures this here; never counts as OK
 */
export const STATUS_GRADES = ['OK', 'WARN', 'CRITICAL', 'BLOCK', 'NO DATA'] as const;
export type StatusGrade = (typeof STATUS_GRADES)[number];

/**
 * What a row's number counts. The renderer chooses decimals and signs by it.
 *
 * `percent` and `points` are 0 to 100, `ratio` is 0 to 1; `instant` is ms since the epoch in a row, RFC 3339 in every output.
 */
export const STATUS_UNITS = [
  'count',
  'per_minute',
  'per_second',
  'per_hour',
  'percent',
  'ratio',
  'points',
  'bps',
  'ms',
  'seconds',
  'bytes',
  'usd',
  'instant',
] as const;
export type StatusUnit = (typeof STATUS_UNITS)[number];

/** A limit: `at_least` is broken by values >= it, `above` by values > it, `below` by values < it. Null: no such step. */
export interface Limit {
  readonly kind: 'at_least' | 'above' | 'below';
  readonly warn: number | null;
  readonly critical: number | null;
}

/** What an operator changed at run time of a switch, a provider or a venue. */
export interface SwitchOverride {
  /** How config has it. */
  readonly configuredOn: boolean;
  readonly changedAtMs: number;
  /** When it reverts by itself; null: it stays. */
  readonly untilMs: number | null;
  readonly operator: string;
  readonly reason: string;
}

export interface StatusRow {
  readonly category: StatusCategory;
  /** Lower snake case, as in the CSV; for guards, providers and venues the name of what is judged. */
  readonly name: string;
  /** Which side of the thing, such as `websocket` of a provider; null for the thing itself. */
  readonly part: string | null;
  /** Null: not known. Text for states such as `ON`. */
  readonly value: number | string | null;
  /** Of a number; null for text. */
  readonly unit: StatusUnit | null;
  /** The whole that a count is a share of (`4` of `4` venues); else null. */
  readonly total: number | null;
  /** Null: shown, not judged. */
  readonly status: StatusGrade | null;
  /** What `value` was judged by (as `value / total` where there is a total); null when by nothing, or by several things. */
  readonly limit: Limit | null;
  /** For people; empty when there is nothing to add. */
  readonly message: string;
  /** Of a switch; null: as in config, or no switch at all. */
  readonly override: SwitchOverride | null;
}

/** Everything one `ops status` shows. Times in ms since the epoch. */
export interface StatusDocument {
  readonly source: StatusSource;
  /** Wall clock when it was saved: a fact of the shell. */
  readonly savedAtMs: number;
  /** Receive time of the last input that it knows of; null when there was none. */
  readonly dataTimeMs: number | null;
  readonly rows: readonly StatusRow[];
}

/** The row's worst broken step, or `OK`. NaN is never OK: it is `NO DATA`. */
export function gradeOf(value: number, limit: Limit): StatusGrade {
  if (Number.isNaN(value)) return 'NO DATA';
  if (limit.critical !== null && breaks(value, limit.kind, limit.critical)) return 'CRITICAL';
  return limit.warn !== null && breaks(value, limit.kind, limit.warn) ? 'WARN' : 'OK';
}

function breaks(value: number, kind: Limit['kind'], step: number): boolean {
  if (kind === 'at_least') return value >= step;
  return kind === 'above' ? value > step : value < step;
}

/** A limit in words: `limit: warn >= 100, critical >= 200`. `sign` follows each number, such as `%`. */
export function limitText(limit: Limit, sign = ''): string {
  const comparison = { at_least: '>=', above: '>', below: '<' }[limit.kind];
  const steps: string[] = [];
  if (limit.warn !== null) steps.push(`warn ${comparison} ${limit.warn}${sign}`);
  if (limit.critical !== null) steps.push(`critical ${comparison} ${limit.critical}${sign}`);
  return `limit: ${steps.join(', ')}`;
}

/** What a row is made from: the members that are left out are null, or empty. */
export type RowParts = Pick<StatusRow, 'category' | 'name'> & Partial<StatusRow>;

/** A row with everything that was not said set to null, or empty. */
export function statusRow(parts: RowParts): StatusRow {
  const unsaid = {
    part: null,
    value: null,
    unit: null,
    total: null,
    status: null,
    limit: null,
    message: '',
    override: null,
  };
  return { ...unsaid, ...parts };
}

/** A row for what nothing measures here. `reason` says why; the row never looks like a measured zero. */
export function noDataRow(parts: RowParts, reason: string): StatusRow {
  return statusRow({ ...parts, value: null, status: 'NO DATA', message: `no data: ${reason}` });
}

/**
 * The rows in the order every output shows them: by category, then as they were made.
 *
 * The makers order their own rows: KPIs as declared, everything named by an operator or a venue by code units of its name.
 */
export function sortedRows(rows: readonly StatusRow[]): StatusRow[] {
  return STATUS_CATEGORIES.flatMap((category) => rows.filter((row) => row.category === category));
}

/** True for the rows of what operators and config set, which stand without a scanner; a venue's parts are measured. */
export function isSwitchRow({ category, part }: StatusRow): boolean {
  return category === 'switch' || category === 'provider' || (category === 'venue' && part === null);
}

/** Orders texts by code units: the same on every machine, whatever its locale. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
