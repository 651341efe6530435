/**
 * The operations of one run: facts in, permissions, effects and status rows out. Owns one of each part and wires them;
 * every judgement is theirs. Stepped by the Scanner, so that a journal replays each decision.
 */

import type { JsonObject } from '../../base/json.ts';
import { Breakers, breakerNames, type SavedBreakers } from '../breakers/breakers.ts';
import type { ControlView } from '../control/control-view.ts';
import { emptyDocument } from '../control/decide.ts';
import { defaultSwitches, quoteSwitches } from '../control/switch-names.ts';
import type { AlertFact, CacheFact, CallFact, HostFact, SignalSeries, VenueFact } from '../facts.ts';
import { Guards, type SavedGuards } from '../guards/guards.ts';
import type { HealthReport } from '../health/health-report.ts';
import type { KillInput, KillLatch } from '../kill-switch/latch.ts';
import { isStopped } from '../kill-switch/levels.ts';
import { Kpis, type SavedKpis } from '../kpi/kpis.ts';
import type { OpsConfig } from '../ops-config.ts';
import { compareText, type StatusRow, sortedRows } from '../status.ts';
import type { Action, Permission } from './action.ts';
import { ControlInForce, type SavedControl } from './control-in-force.ts';
import { HeldLatch } from './held-latch.ts';
import { Judgement, type SavedJudgement } from './judgement.ts';
import { MachineReadings, type SavedMachine } from './machine-readings.ts';
import { machineRows } from './machine-rows.ts';
import { dataSilentMs, type Measured } from './measures.ts';
import type { OpsEffect, Tell } from './ops-effect.ts';
import type { OpsCommand, OpsStart } from './ops-input.ts';
import { type Authorities, breakerOf, permissionFor, reasonClosed, refusedByOperators } from './permission.ts';
import { Readiness, type SavedReadiness } from './readiness.ts';
import { type OpsReading, opsReadings } from './readings.ts';
import { type Refusal, Refusals, type SavedRefusals } from './refusals.ts';
import { RunCounts, type SavedRunCounts } from './run-counts.ts';
import { type SavedDuty, VenueDuty } from './venue-duty.ts';
import { venueRows } from './venue-rows.ts';

/** Told everything in time order. Effects gather until `takeEffects`. */
export class OpsRun {
  readonly #config: OpsConfig;
  readonly #kpis: Kpis;
  readonly #guards: Guards;
  readonly #breakers: Breakers;
  readonly #counts: RunCounts;
  readonly #refusals = new Refusals();
  readonly #machine = new MachineReadings();
  readonly #readiness: Readiness;
  readonly #control: ControlInForce;
  readonly #latch: HeldLatch;
  readonly #judgement: Judgement;
  readonly #duty: VenueDuty;
  /** As told, those that are off among them. */
  #venues: readonly VenueFact[] = [];
  #effects: OpsEffect[] = [];
  readonly #tell: Tell = (effect) => this.#effects.push(effect);

  constructor(start: OpsStart, startMs: number) {
    const { config, seed, providers, venues } = start;
    const all = [...new Set([...Object.keys(config.switches.providers), ...providers])].sort(compareText);
    const switches = defaultSwitches(config.switches, { providers: all, venues });
    const defaults = { switches, breakers: breakerNames(all), quotes: quoteSwitches(config.switches, venues) };
    const document = start.document ?? emptyDocument();
    this.#config = config;
    this.#kpis = new Kpis(config, startMs);
    this.#guards = new Guards(config.guards, startMs);
    this.#breakers = new Breakers(config.breakers, all, seed, startMs);
    this.#counts = new RunCounts(startMs);
    this.#readiness = new Readiness(startMs);
    this.#duty = new VenueDuty(
      config.killSwitch.triggers.armAfterSeconds,
      config.guards.venueHealth.uptimeWindowSeconds,
    );
    this.#judgement = new Judgement(config, this.#tell);
    this.#latch = new HeldLatch(this.#tell);
    this.#latch.start(start, startMs);
    this.#control = new ControlInForce(document, defaults, this.#breakers, startMs, this.#tell);
    this.#tellBreakers();
  }

  get latch(): KillLatch {
    return this.#latch.latch;
  }

  get view(): ControlView {
    return this.#control.view;
  }

  /** Has every feed delivered, since the start or since a release that let the sockets open again? */
  get isReady(): boolean {
    return this.#readiness.isReady;
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
    this.#machine.onHost(host);
    this.#kpis.onHost(host);
  }

  /** @param venues - all that are watched, about once a second. Those that are off on purpose are not judged */
  onVenues(venues: readonly VenueFact[], timeMs: number): void {
    this.#venues = venues;
    this.#duty.onVenues(venues, (venue) => reasonClosed(venue, this.#authorities()), timeMs);
    const { judged, idle, idleFacts } = this.#duty;
    this.#kpis.rest(idleFacts);
    this.#kpis.onVenues(judged, timeMs, idle);
    this.#guards.onVenues(judged, timeMs, idle);
    this.#counts.rest(idleFacts);
    this.#counts.onVenues(judged, timeMs);
    const isOff = ({ venue }: VenueFact) => idle.some((one) => one.kind === 'off' && one.venue === venue);
    this.#readiness.onVenues(
      venues.filter((venue) => !isOff(venue)),
      timeMs,
    );
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
        this.#latchBy({ kind: 'document', document: command.document }, timeMs);
        this.#control.take(command.document, timeMs);
        this.#tellBreakers();
        return;
      case 'kill_file':
        this.#latchBy({ ...command, kind: 'seen_file' }, timeMs);
        return;
      case 'kill_file_removed':
        this.#latchBy({ kind: 'file_removed' }, timeMs);
        // The release may have been written before the file went.
        this.#latchBy({ kind: 'document', document: this.#control.document }, timeMs);
        return;
      case 'kill_signal':
        this.#latchBy({ kind: 'signal', name: command.name, atMs: timeMs }, timeMs);
    }
  }

  /**
   * Time is now at least this: what runs out by itself does, and once a second health and triggers are judged.
   *
   * A timed switch reverts here, and so up to one sweep of the Scanner (250 ms) after its moment, and before anything that
   * is asked at the same time. That is as late as a live shell can know it, which pulses as often.
   */
  onTime(timeMs: number): void {
    this.#control.onTime(timeMs);
    this.#breakers.onTime(timeMs);
    this.#tellBreakers();
    if (this.#judgement.isDue(timeMs)) this.#judge(timeMs);
  }

  /** Whether an action may be done now, or who refuses it first and why. A look that changes nothing: who acts asks `begin`. */
  isAllowed(action: Action, nowMs: number): Permission {
    return permissionFor(action, this.#authorities(), nowMs);
  }

  /** As `isAllowed`, without guards and breakers: it stays so for as long as `latch` and `view` are the same objects. */
  refusedByOperators(action: Action): Refusal | null {
    return refusedByOperators(action, this.#authorities());
  }

  /**
   * As `isAllowed`, by whoever does it at once: uses up a breaker's probe, so that no more go than may; counts and tells a
   * refusal. What is refused is nobody's to remember here: who wanted it asks again.
   */
  begin(action: Action, symbol: string | null, nowMs: number): Permission {
    const permission = this.isAllowed(action, nowMs);
    const breaker = breakerOf(action);
    if (!permission.isAllowed) this.#tell(this.#refusals.add(action, symbol, permission, nowMs));
    else if (breaker !== null) this.#breakers.take(breaker, nowMs);
    return permission;
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
    const verdicts = this.#kpis.values(nowMs).venues ?? [];
    const shown = this.#venues.map((venue) => this.#duty.shown(venue));
    return sortedRows([
      ...this.#kpis.rows(nowMs, this.#breakers.openCount(nowMs)),
      ...machineRows(this.#measured(), nowMs),
      ...this.#guards.rows(nowMs),
      ...this.#breakers.rows(nowMs),
      ...this.#judgement.rows(nowMs),
      ...venueRows(shown, verdicts, this.#duty.idle, this.#refusals, this.#config.guards.venueHealth, nowMs),
    ]);
  }

  /** Since any venue said anything, whether or not it is judged; null: none ever did. */
  dataAgeMs(nowMs: number): number | null {
    return dataSilentMs(this.#venues, nowMs);
  }

  /** What operational alerts are judged by. */
  readings(nowMs: number): OpsReading[] {
    return opsReadings(this.#measured(), this.#breakers, this.health(nowMs).score, nowMs);
  }

  health(nowMs: number): HealthReport {
    return this.#judgement.report(nowMs);
  }

  save(): JsonObject {
    const saved: SavedOps = {
      kpis: this.#kpis.save(),
      guards: this.#guards.save(),
      breakers: this.#breakers.save(),
      counts: this.#counts.save(),
      refusals: this.#refusals.save(),
      machine: this.#machine.save(),
      readiness: this.#readiness.save(),
      duty: this.#duty.save(),
      control: this.#control.save(),
      latch: this.#latch.latch,
      judgement: this.#judgement.save(),
      venues: this.#venues,
    };
    return saved as unknown as JsonObject;
  }

  restore(saved: JsonObject): void {
    const from = saved as unknown as SavedOps;
    this.#kpis.restore(from.kpis);
    this.#guards.restore(from.guards);
    this.#breakers.restore(from.breakers);
    this.#counts.restore(from.counts);
    this.#refusals.restore(from.refusals);
    this.#machine.restore(from.machine);
    this.#readiness.restore(from.readiness);
    this.#duty.restore(from.duty);
    this.#control.restore(from.control);
    this.#latch.restore(from.latch);
    this.#judgement.restore(from.judgement);
    this.#venues = from.venues;
    this.#effects = [];
  }

  /** After a release from a level that closes sockets, feeds are as after a start. */
  #latchBy(input: KillInput, nowMs: number): void {
    const wasClosed = isStopped(this.#latch.level, 'sockets', true);
    this.#latch.take(input, nowMs);
    if (wasClosed && this.#latch.level === null) this.#readiness.restart(nowMs);
  }

  #judge(nowMs: number): void {
    const fired = this.#judgement.judge(this.#measured(), nowMs);
    this.#machine.forgetStall();
    for (const { name, level, evidence, atMs } of fired) {
      this.#latchBy({ kind: 'trigger', trigger: name, level, evidence, atMs }, nowMs);
    }
  }

  #measured(): Measured {
    return {
      config: this.#config,
      kpis: this.#kpis,
      guards: this.#guards,
      counts: this.#counts,
      machine: this.#machine,
      venues: this.#duty.judged,
      idle: this.#duty.idle,
      isReady: this.#readiness.isReady,
      killLevel: this.#latch.level,
    };
  }

  #authorities(): Authorities {
    return {
      latch: this.#latch.latch,
      view: this.#control.view,
      guards: this.#guards,
      breakers: this.#breakers,
    };
  }

  #tellBreakers(): void {
    for (const change of this.#breakers.changes()) this.#tell({ kind: 'breaker_changed', ...change });
  }
}

const NO_EFFECTS: readonly OpsEffect[] = [];

interface SavedOps {
  readonly kpis: SavedKpis;
  readonly guards: SavedGuards;
  readonly breakers: SavedBreakers;
  readonly counts: SavedRunCounts;
  readonly refusals: SavedRefusals;
  readonly machine: SavedMachine;
  readonly readiness: SavedReadiness;
  readonly duty: SavedDuty;
  readonly control: SavedControl;
  readonly latch: KillLatch;
  readonly judgement: SavedJudgement;
  readonly venues: readonly VenueFact[];
}
