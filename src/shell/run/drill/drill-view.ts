/** Drills as people see them: the list, expected against seen, and the sum of several. Draws nothing. */

import { type Block, SPACE } from '../../../core/render/block.ts';
import { printable } from '../../../core/render/printable.ts';
import type { Cell, Column, Tone } from '../../../core/render/table.ts';
import type { Drill } from '../../sim/drill/drill.ts';
import type { DrillCheck, DrillResult } from './run-drill.ts';

const SECOND_MS = 1000;

/** One row a drill. @param folder - where they are, for who finds none */
export function listBlocks(drills: readonly Drill[], folder: string): Block[] {
  if (drills.length === 0) return [line(`no drills in ${folder}`)];
  const rows = drills.map(({ name, about, durationMs }) => [
    cell(name, 'plain'),
    cell(minutesText(durationMs), 'muted'),
    cell(printable(about), 'plain'),
  ]);
  const columns = [column('Drill'), column('Length', 'right'), column('What breaks')];
  return [{ kind: 'table', table: { columns, rows } }, line('Run one: cryptorun drill run gap', 'muted')];
}

/** @param wallMs - how long it took outside */
export function resultBlocks(result: DrillResult, wallMs: number): Block[] {
  const { drill, checks, injected, frames, digest } = result;
  const columns = [column('Expectation'), column('Expected'), column('Seen'), column('')];
  const struck = Object.entries(injected).map(([kind, count]) => `${kind.replaceAll('_', ' ')} ${count}x`);
  const took = `${minutesText(drill.durationMs)} of market in ${(wallMs / SECOND_MS).toFixed(1)} s, ${frames} messages`;
  return [
    { kind: 'heading', text: `${printable(drill.name)} (seed ${drill.world.seed})` },
    line(printable(drill.about)),
    { kind: 'table', table: { columns, rows: checks.map(checkRow) } },
    line(`Struck: ${struck.join(', ') || 'nothing'}`, 'muted'),
    line(`${took}, digest ${digest.slice(0, 19)}…`, 'muted'),
    verdict(result),
    SPACE,
  ];
}

/** After several. */
export function summaryBlocks(results: readonly DrillResult[]): Block[] {
  const failed = results.filter(({ isMet }) => !isMet);
  if (failed.length === 0) return [line(`✅ ${results.length} drills, all as expected`, 'good')];
  const names = failed.map(({ drill }) => printable(drill.name)).join(', ');
  return [line(`🔴 ${failed.length} of ${results.length} drills not as expected: ${names}`, 'bad')];
}

function verdict({ drill, checks, isMet }: DrillResult): Block {
  if (isMet) return line(`✅ ${printable(drill.name)}: all ${checks.length} as expected`, 'good');
  const failed = checks.filter((check) => !check.isMet).length;
  return line(`🔴 ${printable(drill.name)}: ${failed} of ${checks.length} not as expected`, 'bad');
}

function checkRow({ name, expected, seen, isMet }: DrillCheck): Cell[] {
  const tone: Tone = isMet ? 'good' : 'bad';
  return [cell(name, 'plain'), cell(expected, 'muted'), cell(printable(seen), tone), cell(isMet ? '✅' : '🔴', tone)];
}

function minutesText(ms: number): string {
  const seconds = Math.round(ms / SECOND_MS);
  const rest = String(seconds % 60).padStart(2, '0');
  return `${Math.floor(seconds / 60)}:${rest}`;
}

function cell(text: string, tone: Tone): Cell {
  return { text, tone };
}

function column(header: string, align: Column['align'] = 'left'): Column {
  return { header, align, minWidth: 2 };
}

function line(text: string, tone: Tone = 'plain'): Block {
  return { kind: 'line', text, tone };
}
