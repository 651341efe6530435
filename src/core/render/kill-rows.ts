/** The kill switch as status rows and as the banner that nobody can miss. Engages and releases nothing. */

import type { KillState } from '../ops/control/control.ts';
import { type StatusRow, statusRow } from '../ops/status.ts';
import { printable } from './printable.ts';
import { ageText, instantText } from './value-text.ts';
import { displayWidth, wrapIndented } from './width.ts';

/** The rows of category `killswitch`; engaged is `CRITICAL`, at every level. */
export function killRows(kill: KillState): StatusRow[] {
  const main = { category: 'killswitch', name: 'kill_switch' } as const;
  const since = kill.kind === 'released' ? kill.releasedAtMs : kill.engagedAtMs;
  // Of a state that cannot be read, nobody knows when it began.
  const sinceRow =
    since === null || !Number.isFinite(since)
      ? []
      : [statusRow({ ...main, part: 'since', value: since, unit: 'instant' })];
  if (kill.kind === 'released') return [statusRow({ ...main, value: 'released', status: 'OK' }), ...sinceRow];
  const { level, operator, reason, source, trigger } = kill;
  const parts = { level, operator, reason, source, ...(trigger !== null && { trigger }) };
  return [
    statusRow({ ...main, value: 'engaged', status: 'CRITICAL', message: `${level} by ${byText(kill)}: ${reason}` }),
    ...sinceRow,
    ...Object.entries(parts).map(([part, value]) => statusRow({ ...main, part, value })),
  ];
}

/** `alice (command)`, `trigger memory`. */
function byText({ operator, source, trigger }: Extract<KillState, { kind: 'engaged' }>): string {
  return trigger === null ? `${operator} (${source})` : `trigger ${trigger}`;
}

/** What a banner's line costs beside its text. */
const FRAME = '██  ';
const FRAME_END = '  ██';

/** The banner's lines, each `columns` wide; none while the switch is released. Reads the same without colour. */
export function killBanner(kill: KillState, columns: number, nowMs: number): string[] {
  if (kill.kind === 'released') return [];
  const texts = [
    `🛑 KILL SWITCH ENGAGED: ${kill.level.toUpperCase()}`,
    `   ${sinceText(kill.engagedAtMs, nowMs)}by ${printable(byText(kill))}`,
    `   reason: ${printable(kill.reason)}`,
    '   to release: cryptorun killswitch check, then killswitch deactivate',
  ];
  const room = columns - displayWidth(FRAME + FRAME_END);
  const bar = '█'.repeat(columns);
  return [bar, ...texts.flatMap((text) => wrapIndented(text, room)).map((line) => framed(line, room)), bar];
}

/** Empty where nobody knows. */
function sinceText(engagedAtMs: number, nowMs: number): string {
  return Number.isFinite(engagedAtMs) ? `since ${instantText(engagedAtMs)} (${ageText(nowMs - engagedAtMs)}) ` : '';
}

function framed(text: string, room: number): string {
  return FRAME + text + ' '.repeat(Math.max(0, room - displayWidth(text))) + FRAME_END;
}
