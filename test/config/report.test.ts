/** Bad configurations under test/golden/config/bad, each beside the report an operator gets. UPDATE_GOLDEN=1 rewrites reports. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { loadConfig } from '../../src/shell/config/load-config.ts';
import { folderWith, GOLDEN, reportOf, requestIn } from './support.ts';

for (const name of readdirSync(join(GOLDEN, 'bad'))) {
  test(`bad configuration: ${name}`, () => {
    const folder = join(GOLDEN, 'bad', name);
    const report = reportOf(requestIn(folder, { flags: { config: 'ops.yaml' } }));
    const golden = join(folder, 'report.txt');
    if (process.env['UPDATE_GOLDEN']) writeFileSync(golden, report);
    assert.equal(report, readFileSync(golden, 'utf8'));
    assert.notEqual(report, '');
  });
}

test('missing files are told, all of them', (t) => {
  const cwd = folderWith(t, { 'config/ops.yaml': '{}\n' });
  assert.equal(
    reportOf(requestIn(cwd)),
    'config/venues.yaml: wanted a file, found none\nconfig/instruments.yaml: wanted a file, found none\n',
  );
});

test('a file that is no text, and a folder in place of a file', (t) => {
  const cwd = folderWith(t, { 'config/venues.yaml/x': '' });
  writeFileSync(join(cwd, 'config', 'ops.yaml'), Buffer.from([0x6b, 0xff, 0xfe]));
  assert.equal(
    reportOf(requestIn(cwd)),
    'config/ops.yaml: wanted UTF-8 text, found other bytes\n' +
      'config/venues.yaml: wanted a file, found a folder\n' +
      'config/instruments.yaml: wanted a file, found none\n',
  );
});

test('a bad environment variable stands in the same report as a bad file', (t) => {
  const cwd = folderWith(t, { 'ops.yaml': 'logg: {}\n' });
  const report = reportOf(requestIn(cwd, { flags: { config: 'ops.yaml' }, env: { CRYPTORUN_LOG_LEVEL: 'dbug' } }));
  assert.equal(
    report,
    'ops.yaml:1:1 logg: wanted a known key, found "logg" (did you mean log?)\n' +
      'CRYPTORUN_LOG_LEVEL: wanted one of fatal, error, warn, info, debug, found "dbug" (did you mean debug?)\n',
  );
});

test('hostile texts are refused with a report, never with an exception', (t) => {
  const aliases = `a: &a [x, x]\n${'bcdefghi'.replace(/./g, (name, i: number) => {
    const before = 'abcdefghi'[i];
    return `${name}: &${name} [${`*${before}, `.repeat(20)}*${before}]\n`;
  })}`;
  const texts = [
    aliases,
    'x: *nowhere\n',
    '__proto__: { a: 1 }\n',
    '? [a, b]\n: c\n',
    '\u0000',
    '%YAML 9\n---\n{}\n',
    '[ '.repeat(3000),
    `a: ${'['.repeat(50000)}`,
  ];
  for (const text of texts) {
    const cwd = folderWith(t, { 'ops.yaml': text });
    const result = loadConfig(requestIn(cwd, { flags: { config: 'ops.yaml' } }));
    assert.equal(result.ok, false, text.slice(0, 40));
  }
});
