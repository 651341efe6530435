/** The speed targets, and how the figures of a run stand to them. They are told as facts: no exit code depends on them. */

import { pairedRatio, type Row } from './rows.ts';

interface Target {
  readonly kind: string;
  readonly of: string;
  readonly over: string;
  /** The ratio of their times; `atMost` or `atLeast` is given. */
  readonly atMost?: number;
  readonly atLeast?: number;
}

const TARGETS: readonly Target[] = [
  { kind: 'mix', of: 'decode', over: 'json_parse', atMost: 0.15 },
  { kind: 'mix', of: 'pipeline', over: 'json_parse', atMost: 0.3 },
  { kind: 'mix', of: 'tardis_bars_book', over: 'pipeline', atLeast: 15 },
  { kind: 'mix', of: 'ccxt', over: 'pipeline', atLeast: 45 },
  { kind: 'spot_trade_depth', of: 'decode', over: 'json_parse', atMost: 0.25 },
  { kind: 'spot_trade_depth', of: 'pipeline', over: 'json_parse', atMost: 0.45 },
  { kind: 'kraken', of: 'pipeline', over: 'json_parse', atMost: 1 },
  { kind: 'okx', of: 'pipeline', over: 'json_parse', atMost: 1 },
];

/** One line for each target whose two cases were measured. */
export function targetLines(rows: readonly Row[]): string[] {
  const rowOf = (kind: string, name: string): Row | undefined =>
    rows.find((row) => row.kind === kind && row.case === name);
  return TARGETS.flatMap(({ kind, of, over, atMost, atLeast }) => {
    const a = rowOf(kind, of);
    const b = rowOf(kind, over);
    const ratio = a === undefined || b === undefined ? null : pairedRatio(a, b);
    if (ratio === null) return [];
    return [targetLine(`${kind}: ${of} / ${over}`, ratio, { atMost, atLeast })];
  });
}

/** `NAME  target <= 0.300: 0.241 met`. */
export function targetLine(
  name: string,
  found: number,
  { atMost, atLeast }: { readonly atMost?: number | undefined; readonly atLeast?: number | undefined },
  text: (value: number) => string = exactRatioText,
): string {
  const isMet = atMost === undefined ? found >= atLeast! : found <= atMost;
  const wanted = atMost === undefined ? `>= ${text(atLeast!)}` : `<= ${text(atMost)}`;
  return `${name.padEnd(44)} target ${wanted}: ${text(found)} ${isMet ? 'met' : 'missed'}`;
}

/** A decimal more than in the table: `0.15` may be either side of a target of 0.15. */
function exactRatioText(ratio: number): string {
  return ratio.toFixed(ratio < 2 ? 3 : 1);
}

/** Two decimals under ten, one above. */
export function ratioText(ratio: number): string {
  return ratio.toFixed(ratio < 10 ? 2 : 1);
}
