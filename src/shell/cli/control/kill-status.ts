/** `killswitch status|check`: how it stands, and what stands in the way of a release. Engages and releases nothing. */

import type { JsonObject } from '../../../core/base/json.ts';
import type { CheckResult } from '../../../core/ops/control/control.ts';
import { cell, left, signCell } from '../../../core/render/cells.ts';
import { ageText, instantText, knownIsoText } from '../../../core/render/value-text.ts';
import type { ConfigProblem } from '../../config/problem.ts';
import type { CliContext } from '../../context.ts';
import type { KillStatusOptions } from '../killswitch-command.ts';
import type { Outside } from '../outside.ts';
import { configRequest } from '../place.ts';
import { scannerWords, stoppedAtMs } from '../status/scanner-fact.ts';
import { auditJudge, checksNow } from './check-facts.ts';
import { anchorJson, checkJson, killJson } from './json.ts';
import { lookAtState, type StateLook } from './kill-view.ts';
import { printJson, printTable } from './print.ts';

const EXIT_CHECK_FAILED = 5;

/** Exit 0 whenever it could tell: also on a day when config and state are broken. */
export async function showKillStatus(options: KillStatusOptions, context: CliContext, outside: Outside): Promise<void> {
  const { look, checks, problems } = await lookWithChecks(options, context, outside);
  for (const problem of problems) context.stderr.write(`${problem}\n`);
  if (options.format === 'json') {
    printJson(statusJson(look, checks), context);
    return;
  }
  const nowMs = outside.nowMs();
  context.stdout.write(`${killText(look, nowMs)}\n`);
  if (look.kill.kind === 'released') return;
  context.stdout.write('\nBefore a release:\n');
  await printChecks(checks, context);
  context.stderr.write(nextStep(look, checks));
}

/** Exit 5 when one of them fails, so that a script can ask. */
export async function showChecks(options: KillStatusOptions, context: CliContext, outside: Outside): Promise<void> {
  const { look, checks, problems } = await lookWithChecks(options, context, outside);
  for (const problem of problems) context.stderr.write(`${problem}\n`);
  if (options.format === 'json') printJson(statusJson(look, checks), context);
  else await printChecks(checks, context);
  const failed = checks.filter((check) => !check.isPassed).map((check) => check.name);
  if (failed.length === 0) return;
  context.stderr.write(`not passed: ${failed.join(', ')}\n`);
  context.setExitCode(EXIT_CHECK_FAILED);
}

interface Looked {
  readonly look: StateLook;
  readonly checks: readonly CheckResult[];
  /** What is wrong with config and state, for people. */
  readonly problems: readonly string[];
}

/** With the defaults' limits where the config is broken. */
async function lookWithChecks(options: KillStatusOptions, context: CliContext, outside: Outside): Promise<Looked> {
  const [{ configOrDefaults }, { problemText }] = await Promise.all([
    import('../../config/config-or-defaults.ts'),
    import('../../config/problem.ts'),
  ]);
  const { config, problems } = configOrDefaults(configRequest(options, context));
  const { stateDir } = config.paths;
  const look = await lookAtState(stateDir, config, outside, await auditJudge(stateDir));
  const checks = await checksNow(config, look.heartbeat, look.used, outside);
  return { look, checks, problems: [...configNotes(problems, problemText), ...stateNotes(look)] };
}

function configNotes(problems: readonly ConfigProblem[], text: (problem: ConfigProblem) => string): string[] {
  if (problems.length === 0) return [];
  return [...problems.map(text), 'the configuration cannot be used: the checks are judged by its defaults'];
}

function stateNotes({ unreadableReason }: StateLook): string[] {
  return unreadableReason === null ? [] : [unreadableReason];
}

function statusJson(look: StateLook, checks: readonly CheckResult[]): JsonObject {
  return {
    schema: 'cryptorun.killswitch/v1',
    ...killJson(look.kill),
    checks: checks.map(checkJson),
    scanner: scannerJson(look),
    audit: anchorJson(look.auditHead),
  };
}

function scannerJson({ heartbeat }: StateLook): JsonObject {
  const { kind } = heartbeat;
  if (kind === 'absent' || kind === 'unreadable') return { kind, pid: null, level: null };
  const { pid, killLevel: level } = heartbeat.beat;
  return { kind, pid, level, stoppedAt: knownIsoText(stoppedAtMs(heartbeat)) };
}

function killText({ kill, heartbeat }: StateLook, nowMs: number): string {
  const scanner = scannerWords(heartbeat, nowMs);
  if (kill.kind === 'released') {
    const since = kill.releasedAtMs === null ? 'never engaged' : `since ${instantText(kill.releasedAtMs)}`;
    return `released (${since})\n  ${scanner}`;
  }
  const isTimed = !Number.isNaN(kill.engagedAtMs);
  const since = isTimed ? ` since ${instantText(kill.engagedAtMs)} (${ageText(nowMs - kill.engagedAtMs)})` : '';
  const by = kill.trigger === null ? `${kill.operator} (${kill.source})` : `the trigger ${kill.trigger}`;
  const level = heartbeat.kind === 'alive' ? `, at ${heartbeat.beat.killLevel ?? 'no level: NOT stopped'}` : '';
  return `ENGAGED at ${kill.level}${since}\n  by ${by}: ${kill.reason}\n  ${scanner}${level}`;
}

async function printChecks(checks: readonly CheckResult[], context: CliContext): Promise<void> {
  const columns = [left('Check', 12), left('Passed', 6), left('Evidence', 0)];
  const rows = checks.map(({ name, isPassed, evidence }) => [
    cell(name),
    isPassed ? signCell('✅yes', 'good') : signCell('❌no', 'bad'),
    cell(evidence),
  ]);
  await printTable(columns, rows, 'no checks', context);
}

function nextStep({ unreadableReason }: StateLook, checks: readonly CheckResult[]): string {
  if (unreadableReason !== null) return 'next: cryptorun state doctor, then state restore\n';
  const isReady = checks.every((check) => check.isPassed);
  if (!isReady) return 'next: put right what did not pass, then cryptorun killswitch check\n';
  return 'next: cryptorun killswitch deactivate --reason TEXT --confirm release --token-file FILE\n';
}
