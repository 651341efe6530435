/** The bench from its command line to its table: recordings into memory, rounds, rows, report. */

import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SimVenueName } from '../src/shell/sim/world/sim-world.ts';
import { runSurveillance } from './cases/surveillance.ts';
import { type FrameSet, loadFrames, writeFrames } from './frames.ts';
import { filterOf, type Kind } from './kinds.ts';
import { runMicro } from './micro.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { ndjson, tableText } from './report.ts';
import { runRounds } from './rounds.ts';
import { type Row, rowsOf } from './rows.ts';
import { scanFrames } from './scan-frames.ts';
import { type Source, sourceOf } from './source.ts';
import { startupLines } from './startup.ts';
import { targetLines } from './targets.ts';

/** Where the project and the built bench are. */
export interface Places {
  readonly root: string;
  readonly out: string;
}

/** @returns the exit code: 0, or 2 for a wrong command line. No figure changes it. */
export async function main(argv: readonly string[], places: Places): Promise<number> {
  let options: Options;
  try {
    options = readOptions(argv);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const temporary = mkdtempSync(join(tmpdir(), 'cryptorun-bench-'));
  try {
    const source = sourceOf(places.root, temporary);
    if (options.table) await throughput(options, source, places, temporary);
    if (options.startup && !options.json) {
      const lines = startupLines(source, { root: places.root, cwd: temporary }, say);
      say('');
      print(lines.join('\n'));
    }
    if (options.micro) {
      await runMicro(print);
      await runSurveillance(print);
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return 0;
}

async function throughput(options: Options, source: Source, { root, out }: Places, temporary: string): Promise<void> {
  const rows: Row[] = [];
  const sizes: string[] = [];
  const worker = join(out, 'worker.js');
  for (const kind of options.kinds) {
    const frames = await read(kind, source, root);
    if (frames === null) continue;
    sizes.push(sizeLine(kind, frames));
    const found = await measured(kind, frames, options, worker, temporary);
    rows.push(...found);
    if (options.json) process.stdout.write(ndjson(found));
  }
  say('');
  if (options.json) return;
  print([...headLines(source, options), ...sizes, '', tableText(rows), '', ...targetLines(rows)].join('\n'));
}

/** The frames of a kind; null where the source has none. */
async function read(kind: Kind, source: Source, root: string): Promise<FrameSet | null> {
  say(`${kind.name}: reading`);
  if (kind.paths.length === 0) return scanFrames(root, kind.venues as readonly SimVenueName[]);
  const frames = await loadFrames(source.pathsOf(kind), filterOf(kind));
  if (frames.ends.length > 0) return frames;
  say(`${kind.name}: left out, ${source.name} has none of it`);
  return null;
}

async function measured(
  kind: Kind,
  frames: FrameSet,
  options: Options,
  worker: string,
  temporary: string,
): Promise<Row[]> {
  const framesPath = join(temporary, `${kind.name}.frames`);
  writeFrames(framesPath, frames);
  const cases = options.cases.filter((name) => kind.cases.length === 0 || kind.cases.includes(name));
  const outcomes = await runRounds(framesPath, kind.name, cases, { ...options, worker, onProgress: say });
  rmSync(framesPath);
  return rowsOf(kind, outcomes, options.clock);
}

function headLines(source: Source, { rounds, clock }: Options): string[] {
  const { model } = cpus()[0]!;
  const what = clock === 'cpu' ? 'CPU time of all threads' : 'elapsed time';
  return [
    `${source.name}; ${what}, medians of ${rounds} rounds, each case in a fresh process`,
    `Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} x ${model.trim()}`,
    '',
  ];
}

function sizeLine({ name, note }: Kind, { ends, bytes }: FrameSet): string {
  const messages = `${ends.length}`.replace(/\B(?=(\d{3})+$)/g, ',');
  const about = note === '' ? '' : `, ${note}`;
  return `${name.padEnd(16)}  ${messages.padStart(7)} messages, ${(bytes.length / 1e6).toFixed(1)} MB${about}`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One line that is replaced on a terminal, and one line each elsewhere. */
function say(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (text !== '') process.stderr.write(`bench: ${text}\n`);
}
