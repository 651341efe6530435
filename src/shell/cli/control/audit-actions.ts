/** `audit tail|verify`: the store's own chain, and its export beside it. Repairs nothing. */

import type { Json, JsonObject } from '../../../core/base/json.ts';
import type { AuditHead, AuditRecord } from '../../../core/ops/audit/audit-record.ts';
import { type ChainEvidence, type ChainVerdict, verifyChain } from '../../../core/ops/audit/verify-chain.ts';
import type { CliContext } from '../../context.ts';
import { CryptorunError } from '../../errors.ts';
import type { ControlStore } from '../../stores/control/control-store.ts';
import type { TailOptions, VerifyOptions } from '../audit-command.ts';
import { configRequest } from '../place.ts';
import { recordJson, recordsTable } from './audit-view.ts';
import { anchorJson } from './json.ts';
import { countOf } from './numbers.ts';
import { printJson } from './print.ts';
import { newestRecords, openIfThere } from './reading-desk.ts';

const EXIT_TAMPERED = 1;
const BUSY_TIMEOUT_MS = 400;

/** Needs no configuration: the audit must be readable on the day when that is broken. */
async function stateDirOf(options: TailOptions | VerifyOptions, context: CliContext): Promise<string> {
  const { resolveHome } = await import('../../config/resolve-home.ts');
  return resolveHome(configRequest(options, context)).stateDir;
}

export async function tailAudit(options: TailOptions, context: CliContext): Promise<void> {
  const count = countOf('--lines', options.lines);
  const store = await openIfThere(await stateDirOf(options, context), BUSY_TIMEOUT_MS);
  try {
    const records = newestRecords(store, count);
    if (options.format === 'table') return await recordsTable(records, 'nothing was recorded yet', context);
    const audit = anchorJson(store?.read().auditHead ?? null);
    printJson({ schema: 'cryptorun.audit/v1', records: records.map(recordJson), audit }, context);
  } finally {
    store?.close();
  }
}

/** What was found of one of the two. */
interface Judged {
  readonly name: 'store' | 'export';
  readonly verdict: ChainVerdict;
}

/**
 * Verifies the store's chain, against the anchor where one is given, and the export against the store.
 *
 * An export that lags is told and is no error. Where the store cannot be read, the export stands for it.
 */
export async function verifyAudit(options: VerifyOptions, context: CliContext): Promise<void> {
  const anchor = options.anchor === undefined ? null : anchorOf(options.anchor);
  const stateDir = await stateDirOf(options, context);
  const { store, failure } = await openOrWhyNot(stateDir);
  const judged: Judged[] = [];
  try {
    const { storedRecords } = await import('../../stores/control/doctor/read-audit.ts');
    if (store !== null) judged.push({ name: 'store', verdict: verified(storedRecords(store), { anchor }) });
    const lines = await exportedLines(stateDir);
    if (lines !== null) judged.push({ name: 'export', verdict: verified(lines, evidenceFor(store, anchor)) });
    if (store === null && lines === null && anchor !== null)
      judged.push({ name: 'store', verdict: verifyChain([], { anchor }) });
  } finally {
    store?.close();
  }
  if (failure !== null) context.stderr.write(`${failure.message}\n`);
  tell(judged, options, context);
  const isIntact = judged.every(({ verdict }) => verdict.kind === 'intact');
  context.setExitCode(isIntact ? (failure?.exitCode ?? 0) : EXIT_TAMPERED);
}

function anchorOf(text: string): AuditHead {
  const parts = /^([1-9]\d{0,14}):([0-9a-f]{64})$/.exec(text);
  if (parts !== null) return { seq: Number(parts[1]), hash: parts[2]! };
  throw new CryptorunError('usage', `--anchor: wanted seq:hash as \`ops status -o json\` has it, found "${text}"`);
}

async function openOrWhyNot(stateDir: string): Promise<{ store: ControlStore | null; failure: CryptorunError | null }> {
  try {
    return { store: await openIfThere(stateDir, BUSY_TIMEOUT_MS), failure: null };
  } catch (failure) {
    if (failure instanceof CryptorunError) return { store: null, failure };
    throw failure;
  }
}

/** Null: there is no export. */
async function exportedLines(stateDir: string): Promise<Iterable<string> | null> {
  const [{ exportLines }, { stateFile, statIfThere }] = await Promise.all([
    import('../../stores/control/doctor/read-audit.ts'),
    import('../../stores/control/state-folder.ts'),
  ]);
  const path = stateFile(stateDir, 'auditExport');
  return statIfThere(path) === null ? null : exportLines(path);
}

/** The export may end before the anchor: that is the store's to answer for, where there is one. */
function evidenceFor(store: ControlStore | null, anchor: AuditHead | null): ChainEvidence {
  if (store === null) return { anchor };
  const storeHashAt = (seq: number): string | null => store.auditAfter(seq - 1, 1)[0]?.hash ?? null;
  return { storeHead: store.read().auditHead, storeHashAt };
}

/** A record of the store that cannot be read at all is a finding, too. */
function verified(items: Iterable<string | AuditRecord>, evidence: ChainEvidence): ChainVerdict {
  try {
    return verifyChain(items, evidence);
  } catch (error) {
    if (!(error instanceof CryptorunError) || error.code !== 'state_unreadable') throw error;
    return { kind: 'broken', findings: [], findingCount: 1, count: 0, notes: [] };
  }
}

function tell(judged: readonly Judged[], options: VerifyOptions, context: CliContext): void {
  if (options.format === 'json') {
    printJson({ schema: 'cryptorun.audit-verify/v1', ...Object.fromEntries(judged.map(judgedJson)) }, context);
    return;
  }
  if (judged.length === 0) context.stdout.write('nothing was recorded yet\n');
  for (const { name, verdict } of judged) {
    for (const line of linesOf(name, verdict)) context.stdout.write(`${line}\n`);
  }
}

function judgedJson({ name, verdict }: Judged): [string, Json] {
  const { kind, count } = verdict;
  const notes = verdict.notes.map((note): JsonObject => ({ ...note }));
  if (verdict.kind === 'intact')
    return [name, { verdict: kind, records: count, head: anchorJson(verdict.head), notes }];
  const findings = verdict.findings.map((finding): JsonObject => ({ ...finding }));
  return [name, { verdict: kind, records: count, findings, findingCount: verdict.findingCount, notes }];
}

function linesOf(name: string, verdict: ChainVerdict): string[] {
  const notes = verdict.notes.map((note) => `${name}: note: ${factsText(note)}`);
  if (verdict.kind === 'intact') {
    const head = verdict.head === null ? '' : `, head ${verdict.head.seq}:${verdict.head.hash}`;
    return [`${name}: intact, ${verdict.count} records${head}`, ...notes];
  }
  const findings = verdict.findings.map((finding) => `${name}: ${factsText(finding)}`);
  const unreadable = findings.length === 0 ? [`${name}: a record cannot be read`] : [];
  const more = verdict.findingCount - verdict.findings.length;
  const rest = findings.length > 0 && more > 0 ? [`${name}: and ${more} more findings`] : [];
  return [
    `${name}: NOT as it was written, ${verdict.findingCount} findings`,
    ...unreadable,
    ...findings,
    ...rest,
    ...notes,
  ];
}

/** `missing, line 3, from seq 3, to seq 4`. */
function factsText({ kind, ...facts }: { readonly kind: string }): string {
  const words = Object.entries(facts).map(([name, value]) => `${name.replace(/[A-Z]/g, ' $&').toLowerCase()} ${value}`);
  return [kind.replaceAll('_', ' '), ...words].join(', ');
}
