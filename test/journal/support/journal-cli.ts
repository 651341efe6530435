/** The journal command as a process of its own, for what only a real stdout shows. */

import { Command } from 'commander';
import { registerJournalCommand } from '../../../src/shell/cli/journal-command.ts';

const program = new Command();
registerJournalCommand(program, {
  env: process.env,
  cwd: process.cwd(),
  packageRoot: process.cwd(),
  stdout: process.stdout,
  stderr: process.stderr,
  setExitCode: (code) => {
    process.exitCode = code;
  },
});
await program.parseAsync(process.argv);
