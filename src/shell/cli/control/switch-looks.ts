/** `switch list|get|history|diff`: how the switches stand, and how they came to. Changes nothing. */

import { DAY_MS } from '../../../core/base/time.ts';
import { type SwitchState, stoppedBy, switchStates } from '../../../core/ops/control/switch-states.ts';
import { cell, left, onCell } from '../../../core/render/cells.ts';
import type { Cell } from '../../../core/render/table.ts';
import { ageText, clockText, knownIsoText } from '../../../core/render/value-text.ts';
import type { CliContext } from '../../context.ts';
import { durationMs } from '../duration.ts';
import type { Outside } from '../outside.ts';
import { configRequest } from '../place.ts';
import type { HistoryOptions, ListOptions, LookOptions } from '../switch-command.ts';
import { recordJson, recordsTable } from './audit-view.ts';
import { anchorJson, switchJson } from './json.ts';
import { countOf } from './numbers.ts';
import { printJson, printTable } from './print.ts';
import { atReadingDesk, newestRecords, type ReadingDesk } from './reading-desk.ts';
import { namedSwitch, withAlertType } from './switch-name.ts';

/** A week: what an operator set for good and left alone so long belongs into ops.yaml, or away. */
const STALE_AFTER_MS = 7 * DAY_MS;

export async function listSwitches(options: ListOptions, context: CliContext, outside: Outside): Promise<void> {
  const staleAfterMs = staleAfter(options.stale);
  await atReadingDesk(options, context, (desk) => {
    const nowMs = outside.nowMs();
    const states = statesOf(desk, nowMs);
    const shown = staleAfterMs === null ? states : states.filter((state) => isStale(state, nowMs - staleAfterMs));
    const emptiness = 'no setting is stale';
    return show(shown, emptiness, options, context, desk, nowMs);
  });
}

export async function getSwitch(
  typedName: string,
  options: LookOptions,
  context: CliContext,
  outside: Outside,
): Promise<void> {
  await atReadingDesk(options, context, async (opened) => {
    const desk = {
      ...opened,
      defaults: await withAlertType(typedName, opened.defaults, configRequest(options, context)),
    };
    const name = await namedSwitch(typedName, desk.snapshot.document, desk.defaults);
    const nowMs = outside.nowMs();
    const states = statesOf(desk, nowMs);
    const state = states.find((one) => one.name === name)!;
    if (options.format === 'json') {
      const { revision } = desk.snapshot.document;
      return printJson({ schema: 'cryptorun.switch/v1', switch: switchJson(state), revision }, context);
    }
    const note = noteOf(state, stoppedBy(name, states, desk.defaults), nowMs);
    context.stdout.write(`${state.isOn ? 'on' : 'off'}${note === '' ? '' : `  ${note}`}\n`);
  });
}

export async function showHistory(
  typedName: string,
  options: HistoryOptions,
  context: CliContext,
  _outside: Outside,
): Promise<void> {
  const count = countOf('--lines', options.lines);
  await atReadingDesk(options, context, async ({ snapshot, store, ...opened }) => {
    const defaults = await withAlertType(typedName, opened.defaults, configRequest(options, context));
    const name = await namedSwitch(typedName, snapshot.document, defaults);
    const records = newestRecords(store, count, ({ target }) => target === name);
    if (options.format === 'json') {
      printJson({ schema: 'cryptorun.switch-history/v1', name, records: records.map(recordJson) }, context);
    } else await recordsTable(records, `${name} was never changed: it is as in ops.yaml`, context);
  });
}

export async function diffSwitches(options: LookOptions, context: CliContext, outside: Outside): Promise<void> {
  await atReadingDesk(options, context, (desk) => {
    const nowMs = outside.nowMs();
    const different = statesOf(desk, nowMs).filter(({ isOn, isOnByDefault }) => isOn !== isOnByDefault);
    return show(different, 'no difference: all switches are as in ops.yaml', options, context, desk, nowMs);
  });
}

function statesOf({ snapshot, defaults }: ReadingDesk, nowMs: number): SwitchState[] {
  return switchStates(snapshot.document, defaults, nowMs);
}

function staleAfter(stale: ListOptions['stale']): number | null {
  if (stale === undefined) return null;
  return stale === true ? STALE_AFTER_MS : durationMs('--stale', stale);
}

/** A setting with an end looks after itself; one that says what config says is of no use. */
function isStale({ setting, isOn, isOnByDefault }: SwitchState, beforeMs: number): boolean {
  if (setting === null || setting.expiresAtMs !== null) return false;
  return isOn === isOnByDefault || setting.changedAtMs < beforeMs;
}

async function show(
  states: readonly SwitchState[],
  emptiness: string,
  options: LookOptions,
  context: CliContext,
  desk: ReadingDesk,
  nowMs: number,
): Promise<void> {
  const { snapshot } = desk;
  if (options.format === 'json') {
    const { document, auditHead } = snapshot;
    const [revision, audit] = [document.revision, anchorJson(auditHead)];
    const at = knownIsoText(nowMs);
    printJson({ schema: 'cryptorun.switches/v1', at, revision, switches: states.map(switchJson), audit }, context);
    return;
  }
  const all = statesOf(desk, nowMs);
  const notes = states.map((state) => noteOf(state, stoppedBy(state.name, all, desk.defaults), nowMs));
  const rows = states.map((state, i) => rowOf(state, notes[i]!));
  const columns = [left('Switch', 19), left('State', 6), left('Config', 6), left('Changed', 0)];
  const width = notes.some((note) => note !== '') ? 4 : 3;
  const shown = rows.map((row) => row.slice(0, width));
  await printTable(columns.slice(0, width), shown, emptiness, context);
}

function rowOf({ name, isOn, isOnByDefault }: SwitchState, note: string): Cell[] {
  const shown = (is: boolean) => onCell(is ? 'ON' : 'OFF', 'ON', 'OFF');
  return [cell(name), shown(isOn), cell(isOnByDefault ? 'ON' : 'OFF', 'muted'), cell(note)];
}

/** `until 15:30 by alice: bad fills (5 min ago)`. */
function noteOf({ setting }: SwitchState, stop: string | null, nowMs: number): string {
  const notes: string[] = [];
  if (setting !== null) {
    const until = setting.expiresAtMs === null ? '' : `until ${clockText(setting.expiresAtMs, nowMs)} `;
    notes.push(`${until}by ${setting.actor.user}: ${setting.reason} (${ageText(nowMs - setting.changedAtMs)})`);
  }
  if (stop !== null) notes.push(`stopped: ${stop} is off`);
  return notes.join('; ');
}
