/** The README's two tables about commands: every command is in the one, and the other is the table that decides. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Command } from 'commander';
import { AUTHORITY } from '../../src/core/ops/control/authority.ts';
import { registerCommands } from '../../src/shell/cli/commands.ts';
import { OUTSIDE } from '../../src/shell/cli/outside.ts';
import type { CliContext } from '../../src/shell/context.ts';
import { PACKAGE_ROOT } from './support/world.ts';

const README = readFileSync(join(PACKAGE_ROOT, 'README.md'), 'utf8');

/** Rows of the table that has this header, cell by cell. */
function tableWith(header: string): string[][] {
  const lines = README.slice(README.indexOf(`\n${header}\n`) + 1).split('\n');
  const end = lines.findIndex((line) => !line.startsWith('|'));
  const rows = lines.slice(2, end).map((line) => line.slice(2, -2).split(/(?<!\\) ?\| ?/));
  return rows.map((cells) => cells.map((cell) => cell.replaceAll('\\|', '|').trim()));
}

/** Acts that no operator asks for by themselves. */
const INTERNAL: readonly string[] = ['forget_settings', 'expire', 'record'];

test('who may do what is the table of the program', () => {
  const program = AUTHORITY.filter(({ act }) => !INTERNAL.includes(act)).map(({ what, role }) => [
    what,
    role === null ? 'nothing' : `role \`${role}\``,
  ]);
  assert.deepEqual(tableWith('| act | needs |').sort(), program.sort());
});

test('the table of commands has every command and subcommand, and no other', () => {
  const program = new Command('cryptorun');
  registerCommands(program, {} as CliContext, OUTSIDE);
  const shown = tableWith('| command | does |').flatMap(([cell = '']) => {
    const [, name = '', verbs = ''] = /^`cryptorun ([\w-]+) ?([a-z|]*)/.exec(cell) ?? [];
    return verbs === '' ? [name] : verbs.split('|').map((verb) => `${name} ${verb}`);
  });
  const registered = program.commands.flatMap((one) =>
    one.commands.length === 0 ? [one.name()] : one.commands.map((sub) => `${one.name()} ${sub.name()}`),
  );
  assert.deepEqual(shown.sort(), registered.sort());
});
