/**
 * The history as a thread of its own: hands batches over and says what became of them. A thread that dies costs no row: its batch is
 * still here, and rows have keys. Knows no database.
 */

import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { assert } from '../../../core/base/assert.ts';
import type { FromWorker, ToWorker, WorkerStart } from './history-message.ts';
import type { HistoryBatch } from './history-rows.ts';
import type { HistorySink, WriteOutcome } from './history-store.ts';

export interface WorkerSinkOptions extends WorkerStart {
  /** One line for people, where old rows cannot be taken out. */
  readonly onProblem: (text: string) => void;
  /** Other than the built one only in tests. */
  readonly workerFile?: string;
}

/** A batch that so many threads have died of in a row is what they die of: it must not keep the others out. */
const MAX_DEATHS = 3;

/** As `WriteOutcome`; the batch itself is here. */
type Settled = Exclude<WriteOutcome, { kind: 'refused' }> | { readonly kind: 'refused'; readonly reason: string };

export class WorkerHistorySink implements HistorySink {
  readonly #options: WorkerSinkOptions;
  #worker: Worker | null = null;
  /** The batch that the thread has a copy of, and who waits for its outcome; null: it has none. */
  #written: { readonly batch: HistoryBatch; readonly settle: (outcome: WriteOutcome) => void } | null = null;
  /** Threads that died since one last said what became of its batch. */
  #deaths = 0;

  /** The thread begins with the first batch, and anew with the next one after its death. */
  constructor(options: WorkerSinkOptions) {
    this.#options = options;
  }

  write(batch: HistoryBatch): Promise<WriteOutcome> {
    assert(this.#written === null, 'one batch at a time');
    return new Promise((settle) => {
      this.#written = { batch, settle };
      const worker = this.#started();
      // Only while it has a batch does the thread keep the process alive.
      worker.ref();
      worker.postMessage({ kind: 'write', batch } satisfies ToWorker);
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
    const { stateDir, retention, workerFile = builtFile() } = this.#options;
    const workerData: WorkerStart = { stateDir, retention };
    // What the program itself was started with is none of the thread's business.
    const worker = new Worker(workerFile, { workerData, execArgv: [] });
    worker.on('message', (message: FromWorker) => this.#onMessage(message));
    worker.on('error', (error) => this.#onDeath(worker, error.message));
    worker.on('exit', () => this.#onDeath(worker, 'it ended'));
    this.#worker = worker;
    return worker;
  }

  #onMessage(message: FromWorker): void {
    if (message.kind === 'prune_failed') {
      this.#options.onProblem(`history: old rows stay: ${message.reason}`);
      return;
    }
    this.#deaths = 0;
    this.#settled(message);
  }

  /** An error is followed by the exit, when there may be another thread already. */
  #onDeath(worker: Worker, reason: string): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    if (this.#written === null) return;
    this.#deaths += 1;
    const text = `the thread that writes the history is gone: ${reason}`;
    const isPoison = this.#deaths >= MAX_DEATHS;
    if (isPoison) this.#deaths = 0;
    this.#settled(
      isPoison ? { kind: 'lost', reason: `${text}, of the same rows again` } : { kind: 'refused', reason: text },
    );
  }

  #settled(outcome: Settled): void {
    const written = this.#written;
    this.#written = null;
    this.#worker?.unref();
    if (written === null) return;
    const { batch, settle } = written;
    settle(outcome.kind === 'refused' ? { ...outcome, batch } : outcome);
  }
}

/** The thread's file is a built one, as a thread loads no TypeScript: beside the built program; run from sources, that of the last build. */
function builtFile(): string | URL {
  const here: string = import.meta.url;
  const isSource = here.endsWith('.ts');
  return isSource ? new URL('../../../../dist/history-worker.cjs', here) : join(dirname(here), 'history-worker.cjs');
}
