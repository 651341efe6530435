/**
 * `killswitch activate`: the `KILL` file first, everything else after it and only as far as it works. Asks nobody, and needs
 * no lock, network, config or database.
 */

import type { JsonObject } from '../../../core/base/json.ts';
import type { Actor } from '../../../core/ops/audit/audit-record.ts';
import type { KillLevel } from '../../../core/ops/ops-config.ts';
import { instantText, knownIsoText } from '../../../core/render/value-text.ts';
import type { ConfigRequest } from '../../config/resolve-home.ts';
import type { CliContext } from '../../context.ts';
import { CryptorunError } from '../../errors.ts';
import type { EngageOutcome } from '../../stores/control/kill-file.ts';
import { durationMs } from '../duration.ts';
import type { ActivateOptions } from '../killswitch-command.ts';
import { actorOf, type Outside } from '../outside.ts';
import { configRequest } from '../place.ts';
import { type Confirmation, confirmation, confirmationText, killSeen } from './confirmation.ts';
import { confirmationJson } from './json.ts';

const DEFAULT_TIMEOUT_MS = 2000;
/** The scanner has its file; whether the audit has its record at once is worth no more than this. */
const BUSY_TIMEOUT_MS = 50;

/** What is asked for. */
interface Order {
  readonly level: KillLevel;
  readonly reason: string;
  readonly operator: string;
  readonly actor: Actor;
  readonly atMs: number;
}

/**
 * Engages, then records and waits.
 *
 * @throws CryptorunError `unconfirmed` when a running scanner does not answer; `permission_denied`, `disk_full`, `io_failed`
 *   when neither the file nor the control store could be written: only then it is not engaged
 */
export async function activate(options: ActivateOptions, context: CliContext, outside: Outside): Promise<void> {
  const [{ resolveHome }, { engage }] = await Promise.all([
    import('../../config/resolve-home.ts'),
    import('../../stores/control/kill-file.ts'),
  ]);
  const request = configRequest(options, context);
  const { stateDir } = resolveHome(request);
  const order = orderOf(options, context, outside);
  const engaged = attempt(() => engage(stateDir, { ...order, source: 'command', timeMs: order.atMs }));
  if (engaged.kind === 'done' && options.format === 'table')
    context.stdout.write(`${engagedText(order, engaged.value)}\n`);
  const recordProblem = await record(order, request, stateDir);
  if (engaged.kind === 'failed' && recordProblem !== null) throw engaged.error;
  const notes = [...fileNotes(engaged), ...(recordProblem === null ? [] : [lateNote(recordProblem)])];
  const limit = limitOf(options.timeout);
  const awaited = killSeen(order.level, order.atMs);
  const answer = options.wait ? await confirmation(stateDir, awaited, limit.ms, outside) : null;
  tell({ order, outcome: engaged.kind === 'done' ? engaged.value : null, recordProblem, answer }, options, context);
  for (const note of [...notes, ...limit.notes]) context.stderr.write(`${note}\n`);
  if (answer?.kind === 'silent') throw new CryptorunError('unconfirmed', unconfirmedText(answer));
}

function orderOf(options: ActivateOptions, { env }: CliContext, outside: Outside): Order {
  const actor = actorOf(env, outside);
  const { level, operator = actor.user } = options;
  return { level, operator, actor, reason: options.reason?.trim() || 'no reason given', atMs: outside.nowMs() };
}

type Attempt<T> = { readonly kind: 'done'; readonly value: T } | { readonly kind: 'failed'; readonly error: unknown };

function attempt<T>(act: () => T): Attempt<T> {
  try {
    return { kind: 'done', value: act() };
  } catch (error) {
    return { kind: 'failed', error };
  }
}

/**
 * The control store's part: best effort, and quick.
 *
 * @returns why it could not be written; null: it was
 */
async function record(order: Order, request: ConfigRequest, stateDir: string): Promise<string | null> {
  try {
    const [{ openControl }, { configOrDefaults }, { controlDefaults }] = await Promise.all([
      import('../../stores/control/open-control.ts'),
      import('../../config/config-or-defaults.ts'),
      import('./control-defaults.ts'),
    ]);
    const store = openControl(stateDir, { busyTimeoutMs: BUSY_TIMEOUT_MS });
    try {
      store.change(recordOf(order), controlDefaults(configOrDefaults(request).config));
    } finally {
      store.close();
    }
    return null;
  } catch (cause) {
    // Whatever it is, it must not look as if the kill switch were not engaged.
    return (cause instanceof Error ? cause.message : String(cause)).split('; ')[0]!;
  }
}

function recordOf({ level, reason, operator, actor, atMs }: Order) {
  const said = { level, operator, engagedAtMs: atMs, source: 'command', trigger: null, recordedLate: false } as const;
  return { command: { kind: 'engage', ...said } as const, actor, reason, atMs, tokenHash: null };
}

function engagedText({ level, operator, reason }: Order, outcome: EngageOutcome): string {
  if (outcome.kind !== 'already') return `ENGAGED the kill switch at ${level}, by ${operator}: ${reason}`;
  const { state } = outcome;
  if (state.kind !== 'engaged') return 'the kill switch was engaged already at kill';
  const { level: standing, engagedAtMs } = state;
  return `the kill switch was engaged already, at ${standing} since ${instantText(engagedAtMs)} by ${state.operator}: ${state.reason}`;
}

/** What of the file did not go as it should. */
function fileNotes(engaged: Attempt<EngageOutcome>): string[] {
  if (engaged.kind === 'failed') {
    const said = engaged.error instanceof Error ? engaged.error.message.split('; ')[0] : String(engaged.error);
    return [`${said}; but the control store has it, and that counts as well`];
  }
  const { value } = engaged;
  return value.kind === 'bare' ? [`only an empty KILL could be made (${value.cause}); it counts as level kill`] : [];
}

function lateNote(problem: string): string {
  return `${problem}; the kill switch IS engaged, and the next command that can writes the audit record (recordedLate)`;
}

/** A timeout that cannot be read must not be in the way of a stop. */
function limitOf(timeout: string | undefined): { readonly ms: number; readonly notes: readonly string[] } {
  if (timeout === undefined) return { ms: DEFAULT_TIMEOUT_MS, notes: [] };
  const read = attempt(() => durationMs('--timeout', timeout));
  if (read.kind === 'done') return { ms: read.value, notes: [] };
  return { ms: DEFAULT_TIMEOUT_MS, notes: [`${(read.error as Error).message}; waited as long as usual`] };
}

function unconfirmedText(answer: Confirmation): string {
  return `the kill switch is engaged, but ${confirmationText(answer)}; stop that process if it must not go on`;
}

interface Result {
  readonly order: Order;
  /** Null: only the control store has it. */
  readonly outcome: EngageOutcome | null;
  readonly recordProblem: string | null;
  readonly answer: Confirmation | null;
}

function tell(result: Result, options: ActivateOptions, context: CliContext): void {
  if (options.format === 'json') {
    context.stdout.write(`${JSON.stringify(resultJson(result), null, 2)}\n`);
    return;
  }
  const { order, outcome, answer } = result;
  if (outcome === null) context.stdout.write(`ENGAGED the kill switch at ${order.level}, in the control store\n`);
  if (answer !== null && answer.kind !== 'silent') context.stderr.write(`${confirmationText(answer)}\n`);
  context.stderr.write('to release: cryptorun killswitch check, then killswitch deactivate\n');
}

function resultJson({ order, outcome, recordProblem, answer }: Result): JsonObject {
  const standing = outcome?.kind === 'already' && outcome.state.kind === 'engaged' ? outcome.state : null;
  return {
    schema: 'cryptorun.killswitch-change/v1',
    changed: outcome?.kind !== 'already',
    active: true,
    activated_at: knownIsoText(standing?.engagedAtMs ?? order.atMs),
    reason: standing?.reason ?? order.reason,
    operator: standing?.operator ?? order.operator,
    level: standing?.level ?? (outcome === null || outcome.kind === 'engaged' ? order.level : 'kill'),
    source: standing?.source ?? 'command',
    recorded: recordProblem === null,
    confirmation: answer === null ? null : confirmationJson(answer),
  };
}
