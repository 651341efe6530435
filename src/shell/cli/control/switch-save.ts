/** `switch save`: the settings for good go into ops.yaml, then out of the control store. Touches no setting that has an end. */

import type { JsonObject } from '../../../core/base/json.ts';
import { switchStates } from '../../../core/ops/control/switch-states.ts';
import type { CliContext } from '../../context.ts';
import type { Outside } from '../outside.ts';
import type { ChangeOptions } from '../shared-options.ts';
import { reasonOf, type SaveOptions } from '../switch-command.ts';
import { STALE_AFTER_MS } from './confirmation.ts';
import { controlDefaults } from './control-defaults.ts';
import { atDesk, type Desk, perform, requestOf } from './desk.ts';
import { printJson } from './print.ts';
import { strictConfig } from './strict-config.ts';

/** @throws CryptorunError `precondition_failed` where the file cannot be changed, and whatever `atDesk` throws */
export async function saveSwitches(options: SaveOptions, context: CliContext, outside: Outside): Promise<void> {
  const reason = reasonOf(options);
  await atDesk(options, context, outside, async (desk) => {
    const { prepareSwitchSave, commitSwitchSave } = await import('../../config/switches-yaml.ts');
    const settings = settingsForGood(desk);
    const save = settings.size === 0 ? null : prepareSwitchSave(desk.request, settings);
    const isRunning = await hasScanner(desk);
    if (save !== null && !options.dryRun) {
      const { writeFileAtomic } = await import('../../stores/atomic-file.ts');
      commitSwitchSave(save, writeFileAtomic);
      if (!isRunning) await forget([...settings.keys()], desk, { ...options, reason }, context);
    }
    const result = { names: [...settings.keys()], path: save?.path ?? null, diff: save?.diff ?? '', isRunning };
    print(result, options, context);
  });
}

/** Equal to config or not: those that are equal were saved before, and only have to be forgotten. */
function settingsForGood({ store, defaults, outside }: Desk): Map<string, boolean> {
  const states = switchStates(store.read().document, defaults, outside.nowMs());
  const set = states.filter(({ setting }) => setting !== null && setting.expiresAtMs === null);
  return new Map(set.map(({ name, isOn }) => [name, isOn]));
}

/**
 * A running scanner has read the old file: without the settings it would go back to what that says, and start what an
 * operator stopped. They stay until it is gone, and the next save takes them away.
 */
async function hasScanner({ stateDir, outside }: Desk): Promise<boolean> {
  const { readHeartbeat } = await import('../../stores/control/heartbeat-file.ts');
  const { kind } = readHeartbeat(stateDir, { nowMs: outside.nowMs(), staleAfterMs: STALE_AFTER_MS });
  return kind !== 'absent' && kind !== 'dead';
}

/** Judged by the configuration as it is now on disk. */
async function forget(
  names: readonly string[],
  desk: Desk,
  options: ChangeOptions,
  context: CliContext,
): Promise<void> {
  const saved = { ...desk, defaults: controlDefaults(await strictConfig(desk.request)) };
  const request = await requestOf(saved, { kind: 'forget_settings', names }, options, context);
  perform(saved, request, 'switch save', context);
}

interface Result {
  readonly names: readonly string[];
  readonly path: string | null;
  readonly diff: string;
  readonly isRunning: boolean;
}

function print(result: Result, options: SaveOptions, context: CliContext): void {
  const isDryRun = options.dryRun ?? false;
  if (options.format === 'json') {
    printJson(resultJson(result, isDryRun), context);
    return;
  }
  const { names, path, diff, isRunning } = result;
  if (path === null) {
    context.stdout.write('nothing to save: no switch is set for good\n');
    return;
  }
  context.stdout.write(diff === '' ? `${path} has it all already\n` : diff);
  if (isDryRun) return;
  const kept = 'they stay set too, because the running scanner has read the old file; save again once it has stopped';
  const left = isRunning ? kept : 'the control store has let go of them';
  context.stderr.write(diff === '' ? `nothing written; ${left}\n` : `saved ${names.length} in ${path}; ${left}\n`);
}

function resultJson({ names, path, diff, isRunning }: Result, isDryRun: boolean): JsonObject {
  return {
    schema: 'cryptorun.switch-save/v1',
    changed: diff !== '' && !isDryRun,
    ...(isDryRun && { dryRun: true, wouldChange: diff !== '' }),
    file: path,
    switches: [...names],
    forgotten: path !== null && !isRunning && !isDryRun,
    diff,
  };
}
