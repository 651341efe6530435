/** The built command line as a user meets it: start-up times beside an empty Node, and peak memory of a whole replay. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { KINDS } from './kinds.ts';
import { median } from './median.ts';
import type { Source } from './source.ts';
import { targetLine } from './targets.ts';

const RUNS = 31;
const REPLAY_LIMIT_MS = 300_000;
const MEGABYTE = 1_000_000;

/** Where nobody ever set anything, and where a switch is off: then the control database is opened, too. */
type State = 'new' | 'set';

/** What is started, on which state, and how many times the empty Node it may take. */
const STARTS = [
  { name: 'cryptorun --version', args: ['--version'], state: 'new', atMost: 1.35 },
  { name: 'cryptorun ops status', args: ['ops', 'status'], state: 'new', atMost: 2 },
  { name: 'cryptorun ops status (set up)', args: ['ops', 'status'], state: 'set', atMost: 2 },
] as const;

const SET_UP = ['switch', 'off', 'alerts', '--reason', 'bench'];

/** Replaying the recorded mix must fit in this, bytes. */
const MAX_RSS_BYTES = 200 * MEGABYTE;

/** Where the replay and the status run: a folder of their own, so that nothing of the user's is read or written. */
export interface StartupPlaces {
  readonly root: string;
  readonly cwd: string;
}

/** Lines with targets; one line that says so when the program is not built. */
export function startupLines(source: Source, { root, cwd }: StartupPlaces, say: (text: string) => void): string[] {
  const program = join(root, 'bin/cryptorun.js');
  if (spawnSync(process.execPath, [program, '--version'], { cwd }).status !== 0) {
    return ['start-up: not built, run `npm run build`'];
  }
  say('startup: replaying');
  const memory = memoryLine(source, program, cwd);
  say(`startup: ${RUNS} runs of each command`);
  return [...startLines(program, cwd), memory];
}

function memoryLine(source: Source, program: string, cwd: string): string {
  const mix = KINDS.find(({ name }) => name === 'mix')!;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [program, 'replay', '--json', '--out', join(cwd, 'replay'), ...source.pathsOf(mix)],
    { cwd, encoding: 'utf8', timeout: REPLAY_LIMIT_MS },
  );
  if (status !== 0) return `cryptorun replay: exit code ${status}, ${firstLine(stderr)}`;
  const { totals } = JSON.parse(stdout);
  return targetLine('cryptorun replay (mix): peak memory', totals.peakRssBytes, { atMost: MAX_RSS_BYTES }, megabytes);
}

/** The commands and the empty Node take turns; ratios are between neighbours. */
function startLines(program: string, cwd: string): string[] {
  const folders = stateFolders(program, cwd);
  const empty: number[] = [];
  const times = STARTS.map((): number[] => []);
  for (let run = 0; run < RUNS; run++) {
    empty.push(startMs(['-e', '0'], cwd));
    for (const [index, { args, state }] of STARTS.entries())
      times[index]!.push(startMs([program, ...args, ...(args.length > 1 ? ['--state', folders[state]] : [])], cwd));
  }
  const lines = STARTS.map(({ name, atMost }, index) => {
    const ratio = median(times[index]!.map((ms, run) => ms / empty[run]!));
    return `${targetLine(`${name} / node -e 0`, ratio, { atMost })}  (${median(times[index]!).toFixed(0)} ms)`;
  });
  return [...lines, `${'node -e 0'.padEnd(44)} ${median(empty).toFixed(0)} ms`];
}

/** @throws Error when a switch cannot be set: what is measured then would be something else */
function stateFolders(program: string, cwd: string): Readonly<Record<State, string>> {
  const folders = { new: join(cwd, 'state-new'), set: join(cwd, 'state-set') };
  const options = { cwd, encoding: 'utf8' } as const;
  const { status, stderr } = spawnSync(process.execPath, [program, ...SET_UP, '--state', folders.set], options);
  if (status !== 0) throw new Error(`cryptorun ${SET_UP[0]}: exit code ${status}, ${firstLine(stderr)}`);
  return folders;
}

/** Elapsed ms of one process. Its exit code is its own business: `ops status` may grade what it sees. */
function startMs(args: readonly string[], cwd: string): number {
  const begin = performance.now();
  spawnSync(process.execPath, args, { cwd, stdio: 'ignore', timeout: 30_000 });
  return performance.now() - begin;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!;
}

function megabytes(bytes: number): string {
  return `${(bytes / MEGABYTE).toFixed(0)} MB`;
}
