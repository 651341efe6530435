/**
 * When a running scanner looks at its state folder: at once when the system tells of a change there, for a while after that every
 * `pollMs`, and otherwise every `restMs`. Looks at nothing itself; where no system tells, it polls all the time.
 */

import { type FSWatcher, statfsSync, watch } from 'node:fs';
import { basename } from 'node:path';
import { STATE_FILES } from '../../stores/control/state-folder.ts';

export interface LookOptions {
  readonly stateDir: string;
  /** While something happens, and where nobody tells: ms. */
  readonly pollMs: number;
  /** While nothing happens, ms: what the system forgot to tell is seen by then. */
  readonly restMs: number;
  readonly look: () => void;
  /** Steady, ms. `performance.now` unless told. */
  readonly nowMs?: () => number;
}

/** A change is told of when its bytes are written; others can read it once they are flushed, which a slow disk may take this long for. */
const EAGER_MS = 250;
/** What this process wrote itself is told of at the next turn of its loop, which may be a busy one. */
const OWN_MS = 50;

/**
 * File systems of Linux (`statfs(2)`) that tell of whatever is written in them: nobody can, but through this system. Others may be
 * written to from elsewhere (NFS, 9p, virtiofs of a container's host) without a word.
 */
const TELLING_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0x01021994, // tmpfs
  0x794c7630, // overlayfs
  0x2fc12fc1, // ZFS
  0xf2f52010, // F2FS
]);

export class LookTimer {
  readonly #options: LookOptions;
  readonly #nowMs: () => number;
  #watcher: FSWatcher | null;
  #timer: NodeJS.Timeout;
  #isEager: boolean;
  #soon: NodeJS.Timeout | null = null;
  #later: NodeJS.Timeout | null = null;
  #eagerUntilMs = Number.NEGATIVE_INFINITY;
  #ownUntilMs = Number.NEGATIVE_INFINITY;

  /** Begins at once. */
  constructor(options: LookOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#watcher = this.#watch();
    this.#isEager = this.#watcher === null;
    this.#timer = this.#every();
  }

  /** There is something to be seen to: looks once within `pollMs`, and goes on as before. */
  soon(): void {
    if (this.#isEager || this.#soon !== null) return;
    this.#soon = setTimeout(() => {
      this.#soon = null;
      this.#options.look();
    }, this.#options.pollMs);
  }

  /** This process has just written to the control database itself: that is told of, too, and calls for no more than two looks. */
  noteOwnWrite(): void {
    this.#ownUntilMs = this.#nowMs() + OWN_MS;
  }

  stop(): void {
    clearInterval(this.#timer);
    if (this.#soon !== null) clearTimeout(this.#soon);
    if (this.#later !== null) clearTimeout(this.#later);
    this.#watcher?.close();
    this.#watcher = null;
  }

  /** Null: this system does not tell of all writes in the folder, or has no watch to spare. */
  #watch(): FSWatcher | null {
    if (process.platform !== 'linux') return null;
    const { stateDir } = this.#options;
    try {
      if (!TELLING_FILE_SYSTEMS.has(statfsSync(stateDir).type)) return null;
      const watcher = watch(stateDir, (_event, name) => {
        // Its own name: it is gone, or was moved, and what is there now is not what is watched.
        if (name === basename(stateDir)) this.#pollOnly();
        else if (name === null || name.startsWith(STATE_FILES.kill)) this.#onChange();
        else if (name.startsWith(STATE_FILES.control)) this.#onCommit();
      });
      watcher.on('error', () => this.#pollOnly());
      return watcher;
    } catch {
      return null;
    }
  }

  #onChange(): void {
    if (this.#watcher === null) return;
    this.#eagerUntilMs = this.#nowMs() + EAGER_MS;
    this.#setEager(true);
    this.#options.look();
  }

  /** Somebody else may have committed with it: looks soon, and again when a slow disk must be done with theirs. */
  #onCommit(): void {
    if (this.#isEager || this.#nowMs() >= this.#ownUntilMs) {
      this.#onChange();
      return;
    }
    this.soon();
    this.#later ??= setTimeout(() => {
      this.#later = null;
      this.#options.look();
    }, EAGER_MS);
  }

  #tick(): void {
    if (this.#isEager && this.#watcher !== null && this.#nowMs() > this.#eagerUntilMs) this.#setEager(false);
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
