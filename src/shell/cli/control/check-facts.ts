/** Gathers what the checks before a release are judged by: the scanner's last status, this host, the audit. Judges nothing. */

import { type ChainVerdict, verifyChain } from '../../../core/ops/audit/verify-chain.ts';
import type { CheckResult } from '../../../core/ops/control/control.ts';
import {
  type CheckFacts,
  preActivationChecks,
  type RunningFacts,
  type ScannerFacts,
} from '../../../core/ops/kill-switch/checks.ts';
import { HEALTH_GRADES, type HealthGrade } from '../../../core/ops/kill-switch/health-grade.ts';
import { agreedSkewMs } from '../../../core/ops/kill-switch/trigger-facts.ts';
import type { StatusDocument, StatusRow } from '../../../core/ops/status.ts';
import type { EffectiveConfig } from '../../config/effective-config.ts';
import { CryptorunError } from '../../errors.ts';
import type { ControlStore } from '../../stores/control/control-store.ts';
import type { HeartbeatReading } from '../../stores/control/heartbeat-file.ts';
import type { Outside } from '../outside.ts';
import { scannerStatus } from '../status/saved.ts';

/** What the audit is worth, and when its newest record was made. */
export interface AuditJudgement {
  readonly chain: CheckFacts['auditChain'];
  readonly newestMs: number | null;
}

export const UNKNOWN_AUDIT: AuditJudgement = { chain: 'unknown', newestMs: null };

/** All eight checks as of now. @param audit - see `auditJudge`; ask it while the store is open */
export async function checksNow(
  config: EffectiveConfig,
  heartbeat: HeartbeatReading,
  audit: AuditJudgement,
  outside: Outside,
): Promise<CheckResult[]> {
  const { stateDir } = config.paths;
  const nowMs = outside.nowMs();
  const scanner = await scannerFacts(stateDir, heartbeat, nowMs);
  const facts: CheckFacts = {
    scanner: scanner.facts,
    memoryUsedRatio: outside.memoryUsedRatio(),
    diskFreeBytes: outside.diskFreeBytes(stateDir),
    clockSkewMs: scanner.facts.kind === 'none' ? behindMs(audit, nowMs) : scanner.clockSkewMs,
    auditChain: audit.chain,
  };
  return preActivationChecks(facts, config.ops);
}

/** Nothing older than now to compare with counts as no skew: there is no record yet. */
function behindMs({ newestMs, chain }: AuditJudgement, nowMs: number): number | null {
  if (newestMs !== null) return Math.max(0, newestMs - nowMs);
  return chain === 'ok' ? 0 : null;
}

/** Verifies the store's chain and its export. Made before the store is opened, because it loads what it needs. */
export async function auditJudge(stateDir: string): Promise<(store: ControlStore | null) => AuditJudgement> {
  const [{ exportLines, storedRecords }, { stateFile, statIfThere }] = await Promise.all([
    import('../../stores/control/doctor/read-audit.ts'),
    import('../../stores/control/state-folder.ts'),
  ]);
  return (store) => {
    try {
      return judged(store);
    } catch (error) {
      // A record that cannot be read is not as it was written.
      if (error instanceof CryptorunError) return { chain: 'broken', newestMs: null };
      throw error;
    }
  };

  function judged(store: ControlStore | null): AuditJudgement {
    const path = stateFile(stateDir, 'auditExport');
    // Without a store nothing was ever set up, or it cannot be read, which is told elsewhere.
    if (store === null) return statIfThere(path) === null ? { chain: 'ok', newestMs: null } : UNKNOWN_AUDIT;
    const { auditHead } = store.read();
    const storeHashAt = (seq: number): string | null => store.auditAfter(seq - 1, 1)[0]?.hash ?? null;
    const verdicts: ChainVerdict[] = [verifyChain(storedRecords(store))];
    if (statIfThere(path) !== null)
      verdicts.push(verifyChain(exportLines(path), { storeHead: auditHead, storeHashAt }));
    const newest = auditHead === null ? undefined : store.auditAfter(auditHead.seq - 1, 1)[0];
    const isIntact = verdicts.every((verdict) => verdict.kind === 'intact');
    return { chain: isIntact ? 'ok' : 'broken', newestMs: newest?.timeMs ?? null };
  }
}

interface Scanner {
  readonly facts: ScannerFacts;
  readonly clockSkewMs: number | null;
}

async function scannerFacts(stateDir: string, heartbeat: HeartbeatReading, nowMs: number): Promise<Scanner> {
  if (heartbeat.kind !== 'alive') {
    const isThere = await isLocked(stateDir);
    const heartbeatAgeMs = heartbeat.kind === 'stale' || heartbeat.kind === 'dead' ? heartbeat.ageMs : null;
    return { facts: isThere ? { kind: 'silent', heartbeatAgeMs } : { kind: 'none' }, clockSkewMs: null };
  }
  const status = await savedStatus(stateDir);
  if (status === null) return { facts: { kind: 'silent', heartbeatAgeMs: heartbeat.ageMs }, clockSkewMs: null };
  const facts = {
    kind: 'running',
    statusAgeMs: nowMs - status.savedAtMs,
    ...runningFacts(status),
  } as const;
  return { facts, clockSkewMs: skewOf(status.rows) };
}

/** Takes the lock for a moment, where there is one to take: making it would set the state up. */
async function isLocked(stateDir: string): Promise<boolean> {
  const { stateFile, statIfThere } = await import('../../stores/control/state-folder.ts');
  if (statIfThere(stateFile(stateDir, 'lock')) === null) return false;
  try {
    const { lockScanner } = await import('../../stores/control/scanner-lock.ts');
    lockScanner(stateDir).release();
    return false;
  } catch {
    // Held, or nobody can tell: both count as a scanner of which nothing is known.
    return true;
  }
}

/** Null: none, or one that nobody can read. */
async function savedStatus(stateDir: string): Promise<StatusDocument | null> {
  try {
    return await scannerStatus(stateDir);
  } catch (error) {
    if (error instanceof CryptorunError) return null;
    throw error;
  }
}

/** What a scanner's own status says; what it does not say is not known. */
export function runningFacts({ rows, savedAtMs, dataTimeMs }: StatusDocument): RunningFacts {
  const find = (category: string, name: string, part: string | null) =>
    rows.find((row) => row.category === category && row.name === name && row.part === part);
  const grade = find('health', 'grade', null)?.value;
  const guards = rows.filter((row) => row.category === 'guard');
  return {
    grade: HEALTH_GRADES.includes(grade as HealthGrade) ? (grade as HealthGrade) : null,
    score: numberOf(find('health', 'grade', 'score')),
    activeP1: activeP1(find('kpi', 'active_p1_alert_count', null)),
    dataAgeMs: dataTimeMs === null ? null : Math.max(0, savedAtMs - dataTimeMs),
    blockingGuards: guards.length === 0 ? null : guards.filter((row) => row.status === 'BLOCK').map((row) => row.name),
  };
}

/** The row is there in every scanner; without a figure, it judges no alerts. */
function activeP1(row: StatusRow | undefined): RunningFacts['activeP1'] {
  if (row === undefined) return null;
  return numberOf(row) ?? 'no_rules';
}

function numberOf(row: StatusRow | undefined): number | null {
  return typeof row?.value === 'number' ? row.value : null;
}

/** Of one venue alone nobody can tell whose clock it is; then our own is taken to be right. */
function skewOf(rows: readonly StatusRow[]): number | null {
  const skews = rows.filter((row) => row.category === 'venue' && row.part === 'clock_skew_ms').map(numberOf);
  const known = skews.filter((skew) => skew !== null);
  return known.length === 1 ? 0 : agreedSkewMs(known);
}
