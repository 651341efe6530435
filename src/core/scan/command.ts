/** Whose an operator's order is: the operations core's, a feed's or the alerts'. Obeys none. */

import type { FeedCommand } from '../feed/feed-command.ts';
import type { OpsCommand } from '../ops/run/ops-input.ts';
import type { AlertCommand } from '../signal/detect/alert-effect.ts';

export type Command = OpsCommand | FeedCommand | AlertCommand;

const FEED_COMMANDS: ReadonlySet<string> = new Set<FeedCommand['kind']>(['resync', 'reconnect']);
const ALERT_COMMANDS: ReadonlySet<string> = new Set<AlertCommand['kind']>([
  'alert_acknowledge',
  'alert_resolve',
  'silence_add',
  'silence_end',
]);

export function isFeedCommand(command: Command): command is FeedCommand {
  return FEED_COMMANDS.has(command.kind);
}

export function isAlertCommand(command: Command): command is AlertCommand {
  return ALERT_COMMANDS.has(command.kind);
}
