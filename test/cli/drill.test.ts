/** `cryptorun drill`, as an operator sees it. */

import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { main } from '../../src/shell/cli/main.ts';
import { drillNames } from '../../src/shell/sim/drill/read-drills.ts';
import { PACKAGE_ROOT } from '../run/scan-support.ts';
import { tempFolder } from './support/cryptorun.ts';

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function drill(args: readonly string[], cwd = tempFolder()): Promise<Ran> {
  let [code, stdout, stderr] = [0, '', ''];
  await main(['drill', ...args], {
    env: {},
    cwd,
    packageRoot: PACKAGE_ROOT,
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
    setExitCode: (to: number) => {
      code = to;
    },
  });
  return { code, stdout, stderr };
}

/** A home with one drill of its own, of 40 seconds. */
function homeWith(expect: string, faults = '[{ kind: gap, at_s: 20, for_s: 5, venue: okx }]'): string {
  const home = tempFolder();
  const folder = join(home, 'config', 'drills');
  mkdirSync(folder, { recursive: true });
  for (const name of ['ops.yaml', 'venues.yaml', 'instruments.yaml'])
    copyFileSync(join(PACKAGE_ROOT, 'config', name), join(home, 'config', name));
  const world = 'world: { venues: [okx], assets: 1 }';
  writeFileSync(
    join(folder, 'own.yaml'),
    `about: One of ours.\n${world}\nduration_s: 40\nfaults: ${faults}\nexpect: ${expect}\n`,
  );
  return home;
}

const FITTING = '{ recovers_within_s: 10, counts: { gaps: { at_least: 1 } } }';

describe('cryptorun drill', () => {
  test('list names every drill and what breaks in it', async () => {
    const { code, stdout } = await drill(['list']);
    assert.equal(code, 0);
    for (const name of drillNames(join(PACKAGE_ROOT, 'config/drills'))) assert.ok(stdout.includes(`│ ${name} `), name);
    const json = JSON.parse((await drill(['list', '--json'])).stdout);
    assert.deepEqual(json.drills.find((one: { name: string }) => one.name === 'outage').faults, [
      'disconnect',
      'refuse',
    ]);
  });

  test('run shows expected against seen, and exits 0 when all was seen', async () => {
    const { code, stdout, stderr } = await drill(['run', 'own'], homeWith(FITTING));
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^own \(seed 1\)\nOne of ours\.\n/);
    assert.match(stdout, /│ recovery +│ within 10 s +│ (at once|after \d+ s) +│ ✅ │/);
    assert.match(stdout, /│ gaps +│ at least 1 +│ 1 +│ ✅ │/);
    assert.match(stdout, /Struck: gap 1x\n0:40 of market in/);
    assert.match(stdout, /✅ own: all 5 as expected/);
  });

  test('run exits 1 and says what was not as expected', async () => {
    const { code, stdout } = await drill(['run', 'own'], homeWith(FITTING.replace('at_least: 1', 'at_least: 9')));
    assert.equal(code, 1);
    assert.match(stdout, /│ gaps +│ at least 9 +│ 1 +│ 🔴 │/);
    assert.match(stdout, /🔴 own: 1 of 5 not as expected/);
  });

  test('the same seed gives the same digest, another one another', async () => {
    const home = homeWith(FITTING);
    const digestOf = async (...args: string[]) => {
      const { results } = JSON.parse((await drill(['run', 'own', '--json', ...args], home)).stdout);
      return [results[0].seed, results[0].isMet, results[0].digest];
    };
    const [first, again, other] = [await digestOf(), await digestOf(), await digestOf('--seed', '7')];
    assert.deepEqual(first, again);
    assert.deepEqual([other[0], other[1]], [7, true]);
    assert.notEqual(other[2], first[2]);
  });

  for (const [args, code, said] of [
    [['run'], 2, /wanted names of drills, or --all/],
    [['run', 'gap', '--all'], 2, /wanted names of drills, or --all/],
    [['run', 'gpa'], 2, /no drill "gpa" in .*: there are ack-without-data, /],
    [['run', 'gap', '--seed', 'x'], 2, /--seed: wanted a whole number from 0 to 4294967295, found "x"/],
  ] as const) {
    test(`drill ${args.join(' ')} is refused`, async () => {
      const ran = await drill(args);
      assert.equal(ran.code, code);
      assert.match(ran.stderr, said);
    });
  }

  test('a drill with mistakes is refused, with all of them', async () => {
    const { code, stderr } = await drill(['run', 'own'], homeWith('{ counts: { gap: {} } }'));
    assert.equal(code, 2);
    assert.match(stderr, /own\.yaml:5:\d+ expect\.recovers_within_s|own\.yaml.* expect\.recovers_within_s: wanted/);
    assert.match(stderr, /expect\.counts\.gap: wanted one of the keys/);
  });
});
