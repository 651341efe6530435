/** Opens config and control store for a command that only looks. Sets nothing up: a state that was never made is as config has it. */

import type { AuditRecord } from '../../../core/ops/audit/audit-record.ts';
import type { ControlDefaults, ControlSnapshot } from '../../../core/ops/control/control.ts';
import { emptyDocument } from '../../../core/ops/control/decide.ts';
import type { EffectiveConfig } from '../../config/effective-config.ts';
import type { CliContext } from '../../context.ts';
import type { ControlStore } from '../../stores/control/control-store.ts';
import { configRequest } from '../place.ts';
import type { PlaceOptions } from '../shared-options.ts';
import { controlDefaults } from './control-defaults.ts';
import { strictConfig } from './strict-config.ts';

/** Everything that a look needs. `store` null: the state was never set up. */
export interface ReadingDesk {
  readonly config: EffectiveConfig;
  readonly stateDir: string;
  readonly defaults: ControlDefaults;
  readonly snapshot: ControlSnapshot;
  readonly store: ControlStore | null;
}

const BUSY_TIMEOUT_MS = 400;

/** @throws CryptorunError `bad_config`, and what `openControl` throws */
export async function atReadingDesk<T>(
  place: PlaceOptions,
  context: CliContext,
  action: (desk: ReadingDesk) => T | Promise<T>,
): Promise<T> {
  const config = await strictConfig(configRequest(place, context));
  const { stateDir } = config.paths;
  const store = await openIfThere(stateDir, BUSY_TIMEOUT_MS);
  try {
    const snapshot = store?.read() ?? { document: emptyDocument(), auditHead: null };
    return await action({ config, stateDir, defaults: controlDefaults(config), snapshot, store });
  } finally {
    store?.close();
  }
}

/**
 * The store, unless nothing was ever set up there.
 *
 * @throws CryptorunError as `openControl` does
 */
export async function openIfThere(stateDir: string, busyTimeoutMs: number): Promise<ControlStore | null> {
  const { isInitialised, stateFile, statIfThere } = await import('../../stores/control/state-folder.ts');
  // Without any other trace, an empty file is what is left of a first start that was killed.
  if (!isInitialised(stateDir) && !statIfThere(stateFile(stateDir, 'control'))?.size) return null;
  const { openControl } = await import('../../stores/control/open-control.ts');
  return openControl(stateDir, { busyTimeoutMs });
}

const PAGE = 500;

/** The newest records, oldest of them first. @param isWanted - which count */
export function newestRecords(
  store: ControlStore | null,
  count: number,
  isWanted: (record: AuditRecord) => boolean = () => true,
): AuditRecord[] {
  const found: AuditRecord[] = [];
  let before = store?.read().auditHead?.seq ?? 0;
  while (store !== null && before > 0 && found.length < count) {
    const from = Math.max(0, before - PAGE);
    const page = store.auditAfter(from, before - from).filter(isWanted);
    found.unshift(...page.slice(-(count - found.length)));
    before = from;
  }
  return found;
}
