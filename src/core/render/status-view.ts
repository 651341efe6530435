/** A status as headings, lines and tables in the operations guide's order and words. Draws nothing. */

import { isSwitchRow, type StatusCategory, type StatusDocument, type StatusRow } from '../ops/status.ts';
import { alertHeading, alertTable } from './alert-section.ts';
import { type Block, SPACE } from './block.ts';
import { briefly } from './brief-section.ts';
import { connectionTable } from './connection-table.ts';
import {
  CHANGED_LEGEND,
  feedTable,
  guardTable,
  kpiTable,
  providerTable,
  switchTable,
  venueTable,
} from './guide-tables.ts';
import { breakerTable, gradeHeading, gradeRemark, healthTable, policyTable, triggerTable } from './ops-tables.ts';
import { printable } from './printable.ts';
import { headBlocks } from './status-head.ts';
import type { Table } from './table.ts';
import { type StatusView, shownDocument, viewOf } from './view.ts';

export type { Block } from './block.ts';

/** A document alone, such as a replay's. `nowMs`: wall clock, from which the ages are counted. */
export function statusView(document: StatusDocument, nowMs: number): Block[] {
  return statusBlocks(viewOf(document), { nowMs, columns: 80 });
}

export interface BlockOptions {
  /** Wall clock, from which the ages are counted. */
  readonly nowMs: number;
  /** Width of the kill switch's banner, and of the list of what is wrong. */
  readonly columns: number;
  /** True: tables have only what is wrong or changed; the rest is counted, `CIRCUIT BREAKERS: 12 ✅closed`. */
  readonly isBrief?: boolean;
}

export function statusBlocks(view: StatusView, { nowMs, columns, isBrief = false }: BlockOptions): Block[] {
  const { rows } = shownDocument(view);
  const sections = sectionsOf(rows, nowMs);
  return [
    ...headBlocks(view, columns, nowMs),
    ...(isBrief ? [SPACE, ...sections.flatMap(briefly)] : sections.flatMap((blocks) => [SPACE, ...blocks])),
  ];
}

function sectionsOf(rows: readonly StatusRow[], nowMs: number): Block[][] {
  const of = (category: StatusCategory) => rows.filter((row) => row.category === category);
  const [health, venues] = [of('health'), of('venue')];
  const sections: (Block[] | null)[] = [
    section('📊 KEY PERFORMANCE INDICATORS', 'No indicators measured', kpiTable(of('kpi'))),
    section('🛡️  OPERATIONAL GUARDS', 'Guards are not known', guardTable(of('guard'))),
    sectionIfAny('🔌 CIRCUIT BREAKERS', breakerTable(of('breaker'), nowMs)),
    healthSection(health),
    alertSection(of('alert')),
    sectionIfAny('🎯 KILL SWITCH TRIGGERS', triggerTable(of('trigger'))),
    emergencySection(of('switch'), nowMs),
    section('🏭 PROVIDER STATUS', 'No providers configured', providerTable(of('provider'), nowMs)),
    section('🏢 VENUE STATUS', 'No venues configured', venueTable(venues.filter(isSwitchRow), nowMs)),
    sectionIfAny('📡 FEED HEALTH', feedTable(venues.filter((row) => !isSwitchRow(row)))),
    sectionIfAny('🔗 FEEDS', connectionTable(venues, nowMs)),
  ];
  const shown = sections.filter((blocks) => blocks !== null);
  const isChanged = rows.some((row) => row.override !== null);
  return isChanged ? [...shown, [{ kind: 'line', text: CHANGED_LEGEND }]] : shown;
}

/** A heading with its table, or one line that says there is nothing. */
function section(heading: string, emptiness: string, table: Table): Block[] {
  if (table.rows.length === 0) return [{ kind: 'heading', text: `${heading}: ${emptiness}` }];
  return [
    { kind: 'heading', text: heading },
    { kind: 'table', table },
  ];
}

/** What a replay does not have is not shown there as missing. */
function sectionIfAny(heading: string, table: Table): Block[] | null {
  return table.rows.length === 0 ? null : section(heading, '', table);
}

/** The sign follows the three emergency switches; the others only stand in the same table. */
function emergencySection(rows: readonly StatusRow[], nowMs: number): Block[] {
  const emergency = rows.filter((row) => row.name.startsWith('emergency_'));
  const isNormal = emergency.length > 0 && emergency.every((row) => row.value === 'ON');
  return section(`${isNormal ? '✅' : '🚨'} EMERGENCY SWITCHES`, 'No switches configured', switchTable(rows, nowMs));
}

/** The grade with its verdict, why, its components, then what it allows. */
function healthSection(rows: readonly StatusRow[]): Block[] | null {
  if (rows.length === 0) return null;
  const why = gradeRemark(rows);
  const [components, policy] = [healthTable(rows), policyTable(rows)];
  return [
    { kind: 'heading', text: `🩺 HEALTH GRADE${gradeHeading(rows)}` },
    ...(why === '' ? [] : [{ kind: 'line', text: printable(why) } as const]),
    ...tableIfAny(components),
    ...(policy.rows.length > 0 ? [{ kind: 'line', text: 'Policy at this grade:' } as const] : []),
    ...tableIfAny(policy),
  ];
}

/** Absent where no alerts run. */
function alertSection(rows: readonly StatusRow[]): Block[] | null {
  if (rows.length === 0) return null;
  return [{ kind: 'heading', text: `🔔 ALERTS: ${alertHeading(rows)}` }, ...tableIfAny(alertTable(rows))];
}

function tableIfAny(table: Table): Block[] {
  return table.rows.length === 0 ? [] : [{ kind: 'table', table }];
}
