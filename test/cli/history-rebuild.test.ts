/** A scan keeps its history while it runs, and its journal gives the same history again: the real program, on simulated venues. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cryptorun, tempFolder } from './support/cryptorun.ts';

const LISTINGS = ['metrics', 'alerts', 'gaps', 'bars', 'tickers'] as const;
const STATE = 'artifacts/demo/state';

test('what a scan has kept, its journal gives again, row for row', () => {
  const home = tempFolder();
  const run = (...args: string[]) => cryptorun(args, { cwd: home });
  const scan = run('scan', '--demo', '--speed', '20', '--duration', '80s', '-q', '--record', 'journal');
  assert.equal(scan.code, 0, scan.stderr);
  const rebuild = run('state', 'rebuild', '--from', 'journal', '--state', 'other');
  assert.equal(rebuild.code, 0, rebuild.stderr);
  const list = (name: string, state: string): string[] => {
    const { code, stdout, stderr } = run('history', name, '--from', '-1d', '-o', 'ndjson', '--state', state);
    assert.equal(code, 0, stderr);
    return stdout.split('\n').slice(0, -1);
  };
  for (const name of LISTINGS) {
    const [kept, again] = [list(name, STATE), list(name, 'other')];
    assert.deepEqual(again, kept, name);
    // Two of four venues have a spot and a perpetual of each coin, for more than a minute: of these there is always something.
    if (name === 'metrics' || name === 'bars' || name === 'tickers') assert.ok(kept.length > 0, `no ${name}`);
  }
  assert.ok(list('health', STATE).length > 0);
});
