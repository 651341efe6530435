/** Looks the state folder over and says what is wrong with it, file by file. Repairs nothing and sets nothing up. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isoText } from '../../../../core/base/time.ts';
import { type ChainVerdict, verifyChain } from '../../../../core/ops/audit/verify-chain.ts';
import type { StatusGrade } from '../../../../core/ops/status.ts';
import { PRIVATE_DIR_MODE, PRIVATE_FILE_MODE } from '../../atomic-file.ts';
import { readHeartbeat } from '../heartbeat-file.ts';
import { readKillFile } from '../kill-file-state.ts';
import { isUntouched } from '../open-control.ts';
import { CONTROL_SCHEMA, versionOf } from '../sqlite/control-schema.ts';
import { SqliteControlStore } from '../sqlite/sqlite-control-store.ts';
import { openSqlite } from '../sqlite/sqlite-file.ts';
import { STATE_FILES, stateFile, statIfThere } from '../state-folder.ts';
import { evidenceOf, exportLines, storedRecords } from './read-audit.ts';

/** One check. `OK`, `WARN` (works, should be looked at), `CRITICAL` (counts as engaged, or tampered with), `NO DATA`. */
export interface DoctorFinding {
  readonly check: string;
  readonly grade: StatusGrade;
  /** For people: what was found. */
  readonly evidence: string;
}

type Verdict = Omit<DoctorFinding, 'check'>;

interface Patient {
  readonly dir: string;
  readonly nowMs: number;
  /** Null: it cannot be opened, for `failure`. */
  readonly store: SqliteControlStore | null;
  readonly failure: string;
}

const WAIT_MS = 2000;
/** Four times what a change leaves behind at most: somebody reads without an end, or no writer could write it back. */
const WAL_WARN_BYTES = 1_048_576;
/** The heartbeat is written ten times a second. */
const STALE_MS = 2000;

/** What `nameBeside` and a restore name; a running process has them for an instant only. */
const LEFT_BEHIND = /^(?:KILL|control\.db)\.(?:claim|taken|cleared|new)\.|^restore-/;

const CHECKS: Readonly<Record<string, (patient: Patient) => Verdict>> = {
  folder: checkFolder,
  database: checkDatabase,
  document: checkDocument,
  audit_chain: checkChain,
  audit_export: checkExport,
  kill_file: checkKillFile,
  heartbeat: checkHeartbeat,
  wal: checkWal,
};

/** All checks, in a fixed order; a check that cannot be made is a finding as well. Never throws. */
export function diagnose(dir: string, options: { readonly nowMs: number }): DoctorFinding[] {
  try {
    return isUntouched(dir) ? [{ check: 'folder', ...untouched(dir) }] : examine(dir, options.nowMs);
  } catch (cause) {
    return [{ check: 'folder', ...critical((cause as Error).message) }];
  }
}

function untouched(dir: string): Verdict {
  const kill = readKillFile(dir).kind === 'absent' ? '' : '; KILL is there, and counts';
  return noData(`${dir} was never set up: config decides${kill}`);
}

function examine(dir: string, nowMs: number): DoctorFinding[] {
  const patient = { dir, nowMs, ...openedStore(dir) };
  const findings = Object.entries(CHECKS).map(([check, run]) => ({ check, ...guarded(run, patient) }));
  patient.store?.close();
  return findings;
}

function openedStore(dir: string): Pick<Patient, 'store' | 'failure'> {
  try {
    return { store: new SqliteControlStore(dir, { busyTimeoutMs: WAIT_MS, mayCreate: false }), failure: '' };
  } catch (cause) {
    return { store: null, failure: (cause as Error).message };
  }
}

function guarded(run: (patient: Patient) => Verdict, patient: Patient): Verdict {
  try {
    return run(patient);
  } catch (cause) {
    return critical((cause as Error).message);
  }
}

function checkFolder({ dir }: Patient): Verdict {
  const folder = statIfThere(dir)!;
  const problems =
    (folder.mode & 0o777) === PRIVATE_DIR_MODE ? [] : [`${dir} has mode ${modeText(folder.mode)}, not 700`];
  for (const name of Object.values(STATE_FILES)) {
    const found = statIfThere(join(dir, name));
    if (found === null) continue;
    if ((found.mode & 0o777) !== PRIVATE_FILE_MODE) problems.push(`${name} has mode ${modeText(found.mode)}, not 600`);
    if (found.uid !== folder.uid) problems.push(`${name} belongs to uid ${found.uid}, the folder to uid ${folder.uid}`);
  }
  for (const name of readdirSync(dir).sort()) {
    if (LEFT_BEHIND.test(name)) problems.push(`${name} was left behind by a process that was killed`);
  }
  return problems.length === 0 ? ok('private, and all of one owner') : warn(problems.join('; '));
}

function checkDatabase({ dir }: Patient): Verdict {
  const path = stateFile(dir, 'control');
  if (statIfThere(path) === null) return critical('control.db is gone');
  const db = openSqlite(path, WAIT_MS);
  const problems = db.prepare('PRAGMA quick_check').raw().all() as [string][];
  const version = versionOf(db);
  db.close();
  if (problems[0]?.[0] !== 'ok') return critical(problems.map(([text]) => text).join('; '));
  const known = CONTROL_SCHEMA.length;
  return version === known
    ? ok(`whole, version ${version}`)
    : critical(`version ${version}, and this program knows ${known}`);
}

function checkDocument({ store, failure }: Patient): Verdict {
  if (store === null) return critical(failure);
  const { kill, revision, mode } = store.read().document;
  const level = kill.kind === 'engaged' ? `engaged (${kill.level}) since ${isoText(kill.engagedAtMs)}` : 'released';
  return ok(`revision ${revision}, mode ${mode}, kill switch ${level}`);
}

function checkChain({ store, failure }: Patient): Verdict {
  return store === null ? noData(failure) : judged(verifyChain(storedRecords(store)));
}

function checkExport({ dir, store }: Patient): Verdict {
  const path = stateFile(dir, 'auditExport');
  if (statIfThere(path) === null) {
    const hasRecords = store === null || store.read().auditHead !== null;
    return hasRecords ? warn('audit.ndjson is gone; the next change writes it anew') : ok('nothing was recorded yet');
  }
  return judged(verifyChain(exportLines(path), store === null ? {} : evidenceOf(store)));
}

function judged(verdict: ChainVerdict): Verdict {
  const notes = verdict.notes.map(described);
  if (verdict.kind === 'broken') {
    const findings = verdict.findings.map(described);
    return critical(`${verdict.findingCount} signs of change: ${[...findings, ...notes].join('; ')}`);
  }
  const text = [`${verdict.count} records, intact`, ...notes].join('; ');
  return notes.length === 0 ? ok(text) : warn(text);
}

/** Such as `missing (line 3, fromSeq 3, toSeq 4)`. */
function described({ kind, ...facts }: { readonly kind: string }): string {
  return `${kind} (${Object.entries(facts)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')})`;
}

function checkKillFile({ dir }: Patient): Verdict {
  const state = readKillFile(dir);
  const lacks = statIfThere(stateFile(dir, 'killReserve')) === null ? '; KILL.reserve is gone' : '';
  if (state.kind === 'unreadable') return critical(`${state.reason}: counts as level kill${lacks}`);
  if (state.kind === 'engaged') {
    return warn(
      `engaged (${state.level}) by ${state.operator} at ${isoText(state.engagedAtMs)}: ${state.reason}${lacks}`,
    );
  }
  return lacks === '' ? ok('not engaged, reserve in place') : warn(`not engaged${lacks}`);
}

function checkHeartbeat({ dir, nowMs }: Patient): Verdict {
  const reading = readHeartbeat(dir, { nowMs, staleAfterMs: STALE_MS });
  if (reading.kind === 'absent') return noData('no scanner ever ran here');
  if (reading.kind === 'unreadable') return warn(reading.reason);
  const { beat, ageMs } = reading;
  const text = `pid ${beat.pid}, ${reading.kind}, last beat ${Math.round(ageMs / 1000)} s ago`;
  if (reading.kind === 'alive') return ok(text);
  return reading.kind === 'dead' ? noData(text) : warn(text);
}

function checkWal({ dir }: Patient): Verdict {
  const bytes = statIfThere(`${stateFile(dir, 'control')}-wal`)?.size ?? 0;
  const text = `${bytes} bytes not yet written back`;
  return bytes > WAL_WARN_BYTES ? warn(text) : ok(text);
}

function modeText(mode: number): string {
  return (mode & 0o777).toString(8);
}

function ok(evidence: string): Verdict {
  return { grade: 'OK', evidence };
}

function warn(evidence: string): Verdict {
  return { grade: 'WARN', evidence };
}

function critical(evidence: string): Verdict {
  return { grade: 'CRITICAL', evidence };
}

function noData(evidence: string): Verdict {
  return { grade: 'NO DATA', evidence };
}
