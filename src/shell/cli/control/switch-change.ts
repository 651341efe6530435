/** `switch on|off|set`: one switch to one state. Waits for the scanner only when asked to. */

import type { JsonObject } from '../../../core/base/json.ts';
import type { ControlDocument } from '../../../core/ops/control/control.ts';
import { isEmergency } from '../../../core/ops/control/switch-names.ts';
import { type SwitchState, stoppedBy, switchStates } from '../../../core/ops/control/switch-states.ts';
import { instantText } from '../../../core/render/value-text.ts';
import type { CliContext } from '../../context.ts';
import { CryptorunError } from '../../errors.ts';
import { durationOr } from '../duration.ts';
import type { Outside } from '../outside.ts';
import { reasonOf, type SetOptions } from '../switch-command.ts';
import { type Confirmation, confirmationText } from './confirmation.ts';
import { atDesk, type Desk, type Done, perform, requestOf } from './desk.ts';
import { anchorJson, confirmationJson, switchJson } from './json.ts';
import { printJson } from './print.ts';
import { namedSwitch, withAlertType } from './switch-name.ts';
import { answerTo, requireAnswer, waitLimit } from './wait-option.ts';

/** `terraform plan -detailed-exitcode` has it so: 0 nothing would change, 2 something would. */
const EXIT_WOULD_CHANGE = 2;

/** @throws CryptorunError `usage`, `permission_denied`, `precondition_failed`, `timed_out`, and whatever `atDesk` throws */
export async function setSwitch(
  typedName: string,
  isOn: boolean,
  options: SetOptions,
  context: CliContext,
  outside: Outside,
): Promise<void> {
  const wanted = wantedOf(isOn, options);
  const limitMs = waitLimit(options);
  const reason = reasonOf(options);
  await atDesk(options, context, outside, async (opened) => {
    const desk = { ...opened, defaults: await withAlertType(typedName, opened.defaults, opened.request) };
    const name = await namedSwitch(typedName, desk.store.read().document, desk.defaults);
    const before = stateOf(statesOf(desk, desk.store.read().document), name);
    const request = await requestOf(desk, { kind: 'set_switch', name, ...wanted }, { ...options, reason }, context);
    const done = perform(desk, request, name, context, options.dryRun);
    const states = statesOf(desk, done.snapshot.document);
    const stop = stoppedBy(name, states, desk.defaults);
    // A dry run has nothing to wait for.
    const answer = await answerTo(done, options.dryRun ? null : limitMs, desk);
    const after = stateOf(states, name);
    print({ before, after, stop, done, answer, isDryRun: options.dryRun ?? false }, options, context);
    if (options.dryRun && options.detailedExitcode && done.isChanged) context.setExitCode(EXIT_WOULD_CHANGE);
    requireAnswer(answer);
  });
}

/** What was typed, checked whole before anything is opened. */
function wantedOf(isOn: boolean, options: SetOptions) {
  const { expect, ifRevision } = options;
  if (ifRevision !== undefined && !/^\d{1,15}$/.test(ifRevision)) {
    throw new CryptorunError('usage', `--if-revision: wanted a whole number from 0, found "${ifRevision}"`);
  }
  if (options.detailedExitcode && !options.dryRun)
    throw new CryptorunError('usage', '--detailed-exitcode: wanted --dry-run with it');
  return {
    isOn,
    forMs: durationOr('--for', options.for, null),
    expect: expect === undefined ? null : expect === 'on',
    ifRevision: ifRevision === undefined ? null : Number(ifRevision),
  };
}

function statesOf({ defaults, outside }: Desk, document: ControlDocument): SwitchState[] {
  return switchStates(document, defaults, outside.nowMs());
}

function stateOf(states: readonly SwitchState[], name: string): SwitchState {
  return states.find((state) => state.name === name)!;
}

interface Result {
  readonly before: SwitchState;
  readonly after: SwitchState;
  /** What keeps it stopped though it is on. */
  readonly stop: string | null;
  readonly done: Done;
  readonly answer: Confirmation | null;
  readonly isDryRun: boolean;
}

function print(result: Result, options: SetOptions, context: CliContext): void {
  if (options.format === 'json') {
    printJson(resultJson(result), context);
    return;
  }
  context.stdout.write(`${resultText(result)}\n`);
  if (result.answer !== null && result.answer.kind !== 'silent')
    context.stderr.write(`${confirmationText(result.answer)}\n`);
  const next = nextStep(result);
  if (next !== null) context.stderr.write(`${next}\n`);
}

function resultJson({ before, after, done, answer, isDryRun }: Result): JsonObject {
  return {
    schema: 'cryptorun.switch-change/v1',
    changed: done.isChanged && !isDryRun,
    ...(isDryRun && { dryRun: true, wouldChange: done.isChanged }),
    from: before.isOn ? 'on' : 'off',
    switch: switchJson(after),
    revision: done.revision,
    audit: anchorJson(done.snapshot.auditHead),
    confirmation: answer === null ? null : confirmationJson(answer),
  };
}

function resultText({ before, after, done, isDryRun }: Result): string {
  const { name, isOn, setting } = after;
  if (!done.isChanged) return `nothing ${isDryRun ? 'would change' : 'changed'}: ${name} is ${onOff(isOn)} already`;
  const end = setting?.expiresAtMs ?? null;
  const revision = isDryRun ? '' : `, revision ${done.revision}`;
  if (before.isOn === isOn) {
    const verb = isDryRun ? 'would keep' : 'keeps';
    return `${verb} ${name} ${onOff(isOn)}, ${end === null ? 'now for good' : `until ${instantText(end)}`}${revision}`;
  }
  const until = end === null ? '' : ` until ${instantText(end)}`;
  return `${isDryRun ? 'would turn' : 'turned'} ${onOff(isOn)} ${name}${until} (was ${onOff(before.isOn)})${revision}`;
}

/** What an operator may want next, or may have overlooked. */
function nextStep({ after, stop, done, isDryRun }: Result): string | null {
  const { name, isOn, setting } = after;
  if (isDryRun || !done.isChanged) return null;
  if (stop !== null) return `it stays stopped: ${stop} is off`;
  if (setting?.expiresAtMs != null) return `then it is ${onOff(setting.revertsTo)} again, by itself`;
  if (isOn) return null;
  const token = isEmergency(name) ? ' --token-file FILE' : '';
  return `back: cryptorun switch on ${name} --reason TEXT${token}`;
}

function onOff(isOn: boolean): string {
  return isOn ? 'on' : 'off';
}
