/** How the kill switch stands, by all that speaks of it: control store, `KILL` file and the running scanner. Changes only the audit. */

import type { AuditHead } from '../../../core/ops/audit/audit-record.ts';
import type { ControlDocument, KillState } from '../../../core/ops/control/control.ts';
import { emptyDocument } from '../../../core/ops/control/decide.ts';
import { isHarsher } from '../../../core/ops/kill-switch/levels.ts';
import type { EffectiveConfig } from '../../config/effective-config.ts';
import type { ControlStore } from '../../stores/control/control-store.ts';
import type { HeartbeatReading } from '../../stores/control/heartbeat-file.ts';
import type { KillFileState } from '../../stores/control/kill-file-state.ts';
import type { Outside } from '../outside.ts';
import { STALE_AFTER_MS } from './confirmation.ts';
import { controlDefaults } from './control-defaults.ts';
import { openIfThere } from './reading-desk.ts';
import { recordLate } from './record-late.ts';

/** Everything that the state folder says at one moment. */
export interface StateLook {
  readonly kill: KillState;
  readonly file: KillFileState;
  readonly heartbeat: HeartbeatReading;
  /** Null: it was initialised, and cannot be read, for `unreadableReason`. */
  readonly document: ControlDocument | null;
  readonly unreadableReason: string | null;
  readonly auditHead: AuditHead | null;
}

/** Readers wait for nobody but the one who sets the state up. */
const BUSY_TIMEOUT_MS = 200;

/**
 * Looks at the state. Never throws for what is wrong with it: what cannot be read counts as engaged.
 *
 * An engagement that is not in the audit yet is recorded on the way.
 *
 * @param use - called with the store while it is open; null: there is none to read
 */
export async function lookAtState<T>(
  stateDir: string,
  config: EffectiveConfig,
  outside: Outside,
  use: (store: ControlStore | null) => T,
): Promise<StateLook & { readonly used: T }> {
  const [{ readKillFile }, { readHeartbeat }] = await Promise.all([
    import('../../stores/control/kill-file-state.ts'),
    import('../../stores/control/heartbeat-file.ts'),
  ]);
  const nowMs = outside.nowMs();
  const file = readKillFile(stateDir);
  const heartbeat = readHeartbeat(stateDir, { nowMs, staleAfterMs: STALE_AFTER_MS });
  const told = await readStore(stateDir, file, config, outside, use);
  const kill = effectiveKill(told.document, file, heartbeat);
  return { kill, file, heartbeat, ...told };
}

type Told<T> = Pick<StateLook, 'document' | 'unreadableReason' | 'auditHead'> & { readonly used: T };

async function readStore<T>(
  stateDir: string,
  file: KillFileState,
  config: EffectiveConfig,
  outside: Outside,
  use: (store: ControlStore | null) => T,
): Promise<Told<T>> {
  let store: ControlStore | null = null;
  try {
    store = await openIfThere(stateDir, BUSY_TIMEOUT_MS);
    if (store === null) return { document: emptyDocument(), unreadableReason: null, auditHead: null, used: use(null) };
    recordIfItCan(store, file, config, outside);
    const { document, auditHead } = store.read();
    return { document, unreadableReason: null, auditHead, used: use(store) };
  } catch (cause) {
    const unreadableReason = cause instanceof Error ? cause.message : String(cause);
    return { document: null, unreadableReason, auditHead: null, used: use(null) };
  } finally {
    store?.close();
  }
}

/** A look must not fail because somebody else writes; the next one records it. */
function recordIfItCan(store: ControlStore, file: KillFileState, config: EffectiveConfig, outside: Outside): void {
  try {
    recordLate(store, file, controlDefaults(config), outside.hostName(), outside.nowMs());
  } catch {
    // What is read next says what is wrong, if anything is.
  }
}

/**
 * The harshest of all that speaks; of equals the first: the document, the `KILL` file, the running scanner.
 *
 * @param document - null: unreadable, which counts as `kill`. When it was engaged is then not known (NaN).
 */
export function effectiveKill(
  document: Pick<ControlDocument, 'kill'> | null,
  file: KillFileState,
  heartbeat: HeartbeatReading,
): KillState {
  const voices = [...fileVoice(file), ...scannerVoice(heartbeat)];
  if (document === null) voices.push(UNREADABLE);
  return voices.reduce<KillState>(
    (most, one) => (most.kind === 'released' || isHarsher(one.level, most.level) ? one : most),
    document?.kill ?? { kind: 'released', releasedAtMs: null, revision: 0 },
  );
}

type Engaged = Extract<KillState, { kind: 'engaged' }>;

const UNREADABLE: Engaged = {
  kind: 'engaged',
  level: 'kill',
  engagedAtMs: Number.NaN,
  reason: 'state_unreadable',
  operator: 'unknown',
  source: 'state_unreadable',
  trigger: null,
  revision: 0,
};

function fileVoice(file: KillFileState): Engaged[] {
  if (file.kind === 'absent') return [];
  if (file.kind === 'unreadable') return [{ ...UNREADABLE, reason: file.reason, source: 'file' }];
  const { level, engagedAtMs, reason, operator, source } = file;
  return [{ kind: 'engaged', level, engagedAtMs, reason, operator, source, trigger: null, revision: 0 }];
}

/** It may have latched what nobody has written down yet, such as a signal. */
function scannerVoice(heartbeat: HeartbeatReading): Engaged[] {
  if (heartbeat.kind !== 'alive' || heartbeat.beat.killLevel === null) return [];
  const { killLevel: level, killSeenAtMs, pid } = heartbeat.beat;
  const reason = `the running scanner (pid ${pid}) is latched`;
  return [
    { ...UNREADABLE, level, reason, engagedAtMs: killSeenAtMs ?? Number.NaN, operator: 'scanner', source: 'signal' },
  ];
}
