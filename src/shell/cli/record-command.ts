/** `cryptorun demo-recording DIR`: writes the simulator's own recording, to replay where there is no other. Replays nothing. */

import { readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { CryptorunError } from '../errors.ts';

interface RawOptions {
  readonly seed?: string;
  readonly seconds?: string;
}

/**
 * Adds the command. On stdout it writes the folder of frames, the argument that `replay` wants, and nothing else.
 *
 * The simulator is loaded when the command runs.
 */
export function registerRecordCommand(program: Command, context: CliContext): void {
  program
    .command('demo-recording')
    .description('write a small recording of three exchanges, made by the built-in simulator')
    .argument('<dir>', 'folder to write to; made if it does not exist')
    .option('--seed <n>', 'the same seed gives the same recording (default: 1)')
    .option('--seconds <n>', 'length in market time (default: 315)')
    .action(async (dir: string, options: RawOptions) => writeRecording(dir, options, context));
}

async function writeRecording(dir: string, raw: RawOptions, context: CliContext): Promise<void> {
  const sim = await import('../sim/record.ts');
  const problems: string[] = [];
  const seed = wholeNumber('--seed', raw.seed ?? String(sim.DEFAULT_SEED), 0, 4_294_967_295, problems);
  const limits = [sim.MIN_SECONDS, sim.MAX_SECONDS] as const;
  const seconds = wholeNumber('--seconds', raw.seconds ?? String(sim.DEFAULT_SECONDS), ...limits, problems);
  const folder = resolve(context.cwd, dir);
  const strangers = foreignFiles(join(folder, sim.FRAMES_FOLDER), sim.demoFileNames());
  if (strangers.length > 0) {
    const place = join(dir, sim.FRAMES_FOLDER);
    problems.push(`DIR: wanted a folder without other files in ${place}, found ${strangers.join(', ')}`);
  }
  if (problems.length > 0) throw new CryptorunError('usage', `demo-recording: ${problems.join('\n')}`);

  const written = writeOrRefuse(() => sim.writeDemoRecording(folder, { seed, seconds }));
  const shown = relative(context.cwd, written.framesFolder) || '.';
  context.stderr.write(
    `${written.files.length} files, ${written.messages} messages; what is in them: ${join(dir, 'RECORDING.txt')}\n`,
  );
  context.stdout.write(`${shown}\n`);
}

/** A refused option adds to `problems`; the value is then meaningless. */
function wholeNumber(name: string, text: string, least: number, most: number, problems: string[]): number {
  const value = Number(text);
  const isWhole = /^[0-9]{1,10}$/.test(text) && value >= least && value <= most;
  if (!isWhole) problems.push(`${name}: wanted a whole number from ${least} to ${most}, found "${text}"`);
  return value;
}

/** Files that we would not replace: a replay of the folder would mix them into the recording. */
function foreignFiles(framesFolder: string, ours: readonly string[]): string[] {
  try {
    return readdirSync(framesFolder).filter((name) => !ours.includes(name));
  } catch {
    // Not there yet; if it cannot be read, writing says why.
    return [];
  }
}

function writeOrRefuse<T>(write: () => T): T {
  try {
    return write();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CryptorunError('io_failed', `demo-recording: cannot write: ${reason}`, { cause });
  }
}
