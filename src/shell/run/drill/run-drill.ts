/** Runs one drill in virtual time and compares what was seen with what it expects. Shows nothing. */

import type { Bar } from '../../../core/market/bars/bar.ts';
import type { CallOutcome } from '../../../core/ops/facts.ts';
import { isHarsher } from '../../../core/ops/kill-switch/levels.ts';
import type { KillLevel } from '../../../core/ops/ops-config.ts';
import type { Effect } from '../../../core/scan/effect.ts';
import type { Input } from '../../../core/scan/input.ts';
import { METRIC_INDEX } from '../../../core/signal/surveillance/metric.ts';
import type { EffectiveConfig } from '../../config/effective-config.ts';
import type { FullConfig } from '../../config/full-config.ts';
import { COUNT_NAMES, type CountName, type CountRange, type Drill, faultsEndMs } from '../../sim/drill/drill.ts';
import type { FaultKind } from '../../sim/world/fault.ts';
import { SimWorld } from '../../sim/world/sim-world.ts';
import { signalSettings } from '../scan/scan-start.ts';
import { AlertEpisodes } from './alert-episodes.ts';
import { type BookLook, BookWatch } from './book-watch.ts';
import type { DrillCheck } from './drill-check.ts';
import { simulatedScan } from './simulated-scan.ts';
import { type Sabotage, VirtualScan } from './virtual-scan.ts';

export type { DrillCheck };

export interface DrillResult {
  readonly drill: Drill;
  readonly checks: readonly DrillCheck[];
  readonly isMet: boolean;
  /** How often each kind of fault struck. */
  readonly injected: Readonly<Partial<Record<FaultKind, number>>>;
  /** After the last fault was over; null: not by the end of the run. */
  readonly recoveredMs: number | null;
  /** What is expected of some drill and not of this one stands here too. */
  readonly counts: Readonly<Record<CountName, number>>;
  readonly frames: number;
  readonly digest: string;
}

/** The same first moment for every drill, on a minute: a drill is the same on any day. 2026-11-01T22:35:00Z. */
export const DRILL_START_MS = 1_793_572_500_000;
/** Of the market. A tenth of the simulator's finest: books are compared once a second anyway. */
const STEP_MS = 100;
/** Effects that reach out to a venue. */
const ASKS: ReadonlySet<string> = new Set(['open_connection', 'send_text', 'rest_request']);
const NO_FAILURES: ReadonlySet<CallOutcome> = new Set(['ok', 'cancelled']);
const SECOND_MS = 1000;
/** Of both sides. */
const NARROWEST_DEPTH = METRIC_INDEX.depth_5bps_total;

/** A drill under way. */
export class DrillRun {
  readonly scan: VirtualScan;
  readonly #drill: Drill;
  readonly #feedStates = new Set<string>();
  readonly #triggers = new Set<string>();
  readonly #wrong = new Set<string>();
  readonly #alerts = new AlertEpisodes(DRILL_START_MS);
  #killLevel: KillLevel | null = null;
  #failedCalls = 0;
  #widestBarBps = 0;
  #askedAfterKill = 0;
  #unknownDepths = 0;
  /** The last second in which a book was not its venue's, or a feed not live; ms since the world began. */
  #lastBadMs = 0;
  #lastLookMs = 0;

  /**
   * @param config - without alerts where the drill is not about them: none run then
   * @throws CryptorunError `usage` when config has none of the world's instruments
   */
  constructor(drill: Drill, config: EffectiveConfig | FullConfig, sabotage: Sabotage = {}) {
    this.#drill = drill;
    const world = new SimWorld({ ...drill.world, startMs: DRILL_START_MS, stepMs: STEP_MS, faults: drill.faults });
    this.scan = new VirtualScan({
      ...simulatedScan(world, asking(config, drill.world.binanceLevels), `${drill.name}-${drill.world.seed}`),
      signal: 'surveillance' in config ? signalSettings(config) : null,
      onInput: (input) => this.#onInput(input),
      onEffect: (effect) => this.#onEffect(effect),
      sabotage,
    });
    this.scan.begin();
    new BookWatch(this.scan, (looks, atMs) => this.#onLook(looks, atMs));
  }

  /** Runs it to its end. */
  finish(): DrillResult {
    const { scan } = this;
    const drill = this.#drill;
    scan.advanceTo(drill.durationMs);
    const counts = this.#counts();
    const checks = this.#checks(counts);
    return {
      drill,
      checks,
      isMet: checks.every(({ isMet }) => isMet),
      injected: scan.world.injected,
      recoveredMs: this.#recoveredMs(),
      counts,
      frames: scan.scanner.frames,
      digest: scan.scanner.closing().digest,
    };
  }

  #onInput(input: Input): void {
    if (input.kind === 'call' && !NO_FAILURES.has(input.call.outcome)) this.#failedCalls += 1;
  }

  #onEffect(effect: Effect): void {
    if (this.#killLevel === 'kill' && ASKS.has(effect.kind)) this.#askedAfterKill += 1;
    this.#alerts.take(effect);
    if (effect.kind === 'sample' && Number.isNaN(effect.sample.values[NARROWEST_DEPTH])) this.#unknownDepths += 1;
    if (effect.kind === 'bar' && effect.minutes === 1)
      this.#widestBarBps = Math.max(this.#widestBarBps, widthBps(effect.bar));
    if (effect.kind === 'feed_changed') this.#feedStates.add(effect.to);
    else if (effect.kind === 'engage_kill_switch') this.#triggers.add(effect.trigger);
    else if (effect.kind === 'kill_level_changed' && effect.to !== null) {
      if (this.#killLevel === null || isHarsher(effect.to, this.#killLevel)) this.#killLevel = effect.to;
    }
  }

  #onLook(looks: readonly BookLook[], atMs: number): void {
    this.#lastLookMs = atMs;
    for (const { run, verdict } of looks) {
      if (verdict === 'wrong') this.#wrong.add(`${run.instrument.venue} ${run.instrument.symbol}`);
    }
    const areFeedsLive = this.scan.scanner.feeds!.venues.every((venue) => venue.state === 'live');
    if (!areFeedsLive || looks.some(({ verdict }) => verdict !== 'equal')) this.#lastBadMs = atMs;
  }

  #recoveredMs(): number | null {
    if (this.#lastBadMs === this.#lastLookMs) return null;
    return Math.max(0, this.#lastBadMs + SECOND_MS - faultsEndMs(this.#drill));
  }

  #recovery(): DrillCheck {
    const { recoversWithinMs } = this.#drill.expect;
    const recoveredMs = this.#recoveredMs();
    const isMet = recoveredMs !== null && recoveredMs <= recoversWithinMs;
    return check('recovery', within(recoversWithinMs), recoveryText(recoveredMs), { isMet });
  }

  /** What `kill` promises. */
  #silence(): DrillCheck {
    const open = this.scan.world.venues.reduce((sum, name) => sum + this.scan.world.venue(name).sessions, 0);
    const seen = `${open} open, ${this.#askedAfterKill} asked for`;
    return check('sockets after kill', '0 open, 0 asked for', seen, {
      isMet: open === 0 && this.#askedAfterKill === 0,
    });
  }

  #counts(): Record<CountName, number> {
    const { instruments, venues, feeds } = this.scan.scanner;
    const sum = <T>(of: readonly T[], value: (one: T) => number) => of.reduce((total, one) => total + value(one), 0);
    return {
      gaps: sum(instruments, ({ counters }) => counters.gaps),
      checksum_failures: sum(instruments, ({ book }) => book.checksumBad),
      malformed_frames: sum(venues, (venue) => venue.malformed),
      crossed_updates: sum(instruments, ({ book }) => book.crossedUpdates),
      bad_event_times: sum(venues, (venue) => venue.badEventTimes),
      reconnects: sum(feeds!.venues, ({ lines }) => sum(lines, (line) => line.reconnects)),
      resyncs: sum(instruments, ({ counters }) => counters.resyncs),
      failed_calls: this.#failedCalls,
      repeated_trades: sum(instruments, ({ counters }) => counters.repeatedTrades),
      widest_bar_bps: Math.floor(this.#widestBarBps),
      refreshes: sum(instruments, ({ book }) => book.refreshes),
      refresh_mismatches: sum(instruments, ({ book }) => book.refreshMismatches),
      unknown_depth_seconds: this.#unknownDepths,
    };
  }

  #checks(counts: Readonly<Record<CountName, number>>): DrillCheck[] {
    const { expect } = this.#drill;
    const kill = this.#killLevel ?? 'none';
    return [
      expect.killLevel === 'kill' ? this.#silence() : this.#recovery(),
      check('wrong books', 'none', listText([...this.#wrong]), { isMet: this.#wrong.size === 0 }),
      ...COUNT_NAMES.flatMap((name) => countCheck(name, expect.counts[name], counts[name])),
      ...expect.feedStates.map((state) => {
        const isMet = this.#feedStates.has(state);
        return check(`feed ${state}`, 'seen', isMet ? 'seen' : 'never', { isMet });
      }),
      check('kill switch', expect.killLevel, kill, { isMet: kill === expect.killLevel }),
      check('triggers', listText(expect.triggers), listText([...this.#triggers]), {
        isMet: listText(expect.triggers) === listText([...this.#triggers]),
      }),
      ...(expect.alerts === null ? [] : this.#alerts.checks(expect.alerts)),
    ];
  }
}

/** Runs a drill to its end, in a second or so of the world's time. */
export function runDrill(drill: Drill, config: EffectiveConfig | FullConfig): DrillResult {
  return new DrillRun(drill, config).finish();
}

/** The same, but that Binance is asked for other snapshots. @param levels - 0: for those that it is configured for */
function asking<T extends EffectiveConfig>(config: T, levels: number): T {
  if (levels === 0) return config;
  const venues = Object.entries(config.venues).map(([name, venue]) =>
    venue.provider === 'binance'
      ? [name, { ...venue, rest: { ...venue.rest, depthSnapshotLevels: levels } }]
      : [name, venue],
  );
  return { ...config, venues: Object.fromEntries(venues) };
}

/** A bar without trades has no width, whatever its book's middle price was. */
function widthBps({ priceSource, open, high, low }: Bar): number {
  return priceSource === 'trade' ? ((high! - low!) / open!) * 10_000 : 0;
}

function check(name: string, expected: string, seen: string, { isMet }: { readonly isMet: boolean }): DrillCheck {
  return { name, expected, seen, isMet };
}

function countCheck(name: CountName, range: CountRange | undefined, seen: number): DrillCheck[] {
  if (range === undefined) return [];
  const { atLeast, atMost } = range;
  const isMet = seen >= (atLeast ?? 0) && seen <= (atMost ?? Number.POSITIVE_INFINITY);
  return [check(name.replaceAll('_', ' '), rangeText(range), String(seen), { isMet })];
}

function rangeText({ atLeast, atMost }: CountRange): string {
  if (atMost === 0) return 'none';
  const parts = [atLeast === null ? '' : `at least ${atLeast}`, atMost === null ? '' : `at most ${atMost}`];
  return parts.filter((part) => part !== '').join(', ') || 'any';
}

function listText(names: readonly string[]): string {
  return [...names].sort().join(', ') || 'none';
}

function within(ms: number): string {
  return `within ${ms / SECOND_MS} s`;
}

function recoveryText(ms: number | null): string {
  return ms === null ? 'not by the end' : ms === 0 ? 'at once' : `after ${ms / SECOND_MS} s`;
}
