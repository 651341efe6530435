/** The constants of `src/core/feed` that are no keys: each is in the table of docs/venues.md, with the value that it has. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FEED = join(ROOT, 'src', 'core', 'feed');
/** Units, numbers of slots and requests, and what stands in where config says nothing. */
const KNOWN = new Set(['SECOND_MS', 'HOUR_MS', 'BAN_SECONDS', 'DEFAULT_TOPICS', 'FRAME_SLOT', 'FIRST_REQUEST']);

test('what is not configured is documented, and has the value that the table says', () => {
  const rows = readFileSync(join(ROOT, 'docs', 'venues.md'), 'utf8').matchAll(
    /^\| `([A-Z_]+)` \| ([\d_]+) \| `([\w.-]+)` \|/gm,
  );
  const shown = [...rows].map(([, name, value, file]) => `${file} ${name} = ${value}`);
  const own = readdirSync(FEED).filter((file) => file.endsWith('.ts'));
  const found = own.flatMap((file) => {
    const constants = readFileSync(join(FEED, file), 'utf8').matchAll(/^(?:export )?const ([A-Z_]+) = ([\d_]+);$/gm);
    return [...constants].flatMap(([, name, value]) => (KNOWN.has(name!) ? [] : [`${file} ${name} = ${value}`]));
  });
  assert.ok(found.length > 5);
  assert.deepEqual(shown.sort(), found.sort());
});
