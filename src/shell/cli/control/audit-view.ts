/** Audit records for people and for machines. Reads none and verifies none. */

import type { Json, JsonObject } from '../../../core/base/json.ts';
import type { AuditRecord } from '../../../core/ops/audit/audit-record.ts';
import { auditLine } from '../../../core/ops/audit/chain.ts';
import { cell, left } from '../../../core/render/cells.ts';
import type { Cell } from '../../../core/render/table.ts';
import { instantText } from '../../../core/render/value-text.ts';
import type { CliContext } from '../../context.ts';
import { printTable } from './print.ts';

/** The record as the export's line has it. */
export function recordJson(record: AuditRecord): JsonObject {
  return JSON.parse(auditLine(record)) as JsonObject;
}

/** Oldest first, as they happened. */
export async function recordsTable(
  records: readonly AuditRecord[],
  emptiness: string,
  context: CliContext,
): Promise<void> {
  const columns = [left('Seq', 3), left('When (UTC)', 10), left('Who', 5), left('What', 12), left('Reason', 8)];
  await printTable(columns, records.map(rowOf), emptiness, context);
}

function rowOf(record: AuditRecord): Cell[] {
  const { seq, timeMs, actor, reason, result, recordedLate } = record;
  const via = actor.via === 'cli' ? '' : ` (${actor.via})`;
  const late = recordedLate ? ' (recorded late)' : '';
  return [
    cell(String(seq)),
    cell(instantText(timeMs).replace(' UTC', '')),
    cell(`${actor.user}@${actor.host}${via}`),
    cell(
      `${result === 'refused' ? 'REFUSED ' : ''}${whatText(record)}${late}`,
      result === 'refused' ? 'warn' : 'plain',
    ),
    cell(reason),
  ];
}

/** `set_switch publish: off`. */
function whatText({ action, target, to }: AuditRecord): string {
  const state = stateText(to);
  return `${action} ${target}${state === '' ? '' : `: ${state}`}`;
}

/** The one word that matters of a recorded value. */
function stateText(value: Json): string {
  if (value === null || typeof value !== 'object') return value === null ? '' : String(value);
  if (Array.isArray(value)) return '';
  if (typeof value['isOn'] === 'boolean') return `${value['isOn'] ? 'on' : 'off'}${untilText(value['expiresAtMs'])}`;
  const refused = value['refused'];
  if (Array.isArray(refused)) return refused.join('; ');
  const words = ['kind', 'level', 'role'].map((key) => value[key]).filter((word) => typeof word === 'string');
  return words.join(' ');
}

function untilText(endMs: Json | undefined): string {
  return typeof endMs === 'number' ? ` until ${instantText(endMs)}` : '';
}
