/** What is said between a scanner and the thread that writes its history. Stores nothing. */

import type { HistoryBatch } from './history-rows.ts';
import type { RetentionDays, WriteOutcome } from './history-store.ts';

/** What the thread is started with. */
export interface WorkerStart {
  readonly stateDir: string;
  readonly retention: RetentionDays;
}

/** To the thread: one batch at a time, and at last `close`. */
export type ToWorker = { readonly kind: 'write'; readonly batch: HistoryBatch } | { readonly kind: 'close' };

/** From the thread: an outcome for each batch; `prune_failed` whenever it is so. At last it exits. */
export type FromWorker =
  | { readonly kind: 'outcome'; readonly outcome: WriteOutcome }
  | { readonly kind: 'prune_failed'; readonly reason: string };

/** The blocks of numbers change hands, and are not copied. */
export function transferred({ metrics }: HistoryBatch): ArrayBuffer[] {
  return metrics.map(({ numbers }) => numbers.buffer as ArrayBuffer);
}
