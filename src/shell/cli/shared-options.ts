/** The options that several commands share, declared once, so that each means the same everywhere. Reads none of them. */

import type { Command } from 'commander';

/** Where config and state are, as typed. */
export interface PlaceOptions {
  readonly config?: string;
  readonly state?: string;
}

export interface FormatOptions {
  readonly format: 'table' | 'json';
}

export interface TokenOptions {
  readonly token?: string;
  readonly tokenFile?: string;
}

/** Of every command that changes something. */
export interface ChangeOptions extends PlaceOptions, FormatOptions, TokenOptions {
  readonly reason: string;
}

export interface WaitOptions {
  readonly wait?: boolean;
  readonly timeout?: string;
}

export function placed(command: Command): Command {
  return command
    .option('--config <path>', 'config folder, or an ops.yaml')
    .option('--state <dir>', "folder of the scanner's state (default: artifacts/state)");
}

export function formatted(command: Command): Command {
  return command.addOption(
    command
      .createOption('-o, --format <name>', 'table, or one JSON document')
      .choices(['table', 'json'])
      .default('table'),
  );
}

export function tokened(command: Command): Command {
  return command
    .option('--token-file <path>', 'file that holds the token (else CRYPTORUN_TOKEN)')
    .option('--token <secret>', 'the token itself; other users of this machine can see it');
}

/** A reason is required: the audit is worth what its reasons are. */
export function reasoned(command: Command): Command {
  return command.requiredOption('--reason <text>', 'why; required, and kept in the audit');
}

/** Everything that a change takes. */
export function changing(command: Command): Command {
  return placed(formatted(tokened(reasoned(command))));
}
