/** The list of commands. Each module registers its own and imports its work only when it runs. */

import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { registerAlertsCommand } from './alerts-command.ts';
import { registerAuditCommand } from './audit-command.ts';
import { registerBookCommand } from './book-command.ts';
import { registerBreakerCommand } from './breaker-command.ts';
import { registerConfigCommand } from './config-command.ts';
import { registerDoctorCommand } from './doctor-command.ts';
import { registerDrillCommand } from './drill-command.ts';
import { registerHelpCommand } from './help-command.ts';
import { registerHistoryCommand } from './history/history-command.ts';
import { registerJournalCommand } from './journal-command.ts';
import { registerKillswitchCommand } from './killswitch-command.ts';
import { registerNotifyCommand } from './notify-command.ts';
import { registerOpsCommand } from './ops-command.ts';
import type { Outside } from './outside.ts';
import { registerRecordCommand } from './record-command.ts';
import { registerReplayCommand } from './replay-command.ts';
import { registerScanCommand } from './scan-command.ts';
import { registerStateCommand } from './state-command.ts';
import { registerSwitchCommand } from './switch-command.ts';
import { registerTokenCommand } from './token-command.ts';
import { registerVenuesCommand } from './venues-command.ts';

export function registerCommands(program: Command, context: CliContext, outside: Outside): void {
  registerScanCommand(program, context);
  registerBookCommand(program, context);
  registerVenuesCommand(program, context);
  registerDoctorCommand(program, context, outside);
  registerDrillCommand(program, context);
  registerReplayCommand(program, context);
  registerJournalCommand(program, context);
  registerConfigCommand(program, context);
  registerRecordCommand(program, context);
  registerAlertsCommand(program, context, outside);
  registerNotifyCommand(program, context, outside);
  registerKillswitchCommand(program, context, outside);
  registerSwitchCommand(program, context, outside);
  registerBreakerCommand(program, context, outside);
  registerTokenCommand(program, context, outside);
  registerAuditCommand(program, context, outside);
  registerHistoryCommand(program, context, outside);
  registerStateCommand(program, context, outside);
  registerOpsCommand(program, context, outside);
  registerHelpCommand(program, context);
}
