/**
 * The operations of one run: facts in, permissions, effects and status rows out. Owns one of each part and wires them;
 * every judgement is theirs. Stepped by the Scanner, so that a journal replays each decision.
 */

import type { JsonObject } from '../../base/json.ts';
import { SECOND_MS } from '../../base/time.ts';
import { Breakers, breakerNames, type SavedBreakers } from '../breakers/breakers.ts';
import type { ControlDefaults, ControlDocument } from '../control/control.ts';
import { type ControlView, controlView } from '../control/control-view.ts';
import { emptyDocument } from '../control/decide.ts';
import { defaultSwitches } from '../control/switch-names.ts';
import type { AlertFact, CacheFact, CallFact, HostFact, SignalSeries, VenueFact } from '../facts.ts';
import { Guards, type SavedGuards } from '../guards/guards.ts';
import { type GradeState, INITIAL_GRADE, stepGrade } from '../health/grade.ts';
import { type HealthReport, healthReport, healthRows } from '../health/health-report.ts';
import { INITIAL_LATCH, type KillInput, type KillLatch, levelOf, stepLatch } from '../kill-switch/latch.ts';
import { triggerRows } from '../kill-switch/trigger-rows.ts';
import { INITIAL_TRIGGERS, stepTriggers, type TriggersState } from '../kill-switch/triggers.ts';
import { Kpis, type SavedKpis } from '../kpi/kpis.ts';
import type { OpsConfig } from '../ops-config.ts';
import { compareText, type StatusRow, sortedRows } from '../status.ts';
import type { Action, Permission } from './action.ts';
import { actionText } from './action.ts';
import { JudgePace, type SavedJudgePace } from './judge-pace.ts';
import { dataSilentMs, healthInput, triggerFacts } from './measures.ts';
import type { OpsEffect } from './ops-effect.ts';
import type { OpsCommand, OpsStart, PublicControlDocument } from './ops-input.ts';
import { breakerOf, permissionFor } from './permission.ts';
import { RunCounts, type SavedRunCounts } from './run-counts.ts';
import { venueRows } from './venue-rows.ts';

/** Feeds come up one after the other: ready is who has had nothing new to wait for this long. */
const READY_AFTER_MS = 5 * SECOND_MS;

/** Told everything in time order. Effects gather until `takeEffects`. */
export class OpsRun {
  readonly #config: OpsConfig;
  readonly #defaults: ControlDefaults;
  readonly #kpis: Kpis;
  readonly #guards: Guards;
  readonly #breakers: Breakers;
  readonly #counts: RunCounts;
  readonly #known: ReadonlySet<string>;
  #document: PublicControlDocument;
  #view: ControlView;
  #latch: KillLatch = INITIAL_LATCH;
  #grade: GradeState = INITIAL_GRADE;
  #triggers: TriggersState = INITIAL_TRIGGERS;
  #host: HostFact | null = null;
  /** The longest since the last judgement: readings and judgements need not keep step, and a stall is in one reading only. */
  #longestStallMs: number | null = null;
  /** All `wallClockStepMs` so far: a step stays wrong after the fact that reported it. Null: never told. */
  #wallClockOffsetMs: number | null = null;
  #venues: readonly VenueFact[] = [];
  /** Has every venue that is connected delivered? Stays true: later trouble is for the grade to tell. */
  #isReady = false;
  /** Since when all of so many venues have delivered; null: they have not. */
  #delivering: { readonly venues: number; readonly sinceMs: number } | null = null;
  readonly #pace = new JudgePace();
  #effects: OpsEffect[] = [];

  constructor(start: OpsStart, startMs: number) {
    const { config, seed, providers, venues } = start;
    const all = [...new Set([...Object.keys(config.switches.providers), ...providers])].sort(compareText);
    this.#config = config;
    this.#known = new Set(venues);
    this.#defaults = {
      switches: defaultSwitches(config.switches, { providers: all, venues }),
      breakers: breakerNames(all),
    };
    this.#kpis = new Kpis(config, startMs);
    this.#guards = new Guards(config.guards, startMs);
    this.#breakers = new Breakers(config.breakers, all, seed, startMs);
    this.#counts = new RunCounts(startMs);
    this.#document = start.document ?? emptyDocument();
    this.#view = this.#viewAt(startMs);
    if (start.latch !== null) this.#latchBy({ kind: 'restored_state', latch: start.latch, atMs: startMs }, startMs);
    if (start.document === null) this.#latchBy({ kind: 'restored_state', latch: null, atMs: startMs }, startMs);
    else this.#latchBy({ kind: 'document', document: start.document }, startMs);
    this.#isolate(startMs);
  }

  /** What the kill switch is at; null: released. */
  get latch(): KillLatch {
    return this.#latch;
  }

  get view(): ControlView {
    return this.#view;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  onCall(call: CallFact): void {
    this.#kpis.onCall(call);
    this.#guards.onCall(call);
    this.#breakers.onCall(call);
    this.#counts.onCall(call);
    this.#tellBreakers();
  }

  onCache(cache: CacheFact): void {
    this.#kpis.onCache(cache);
  }

  onHost(host: HostFact): void {
    this.#host = host;
    this.#kpis.onHost(host);
    if (host.eventLoopLagMs !== null) this.#longestStallMs = Math.max(this.#longestStallMs ?? 0, host.eventLoopLagMs);
    if (host.wallClockStepMs !== null) this.#wallClockOffsetMs = (this.#wallClockOffsetMs ?? 0) + host.wallClockStepMs;
  }

  /** @param venues - all that are watched, about once a second */
  onVenues(venues: readonly VenueFact[], timeMs: number): void {
    this.#venues = venues;
    this.#kpis.onVenues(venues, timeMs);
    this.#guards.onVenues(venues, timeMs);
    this.#counts.onVenues(venues, timeMs);
    this.#noteReadiness(venues, timeMs);
  }

  onSignals(signals: readonly SignalSeries[] | null): void {
    this.#guards.onSignals(signals);
  }

  onAlerts(alerts: AlertFact | null): void {
    this.#kpis.onAlerts(alerts);
  }

  onCommand(command: OpsCommand, timeMs: number): void {
    switch (command.kind) {
      case 'control':
        this.#document = command.document;
        this.#latchBy({ kind: 'document', document: command.document }, timeMs);
        this.#refreshView(timeMs);
        this.#isolate(timeMs);
        return;
      case 'kill_file':
        this.#latchBy({ ...command, kind: 'seen_file' }, timeMs);
        return;
      case 'kill_file_removed':
        this.#latchBy({ kind: 'file_removed' }, timeMs);
        // The release may have been written before the file went.
        this.#latchBy({ kind: 'document', document: this.#document }, timeMs);
        return;
      case 'kill_signal':
        this.#latchBy({ kind: 'signal', name: command.name, atMs: timeMs }, timeMs);
    }
  }

  /** Time is now at least this: what runs out by itself does, and once a second health and triggers are judged. */
  onTime(timeMs: number): void {
    if (this.#view.validUntilMs !== null && timeMs >= this.#view.validUntilMs) this.#refreshView(timeMs);
    this.#breakers.onTime(timeMs);
    this.#tellBreakers();
    if (this.#pace.isDue(timeMs)) this.#judge(timeMs);
  }

  /** Whether an action may be done now, or who refuses it first and why. Changes nothing. */
  isAllowed(action: Action, nowMs: number): Permission {
    return permissionFor(action, this.#authorities(), nowMs);
  }

  /** As `isAllowed`, right before it is done: uses up a breaker's probe, and tells of a refusal. */
  begin(action: Action, symbol: string | null, nowMs: number): boolean {
    const permission = this.isAllowed(action, nowMs);
    if (permission.isAllowed) {
      const breaker = breakerOf(action);
      if (breaker !== null) this.#breakers.take(breaker, nowMs);
      return true;
    }
    const { refusedBy, name, reason } = permission;
    const venue = 'venue' in action ? action.venue : null;
    this.#tell({ kind: 'refused', action: actionText(action), venue, symbol, refusedBy, name, reason, atMs: nowMs });
    return false;
  }

  /** What happened since last asked, in order; a shared empty array when nothing did. */
  takeEffects(): readonly OpsEffect[] {
    if (this.#effects.length === 0) return NO_EFFECTS;
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** Everything measured and judged, in the order shown. Switches and the kill switch are shown from the control store. */
  rows(nowMs: number): StatusRow[] {
    return sortedRows([
      ...this.#kpis.rows(nowMs, this.#breakers.openCount(nowMs)),
      ...this.#guards.rows(nowMs),
      ...this.#breakers.rows(nowMs),
      ...healthRows(this.#grade, this.#config.health, nowMs),
      ...triggerRows(this.#triggers, this.#config.killSwitch.triggers, nowMs),
      ...venueRows(this.#venues, this.#config.guards.venueHealth, nowMs),
    ]);
  }

  /** Since any venue said anything; null: none ever did. */
  dataAgeMs(nowMs: number): number | null {
    return dataSilentMs(this.#venues, nowMs);
  }

  health(nowMs: number): HealthReport {
    return healthReport(this.#grade, this.#config.health, nowMs);
  }

  save(): JsonObject {
    return {
      kpis: this.#kpis.save(),
      guards: this.#guards.save(),
      breakers: this.#breakers.save(),
      counts: this.#counts.save(),
      document: this.#document,
      latch: this.#latch,
      grade: this.#grade,
      triggers: this.#triggers,
      host: this.#host,
      longestStallMs: this.#longestStallMs,
      wallClockOffsetMs: this.#wallClockOffsetMs,
      venues: this.#venues,
      isReady: this.#isReady,
      delivering: this.#delivering,
      pace: this.#pace.save(),
      viewMs: this.#viewMs,
    } as unknown as JsonObject;
  }

  restore(saved: JsonObject): void {
    const from = saved as unknown as SavedOps;
    this.#kpis.restore(from.kpis);
    this.#guards.restore(from.guards);
    this.#breakers.restore(from.breakers);
    this.#counts.restore(from.counts);
    this.#document = from.document;
    this.#isolated = isolatedIn(from.document);
    this.#latch = from.latch;
    this.#grade = from.grade;
    this.#triggers = from.triggers;
    this.#host = from.host;
    this.#longestStallMs = from.longestStallMs;
    this.#wallClockOffsetMs = from.wallClockOffsetMs;
    this.#venues = from.venues;
    this.#isReady = from.isReady;
    this.#delivering = from.delivering;
    this.#pace.restore(from.pace);
    this.#view = this.#viewAt(from.viewMs);
    this.#effects = [];
  }

  #viewMs = 0;

  #noteReadiness(venues: readonly VenueFact[], timeMs: number): void {
    if (this.#isReady) return;
    if (venues.length === 0 || !venues.every(hasDelivered)) this.#delivering = null;
    else if (this.#delivering?.venues !== venues.length) this.#delivering = { venues: venues.length, sinceMs: timeMs };
    this.#isReady = this.#delivering !== null && timeMs - this.#delivering.sinceMs >= READY_AFTER_MS;
  }

  #viewAt(nowMs: number): ControlView {
    this.#viewMs = nowMs;
    const document: ControlDocument = { ...this.#document, tokens: [] };
    return controlView(document, this.#defaults, nowMs);
  }

  /** Takes the document as it counts now, and tells what that changes. */
  #refreshView(nowMs: number): void {
    const before = this.#view;
    this.#view = this.#viewAt(nowMs);
    if (before.mode !== this.#view.mode)
      this.#tell({ kind: 'mode_changed', from: before.mode, to: this.#view.mode, atMs: nowMs });
    for (const [name, isOn] of this.#view.switches) {
      if (before.switches.get(name) !== isOn) this.#tell({ kind: 'switch_changed', name, isOn, atMs: nowMs });
    }
  }

  /** Operators isolate breakers in the document; here it takes effect. */
  #isolate(nowMs: number): void {
    const { isolatedBreakers } = this.#document;
    for (const name of this.#isolated) {
      if (!Object.hasOwn(isolatedBreakers, name)) this.#breakers.release(name, nowMs);
    }
    this.#isolated = isolatedIn(this.#document);
    for (const name of this.#isolated) this.#breakers.isolate(name, isolatedBreakers[name]!.reason, nowMs);
    this.#tellBreakers();
  }

  #isolated: readonly string[] = [];

  #latchBy(input: KillInput, nowMs: number): void {
    const before = this.#latch;
    this.#latch = stepLatch(before, input);
    const [from, to] = [levelOf(before), levelOf(this.#latch)];
    if (from === to) return;
    const latch = this.#latch;
    const reason = latch.kind === 'engaged' ? latch.reason : 'released';
    const atMs = latch.kind === 'engaged' ? latch.engagedAtMs : nowMs;
    this.#tell({ kind: 'kill_level_changed', from, to, reason, atMs });
  }

  #judge(nowMs: number): void {
    const measured = this.#measured();
    const graded = stepGrade(this.#grade, healthInput(measured, nowMs), this.#config.health, this.#isReady, nowMs);
    this.#grade = graded.state;
    if (graded.change !== null) this.#tell({ kind: 'health_grade_changed', ...graded.change });
    const facts = triggerFacts(measured, graded.state, nowMs);
    const { state, fired } = stepTriggers(this.#triggers, facts, this.#config.killSwitch.triggers, nowMs);
    this.#triggers = state;
    this.#longestStallMs = null;
    for (const { name, level, evidence, atMs } of fired) {
      this.#tell({ kind: 'engage_kill_switch', level, trigger: name, reason: evidence, atMs });
      this.#latchBy({ kind: 'trigger', trigger: name, level, evidence, atMs }, nowMs);
    }
  }

  #measured() {
    return {
      config: this.#config,
      kpis: this.#kpis,
      guards: this.#guards,
      counts: this.#counts,
      host: this.#host,
      longestStallMs: this.#longestStallMs,
      wallClockOffsetMs: this.#wallClockOffsetMs,
      venues: this.#venues,
      isReady: this.#isReady,
      killLevel: levelOf(this.#latch),
    };
  }

  #authorities() {
    const [latch, view, guards, breakers, venues] = [
      this.#latch,
      this.#view,
      this.#guards,
      this.#breakers,
      this.#known,
    ];
    return { latch, view, guards, breakers, venues };
  }

  #tellBreakers(): void {
    for (const change of this.#breakers.changes()) this.#tell({ kind: 'breaker_changed', ...change });
  }

  #tell(effect: OpsEffect): void {
    this.#effects.push(effect);
  }
}

const NO_EFFECTS: readonly OpsEffect[] = [];

interface SavedOps {
  readonly kpis: SavedKpis;
  readonly guards: SavedGuards;
  readonly breakers: SavedBreakers;
  readonly counts: SavedRunCounts;
  readonly document: PublicControlDocument;
  readonly latch: KillLatch;
  readonly grade: GradeState;
  readonly triggers: TriggersState;
  readonly host: HostFact | null;
  readonly longestStallMs: number | null;
  readonly wallClockOffsetMs: number | null;
  readonly venues: readonly VenueFact[];
  readonly isReady: boolean;
  readonly delivering: { readonly venues: number; readonly sinceMs: number } | null;
  readonly pace: SavedJudgePace;
  readonly viewMs: number;
}

function isolatedIn({ isolatedBreakers }: PublicControlDocument): string[] {
  return Object.keys(isolatedBreakers).sort(compareText);
}

function hasDelivered({ lastMessageMs, books, liveBooks }: VenueFact): boolean {
  return lastMessageMs !== null && (books === 0 || liveBooks > 0);
}
