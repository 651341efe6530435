/** A status as headings, lines and tables in the operations guide's order and words. Draws nothing. */

import { isSwitchRow, type StatusCategory, type StatusDocument, type StatusRow } from '../ops/status.ts';
import {
  CHANGED_LEGEND,
  feedTable,
  guardTable,
  kpiTable,
  providerTable,
  switchTable,
  venueTable,
} from './guide-tables.ts';
import { killBanner } from './kill-rows.ts';
import { breakerTable, gradeHeading, gradeRemark, healthTable, policyTable, triggerTable } from './ops-tables.ts';
import { printable } from './printable.ts';
import type { Table, Tone } from './table.ts';
import { ageText, durationText, instantText, sizeText } from './value-text.ts';
import { type StatusView, scannerText, shownDocument, viewOf } from './view.ts';

/** What is shown, from top to bottom. A tone is for the whole block; the text must read without. */
export type Block =
  | { readonly kind: 'heading'; readonly text: string; readonly tone?: Tone }
  | { readonly kind: 'line'; readonly text: string; readonly tone?: Tone }
  | { readonly kind: 'space' }
  | { readonly kind: 'table'; readonly table: Table };

/** A document alone, such as a replay's. `nowMs`: wall clock, from which the ages are counted. */
export function statusView(document: StatusDocument, nowMs: number): Block[] {
  return statusBlocks(viewOf(document), { nowMs, columns: 80 });
}

/** @param options - `nowMs`: wall clock, from which the ages are counted; `columns`: width of the kill switch's banner */
export function statusBlocks(
  view: StatusView,
  { nowMs, columns }: { readonly nowMs: number; readonly columns: number },
): Block[] {
  const { rows } = shownDocument(view);
  return [
    ...bannerBlocks(view, columns, nowMs),
    ...titleBlocks(view, nowMs),
    ...sectionsOf(rows, nowMs).flatMap((blocks) => [SPACE, ...blocks]),
  ];
}

const SPACE: Block = { kind: 'space' };

/** At the very top, so that nobody reads on without it. */
function bannerBlocks(view: StatusView, columns: number, nowMs: number): Block[] {
  const lines = killBanner(view.kill, columns, nowMs);
  const blocks = lines.map((text): Block => ({ kind: 'heading', text, tone: 'bad' }));
  return blocks.length === 0 ? [] : [...blocks, SPACE];
}

function titleBlocks(view: StatusView, nowMs: number): Block[] {
  const { source, savedAtMs, dataTimeMs } = view.document;
  const title = 'CryptoRun Operational Status';
  const saved = `Saved:     ${instantText(savedAtMs)} (${ageText(nowMs - savedAtMs)})`;
  const data = dataTimeMs === null ? 'none' : `${instantText(dataTimeMs)} (${ageText(nowMs - dataTimeMs)})`;
  const whence = source.kind === 'live' ? '' : `: ${source.kind.toUpperCase()} of ${printable(source.name)} (not live)`;
  return [
    { kind: 'heading', text: `=== ${title}${whence} ===` },
    { kind: 'line', text: `Timestamp: ${instantText(nowMs)}` },
    { kind: 'line', text: saved },
    { kind: 'line', text: `Last data: ${data}` },
    ...scannerBlocks(view, nowMs),
  ];
}

/** Whether a scanner stands behind the figures; said of every live status, and wherever there is a scanner. */
function scannerBlocks(view: StatusView, nowMs: number): Block[] {
  const { document, scanner, scannerProcess: own, kill } = view;
  if (document.source.kind !== 'live' && scanner.kind === 'absent') return [];
  const isAlive = scanner.kind === 'alive';
  const run = [
    ...(own === null ? [] : [`pid ${own.pid}`]),
    ...(own?.startedAtMs == null ? [] : [`up ${durationText(nowMs - own.startedAtMs)}`]),
    ...(own?.rssBytes == null ? [] : [sizeText(own.rssBytes)]),
  ];
  const text = scannerText(scanner, nowMs).replace(/^scanner /, '');
  const state = isAlive ? [text, ...run].join(', ') : `${text.toUpperCase()}; what it measured is not known now`;
  const blocks: Block[] = [{ kind: 'line', text: `Scanner:   ${state}`, tone: isAlive ? 'plain' : 'bad' }];
  return kill.kind === 'engaged' ? blocks : [...blocks, { kind: 'line', text: 'Kill:      released' }];
}

function sectionsOf(rows: readonly StatusRow[], nowMs: number): Block[][] {
  const of = (category: StatusCategory) => rows.filter((row) => row.category === category);
  const [health, venues] = [of('health'), of('venue')];
  const sections: (Block[] | null)[] = [
    section('📊 KEY PERFORMANCE INDICATORS', 'No indicators measured', kpiTable(of('kpi'))),
    section('🛡️  OPERATIONAL GUARDS', 'No guards configured', guardTable(of('guard'))),
    sectionIfAny('🔌 CIRCUIT BREAKERS', breakerTable(of('breaker'), nowMs)),
    healthSection(health),
    sectionIfAny('🎯 KILL SWITCH TRIGGERS', triggerTable(of('trigger'))),
    emergencySection(of('switch'), nowMs),
    section('🏭 PROVIDER STATUS', 'No providers configured', providerTable(of('provider'), nowMs)),
    section('🏢 VENUE STATUS', 'No venues configured', venueTable(venues.filter(isSwitchRow), nowMs)),
    sectionIfAny('📡 FEED HEALTH', feedTable(venues.filter((row) => !isSwitchRow(row)))),
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
  const tables = [healthTable(rows), policyTable(rows)].filter((table) => table.rows.length > 0);
  return [
    { kind: 'heading', text: `🩺 HEALTH GRADE${gradeHeading(rows)}` },
    ...(why === '' ? [] : [{ kind: 'line', text: printable(why) } as const]),
    ...tables.map((table): Block => ({ kind: 'table', table })),
  ];
}
