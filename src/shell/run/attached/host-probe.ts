/** Measures the machine and this process once a second, for the `host` Input. Judges nothing; what it cannot tell is null. */

import { readFileSync, statfsSync } from 'node:fs';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { HostFact } from '../../../core/ops/facts.ts';

const NS_PER_MS = 1e6;
/** How finely the event loop is watched. Less than this is not lag but the timer itself; finer would wake an idle loop for nothing. */
const LOOP_RESOLUTION_MS = 25;

type HostReading = Omit<HostFact, 'timeMs' | 'auditChain' | 'recording' | 'authAttempts24h' | 'authRefusals24h'>;

export class HostProbe {
  readonly #folder: string;
  readonly #loop: IntervalHistogram = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  #cpu = cpuTimes();
  #wallMs = Date.now();
  #steadyMs = performance.now();

  /** @param folder - on the disk whose space counts */
  constructor(folder: string) {
    this.#folder = folder;
    this.#loop.enable();
  }

  /** What happened since the last reading. Lags are those of the caller's own window; null while it has none. */
  read(lagMs: { readonly p50: number; readonly p95: number; readonly p99: number } | null): HostReading {
    const disk = diskOf(this.#folder);
    return {
      cpuRatio: this.#cpuRatio(),
      memoryUsedRatio: memoryUsedRatio(),
      diskUsedRatio: disk?.usedRatio ?? null,
      rssBytes: process.memoryUsage.rss(),
      diskFreeBytes: disk?.freeBytes ?? null,
      eventLoopLagMs: this.#eventLoopLagMs(),
      lagMsP50: lagMs?.p50 ?? null,
      lagMsP95: lagMs?.p95 ?? null,
      lagMsP99: lagMs?.p99 ?? null,
      wallClockStepMs: this.#wallClockStepMs(),
    };
  }

  close(): void {
    this.#loop.disable();
  }

  /** Busy share of all processors. */
  #cpuRatio(): number | null {
    const before = this.#cpu;
    const now = cpuTimes();
    this.#cpu = now;
    const total = now.total - before.total;
    return total > 0 ? (now.busy - before.busy) / total : null;
  }

  #eventLoopLagMs(): number | null {
    const { max } = this.#loop;
    this.#loop.reset();
    return max > 0 ? Math.max(0, max / NS_PER_MS - LOOP_RESOLUTION_MS) : null;
  }

  /** What the wall clock gained on the steady one; a millisecond either way is rounding. */
  #wallClockStepMs(): number {
    const [wallMs, steadyMs] = [Date.now(), performance.now()];
    const step = wallMs - this.#wallMs - (steadyMs - this.#steadyMs);
    this.#wallMs = wallMs;
    this.#steadyMs = steadyMs;
    return Math.abs(step) <= 2 ? 0 : Math.round(step);
  }
}

function cpuTimes(): { busy: number; total: number } {
  if (availableParallelism() === 0) return { busy: 0, total: 0 };
  let [busy, total] = [0, 0];
  for (const { times } of cpus()) {
    const all = times.user + times.nice + times.sys + times.idle + times.irq;
    busy += all - times.idle;
    total += all;
  }
  return { busy, total };
}

/** By what the system could still give away: its caches are not in use, though `freemem` says so. */
function memoryUsedRatio(): number | null {
  const total = totalmem();
  return total > 0 ? 1 - (memoryAvailable() ?? freemem()) / total : null;
}

function memoryAvailable(): number | null {
  try {
    const match = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'latin1'));
    return match === null ? null : Number(match[1]) * 1024;
  } catch {
    return null;
  }
}

function diskOf(folder: string): { usedRatio: number; freeBytes: number } | null {
  try {
    const { blocks, bavail, bfree, bsize } = statfsSync(folder);
    return blocks === 0 ? null : { usedRatio: (blocks - bfree) / blocks, freeBytes: bavail * bsize };
  } catch {
    return null;
  }
}
