/** Reads drills from a folder. Runs none. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CryptorunError } from '../../errors.ts';
import type { Drill } from './drill.ts';
import { parseDrill } from './parse-drill.ts';

const EXTENSION = '.yaml';

/** The names of the drills in a folder, sorted; none if there is no such folder. */
export function drillNames(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith(EXTENSION));
  return files.map((file) => file.slice(0, -EXTENSION.length)).sort();
}

/** @throws CryptorunError `usage` for a name that is not there, `bad_config` with everything that is wrong with the file */
export function readDrill(folder: string, name: string): Drill {
  const names = drillNames(folder);
  if (!names.includes(name)) {
    throw new CryptorunError(
      'usage',
      `no drill ${JSON.stringify(name)} in ${folder}: there are ${names.join(', ') || 'none'}`,
    );
  }
  const path = join(folder, name + EXTENSION);
  const parsed = parseDrill(readFileSync(path, 'utf8'), name, path);
  if (parsed.kind === 'drill') return parsed.drill;
  throw new CryptorunError('bad_config', parsed.problems.join('\n'));
}
