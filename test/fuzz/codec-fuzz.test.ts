/**
 * Mutated frames of every venue and kind: no throw, no hang, memory flat, and `decode` equals `decodeSlow`.
 *
 * `FUZZ_FRAMES` sets how many (default 60,000; a million is at least 20,000 of each pair), `SIM_SEED` which ones.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { PairReport } from './support/fuzz-pair.ts';

const FRAMES = Number(process.env['FUZZ_FRAMES'] ?? 60_000);
const SEED = process.env['SIM_SEED'] ?? '1';
const PROCESSES = Math.min(availableParallelism(), 4);
/** A mutated frame that takes longer is a hang in the making: the slowest, 100,000 brackets, takes some 20 ms. */
const MAX_FRAME_MS = 5_000;
const WORKER = fileURLToPath(new URL('./support/fuzz-worker.ts', import.meta.url));

/** What a worker prints, a line each. */
type Line = PairReport | { readonly failure: string } | { readonly heapGrowth: number };

test(`${FRAMES} mutated frames, SIM_SEED=${SEED}`, { timeout: 1_200_000 }, async (t) => {
  assert.ok(Number.isInteger(FRAMES) && FRAMES > 0, 'FUZZ_FRAMES must be a whole number');
  const startMs = performance.now();
  const lines = (await Promise.all(Array.from({ length: PROCESSES }, (_, part) => runWorker(part)))).flat();
  const failures = lines.filter((line) => 'failure' in line).map(({ failure }) => failure);
  const reports = lines.filter((line) => 'outcomes' in line);
  tell(t, reports, performance.now() - startMs);
  assert.equal(failures.join('\n\n'), '', `repeat with SIM_SEED=${SEED} FUZZ_FRAMES=${FRAMES}`);
  assert.equal(lines.filter((line) => 'heapGrowth' in line).length, PROCESSES, 'a worker did not reach its end');
  const frames = sum(reports, ({ frames }) => frames);
  assert.ok(frames >= FRAMES, `only ${frames} frames`);
  for (const { venue, kind, slowestMs } of reports) {
    assert.ok(slowestMs < MAX_FRAME_MS, `${venue} ${kind}: a frame took ${Math.round(slowestMs)} ms`);
  }
  // A fuzz that only tests the parser's "no" is worth little.
  assert.ok(sum(reports, (report) => report.outcomes.ticks ?? 0) > 0.2 * frames, 'too few mutated frames gave ticks');
  assert.ok(sum(reports, ({ fast }) => fast) > 0.05 * frames, 'too few mutated frames took the fast path');
  assert.ok(sum(reports, ({ reachedBook }) => reachedBook) > 0.02 * frames * BOOK_SHARE, 'too few reached a book');
});

/** About one mutated frame in five is stepped through a Scanner. */
const BOOK_SHARE = 0.2;

function tell(t: TestContext, reports: readonly PairReport[], ms: number): void {
  const share = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`;
  const all = { frames: 0, ticks: 0, fast: 0, stepped: 0, reachedBook: 0, madeStale: 0 };
  for (const { venue, kind, frames, outcomes, fast, stepped, reachedBook, madeStale } of reports) {
    const ticks = outcomes.ticks ?? 0;
    t.diagnostic(
      `${venue} ${kind}: ${frames} frames, ticks ${share(ticks, frames)}, fast ${share(fast, frames)}, ` +
        `changed a book ${share(reachedBook, Math.max(stepped, 1))} of ${stepped}`,
    );
    all.frames += frames;
    all.ticks += ticks;
    all.fast += fast;
    all.stepped += stepped;
    all.reachedBook += reachedBook;
    all.madeStale += madeStale;
  }
  t.diagnostic(
    `all: ${all.frames} frames of ${reports.length} pairs in ${(ms / 1000).toFixed(0)} s: ${share(all.ticks, all.frames)} gave ` +
      `ticks, ${share(all.fast, all.frames)} by the fast path; of ${all.stepped} stepped through a Scanner ` +
      `${share(all.reachedBook, all.stepped)} changed a book (${share(all.madeStale, all.stepped)} made it stale)`,
  );
}

function sum(reports: readonly PairReport[], of: (report: PairReport) => number): number {
  return reports.reduce((total, report) => total + of(report), 0);
}

/** Runs one worker to its end. @throws with its stderr when it fails otherwise than by reporting */
function runWorker(part: number): Promise<Line[]> {
  const child = spawn(
    process.execPath,
    ['--expose-gc', '--import', 'tsx', WORKER, SEED, String(FRAMES), String(part), String(PROCESSES)],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let out = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0) reject(new Error(`worker ${part} ended with ${code}: ${errors}`));
      else
        resolve(
          out
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line)),
        );
    });
  });
}
