/** The list of commands. Each module registers its own and imports its work only when it runs. */

import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { registerConfigCommand } from './config-command.ts';
import { registerHelpCommand } from './help-command.ts';
import { registerJournalCommand } from './journal-command.ts';
import { registerOpsCommand } from './ops-command.ts';
import { registerRecordCommand } from './record-command.ts';
import { registerReplayCommand } from './replay-command.ts';

export function registerCommands(program: Command, context: CliContext): void {
  registerReplayCommand(program, context);
  registerJournalCommand(program, context);
  registerConfigCommand(program, context);
  registerRecordCommand(program, context);
  registerOpsCommand(program, context);
  registerHelpCommand(program, context);
}
