/**
 * When a running scanner looks at its state folder: at once when the system tells of a change there, for a while after that every
 * `pollMs`, and otherwise every `restMs`. Looks at nothing itself; where no system tells, it polls all the time.
 */

import { type FSWatcher, watch } from 'node:fs';
import { STATE_FILES } from '../../stores/control/state-folder.ts';

export interface LookOptions {
  readonly stateDir: string;
  /** While something happens, and where nobody tells: ms. */
  readonly pollMs: number;
  /** While nothing happens, ms: what the system forgot to tell is seen by then. */
  readonly restMs: number;
  readonly look: () => void;
}

/** A change is told of when its bytes are written; others can read it once they are flushed, which a slow disk may take this long for. */
const EAGER_MS = 250;

export class LookTimer {
  readonly #options: LookOptions;
  #watcher: FSWatcher | null;
  #timer: NodeJS.Timeout;
  #isEager: boolean;
  #eagerUntilMs = Number.NEGATIVE_INFINITY;

  /** Begins at once. */
  constructor(options: LookOptions) {
    this.#options = options;
    this.#watcher = this.#watch();
    this.#isEager = this.#watcher === null;
    this.#timer = this.#every();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#watcher?.close();
    this.#watcher = null;
  }

  /** Null: this system does not tell of writes in a folder, or has no watch to spare. */
  #watch(): FSWatcher | null {
    if (process.platform !== 'linux') return null;
    try {
      const watcher = watch(this.#options.stateDir, (_event, name) => {
        if (name === null || isSign(name)) this.#onChange();
      });
      watcher.on('error', () => this.#pollOnly());
      return watcher;
    } catch {
      return null;
    }
  }

  #onChange(): void {
    if (this.#watcher === null) return;
    this.#eagerUntilMs = performance.now() + EAGER_MS;
    this.#setEager(true);
    this.#options.look();
  }

  #tick(): void {
    if (this.#isEager && this.#watcher !== null && performance.now() > this.#eagerUntilMs) this.#setEager(false);
    this.#options.look();
  }

  #pollOnly(): void {
    this.#watcher?.close();
    this.#watcher = null;
    this.#setEager(true);
  }

  #setEager(isEager: boolean): void {
    if (this.#isEager === isEager) return;
    this.#isEager = isEager;
    clearInterval(this.#timer);
    this.#timer = this.#every();
  }

  #every(): NodeJS.Timeout {
    const { pollMs, restMs } = this.#options;
    return setInterval(() => this.#tick(), this.#isEager ? pollMs : Math.max(pollMs, restMs));
  }
}

/** Whether a file of that name is what operators act by: `KILL` and its reserve, the control database and its log. */
function isSign(name: string): boolean {
  return name.startsWith(STATE_FILES.kill) || name.startsWith(STATE_FILES.control);
}
