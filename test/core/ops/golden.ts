/** Compares a text with a file under test/golden; `UPDATE_GOLDEN=1` rewrites the file, to be reviewed as a diff. */

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @param name - below test/golden, such as `ops/replay.txt` */
export function matchesGolden(name: string, text: string): void {
  const path = fileURLToPath(new URL(`../../golden/${name}`, import.meta.url));
  if (process.env.UPDATE_GOLDEN === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  assert.equal(text, readFileSync(path, 'utf8'), `differs from test/golden/${name}`);
}
