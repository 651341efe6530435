/** The kill switch of one run: every way in comes through here, and each change of its level is told. Reads no file. */

import { INITIAL_LATCH, type KillInput, type KillLatch, levelOf, stepLatch } from '../kill-switch/latch.ts';
import type { KillLevel } from '../ops-config.ts';
import type { Tell } from './ops-effect.ts';
import type { OpsStart } from './ops-input.ts';

export class HeldLatch {
  readonly #tell: Tell;
  #latch: KillLatch = INITIAL_LATCH;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  get latch(): KillLatch {
    return this.#latch;
  }

  /** What is in force; null: released. */
  get level(): KillLevel | null {
    return levelOf(this.#latch);
  }

  /** What the run before left latched, then what the document says; one that cannot be read counts as engaged. */
  start({ latch, document }: Pick<OpsStart, 'latch' | 'document'>, startMs: number): void {
    if (latch !== null) this.take({ kind: 'restored_state', latch, atMs: startMs }, startMs);
    if (document === null) this.take({ kind: 'restored_state', latch: null, atMs: startMs }, startMs);
    else this.take({ kind: 'document', document }, startMs);
  }

  take(input: KillInput, nowMs: number): void {
    const from = this.level;
    this.#latch = stepLatch(this.#latch, input);
    if (this.level === from) return;
    const latch = this.#latch;
    const [reason, atMs] = latch.kind === 'engaged' ? [latch.reason, latch.engagedAtMs] : ['released', nowMs];
    this.#tell({ kind: 'kill_level_changed', from, to: this.level, reason, atMs });
  }

  /** Nothing is told: the run that saved it has told it. */
  restore(latch: KillLatch): void {
    this.#latch = latch;
  }
}
