// Measures the process that it is loaded into with `--import`, when it is asked over IPC: CPU, memory after a collection, delay of
// the event loop since the last asking, and what is open. Changes nothing of it.

import { createHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const RESOLUTION_MS = 5;

/** What is measured is from one look to the next. */
function delayMs(ns) {
  return Math.max(0, ns / 1e6 - RESOLUTION_MS);
}

/** Of the process and of every open handle that has any. */
function listeners() {
  const emitters = [process, ...process._getActiveHandles()].filter((one) => typeof one?.eventNames === 'function');
  return emitters.reduce(
    (sum, one) => sum + one.eventNames().reduce((count, name) => count + one.listenerCount(name), 0),
    0,
  );
}

function resources() {
  const counts = {};
  for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

if (isMainThread && process.channel !== undefined) {
  // It wakes the process again and again: only where it is asked for.
  const delay = process.env.CRYPTORUN_LOAD_LOOP === '1' ? monitorEventLoopDelay({ resolution: RESOLUTION_MS }) : null;
  // Of all samples since the one that asked for a beginning.
  const whole = createHistogram();
  delay?.enable();
  process.on('message', (message) => {
    if (message?.kind !== 'sample') return;
    // Before the collection, which is ours and stops everything.
    // One histogram cannot be added to another of this kind: its percentiles stand for it.
    for (let p = 0.5; delay !== null && p < 100; p++) whole.record(Math.max(1, Math.round(delay.percentile(p))));
    const loop = delay && {
      p99Ms: delayMs(delay.percentile(99)),
      mostMs: delayMs(delay.max),
      wholeP99Ms: delayMs(whole.percentile(99)),
    };
    if (message.isBeginning) whole.reset();
    const cpu = process.cpuUsage();
    // Twice: the first ends a marking under way, which spares what was made meanwhile.
    if (message.isCollected) for (let i = 0; i < 2; i++) globalThis.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    const sample = { cpuUs: cpu.user + cpu.system, rss, heapUsed, external, loop };
    process.send({ kind: 'sample', ...sample, resources: resources(), listeners: listeners() });
    setImmediate(() => setImmediate(() => delay?.reset()));
  });
  // It must not keep the process alive.
  process.channel.unref();
}
