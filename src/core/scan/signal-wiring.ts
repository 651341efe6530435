/**
 * Runs surveillance and alerts beside the market: samples each venue's instruments on its seconds, tells the alerts what was
 * seen and how the run itself is, asks the operations core before anybody is told, chains what happened. Judges nothing new.
 */

import type { JsonObject } from '../base/json.ts';
import { MINUTE_MS, minuteOf, SECOND_MS } from '../base/time.ts';
import type { InstrumentSpec } from '../market/instrument.ts';
import type { Tick } from '../market/tick.ts';
import { providerOf } from '../market/venues/registry.ts';
import { isAllowed, isDetectorAllowed } from '../ops/control/control-view.ts';
import { OPS_SERIES } from '../ops/run/readings.ts';
import type { StatusRow } from '../ops/status.ts';
import type { AlertCommand, AlertEffect, Silence } from '../signal/detect/alert-effect.ts';
import type { AlertRecord } from '../signal/detect/alert-record.ts';
import { type AlertScope, type AlertSeries, Alerts } from '../signal/detect/alerts.ts';
import type { AlertsConfig } from '../signal/detect/alerts-config.ts';
import { GAP_SERIES } from '../signal/detect/series.ts';
import { METRICS, type MetricName } from '../signal/surveillance/metric.ts';
import { Surveillance } from '../signal/surveillance/surveillance.ts';
import type { SurveillanceConfig } from '../signal/surveillance/surveillance-config.ts';
import { DigestChain } from './digest.ts';
import type { Effect } from './effect.ts';
import type { InstrumentRun } from './instrument-run.ts';
import { KILL_SERIES, OperationalAlerts } from './operational-alerts.ts';
import type { OpsWiring } from './ops-wiring.ts';
import { signalRows } from './signal-rows.ts';
import { USD_LIKE } from './venue-facts.ts';
import type { VenueRun } from './venue-run.ts';

/** As `venue` and `symbol` of the digest's own chain for alerts. */
export const SIGNAL_CHAIN = 'signal';

export interface SignalStart {
  readonly surveillance: SurveillanceConfig;
  readonly alerts: AlertsConfig;
  /** What the run before left in the alert store. */
  readonly stored: { readonly alerts: readonly AlertRecord[]; readonly silences: readonly Silence[] };
}

/** One metric of one instrument that rules look at. `zscore`: its place among the scored metrics, -1: it is not scored. */
interface Watched {
  readonly metric: number;
  readonly zscore: number;
  readonly series: AlertSeries;
}

const OPERATIONAL: ReadonlySet<string> = new Set(OPS_SERIES);
/** Exchange time that leaps further than this has no samples in between: nothing was seen then. */
const MAX_CATCH_UP_SECONDS = 5;

export class SignalWiring {
  readonly surveillance: Surveillance;
  readonly alerts: Alerts;
  readonly #operational: OperationalAlerts;
  readonly #ops: OpsWiring | null;
  readonly #push: (effect: Effect) => void;
  readonly #digest = new DigestChain();
  readonly #scored: readonly MetricName[];
  readonly #rules: AlertsConfig['rules'];
  /** By the instrument's index. */
  readonly #watched: (readonly Watched[])[] = [];
  readonly #gapSeries: (AlertSeries | null)[] = [];
  /** By venue and instrument. */
  readonly #quotes = new Map<string, string | null>();
  /** The market's alerts could not be told at the last look. */
  #isHeldBack = false;
  #nowMs: number;
  #secondMs: number;
  #minuteMs: number;

  constructor(start: SignalStart, ops: OpsWiring | null, startMs: number, push: (effect: Effect) => void) {
    this.#ops = ops;
    this.#push = push;
    this.#nowMs = startMs;
    this.#secondMs = startMs;
    this.#minuteMs = minuteOf(startMs);
    this.#scored = start.surveillance.zscore.metrics;
    this.#rules = start.alerts.rules;
    this.surveillance = new Surveillance(start.surveillance);
    this.alerts = new Alerts(
      start.alerts,
      (effect) => this.#onAlert(effect),
      (scope) => this.#isClosed(scope),
    );
    this.#operational = new OperationalAlerts(this.alerts, startMs);
    this.alerts.restore(start.stored.alerts, start.stored.silences, startMs);
    this.#applySwitches();
  }

  add(run: InstrumentRun, venue: VenueRun): void {
    const { instrument } = run;
    const scope = { venue: instrument.venue, instrument: instrument.spec.id };
    this.surveillance.add(instrument, run);
    this.#quotes.set(`${scope.venue} ${scope.instrument}`, instrument.spec.quote);
    this.#watched[instrument.index] = METRICS.flatMap((name, metric) => {
      const series = this.#isInUnit(name, instrument.spec) ? this.alerts.series(name, scope) : null;
      return series === null ? [] : [{ metric, zscore: this.#scored.indexOf(name), series }];
    });
    this.#gapSeries[instrument.index] = this.alerts.series(GAP_SERIES, scope);
    if (venue.nextSampleMs === Number.POSITIVE_INFINITY) venue.nextSampleMs = Number.NEGATIVE_INFINITY;
  }

  onTicker(tick: Tick, nowMs: number): void {
    this.surveillance.onTicker(tick, nowMs);
  }

  onUp(venue: string, nowMs: number): void {
    this.#operational.onUp(venue, nowMs);
  }

  onLost(venue: string, nowMs: number): void {
    this.#operational.onLost(venue, nowMs);
  }

  /** The venue's exchange time has reached its next second. Call it before what came with that time changes a book. */
  onSecond(venue: VenueRun, nowMs: number): void {
    this.#nowMs = nowMs;
    const exchangeMs = venue.clock.nowMs;
    const lastMs = exchangeMs - (exchangeMs % SECOND_MS);
    const firstMs = Math.max(venue.nextSampleMs, lastMs - (MAX_CATCH_UP_SECONDS - 1) * SECOND_MS);
    const fromMs = Number.isFinite(venue.nextSampleMs) ? firstMs : lastMs;
    for (let secondMs = fromMs; secondMs <= lastMs; secondMs += SECOND_MS) {
      for (const run of venue.instruments) this.#sample(run, secondMs);
    }
    venue.nextSampleMs = lastMs + SECOND_MS;
  }

  /** Once a second the run itself, and what goes by time alone. */
  onTime(nowMs: number): void {
    this.#nowMs = nowMs;
    if (nowMs >= this.#secondMs) {
      this.#secondMs = nowMs - (nowMs % SECOND_MS) + SECOND_MS;
      this.#applySwitches();
      if (this.#ops !== null) {
        this.#operational.forgetLosses((venue) => this.#isClosed({ venue, instrument: null }));
        this.#operational.observe(this.#ops.ops, nowMs);
      }
      this.alerts.onTime(nowMs);
      this.#ops?.ops.onAlerts({ activeP1: this.#activeP1() });
      this.#offerAgain();
    }
    if (nowMs >= this.#minuteMs + MINUTE_MS) this.#closeMinute(nowMs);
  }

  onCommand(command: AlertCommand, nowMs: number): void {
    this.#nowMs = nowMs;
    const outcome = this.alerts.onCommand(command, nowMs);
    if (outcome.kind === 'accepted') return;
    const refusal = { kind: 'alert_order_refused', order: command.kind, reason: outcome.reason, atMs: nowMs } as const;
    this.#digest.note(JSON.stringify(refusal));
    this.#push(refusal);
  }

  /** Operators may have turned alerts off, or stopped everything. */
  onControl(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#applySwitches();
    // At `kill` there is no next second in which people could be told.
    if (this.#ops !== null) this.#operational.observeKill(this.#ops.ops, nowMs);
  }

  /** The chain's last word; changes nothing. */
  closing(): { minuteMs: number; sha256: string } {
    return { minuteMs: this.#minuteMs, sha256: this.#digest.closing(this.#activeLines()) };
  }

  rows(instruments: readonly InstrumentRun[]): StatusRow[] {
    return signalRows(this.alerts, this.surveillance, instruments, this.#scored);
  }

  save(venues: readonly VenueRun[]): JsonObject {
    return {
      surveillance: this.surveillance.save(),
      alerts: this.alerts.save(),
      operational: this.#operational.save(),
      digest: this.#digest.save(),
      isHeldBack: this.#isHeldBack,
      secondMs: this.#secondMs,
      minuteMs: this.#minuteMs,
      nextSamplesMs: Object.fromEntries(
        venues.flatMap((venue) => (Number.isFinite(venue.nextSampleMs) ? [[venue.name, venue.nextSampleMs]] : [])),
      ),
    };
  }

  restore(saved: JsonObject, venues: readonly VenueRun[], nowMs: number): void {
    this.surveillance.restore(saved['surveillance'] as JsonObject);
    // Null: under other rules, by which what was open goes on from `stored`.
    if (saved['alerts'] !== null) this.alerts.restoreState(saved['alerts'] as JsonObject);
    this.#operational.restore(saved['operational'] as JsonObject, nowMs);
    this.#digest.restore(saved['digest'] as JsonObject);
    this.#isHeldBack = saved['isHeldBack'] as boolean;
    this.#secondMs = saved['secondMs'] as number;
    this.#minuteMs = saved['minuteMs'] as number;
    const nextSamplesMs = saved['nextSamplesMs'] as Record<string, number>;
    for (const venue of venues) venue.nextSampleMs = nextSamplesMs[venue.name] ?? venue.nextSampleMs;
  }

  /** Limits of depths are in dollars: where the quote is something else, only those that name the instrument mean it. */
  #isInUnit(metric: MetricName, { id, quote }: InstrumentSpec): boolean {
    if (!metric.startsWith('depth_') || metric.endsWith('_pct') || (quote !== null && USD_LIKE.has(quote))) return true;
    return this.#rules.some((rule) => rule.metric === metric && Object.hasOwn(rule.thresholds, id));
  }

  /** That the kill switch is engaged must not be what keeps it from being released. */
  #activeP1(): number {
    return this.alerts.active().filter(({ priority, metric }) => priority === 'P1' && metric !== KILL_SERIES).length;
  }

  /** What nobody could be told of while it was held back is told once it may be, if it is still so. */
  #offerAgain(): void {
    const mayTell = this.#mayTell('market');
    const wasHeldBack = this.#isHeldBack;
    this.#isHeldBack = !mayTell;
    if (!mayTell || !wasHeldBack) return;
    for (const alert of this.alerts.active()) {
      if (alert.silencedBy !== null) continue;
      this.#onAlert({ kind: 'alert', change: 'unsilenced', alert, isNotified: true, atMs: this.#nowMs });
    }
  }

  #mayTell(about: 'market' | 'operations'): boolean {
    return this.#ops?.ops.isAllowed({ kind: 'alert', about }, this.#nowMs).isAllowed ?? true;
  }

  #sample(run: InstrumentRun, secondMs: number): void {
    const { index } = run.instrument;
    const sample = this.surveillance.sample(index, secondMs, this.#nowMs);
    for (const { metric, zscore, series } of this.#watched[index]!) {
      const value = sample === null ? Number.NaN : sample.values[metric]!;
      const score = sample === null || zscore < 0 ? Number.NaN : sample.zscores[zscore]!;
      this.alerts.observe(series, value, score, secondMs, this.#nowMs);
    }
    const gapSeries = this.#gapSeries[index]!;
    if (gapSeries !== null)
      this.alerts.observe(gapSeries, gapSeconds(run, secondMs), Number.NaN, secondMs, this.#nowMs);
    if (sample !== null) this.#push({ kind: 'sample', sample });
  }

  /** What the kill switch, the mode or a switch keeps back is stored, and shown, and sent to nobody. */
  #onAlert(effect: AlertEffect): void {
    const about = OPERATIONAL.has(effect.alert.metric) ? 'operations' : 'market';
    const told = effect.isNotified && !this.#mayTell(about) ? { ...effect, isNotified: false } : effect;
    this.#digest.note(JSON.stringify(told));
    this.#push(told);
  }

  /** `alerts` is all of them, `detector.<type>` one. */
  #applySwitches(): void {
    if (this.#ops === null) return;
    const { view } = this.#ops.ops;
    const areOn = isAllowed(view, 'alerts');
    this.alerts.setEnabled((type) => areOn && isDetectorAllowed(view, type), this.#nowMs);
    this.alerts.endClosed(this.#nowMs);
  }

  /** Kept closed by a switch or by the mode: the venue, or of an instrument its quote. What a kill stops is looked at by people. */
  #isClosed({ venue, instrument }: AlertScope): boolean {
    if (this.#ops === null || venue === null) return false;
    const quote = instrument === null ? null : (this.#quotes.get(`${venue} ${instrument}`) ?? null);
    const refusal = this.#ops.ops.refusedByOperators({ kind: 'subscribe', provider: providerOf(venue), venue, quote });
    return refusal !== null && refusal.refusedBy !== 'kill_switch';
  }

  #closeMinute(nowMs: number): void {
    this.#minuteMs = minuteOf(nowMs);
    const sha256 = this.#digest.close(this.#minuteMs, this.#activeLines());
    this.#push({ kind: 'digest', venue: SIGNAL_CHAIN, symbol: SIGNAL_CHAIN, minuteMs: this.#minuteMs, sha256 });
  }

  #activeLines(): string[] {
    return this.alerts.active().map((alert) => JSON.stringify(alert));
  }
}

/** What we closed ourselves is no loss: the reasons that a feed gives for it. */
const CLOSED_BY_US: ReadonlySet<string> = new Set(['not_allowed', 'kill_switch_drain']);

/** NaN before its first book, and while it is closed on purpose: nothing was lost. */
function gapSeconds({ book }: InstrumentRun, exchangeMs: number): number {
  const { openGap } = book;
  if (openGap === null) return book.state === 'live' ? 0 : Number.NaN;
  if (CLOSED_BY_US.has(openGap.reason)) return Number.NaN;
  return Math.max(0, exchangeMs - openGap.startMs) / SECOND_MS;
}
