/** The head of a status: the kill switch's banner, whence and how old, whether a scanner lives, and the verdict. Draws nothing. */

import { type Block, SPACE } from './block.ts';
import { iconOf } from './cells.ts';
import { killBanner } from './kill-rows.ts';
import { printable } from './printable.ts';
import type { Tone } from './table.ts';
import { ageText, durationText, instantText, sizeText } from './value-text.ts';
import { countsOf, type Problem, problemsOf, problemText, verdictOf } from './verdict.ts';
import { lostReason, type StatusView, scannerText } from './view.ts';
import { wrapIndented } from './width.ts';

/** @param columns - the width of the banner, and of the list of what is wrong */
export function headBlocks(view: StatusView, columns: number, nowMs: number): Block[] {
  return [...bannerBlocks(view, columns, nowMs), ...titleBlocks(view, columns, nowMs), ...verdictBlocks(view, columns)];
}

/** At the very top, so that nobody reads on without it. */
function bannerBlocks(view: StatusView, columns: number, nowMs: number): Block[] {
  const lines = killBanner(view.kill, columns, nowMs);
  const blocks = lines.map((text): Block => ({ kind: 'heading', text, tone: 'bad' }));
  return blocks.length === 0 ? [] : [...blocks, SPACE];
}

/** Where a status comes from, how old it is, and whether a scanner stands behind it. */
function titleBlocks(view: StatusView, columns: number, nowMs: number): Block[] {
  const { source, savedAtMs, dataTimeMs } = view.document;
  const whence = source.kind === 'live' ? '' : `: ${source.kind.toUpperCase()} of ${printable(source.name)} (not live)`;
  return [
    { kind: 'heading', text: `=== CryptoRun Operational Status${whence} ===` },
    { kind: 'line', text: `Timestamp: ${instantText(nowMs)}` },
    { kind: 'line', text: `Saved:     ${agedText(savedAtMs, nowMs)}` },
    { kind: 'line', text: `Last data: ${agedText(dataTimeMs, nowMs)}` },
    ...scannerBlocks(view, columns, nowMs),
    ...view.notes.flatMap((note) => labelled('Note:      ', printable(note), columns, 'warn')),
  ];
}

/** `none` for what never was. */
function agedText(ms: number | null, nowMs: number): string {
  return ms === null || Number.isNaN(ms) ? 'none' : `${instantText(ms)} (${ageText(nowMs - ms)})`;
}

/** A line of the head; what does not fit stands under the text, not under its label. */
function labelled(label: string, text: string, columns: number, tone: Tone): Block[] {
  const lines = wrapIndented(label + text, columns, label.length);
  return lines.map((line) => ({ kind: 'line', text: line, tone }));
}

/** Said of every live status, and wherever there is a scanner. */
function scannerBlocks(view: StatusView, columns: number, nowMs: number): Block[] {
  const { document, scanner, kill, isOutdated } = view;
  if (document.source.kind !== 'live' && scanner.kind === 'absent') return [];
  const tone = scanner.kind === 'alive' && !isOutdated ? 'plain' : 'bad';
  const blocks = labelled('Scanner:   ', scannerState(view, nowMs), columns, tone);
  return kill.kind === 'engaged' ? blocks : [...blocks, { kind: 'line', text: 'Kill:      released' }];
}

function scannerState({ scanner, scannerProcess: own, isOutdated }: StatusView, nowMs: number): string {
  const text = scannerText(scanner, nowMs).replace(/^scanner /, '');
  if (scanner.kind === 'absent') return text.toUpperCase();
  const unknown = 'what it measured is not known now';
  // Who stopped it knows; who finds it dead must not overlook it.
  if (scanner.kind !== 'alive') return `${scanner.kind === 'stopped' ? text : text.toUpperCase()}; ${unknown}`;
  const run = [
    ...(own === null ? [] : [`pid ${own.pid}`]),
    ...(own?.startedAtMs == null ? [] : [`up ${durationText(nowMs - own.startedAtMs)}`]),
    ...(own?.rssBytes == null ? [] : [sizeText(own.rssBytes)]),
    ...(isOutdated ? [`BUT IT SAVES NO STATUS; ${unknown}`] : []),
  ];
  return [text, ...run].join(', ');
}

/** How many things that are wrong are named at the top: with more of them nobody reads on to the tables. */
const MOST_PROBLEMS = 5;

/** The worst first, so that nobody has to look for it in the tables. Of a scanner's own status only. */
function verdictBlocks(view: StatusView, columns: number): Block[] {
  if (view.document.source.kind !== 'live') return [];
  const verdict = verdictOf(view);
  // The kill switch has a banner already.
  const problems = problemsOf(view).filter(({ row }) => row.category !== 'killswitch');
  const tone = { OK: 'good', WARNING: 'warn', CRITICAL: 'bad', UNKNOWN: 'bad' } as const;
  const lines = problems.slice(0, MOST_PROBLEMS).flatMap((one) => problemLines(one, columns));
  const more = problems.length - MOST_PROBLEMS;
  return [
    ...labelled('Verdict:   ', `${verdict}: ${verdictText(view, problems.length)}`, columns, tone[verdict]),
    ...lines,
    ...(more > 0 ? [{ kind: 'line', text: `  and ${more} more, below` } as const] : []),
  ];
}

function verdictText(view: StatusView, problems: number): string {
  const lost = lostReason(view);
  const { judged, unknown } = countsOf(view);
  const reasons = [
    ...(view.kill.kind === 'engaged' ? ['the kill switch is engaged'] : []),
    ...(lost === null ? [] : [view.scanner.kind === 'absent' ? 'no scanner ever ran here' : lost]),
    ...(problems === 0 ? [] : [problems === 1 ? '1 thing to look at' : `${problems} things to look at, worst first`]),
  ];
  if (reasons.length > 0) return reasons.join(', ');
  return judged === 0 ? 'nothing is measured' : `${judged} checked, ${unknown} without data`;
}

function problemLines(problem: Problem, columns: number): Block[] {
  const { row, severity } = problem;
  const icon = iconOf(row.status ?? 'WARN');
  const lines = wrapIndented(`  ${icon} ${printable(problemText(problem))}`, columns, 3);
  return lines.map((text) => ({ kind: 'line', text, tone: severity === 'CRITICAL' ? 'bad' : 'warn' }));
}
