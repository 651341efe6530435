/** SIGKILL at a moment nobody chose: everything that was flushed is there. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { readEverything, temporaryFolder } from './support/journals.ts';

const WRITER = fileURLToPath(new URL('./support/killed-writer.ts', import.meta.url));

test('a killed writer loses nothing that it had flushed', { timeout: 60_000 }, async (t) => {
  const folder = temporaryFolder(t);
  const child = spawn(process.execPath, ['--import', 'tsx', WRITER, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  let told = '';
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    told += text;
    if (told.length > 400) child.kill('SIGKILL');
  });
  const [, signal] = await once(child, 'close');
  assert.equal(signal, 'SIGKILL');
  const flushed = Math.max(...[...told.matchAll(/flushed (\d+)\n/g)].map((match) => Number(match[1])));
  const { values, problems } = readEverything(folder);
  assert.ok(flushed >= 500);
  assert.ok(values.length - 1 >= flushed, `${values.length - 1} read, ${flushed} flushed`);
  values.slice(1).forEach((value, i) => {
    assert.equal((value as { hex: string }).hex, Buffer.from(`{"i":${i + 1}}`).toString('hex'));
  });
  // Between two segments there may be a trailer without a next file, and a next file without a header.
  const expected = ['torn_tail', 'no_trailer', 'missing_segment'];
  assert.notEqual(problems.length, 0);
  for (const { code } of problems) assert.ok(expected.includes(code), code);
});
