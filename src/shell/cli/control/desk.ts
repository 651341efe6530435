/** Opens config and control store for a command that changes something, and closes them. Decides nothing itself. */

import type { Actor } from '../../../core/ops/audit/audit-record.ts';
import type { ControlCommand, ControlDefaults, ControlRequest } from '../../../core/ops/control/control.ts';
import { decide } from '../../../core/ops/control/decide.ts';
import type { EffectiveConfig } from '../../config/effective-config.ts';
import type { ConfigRequest } from '../../config/resolve-home.ts';
import type { CliContext } from '../../context.ts';
import { CryptorunError } from '../../errors.ts';
import type { ControlStore } from '../../stores/control/control-store.ts';
import { actorOf, type Outside } from '../outside.ts';
import { configRequest } from '../place.ts';
import type { ChangeOptions, PlaceOptions } from '../shared-options.ts';
import { controlDefaults } from './control-defaults.ts';
import { recordLate } from './record-late.ts';
import { strictConfig } from './strict-config.ts';
import { tokenHashOf } from './token-hash.ts';

/** Everything that a change needs at hand. */
export interface Desk {
  readonly config: EffectiveConfig;
  readonly request: ConfigRequest;
  readonly stateDir: string;
  readonly defaults: ControlDefaults;
  readonly store: ControlStore;
  readonly actor: Actor;
  readonly outside: Outside;
}

/** Short enough for a refusal within a second, long enough for other commands to finish. */
const BUSY_TIMEOUT_MS = 400;

/**
 * Runs `action` with an open store. Every failure names the way that still works.
 *
 * @throws CryptorunError `bad_config`, whatever the store throws, and whatever `action` throws
 */
export async function atDesk<T>(
  place: PlaceOptions,
  context: CliContext,
  outside: Outside,
  action: (desk: Desk) => T | Promise<T>,
): Promise<T> {
  try {
    const request = configRequest(place, context);
    const config = await strictConfig(request);
    const [{ openControl }, { readKillFile }] = await Promise.all([
      import('../../stores/control/open-control.ts'),
      import('../../stores/control/kill-file-state.ts'),
    ]);
    const { stateDir } = config.paths;
    const store = openControl(stateDir, { busyTimeoutMs: BUSY_TIMEOUT_MS });
    try {
      const [defaults, actor] = [controlDefaults(config), actorOf(context.env, outside)];
      recordLate(store, readKillFile(stateDir), defaults, actor.host, outside.nowMs());
      return await action({ config, request, stateDir, defaults, store, actor, outside });
    } finally {
      store.close();
    }
  } catch (error) {
    throw withTheWayThatWorks(error);
  }
}

const THE_WAY = 'to stop everything all the same: cryptorun killswitch activate --reason TEXT';
/** What is wrong with the state or the config, not with what was asked. */
const IN_THE_WAY = ['bad_config', 'state_busy', 'state_unreadable', 'disk_full', 'permission_denied', 'io_failed'];

function withTheWayThatWorks(error: unknown): unknown {
  if (!(error instanceof CryptorunError) || error instanceof RefusedChange || !IN_THE_WAY.includes(error.code))
    return error;
  return new CryptorunError(error.code, `${error.message}\nnothing was changed; ${THE_WAY}`, { cause: error });
}

/** What the reducer refused. */
export class RefusedChange extends CryptorunError {}

/** One request of this command, in the operator's name. */
export async function requestOf(
  desk: Desk,
  command: ControlCommand,
  options: Pick<ChangeOptions, 'reason' | 'token' | 'tokenFile'>,
  context: CliContext,
): Promise<ControlRequest> {
  const tokenHash = await tokenHashOf(options, context);
  return { command, actor: desk.actor, reason: options.reason, atMs: desk.outside.nowMs(), tokenHash };
}

/** What became of a request. */
export interface Done {
  readonly isChanged: boolean;
  /** Of the document as it is stored: a dry run does not move it. */
  readonly revision: number;
  readonly snapshot: ReturnType<ControlStore['read']>;
  readonly committedAtMs: number;
}

/**
 * Decides and writes; with `isDryRun` only decides.
 *
 * @param subject - what the refusal begins with, such as the switch's name
 * @throws RefusedChange `usage`, `permission_denied`, `precondition_failed`; CryptorunError of the store
 */
export function perform(
  desk: Desk,
  request: ControlRequest,
  subject: string,
  context: CliContext,
  isDryRun = false,
): Done {
  const before = isDryRun ? desk.store.read() : null;
  const { outcome, snapshot, exportProblem } =
    before === null
      ? desk.store.change(request, desk.defaults)
      : { outcome: decide(before.document, request, desk.defaults), snapshot: before, exportProblem: null };
  if (exportProblem !== null) context.stderr.write(`audit export lags, the next change catches up: ${exportProblem}\n`);
  if (outcome.kind === 'refused') throw new RefusedChange(outcome.code, refusalText(subject, outcome));
  const { document } = outcome;
  return {
    isChanged: outcome.kind === 'changed',
    revision: before?.document.revision ?? document.revision,
    snapshot: { ...snapshot, document },
    committedAtMs: desk.outside.nowMs(),
  };
}

function refusalText(subject: string, { code, message }: { readonly code: string; readonly message: string }): string {
  const text = message.startsWith(subject) ? message : `${subject}: ${message}`;
  const advice = code === 'permission_denied' ? '; give a token by --token-file or CRYPTORUN_TOKEN' : '';
  // One check a line: there may be eight.
  return `refused: ${text.replaceAll('; check ', '\n  check ')}${advice}`;
}
