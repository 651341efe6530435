/** The help texts of all commands: they fit a terminal, name no hidden group, and say what each command is for. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { displayWidth } from '../../src/core/render/width.ts';
import { registerCommands } from '../../src/shell/cli/commands.ts';
import { OUTSIDE } from '../../src/shell/cli/outside.ts';
import type { CliContext } from '../../src/shell/context.ts';
import { World } from './support/world.ts';

const program = new Command('cryptorun');
registerCommands(program, {} as CliContext, OUTSIDE);

/** Every command and subcommand, as the words that lead to it. */
function pathsOf(command: Command, path: readonly string[] = []): string[][] {
  const below = command.commands.flatMap((one) => pathsOf(one, [...path, one.name()]));
  return path.length === 0 ? below : [[...path], ...below];
}

const PATHS = pathsOf(program).filter(([first]) => first !== 'help');

test('there are the commands that the documents name', () => {
  const names = PATHS.map((path) => path.join(' '));
  for (const name of [
    ...['list', 'get', 'on', 'off', 'set', 'history', 'diff', 'save'].map((verb) => `switch ${verb}`),
    ...['status', 'activate', 'deactivate', 'check'].map((verb) => `killswitch ${verb}`),
    ...['create', 'list', 'revoke'].map((verb) => `token ${verb}`),
    ...['tail', 'verify'].map((verb) => `audit ${verb}`),
    ...['doctor', 'restore'].map((verb) => `state ${verb}`),
    ...['list', 'isolate', 'release'].map((verb) => `breaker ${verb}`),
    ...['status', 'health', 'mode', 'prune'].map((verb) => `ops ${verb}`),
  ]) {
    assert.ok(names.includes(name), name);
  }
});

for (const path of PATHS) {
  test(`help ${path.join(' ')}: fits 80 columns, and says what it is for`, async () => {
    const { code, stdout } = await new World().run([...path, '--help']);
    assert.equal(code, 0);
    const lines = stdout.split('\n');
    assert.match(lines[0]!, new RegExp(`^Usage: cryptorun ${path.join(' ')}`));
    assert.notEqual(lines[2], '', 'a description');
    for (const line of lines) assert.ok(displayWidth(line) <= 80, line);
  });
}

test('the help of a group of changes has examples, or says what its words mean', async () => {
  for (const name of ['switch', 'killswitch', 'breaker', 'token', 'state']) {
    const { code, stdout } = await new World().run([name, '--help']);
    assert.equal(code, 0);
    assert.match(stdout, /^ {2}(?:cryptorun |pause )/m, name);
  }
});

test('ordinary help shows all groups but ops; --all shows that too', async () => {
  const world = new World();
  const { stdout } = await world.run(['help']);
  for (const name of ['switch', 'killswitch', 'breaker', 'token', 'audit', 'state']) {
    assert.match(stdout, new RegExp(`^ {2}${name} `, 'm'));
  }
  assert.doesNotMatch(stdout, /^ {2}ops /m);
  assert.match((await world.run(['help', '--all'])).stdout, /^ {2}ops /m);
});

test('a mistyped subcommand or option is a usage error with a suggestion', async () => {
  const world = new World();
  for (const [args, said] of [
    [['killswich'], /Did you mean killswitch\?/],
    [['killswitch', 'activat'], /Did you mean activate\?/],
    [['switch', 'list', '--stael'], /Did you mean --stale\?/],
  ] as const) {
    const { code, stderr } = await world.run(args);
    assert.equal(code, 2, args.join(' '));
    assert.match(stderr, said);
  }
});
