/** Puts together what one `ops status` shows: the saved figures, and switches and kill switch as they stand now. */

import { readFileSync } from 'node:fs';
import { emptyDocument } from '../../../core/ops/control/decide.ts';
import { type SwitchState, switchStates } from '../../../core/ops/control/switch-states.ts';
import { compareText, type StatusDocument, type StatusRow, sortedRows, statusRow } from '../../../core/ops/status.ts';
import { withControlSwitches } from '../../../core/render/control-rows.ts';
import type { StatusView } from '../../../core/render/view.ts';
import type { EffectiveConfig } from '../../config/effective-config.ts';
import { CryptorunError } from '../../errors.ts';
import type { HeartbeatReading } from '../../stores/control/heartbeat-file.ts';
import { controlDefaults } from '../control/control-defaults.ts';
import { lookAtState, type StateLook } from '../control/kill-view.ts';
import type { Outside } from '../outside.ts';
import { lastStatus } from './saved.ts';
import { processOf, scannerOf } from './scanner-fact.ts';

/** A view, and what it is good for. */
export interface Look {
  readonly view: StatusView;
  /** Whether `emergency.writes` allows files. */
  readonly mayWrite: boolean;
}

/**
 * As of now.
 *
 * @throws CryptorunError `status_unknown` when nothing was ever saved and nothing ever set; `status_unreadable` ...
 */
export async function lookAtStatus(config: EffectiveConfig, outside: Outside): Promise<Look> {
  const state = await lookAtState(config.paths.stateDir, config, outside, () => null);
  const nowMs = outside.nowMs();
  const saved = await lastStatus(config.paths, state.heartbeat);
  if (saved === null && isUntouched(state)) throw nothingYet(config.paths.artifactsDir);
  const control = state.document ?? emptyDocument();
  const states = switchStates(control, controlDefaults(config), nowMs);
  const shown = states.filter((state) => isListed(state, config));
  const figures = withControlSwitches(saved ?? ONLY_CONTROL, shown);
  const document = { ...figures, rows: withIsolated(figures.rows, control) };
  const { kill, auditHead, heartbeat, unreadableReason } = state;
  const scannerProcess = processOf(heartbeat, rssOf(heartbeat));
  const mode = control.mode === 'normal' ? [] : [`the mode is ${control.mode}; see \`cryptorun ops mode\``];
  const notes = [...(unreadableReason === null ? [] : [unreadableReason]), ...mode];
  const isOutdated = isOlder(document, heartbeat, nowMs);
  const view = { document, scanner: scannerOf(heartbeat), scannerProcess, kill, auditHead, isOutdated, notes };
  const mayWrite = states.find(({ name }) => name === 'emergency.writes')?.isOn ?? false;
  return { view, mayWrite };
}

/** A scanner saves its status about once a second; ten missed are no accident. */
const STATUS_LIMIT_MS = 10_000;

/** Whether the figures are of an earlier run, or the disk takes no newer ones: then the heartbeat proves nothing of them. */
function isOlder({ savedAtMs }: StatusDocument, heartbeat: HeartbeatReading, nowMs: number): boolean {
  if (heartbeat.kind !== 'alive') return false;
  return savedAtMs < heartbeat.beat.startedAtMs || nowMs - savedAtMs > STATUS_LIMIT_MS;
}

/** What only venues.yaml knows is off, and would bury what an operator listed or set. */
function isListed({ name, setting }: SwitchState, { ops }: EffectiveConfig): boolean {
  const [family, of] = name.split('.') as [string, string | undefined];
  if (setting !== null || of === undefined) return true;
  if (family === 'provider') return Object.hasOwn(ops.switches.providers, of);
  return family !== 'venue' || Object.hasOwn(ops.switches.venues, of);
}

/** Nobody ever ran or set anything here. */
function isUntouched({ document, auditHead, kill, heartbeat }: StateLook): boolean {
  const isBlank = document !== null && document.revision === 0 && auditHead === null;
  return isBlank && kill.kind === 'released' && heartbeat.kind === 'absent';
}

function nothingYet(artifactsDir: string): CryptorunError {
  const advice = '`cryptorun replay PATH` makes one';
  return new CryptorunError(
    'status_unknown',
    `no scanner and no replay yet: no status is saved under ${artifactsDir}; ${advice}`,
  );
}

/** No figures at all, but what operators set; the time of what was never saved is no time. */
const ONLY_CONTROL: StatusDocument = {
  source: { kind: 'live', name: 'no status saved' },
  savedAtMs: Number.NaN,
  dataTimeMs: null,
  rows: [],
};

/** An isolated breaker is isolated, whatever a scanner last saw of it. */
function withIsolated(rows: readonly StatusRow[], control: StateLook['document'] & object): StatusRow[] {
  const isolated = Object.entries(control.isolatedBreakers).sort(([a], [b]) => compareText(a, b));
  const names = new Set(isolated.map(([name]) => name));
  const others = rows.filter((row) => row.category !== 'breaker' || !names.has(row.name));
  const own = isolated.flatMap(([name, { sinceMs, reason, actor }]) => {
    const parts = { category: 'breaker', name } as const;
    return [
      statusRow({ ...parts, value: 'isolated', status: 'BLOCK', message: `by ${actor.user}: ${reason}` }),
      statusRow({ ...parts, part: 'since', value: sinceMs, unit: 'instant' }),
    ];
  });
  return sortedRows([...others, ...own]);
}

/** As the system tells it of a process that is there; only Linux does so in a file. */
function rssOf(heartbeat: StateLook['heartbeat']): number | null {
  if (heartbeat.kind !== 'alive') return null;
  try {
    const status = readFileSync(`/proc/${heartbeat.beat.pid}/status`, 'latin1');
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}
