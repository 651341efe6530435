/** The history as a thread of its own: hands batches over and says what became of them. Knows no database. */

import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { assert } from '../../../core/base/assert.ts';
import { type FromWorker, type ToWorker, transferred, type WorkerStart } from './history-message.ts';
import type { HistoryBatch } from './history-rows.ts';
import type { HistorySink, WriteOutcome } from './history-store.ts';

export interface WorkerSinkOptions extends WorkerStart {
  /** One line for people, where old rows cannot be taken out. */
  readonly onProblem: (text: string) => void;
}

export class WorkerHistorySink implements HistorySink {
  readonly #options: WorkerSinkOptions;
  #worker: Worker | null = null;
  /** Takes the outcome of the batch that the thread has; null: it has none. */
  #settle: ((outcome: WriteOutcome) => void) | null = null;

  /** The thread begins with the first batch, and anew with the next one after its death. */
  constructor(options: WorkerSinkOptions) {
    this.#options = options;
  }

  write(batch: HistoryBatch): Promise<WriteOutcome> {
    assert(this.#settle === null, 'one batch at a time');
    return new Promise((resolve) => {
      this.#settle = resolve;
      const worker = this.#started();
      // Only while it has a batch does the thread keep the process alive.
      worker.ref();
      worker.postMessage({ kind: 'write', batch } satisfies ToWorker, transferred(batch));
    });
  }

  async close(limitMs: number): Promise<void> {
    const worker = this.#worker;
    if (worker === null) return;
    worker.ref();
    worker.postMessage({ kind: 'close' } satisfies ToWorker);
    await new Promise<void>((resolve) => {
      worker.once('exit', () => resolve());
      // A disk that answers no more must not keep the scanner from its end.
      setTimeout(() => {
        worker.unref();
        void worker.terminate();
        resolve();
      }, limitMs).unref();
    });
  }

  #started(): Worker {
    if (this.#worker !== null) return this.#worker;
    const { stateDir, retention } = this.#options;
    const workerData: WorkerStart = { stateDir, retention };
    // What the program itself was started with is none of the thread's business.
    const worker = new Worker(workerFile(), { workerData, execArgv: [] });
    worker.on('message', (message: FromWorker) => this.#onMessage(message));
    worker.on('error', (error) => this.#onDeath(worker, error.message));
    worker.on('exit', () => this.#onDeath(worker, 'it ended'));
    this.#worker = worker;
    return worker;
  }

  #onMessage(message: FromWorker): void {
    if (message.kind === 'outcome') this.#settled(message.outcome);
    else if (message.kind === 'prune_failed') this.#options.onProblem(`history: old rows stay: ${message.reason}`);
  }

  /** An error is followed by the exit, when there may be another thread already. */
  #onDeath(worker: Worker, reason: string): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.#settled({ kind: 'lost', reason: `the thread that writes the history is gone: ${reason}` });
  }

  #settled(outcome: WriteOutcome): void {
    const settle = this.#settle;
    this.#settle = null;
    this.#worker?.unref();
    settle?.(outcome);
  }
}

/** The thread's file is a built one, as a thread loads no TypeScript: beside the built program; run from sources, that of the last build. */
function workerFile(): string | URL {
  const here: string = import.meta.url;
  const isSource = here.endsWith('.ts');
  return isSource ? new URL('../../../../dist/history-worker.cjs', here) : join(dirname(here), 'history-worker.cjs');
}
