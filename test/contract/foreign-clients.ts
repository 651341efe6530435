/** Finds clients of exchanges that we did not write: in the project's own packages, or in those of the benches. Installs nothing. */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of an installed package; null where it is not installed. */
export function packageFolder(name: string): string | null {
  const folders = ['../../node_modules', '../../bench/node_modules'];
  const paths = folders.map((folder) => fileURLToPath(new URL(`${folder}/${name}`, import.meta.url)));
  return paths.find((path) => existsSync(`${path}/package.json`)) ?? null;
}

/** The reason to skip, in words that nobody overlooks; false where the package is there. */
export function skipWithout(name: string): string | false {
  if (packageFolder(name) !== null) return false;
  return `NOT PROVEN HERE: ${name} is not installed (npm ci --prefix bench)`;
}
