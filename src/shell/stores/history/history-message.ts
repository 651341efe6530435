/** What is said between a scanner and the thread that writes its history. Stores nothing. */

import type { HistoryBatch } from './history-rows.ts';
import type { RetentionDays } from './history-store.ts';

/** What the thread is started with. */
export interface WorkerStart {
  readonly stateDir: string;
  readonly retention: RetentionDays;
}

/** To the thread: one batch at a time, a copy, and at last `close`. */
export type ToWorker = { readonly kind: 'write'; readonly batch: HistoryBatch } | { readonly kind: 'close' };

/** From the thread: an outcome for each batch; `prune_failed` whenever it is so. At last it exits. */
export type FromWorker =
  | { readonly kind: 'written' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'prune_failed'; readonly reason: string };
