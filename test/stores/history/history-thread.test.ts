/** The thread that writes the history, with the real file: its speed, its death, a full disk, and a lock that somebody holds. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import Database from 'libsql';
import { Prng } from '../../../src/core/base/prng.ts';
import { HistoryWriter } from '../../../src/shell/stores/history/history-writer.ts';
import { SqliteHistorySource } from '../../../src/shell/stores/history/sqlite-history-source.ts';
import { WorkerHistorySink } from '../../../src/shell/stores/history/worker-history-sink.ts';
import { fillDisk, noSmallDisk, smallDisk } from '../control/support/small-disk.ts';
import { historyFolder, listOf, PERP, SCORED, sample, T0 } from './support/rows.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const FOR_GOOD = { metrics: 0, alerts: 0, dataGaps: 0, ticker: 0, health: 0, bars: 0, books: 0 };
const ALL = { fromMs: null, toMs: null, limit: null, venue: null, instrument: null, metrics: ['spread_bps'] as const };
const LIMIT_MS = 20_000;

interface Running {
  readonly sink: WorkerHistorySink;
  readonly writer: HistoryWriter;
  readonly told: string[];
}

/** A writer with its thread, as the last build has it. */
function running(
  t: TestContext,
  dir: string,
  maxQueuedRows = 100_000,
  retention = FOR_GOOD,
  workerFile?: string,
): Running {
  const told: string[] = [];
  const onProblem = (text: string): void => void told.push(text);
  const sink = new WorkerHistorySink({ stateDir: dir, retention, onProblem, ...(workerFile && { workerFile }) });
  const writer = new HistoryWriter(sink, {
    zscoreMetrics: SCORED,
    metricsEveryMs: 1000,
    maxQueuedRows,
    batchMs: 20,
    instrumentOf: () => PERP.instrument,
    tickerOf: () => null,
    onProblem,
  });
  t.after(() => writer.close(1000));
  return { sink, writer, told };
}

function takeSamples(writer: HistoryWriter, from: number, count: number): void {
  for (let second = from; second < from + count; second++)
    writer.take({ kind: 'sample', sample: sample(T0 + second * 1000, { spread_bps: second }) });
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  const endMs = performance.now() + LIMIT_MS;
  while (!isSo()) {
    assert.ok(performance.now() < endMs, `waited in vain: ${what}`);
    await pause(5);
  }
}

async function secondsIn(dir: string): Promise<number[]> {
  const source = new SqliteHistorySource(dir);
  const rows = await listOf(source.metrics(ALL));
  source.close();
  return rows.map(({ values }) => values[0]!);
}

/** Numbers from `from` on, without a hole. */
const numbered = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

test('what is taken is there at the end; a thousand instruments a second are easy', async (t) => {
  const dir = historyFolder(t);
  const { writer, told } = running(t, dir);
  const ROWS = 30_000;
  const startMs = performance.now();
  takeSamples(writer, 0, ROWS);
  const takenMs = performance.now() - startMs;
  const end = await writer.close(LIMIT_MS);
  const perSecond = Math.round((ROWS * 1000) / (performance.now() - startMs));
  t.diagnostic(`${perSecond} rows/s written; ${((takenMs * 1000) / ROWS).toFixed(1)} us of the scanner's time a row`);
  assert.deepEqual([end, told], [{ isWhole: true, writtenRows: ROWS, droppedRows: 0 }, []]);
  assert.deepEqual(await secondsIn(dir), numbered(ROWS));
  // On a machine that is busy with all other tests; alone it is fifty times the need.
  assert.ok(perSecond > 2000, `${perSecond} rows/s`);
});

test('a thread begins with what is too old, a slice at a time, and writes meanwhile', async (t) => {
  const dir = historyFolder(t);
  const first = running(t, dir);
  takeSamples(first.writer, 0, 12_000);
  await first.writer.close(LIMIT_MS);
  const { writer, told } = running(t, dir, 100_000, { ...FOR_GOOD, metrics: 1 });
  const nowS = Math.floor((Date.now() - T0) / 1000);
  takeSamples(writer, nowS, 10);
  await writer.drained(0);
  const db = new Database(join(dir, 'history.db'));
  const count = db.prepare('SELECT count(*) FROM metrics').raw();
  await until('the old ones are gone', () => (count.get() as [number])[0] === 10);
  db.close();
  assert.deepEqual(told, []);
});

test('a full disk is told once, costs no wait, and is over by itself', { skip: noSmallDisk }, async (t) => {
  const dir = smallDisk(t, 1024);
  const { writer, told } = running(t, dir, 20_000);
  takeSamples(writer, 0, 100);
  await writer.drained(0);
  fillDisk(dir);
  for (let from = 100; from < 8100; from += 100) takeSamples(writer, from, 100);
  await until('it is told', () => writer.state.problem !== null);
  await pause(1500);
  assert.equal(told.length, 1, told.join('\n'));
  assert.match(told[0]!, /^history: cannot write .*history\.db: .*full.*; the scan goes on/);
  rmSync(join(dir, 'fill'));
  // Room for all of it there is none on this disk: enough that some of it is written again.
  await until('it is written again', () => writer.state.writtenRows > 100);
  assert.deepEqual((await secondsIn(dir)).slice(0, 100), numbered(100));
});

test('a lock that somebody holds is told once, and is over when it is gone', async (t) => {
  const dir = historyFolder(t);
  const { writer, told } = running(t, dir);
  takeSamples(writer, 0, 10);
  await writer.drained(0);
  // In a process of its own: this one may have no other descriptor of the file.
  const holder = spawn(process.execPath, ['-e', HOLD_LOCK, join(dir, 'history.db')], { cwd: ROOT, stdio: 'pipe' });
  t.after(() => holder.kill('SIGKILL'));
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  takeSamples(writer, 10, 10);
  await until('it is told', () => told.length > 0);
  assert.match(told[0]!, /^history: cannot write .*history\.db: database is locked; the scan goes on/);
  holder.kill('SIGKILL');
  await until('it is written', () => writer.state.writtenRows === 20);
  assert.deepEqual(told.slice(1), ['history: written again; 0 rows could not be kept']);
  assert.deepEqual(await secondsIn(dir), numbered(20));
});

const HOLD_LOCK = `
  const db = new (require('libsql'))(process.argv[1]);
  db.exec('BEGIN IMMEDIATE');
  console.log('locked');
  setInterval(() => db, 1000);
`;

test('a thread that has ended is followed by another with the next batch', async (t) => {
  const dir = historyFolder(t);
  const { sink, writer, told } = running(t, dir);
  takeSamples(writer, 0, 10);
  await writer.drained(0);
  await sink.close(LIMIT_MS);
  takeSamples(writer, 10, 10);
  await until('it is written', () => writer.state.writtenRows >= 20);
  assert.deepEqual([writer.state.droppedRows, told], [0, []]);
  assert.deepEqual(await secondsIn(dir), numbered(20));
});

for (const [when, hook] of [
  // Nothing of the batch is stored yet.
  ['before it writes', 'on'],
  // All of it is, and nobody was told.
  ['after it has written, before it says so', 'postMessage'],
] as const) {
  test(`a thread that dies with a batch, ${when}: no row is lost and none is there twice`, async (t) => {
    const dir = historyFolder(t);
    const { writer, told } = running(t, dir, 100_000, FOR_GOOD, dyingThread(dir, hook, 1));
    takeSamples(writer, 0, 10);
    await writer.drained(0);
    writeFileSync(join(dir, 'die'), '');
    takeSamples(writer, 10, 500);
    await until('it is told', () => told.length > 0);
    assert.match(
      told[0]!,
      /^history: the thread that writes the history is gone: killed by the test; the scan goes on/,
    );
    takeSamples(writer, 510, 10);
    await until('it is written', () => writer.state.writtenRows === 520);
    assert.deepEqual(told.slice(1), ['history: written again; 0 rows could not be kept']);
    assert.equal(writer.state.droppedRows, 0);
    assert.deepEqual(await secondsIn(dir), numbered(520));
  });
}

test('a batch that thread after thread dies of is given up, at a bounded rate; what comes after it is written', async (t) => {
  const dir = historyFolder(t);
  const { writer, told } = running(t, dir, 100_000, FOR_GOOD, dyingThread(dir, 'on', 3));
  takeSamples(writer, 0, 10);
  await writer.drained(0);
  writeFileSync(join(dir, 'die'), '');
  const startMs = performance.now();
  takeSamples(writer, 10, 20);
  await until('the first has died', () => told.length > 0);
  takeSamples(writer, 30, 10);
  await until('the rest is written', () => writer.state.writtenRows === 20);
  assert.equal(readdirSync(dir).filter((name) => name.startsWith('died')).length, 3);
  // One second after the first, two after the second, four after the last.
  assert.ok(performance.now() - startMs > 6900, 'a thread that dies is not begun anew at once');
  assert.deepEqual(told.slice(1), ['history: written again; 20 rows could not be kept']);
  assert.deepEqual(await secondsIn(dir), [...numbered(10), ...numbered(40).slice(30)]);
});

/** The built thread, that dies `times` times once the file `die` is there: where it is told something, or where it answers. */
function dyingThread(dir: string, hook: 'on' | 'postMessage', times: number): string {
  const path = join(dir, 'dying.cjs');
  writeFileSync(
    path,
    `const fs = require('node:fs');
    const { parentPort } = require('node:worker_threads');
    const own = parentPort.${hook}.bind(parentPort);
    const died = () => fs.readdirSync(${JSON.stringify(dir)}).filter((name) => name.startsWith('died')).length;
    const mayDie = () => {
      if (!fs.existsSync(${JSON.stringify(join(dir, 'die'))}) || died() >= ${times}) return;
      fs.writeFileSync(${JSON.stringify(join(dir, 'died'))} + died(), '');
      throw new Error('killed by the test');
    };
    parentPort.${hook} = ${hook === 'on' ? "(name, take) => own(name, (message) => { if (message.kind === 'write') mayDie(); take(message); })" : '(message) => { mayDie(); own(message); }'};
    require(${JSON.stringify(join(ROOT, 'dist', 'history-worker.cjs'))});
    `,
  );
  return path;
}

const KILLS = 12;

test(`${KILLS} processes killed while they write: what was acknowledged is there, and the file is whole`, async (t) => {
  const dir = historyFolder(t);
  const program = await bundled(t);
  const seed = Number(process.env['SIM_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  t.diagnostic(`SIM_SEED=${seed}`);
  const random = new Prng(seed);
  let from = 0;
  for (let i = 0; i < KILLS; i++) {
    const written = await writtenWhenKilled(program, dir, from, random.next() * 100);
    const seconds = await secondsIn(dir);
    assert.ok(seconds.length >= from + written, `${seconds.length} rows of ${from} and ${written} acknowledged`);
    assert.deepEqual(seconds, numbered(seconds.length), 'no hole, and nothing twice');
    from = seconds.length;
  }
  const db = new Database(join(dir, 'history.db'));
  assert.deepEqual(db.prepare('PRAGMA integrity_check').raw().all(), [['ok']]);
  db.close();
  assert.ok(from > 20 * KILLS, `only ${from} rows: the processes hardly lived`);
});

/** The program and its thread, of the sources as they are now, in one folder. */
async function bundled(t: TestContext): Promise<string> {
  const outdir = historyFolder(t);
  const sources = ['src/shell/stores/history/history-worker.ts', 'test/stores/history/support/history-process.ts'];
  await build({
    entryPoints: sources.map((source) => join(ROOT, source)),
    outdir,
    entryNames: '[name]',
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['libsql'],
    define: { 'import.meta.url': '__filename' },
    logLevel: 'error',
  });
  return join(outdir, 'history-process.cjs');
}

/** How many rows it was told are written, when it is killed so many ms after the first of them. */
function writtenWhenKilled(program: string, dir: string, from: number, lifeMs: number): Promise<number> {
  const child: ChildProcess = spawn(process.execPath, [program, dir, String(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_PATH: join(ROOT, 'node_modules') },
  });
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout!.setEncoding('latin1').on('data', (text: string) => {
      if (said === '') setTimeout(() => child.kill('SIGKILL'), lifeMs);
      said += text;
    });
    child.on('error', reject).on('close', () => {
      // A line that the kill cut off was not told.
      const lines = said
        .slice(0, said.lastIndexOf('\n') + 1)
        .trimEnd()
        .split('\n');
      const last = /^written (\d+)$/.exec(lines.at(-1) ?? '');
      if (last === null) reject(new Error(`it said: ${said}`));
      else resolve(Number(last[1]));
    });
  });
}
