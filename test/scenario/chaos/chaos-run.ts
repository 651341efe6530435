/** One seed of chaos in virtual time, with every invariant held against it. A violation is an error that names seed and step. */

import type { VenueFeedConfig } from '../../../src/core/feed/feed-config.ts';
import type { Effect } from '../../../src/core/scan/effect.ts';
import type { Input } from '../../../src/core/scan/input.ts';
import type { FullConfig } from '../../../src/shell/config/full-config.ts';
import { DRILL_START_MS } from '../../../src/shell/run/drill/run-drill.ts';
import { simulatedScan } from '../../../src/shell/run/drill/simulated-scan.ts';
import { type Sabotage, VirtualScan } from '../../../src/shell/run/drill/virtual-scan.ts';
import { signalSettings } from '../../../src/shell/run/scan/scan-start.ts';
import { type SimVenueName, SimWorld } from '../../../src/shell/sim/world/sim-world.ts';
import { AskInvariants, type MostAsked } from './ask-invariants.ts';
import { BookInvariants } from './book-invariants.ts';
import { BudgetInvariants } from './budget-invariants.ts';
import { type ChaosScript, chaosScript, faultEndMs } from './chaos-script.ts';
import { ChaosFailure, SECOND_MS, type Watched } from './invariant.ts';
import { Operator } from './operator.ts';
import { Recoveries } from './recoveries.ts';
import { StopInvariants } from './stop-invariants.ts';

export interface ChaosReport {
  readonly seed: number;
  readonly steps: number;
  /** Scripted faults before any kill, how often they struck, and those after which every book and feed was right again. */
  readonly faults: number;
  readonly struck: number;
  readonly recovered: number;
  /** Of faults that no other one followed too soon. */
  readonly recoveriesMs: readonly number[];
  /** Ms since the world began; null: the run was not killed. */
  readonly killedAtMs: number | null;
  readonly isReplayed: boolean;
  readonly most: MostAsked;
  /** Of live books, at the end of the run. */
  readonly refreshes: number;
  readonly digest: string;
}

/** Of the market. */
const STEP_MS = 100;
/** What Binance gives at most, and what it costs [docs]. */
const DEEP = { depthSnapshotLevels: 5_000, depthSnapshotWeight: 250 } as const;
/** Of up to a hundred levels, on spot [docs]. */
const SHALLOW_WEIGHT = 5;
const OFTEN = { reachBelowRatio: 0.7, minIntervalMs: 5_000, periodMs: 60_000, reserveRatio: 0.5 };

export class ChaosRun {
  readonly scan: VirtualScan;
  readonly script: ChaosScript;
  readonly #books: BookInvariants;
  readonly #asks: AskInvariants;
  readonly #budgets: BudgetInvariants;
  readonly #stops: StopInvariants;
  readonly #recoveries: Recoveries;

  constructor(seed: number, config: FullConfig, sabotage: Sabotage = {}) {
    const script = chaosScript(seed);
    this.script = script;
    const { venues, faults, assets, activity, okxSendsSnapshot, hasTriggers, hasAlerts, isReplayed, isDeep } = script;
    const { snapshotLevels } = script;
    const listing = { venues, assets, activity, okxSendsSnapshot };
    const world = new SimWorld({ seed, startMs: DRILL_START_MS, stepMs: STEP_MS, faults, ...listing });
    const deep = isDeep ? deepened(config) : config;
    const base = simulatedScan(world, snapshotLevels === null ? deep : cut(deep, snapshotLevels), `chaos-${seed}`);
    const { killSwitch } = base.ops;
    this.scan = new VirtualScan({
      ...base,
      ops: { ...base.ops, killSwitch: { ...killSwitch, triggers: { ...killSwitch.triggers, enabled: hasTriggers } } },
      signal: hasAlerts ? signalSettings(config) : null,
      isTaped: isReplayed,
      onInput: (input) => this.#onInput(input),
      onEffect: (effect) => this.#onEffect(effect),
      sabotage,
    });
    const watched: Watched = { scan: this.scan, script, fail: (what) => this.#fail(what) };
    const configs: Readonly<Record<string, VenueFeedConfig>> = base.start.feed!.venues;
    this.#asks = new AskInvariants(watched, configs);
    this.#budgets = new BudgetInvariants(watched, configs);
    this.#stops = new StopInvariants(watched, new Operator(this.scan, script));
    this.#recoveries = new Recoveries(venues, faults);
    this.#books = new BookInvariants(watched, (atMs) => this.#onSecond(atMs));
    this.#naming(() => this.scan.begin());
    this.#books.begin();
  }

  /** @throws ChaosFailure */
  run(): ChaosReport {
    const { scan, script } = this;
    this.#naming(() => scan.advanceTo(script.durationMs));
    const { killedAtMs } = this.#stops;
    if (killedAtMs === null) this.#expectRestored();
    const { digest } = scan.scanner.closing();
    if (script.isReplayed && scan.tape.replay().closing().digest !== digest)
      this.#fail('the tape replays to another digest');
    return {
      seed: script.seed,
      steps: scan.steps,
      struck: Object.values(scan.world.injected).reduce((sum, count) => sum + count, 0),
      faults: script.faults.filter((fault) => killedAtMs === null || faultEndMs(fault) < killedAtMs).length,
      recovered: this.#recoveries.count,
      recoveriesMs: this.#recoveries.timesMs,
      killedAtMs,
      isReplayed: script.isReplayed,
      most: this.#asks.most,
      refreshes: scan.scanner.instruments.reduce((sum, { book }) => sum + book.refreshes, 0),
      digest,
    };
  }

  #onInput(input: Input): void {
    this.#asks.onInput(input);
    this.#books.onStep(input);
  }

  #onEffect(effect: Effect): void {
    this.#stops.onEffect(effect);
    this.#asks.onEffect(effect);
    this.#books.onEffect(effect);
  }

  #onSecond(atMs: number): void {
    this.#stops.onSecond(atMs);
    if (this.#stops.killedAtMs !== null) return;
    this.#asks.onSecond();
    this.#budgets.onSecond(atMs);
    this.#recoveries.onSecond((venue) => this.#isRight(venue), atMs);
  }

  #isRight(venue: SimVenueName): boolean {
    const feed = this.scan.scanner.feeds!.venues.find(({ name }) => name === venue);
    return feed?.state === 'live' && this.#books.isRight(venue);
  }

  /** Every subscription, connection and book, and from every fault. */
  #expectRestored(): void {
    for (const { name, state, streams, connections } of this.scan.scanner.feeds!.venues) {
      if (state !== 'live') this.#fail(`${name}: the feed is ${state} at the end`);
      if (streams.live !== streams.wanted) this.#fail(`${name}: ${streams.live} of ${streams.wanted} subscriptions`);
      if (connections.open !== connections.wanted) this.#fail(`${name}: ${connections.open} connections`);
    }
    this.#books.expectRight();
    const { faults } = this.script;
    if (this.#recoveries.count < faults.length)
      this.#fail(`recovered from ${this.#recoveries.count} of ${faults.length} faults`);
  }

  /** An assertion of the product that did not hold is a failure like any other. */
  #naming(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (error instanceof ChaosFailure) throw error;
      this.#fail(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
  }

  #fail(what: string): never {
    const { seed } = this.script;
    const seconds = (this.scan.elapsedMs / SECOND_MS).toFixed(3);
    throw new ChaosFailure(
      `seed ${seed}, step ${this.scan.steps} (${seconds} s): ${what}\nrepeat it: npm run chaos -- --seed ${seed}`,
    );
  }
}

/** Binance's books are told only in part, and so are refreshed often. */
function cut(config: FullConfig, depthSnapshotLevels: number): FullConfig {
  const venues = Object.entries(config.venues).map(([name, venue]) => {
    if (venue.provider !== 'binance') return [name, venue];
    const rest = { ...venue.rest, depthSnapshotLevels, depthSnapshotWeight: SHALLOW_WEIGHT };
    return [name, { ...venue, rest, refresh: OFTEN }];
  });
  return { ...config, venues: Object.fromEntries(venues) };
}

function deepened(config: FullConfig): FullConfig {
  const { binance } = config.venues;
  if (binance === undefined) return config;
  return { ...config, venues: { ...config.venues, binance: { ...binance, rest: { ...binance.rest, ...DEEP } } } };
}
