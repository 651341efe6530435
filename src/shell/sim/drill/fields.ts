/** What may stand in a drill's YAML: each key, what it wants and what it is without it. Data; config/schema/drill.schema.json says the same. */

import { REGIME_NAMES } from '../world/asset-prices.ts';
import type { FaultKind } from '../world/fault.ts';
import { SIM_VENUES, USUAL_VENUES } from '../world/sim-world.ts';
import { COUNT_NAMES } from './drill.ts';

/** `seconds` becomes ms, and its key's `_s` a `Ms`. A field without `default` must be there. */
export type Field =
  | {
      readonly type: 'number' | 'whole' | 'seconds';
      readonly least: number;
      readonly most: number;
      readonly default?: number;
    }
  | { readonly type: 'text'; readonly default?: string | null }
  | { readonly type: 'flag'; readonly default: boolean }
  | { readonly type: 'word'; readonly of: readonly string[]; readonly default?: string | null }
  | { readonly type: 'words'; readonly of: readonly string[]; readonly default: readonly string[] };

export type Fields = Readonly<Record<string, Field>>;

const DAY_S = 86_400;
const BIG = 1_000_000_000;
const seconds = (fallback?: number): Field => number('seconds', 0, DAY_S, fallback);
const whole = (least: number, most: number, fallback?: number): Field => number('whole', least, most, fallback);
const chance: Field = number('number', 0, 1);

function number(type: 'number' | 'whole' | 'seconds', least: number, most: number, fallback?: number): Field {
  return fallback === undefined ? { type, least, most } : { type, least, most, default: fallback };
}

export const WORLD_FIELDS: Fields = {
  seed: whole(0, 4_294_967_295, 1),
  venues: { type: 'words', of: SIM_VENUES, default: USUAL_VENUES },
  assets: whole(1, 200, 2),
  regime: { type: 'word', of: REGIME_NAMES, default: 'calm' },
  okx_sends_snapshot: { type: 'flag', default: true },
  binance_levels: whole(0, 5_000, 0),
};

/** Of every fault. */
export const COMMON_FIELDS: Fields = {
  at_s: seconds(),
  for_s: seconds(0),
  venue: { type: 'word', of: SIM_VENUES, default: null },
  symbol: { type: 'text', default: null },
  channel: { type: 'word', of: ['depth', 'trade', 'bbo', 'derivative', 'control', 'heartbeat'], default: null },
};

export const FAULT_FIELDS: Readonly<Record<FaultKind, Fields>> = {
  drop: { chance },
  duplicate: { chance },
  reorder: { chance },
  delay: { delay_s: seconds(), jitter_s: seconds(0) },
  gap: { count: whole(1, BIG, 1) },
  wrong_checksum: { count: whole(1, BIG, 1) },
  stale: {},
  ack_without_data: {},
  half_open: {},
  slow: { messages_per_second: number('number', 0, BIG), capacity: whole(1, BIG, 1_000) },
  garbage: { chance },
  oversize: { bytes: whole(1, 100_000_000), count: whole(1, 1_000, 1) },
  disconnect: { code: whole(1_000, 4_999, 1_006), every_s: seconds(0) },
  refuse: { status: whole(400, 599, 503) },
  maintenance: { close_after_s: seconds(10) },
  ban: {},
  clock: { ahead_s: number('seconds', -DAY_S, DAY_S) },
  rest_failure: {
    mode: { type: 'word', of: ['error', 'timeout', 'late', 'reset'] },
    status: whole(400, 599, 502),
    delay_s: seconds(5),
    chance: number('number', 0, 1, 1),
  },
  crossed: { ticks: whole(0, 1_000, 1) },
  shock: {
    asset: { type: 'text', default: null },
    move_bps: number('number', -9_000, 50_000),
    over_s: seconds(),
    recover_s: seconds(),
  },
  divergence: { bps: number('number', -5_000, 5_000) },
  withdraw: { within_bps: number('number', 0, 1_000) },
  mark: { bps: number('number', -5_000, 5_000) },
  regime: { regime: { type: 'word', of: REGIME_NAMES } },
};

export const EXPECT_FIELDS: Fields = {
  recovers_within_s: seconds(),
  feed_states: { type: 'words', of: ['connecting', 'syncing', 'live', 'degraded', 'polling'], default: [] },
  kill_level: { type: 'word', of: ['none', 'pause', 'drain', 'kill'], default: 'none' },
  triggers: {
    type: 'words',
    // The names of ops.yaml's kill_switch.triggers that a market or a venue can set off.
    of: ['health_grade_f', 'data_pipeline_silent', 'critical_errors', 'clock_skew'],
    default: [],
  },
};

/** One episode of a market alert, in whole seconds of exchange time since the world began; `resolves_s` 0: it fires to the end. */
export const ALERT_FIELDS: Fields = {
  type: { type: 'text' },
  venue: { type: 'text' },
  instrument: { type: 'text' },
  fires_s: whole(0, DAY_S),
  resolves_s: whole(0, DAY_S, 0),
};

export const COUNT_FIELDS: Fields = { at_least: whole(0, BIG, -1), at_most: whole(0, BIG, -1) };
export const COUNTS = COUNT_NAMES;
