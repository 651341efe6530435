/** What one scan keeps beside its journal: files of bars, gaps and alerts, the history, the alerts and who is told. Decides none of it. */

import type { Effect } from '../../../core/scan/effect.ts';
import type { Scanner } from '../../../core/scan/scanner.ts';
import type { AlertCommand, Silence } from '../../../core/signal/detect/alert-effect.ts';
import type { StoredAlerts } from '../../stores/alerts/alert-store.ts';
import type { AlertDesk } from '../alerts/alert-desk.ts';
import type { RunHistory } from '../history/run-history.ts';
import type { Results } from './results.ts';

export interface KeptParts {
  readonly alerts: AlertDesk;
  /** Null: the configuration wants none. */
  readonly history: RunHistory | null;
  /** Null: no files are wanted. */
  readonly results: Results | null;
  readonly scanner: () => Scanner;
  /** May files and history be written now? What is stored of alerts is state, and asks nobody. */
  readonly mayWrite: () => boolean;
}

const KEPT: ReadonlySet<Effect['kind']> = new Set(['bar', 'gap_opened', 'gap_closed', 'digest', 'sample', 'alert']);
/** Orders about alerts may wait for a moment: not each of the looks that come fast after a change. Less than a look at rest. */
const ORDERS_EVERY_MS = 200;
/** What is left of the history at the end is written for so long, at most. */
const HISTORY_LIMIT_MS = 3000;

const NO_ORDERS: readonly AlertCommand[] = [];

export class RunKeeping {
  readonly #parts: KeptParts;
  #orderedMs = Number.NEGATIVE_INFINITY;

  constructor(parts: KeptParts) {
    this.#parts = parts;
  }

  get alerts(): AlertDesk {
    return this.#parts.alerts;
  }

  get history(): RunHistory | null {
    return this.#parts.history;
  }

  get results(): Results | null {
    return this.#parts.results;
  }

  /** Of the run before. */
  get stored(): StoredAlerts {
    return this.#parts.alerts.stored;
  }

  get isWhole(): boolean {
    return this.#parts.results?.isWhole ?? true;
  }

  begin(): void {
    this.#parts.alerts.start();
  }

  take(effect: Effect): void {
    if (!KEPT.has(effect.kind)) return;
    const { alerts, history, results, mayWrite } = this.#parts;
    if (effect.kind === 'alert') alerts.take([effect]);
    if (!mayWrite()) return;
    results?.take(effect);
    history?.take(effect);
  }

  /** What operators ordered of alerts since it last looked; most of the time it does not. */
  orders(): readonly AlertCommand[] {
    const nowMs = performance.now();
    if (nowMs - this.#orderedMs < ORDERS_EVERY_MS) return NO_ORDERS;
    this.#orderedMs = nowMs;
    return this.#parts.alerts.poll();
  }

  /** With each look, after the orders were stepped. @returns whether the control database was written to */
  keepAlerts(): boolean {
    return this.#parts.alerts.keep(this.#silences);
  }

  /** Once a second of the run's time. */
  onSecond(nowMs: number): void {
    const { history, results, mayWrite } = this.#parts;
    if (!mayWrite()) return;
    history?.onTime(nowMs);
    results?.flush();
  }

  /** Resolves within a few seconds, whatever receivers and disks do. */
  async stop(): Promise<void> {
    const { alerts, history } = this.#parts;
    await Promise.all([alerts.stop(this.#silences), history?.close(HISTORY_LIMIT_MS)]);
  }

  get #silences(): readonly Silence[] {
    return this.#parts.scanner().signal?.alerts.silences() ?? [];
  }
}
