/** Tells the alerts how the run itself is, once a second: figures of the operations core, and lost connections. Judges nothing. */

import type { JsonObject } from '../base/json.ts';
import { MINUTE_MS } from '../base/time.ts';
import { levelOf } from '../ops/kill-switch/latch.ts';
import { RollingCounter, type SavedCounter } from '../ops/kpi/rolling-counter.ts';
import type { OpsRun } from '../ops/run/ops-run.ts';
import type { OpsReading } from '../ops/run/readings.ts';
import type { AlertSeries, Alerts } from '../signal/detect/alerts.ts';

/** A run that is not ready yet is judged from then on all the same: one that never becomes ready is the worst of all. */
const START_UP_MS = MINUTE_MS;
/** Told also before the run is ready, and at once: it may be its last word. */
export const KILL_SERIES: OpsReading['series'] = 'kill_switch_engaged';
const DISCONNECTS_OVER_MS = 5 * MINUTE_MS;

export class OperationalAlerts {
  readonly #alerts: Alerts;
  /** By series, venue and component; null: no rule looks at it. */
  readonly #series = new Map<string, AlertSeries | null>();
  /** By venue, from its first connection on. */
  readonly #disconnects = new Map<string, RollingCounter>();

  readonly #startMs: number;
  #isArmed = false;

  constructor(alerts: Alerts, startMs: number) {
    this.#alerts = alerts;
    this.#startMs = startMs;
  }

  /** A connection came up: from now on the venue's losses are counted. */
  onUp(venue: string, nowMs: number): void {
    if (!this.#disconnects.has(venue)) this.#disconnects.set(venue, new RollingCounter(DISCONNECTS_OVER_MS, nowMs));
  }

  /** A connection that nobody wanted closed is gone. */
  onLost(venue: string, nowMs: number): void {
    this.#disconnects.get(venue)?.add(nowMs);
  }

  /** What a venue lost before operators closed it says nothing of it when it is opened again. */
  forgetLosses(isClosed: (venue: string) => boolean): void {
    for (const venue of this.#disconnects.keys()) if (isClosed(venue)) this.#disconnects.delete(venue);
  }

  /** While feeds come up for the first time, everything is missing and nothing is wrong. */
  observe(ops: OpsRun, nowMs: number): void {
    this.#isArmed ||= ops.isReady || nowMs - this.#startMs >= START_UP_MS;
    if (!this.#isArmed) return;
    for (const reading of ops.readings(nowMs)) this.#observe(reading, nowMs);
    for (const [venue, counter] of this.#disconnects) {
      this.#observe({ series: 'disconnects_per_5min', venue, component: null, value: counter.total(nowMs) }, nowMs);
    }
  }

  observeKill(ops: OpsRun, nowMs: number): void {
    const value = levelOf(ops.latch) === null ? 0 : 1;
    this.#observe({ series: KILL_SERIES, venue: null, component: null, value }, nowMs);
  }

  save(): JsonObject {
    const disconnects = Object.fromEntries([...this.#disconnects].map(([venue, counter]) => [venue, counter.save()]));
    return { isArmed: this.#isArmed, disconnects };
  }

  restore(saved: JsonObject, nowMs: number): void {
    this.#isArmed = saved['isArmed'] as boolean;
    for (const [venue, counter] of Object.entries(saved['disconnects'] as JsonObject)) {
      this.onUp(venue, nowMs);
      this.#disconnects.get(venue)!.restore(counter as unknown as SavedCounter);
    }
  }

  #observe({ series, venue, component, value }: OpsReading, nowMs: number): void {
    const key = `${series} ${venue ?? '-'} ${component ?? '-'}`;
    let watched = this.#series.get(key);
    if (watched === undefined) {
      watched = this.#alerts.series(series, { venue, instrument: component });
      this.#series.set(key, watched);
    }
    if (watched !== null) this.#alerts.observe(watched, value ?? Number.NaN, Number.NaN, nowMs, nowMs);
  }
}
