/**
 * The thread that writes a scanner's history, so that neither disk nor lock holds the scanner up: batches come in, outcomes go
 * out, and old rows are taken out in between. A file of its own in the build (`dist/history-worker.cjs`).
 */

import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../../core/base/assert.ts';
import { HOUR_MS } from '../../../core/base/time.ts';
import type { FromWorker, ToWorker, WorkerStart } from './history-message.ts';
import { SqliteHistorySink } from './sqlite-history-sink.ts';

const { stateDir, retention } = workerData as WorkerStart;
const sink = new SqliteHistorySink(stateDir);
const port = parentPort;
assert(port !== null, 'this runs in a thread of its own');
let isWriting = false;

port.on('message', async (message: ToWorker) => {
  if (message.kind === 'write') {
    const outcome = await sink.write(message.batch);
    isWriting = outcome.kind === 'written';
    tell(outcome.kind === 'written' ? { kind: 'written' } : { kind: 'refused', reason: outcome.reason });
    return;
  }
  clearInterval(hourly);
  await sink.close();
  // Nothing keeps the thread any more: its exit is the answer.
  port.close();
});

const hourly = setInterval(prune, HOUR_MS);
prune();

/** A slice, then whatever waits, then the next slice. */
function prune(): void {
  try {
    if (sink.pruneSlice(Date.now(), retention)) setImmediate(prune);
  } catch (error) {
    // What keeps rows from being written keeps old ones from being taken out, too: it is told once.
    if (isWriting) tell({ kind: 'prune_failed', reason: (error as Error).message });
  }
}

function tell(message: FromWorker): void {
  port!.postMessage(message);
}
