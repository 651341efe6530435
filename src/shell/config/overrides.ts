/** What flags and environment variables say in place of the files: flag before variable before file. Reads no file. */

import { resolve } from 'node:path';
import { nearestWord } from './check/did-you-mean.ts';
import { isMapping } from './check/section.ts';
import { LOG_LEVELS, logLevelFrom } from './log-level.ts';
import type { ConfigProblem } from './problem.ts';
import { quoted } from './problem.ts';
import type { ConfigRequest } from './resolve-home.ts';

/** Writes `--output` and the log level of the environment into ops values that have their defaults; tells what is wrong with them. */
export function applyOverrides(ops: unknown, request: ConfigRequest): ConfigProblem[] {
  const output = request.flags.output;
  if (output) setIn(ops, 'artifacts', 'output_dir', resolve(request.cwd, output));
  const choice = logLevelFrom(request.env);
  if (choice.kind === 'level') setIn(ops, 'log', 'level', choice.level);
  return choice.kind === 'wrong' ? [noLogLevel(choice.word)] : [];
}

function noLogLevel(word: string): ConfigProblem {
  const wanted = `one of ${LOG_LEVELS.join(', ')}`;
  const hint = nearestWord(word.toLowerCase(), LOG_LEVELS);
  return { file: 'CRYPTORUN_LOG_LEVEL', position: null, path: '', wanted, found: quoted(word), hint };
}

function setIn(data: unknown, group: string, key: string, value: string): void {
  const mapping = isMapping(data) ? data[group] : undefined;
  if (isMapping(mapping)) mapping[key] = value;
}
