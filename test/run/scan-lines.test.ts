/** A scan as lines: on a terminal that asked for them, and on a stdout that nobody reads for a while. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../../src/core/scan/effect.ts';
import { main } from '../../src/shell/cli/main.ts';
import { LineShow } from '../../src/shell/run/scan/show/line-show.ts';
import { PACKAGE_ROOT, ScanHome } from './scan-support.ts';

const AT_MS = Date.parse('2026-03-01T12:00:01Z');
const event = (name: string): Effect => ({ kind: 'switch_changed', name, isOn: false, atMs: AT_MS });

function shown(isJson: boolean) {
  const lines: string[] = [];
  const notices: string[] = [];
  const stdout = { write: (text: string) => lines.push(text), writableNeedDrain: false };
  const stderr = { write: (text: string) => notices.push(text) };
  const show = new LineShow({ stdout, stderr }, { isJson, isQuiet: false, nowMs: () => AT_MS });
  return { show, stdout, lines, notices };
}

test('lines for a reader that has stopped are dropped, and told of when it goes on and at the end', () => {
  const { show, stdout, lines, notices } = shown(false);
  show.onEffect(event('a'));
  stdout.writableNeedDrain = true;
  for (let i = 0; i < 1000; i++) show.onEffect(event('b'));
  assert.equal(lines.length, 1);
  stdout.writableNeedDrain = false;
  show.onEffect(event('c'));
  show.onEffect(event('d'));
  stdout.writableNeedDrain = true;
  show.onEffect(event('e'));
  show.close();
  assert.deepEqual(lines, [
    '12:00:01  switch a is OFF\n',
    '12:00:01  1000 lines dropped: stdout was not read fast enough\n',
    '12:00:01  switch c is OFF\n',
    '12:00:01  switch d is OFF\n',
  ]);
  assert.deepEqual(notices, ['1001 lines were dropped: stdout was not read fast enough\n']);
});

test('NDJSON says it in NDJSON; who reads all of it is told nothing', () => {
  const { show, stdout, lines, notices } = shown(true);
  show.onEffect(event('a'));
  show.close();
  assert.deepEqual(notices, []);
  stdout.writableNeedDrain = true;
  show.onEffect(event('b'));
  stdout.writableNeedDrain = false;
  show.onEffect(event('c'));
  assert.deepEqual(JSON.parse(lines[1]!), { at: '2026-03-01T12:00:01.000Z', event: 'lines_dropped', lines: 1 });
  assert.equal(JSON.parse(lines[2]!).name, 'c');
});

test('a terminal gets a screen, and its own back at the end; with --no-screen it gets lines', async () => {
  const home = new ScanHome().home;
  const printed = async (...more: string[]): Promise<string> => {
    let text = '';
    const stdout = { write: (part: string) => (text += part), isTTY: true, columns: 80, rows: 24 };
    const stderr = { write: () => {} };
    const context = { env: {}, cwd: home, packageRoot: PACKAGE_ROOT, stdout, stderr };
    const demo = ['scan', '--demo', '--speed', '40', '--venue', 'okx', '--duration', '40s', '--every', '100ms'];
    await main([...demo, ...more], { ...context, setExitCode: (code) => assert.equal(code, 0) });
    return text;
  };
  const screen = await printed();
  assert.ok(screen.startsWith('\x1b[?1049h') && screen.endsWith('\x1b[?1049l'));
  assert.match(screen, /cryptorun scan {2}.*demo, 40x/);
  const lines = await printed('--no-screen');
  assert.doesNotMatch(lines, /\x1b/);
  assert.match(lines, /okx feed syncing -> live/);
});
