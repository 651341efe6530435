/** When a scan is ready, and that it gets on: what a service manager is told. Looks at the run once a second. */

import type { ScanRun } from './scan-run.ts';
import type { ServiceManager } from './service-manager.ts';

/** While it is not ready, systemd is asked for so much more time; a network that is not there yet is no reason to be ended. */
const MORE_TIME = 'EXTEND_TIMEOUT_USEC=30000000';
const ASK_EVERY_MS = 10_000;

export class Readiness {
  readonly #run: ScanRun;
  readonly #manager: ServiceManager;
  #isReady = false;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #fedAtMs = Number.NEGATIVE_INFINITY;
  /** As of the last sign of life: when an Input was last stepped. */
  #progressMs: number | null = null;

  constructor(run: ScanRun, manager: ServiceManager) {
    this.#run = run;
    this.#manager = manager;
  }

  look(): void {
    const nowMs = performance.now();
    const { live, wanted } = this.#feeds();
    if (!this.#isReady && isQuorum(live, wanted)) {
      this.#isReady = true;
      this.#manager.tell('READY=1', `STATUS=${live} of ${wanted} feeds live`);
    } else if (!this.#isReady && nowMs - this.#askedAtMs >= ASK_EVERY_MS) {
      this.#askedAtMs = nowMs;
      this.#manager.tell(MORE_TIME, `STATUS=waiting for feeds: ${live} of ${wanted} live`);
    }
    this.#feedWatchdog(nowMs);
  }

  close(): void {
    this.#manager.tell('STOPPING=1');
  }

  /** Only a run whose core steps on, and whose queue is not stuck, is alive. */
  #feedWatchdog(nowMs: number): void {
    const { watchdogMs } = this.#manager;
    if (watchdogMs === null || nowMs - this.#fedAtMs < watchdogMs) return;
    const { progressMs } = this.#run;
    if (progressMs === this.#progressMs) return;
    this.#progressMs = progressMs;
    this.#fedAtMs = nowMs;
    this.#manager.tell('WATCHDOG=1');
  }

  #feeds(): { live: number; wanted: number } {
    const venues = this.#run.scanner.feeds?.venues.filter(({ state }) => state !== 'off') ?? [];
    return {
      live: venues.filter(({ state }) => state === 'live' || state === 'polling').length,
      wanted: venues.length,
    };
  }
}

/** More than half of what is wanted: one venue that is down must not keep the others from being used. */
function isQuorum(live: number, wanted: number): boolean {
  return wanted > 0 && live * 2 > wanted;
}
