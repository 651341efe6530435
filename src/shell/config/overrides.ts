/** What flags and environment variables say in place of the files: flag before variable before file. Reads no file. */

import { resolve } from 'node:path';
import { nearestWord } from './check/did-you-mean.ts';
import type { Section } from './check/section.ts';
import { isMapping } from './check/section.ts';
import type { ConfigProblem } from './problem.ts';
import { quoted } from './problem.ts';
import type { ConfigRequest } from './resolve-home.ts';

const LOG_LEVELS = ['error', 'warn', 'info', 'debug'];

/** Writes `--output` and `CRYPTORUN_LOG_LEVEL` into an ops section that has its defaults; tells what is wrong with them. */
export function applyOverrides(ops: Section, request: ConfigRequest): ConfigProblem[] {
  const output = request.flags.output;
  if (output) setIn(ops.data, 'artifacts', 'output_dir', resolve(request.cwd, output));
  const level = request.env['CRYPTORUN_LOG_LEVEL'];
  if (!level) return [];
  if (LOG_LEVELS.includes(level)) {
    setIn(ops.data, 'log', 'level', level);
    return [];
  }
  const wanted = `one of ${LOG_LEVELS.join(', ')}`;
  const hint = nearestWord(level, LOG_LEVELS);
  return [{ file: 'CRYPTORUN_LOG_LEVEL', position: null, path: '', wanted, found: quoted(level), hint }];
}

function setIn(data: unknown, group: string, key: string, value: string): void {
  const mapping = isMapping(data) ? data[group] : undefined;
  if (isMapping(mapping)) mapping[key] = value;
}
