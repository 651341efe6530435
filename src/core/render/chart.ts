/**
 * Draws one series over time as lines of text, in braille dots or in plain characters. What was not measured stays empty: a hole
 * in the data is a hole in the line. Reads no clock and prints nothing.
 */

import { assert } from '../base/assert.ts';
import { POW10 } from '../base/decimal.ts';
import { exactClockText } from './value-text.ts';

export interface ChartOptions {
  /** Of the whole picture, its labels included, and of the plot alone: columns >= 30, lines >= 3. */
  readonly columns: number;
  readonly lines: number;
  /** The time that is shown, `[fromMs, toMs)`, ms since the epoch. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Values that a line is drawn across at. */
  readonly thresholds: readonly number[];
  /** `braille`: 2 x 4 dots a character; `plain`: ASCII only. */
  readonly style: 'braille' | 'plain';
}

/** What came in one column of dots, in the order in which it came. */
interface Span {
  low: number;
  high: number;
  readonly firstMs: number;
  readonly first: number;
  lastMs: number;
  last: number;
}

interface Style {
  /** Dots of a character. */
  readonly dotColumns: number;
  readonly dotLines: number;
  readonly threshold: string;
  readonly axis: readonly [tick: string, line: string, corner: string, floor: string];
  /** @param dots - bit `line * dotColumns + column` */
  glyph(dots: number): string;
}

/** The bits of U+2800 by line and column of a dot. */
const BRAILLE_BITS = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80];

const STYLES: Readonly<Record<ChartOptions['style'], Style>> = {
  braille: {
    dotColumns: 2,
    dotLines: 4,
    threshold: '┈',
    axis: ['┤', '│', '└', '─'],
    glyph: (dots) => String.fromCharCode(BRAILLE_BITS.reduce((sum, bit, i) => sum + ((dots >> i) & 1) * bit, 0x2800)),
  },
  plain: { dotColumns: 1, dotLines: 1, threshold: '-', axis: ['+', '|', '+', '-'], glyph: () => '*' },
};

/** Room for the numbers at the left; longer ones are written with fewer decimals. */
const LABEL_WIDTH = 10;
const MAX_DECIMALS = 8;

/** Takes points one by one, oldest first, and keeps only what a picture of its width can show. */
export class Chart {
  readonly #options: ChartOptions;
  readonly #style: Style;
  readonly #plotColumns: number;
  readonly #spans: (Span | undefined)[];
  #count = 0;

  constructor(options: ChartOptions) {
    assert(options.columns >= 30 && options.lines >= 3, 'a chart has room for its labels');
    assert(options.toMs > options.fromMs, 'a chart shows some time');
    this.#options = options;
    this.#style = STYLES[options.style];
    this.#plotColumns = options.columns - LABEL_WIDTH - 1;
    this.#spans = new Array(this.#plotColumns * this.#style.dotColumns).fill(undefined);
  }

  /** Points taken so far. */
  get count(): number {
    return this.#count;
  }

  /** @param timeMs - not before the last point's; outside the time shown it is left out */
  add(timeMs: number, value: number): void {
    const { fromMs, toMs } = this.#options;
    if (timeMs < fromMs || timeMs >= toMs || !Number.isFinite(value)) return;
    this.#count += 1;
    const at = Math.floor(((timeMs - fromMs) / (toMs - fromMs)) * this.#spans.length);
    const span = this.#spans[at];
    if (span === undefined) {
      this.#spans[at] = { low: value, high: value, firstMs: timeMs, first: value, lastMs: timeMs, last: value };
      return;
    }
    span.low = Math.min(span.low, value);
    span.high = Math.max(span.high, value);
    span.lastMs = timeMs;
    span.last = value;
  }

  /**
   * The picture: the plot's lines, the axis below, and its times. Without points a plot without a line.
   *
   * @param maxStepMs - points further apart are not joined
   */
  text(maxStepMs: number): string[] {
    const scale = this.#scale();
    const dots = this.#dots(scale, maxStepMs);
    const thresholdLines = new Set(this.#options.thresholds.map((value) => this.#lineOf(value, scale)));
    const lines = Array.from({ length: this.#options.lines }, (_, line) =>
      this.#plotLine(line, scale, dots, thresholdLines.has(line)),
    );
    return [...lines, ...this.#timeAxis()];
  }

  /** From the lowest to the highest that is shown, with some air where all is one value. */
  #scale(): Scale {
    const seen = this.#spans.filter((span) => span !== undefined);
    const values = [...seen.flatMap(({ low, high }) => [low, high]), ...this.#options.thresholds];
    const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    if (values.length === 0) return { low: 0, high: 1 };
    if (low < high) return { low, high };
    const air = Math.abs(low) * 0.01 || 1;
    return { low: low - air, high: high + air };
  }

  /** Dots by line of dots and column of dots. */
  #dots(scale: Scale, maxStepMs: number): Uint8Array {
    const dots = new Uint8Array(this.#spans.length * this.#dotLines);
    let before: { readonly column: number; readonly span: Span } | null = null;
    for (const [column, span] of this.#spans.entries()) {
      if (span === undefined) continue;
      this.#fill(dots, column, this.#dotOf(span.low, scale), this.#dotOf(span.high, scale));
      const isNear = before !== null && span.firstMs - before.span.lastMs <= maxStepMs;
      if (before !== null && isNear) this.#join(dots, before.column, before.span.last, column, span.first, scale);
      before = { column, span };
    }
    return dots;
  }

  /** A straight line from one column to a later one. */
  #join(dots: Uint8Array, from: number, start: number, to: number, end: number, scale: Scale): void {
    let last = this.#dotOf(start, scale);
    for (let column = from + 1; column <= to; column++) {
      const value = start + ((end - start) * (column - from)) / (to - from);
      const dot = this.#dotOf(value, scale);
      // Half of a steep step is drawn in either column.
      const middle = Math.trunc((last + dot) / 2);
      this.#fill(dots, column - 1, last, middle);
      this.#fill(dots, column, middle, dot);
      last = dot;
    }
  }

  #fill(dots: Uint8Array, column: number, one: number, other: number): void {
    for (let line = Math.min(one, other); line <= Math.max(one, other); line++) {
      dots[line * this.#spans.length + column] = 1;
    }
  }

  #plotLine(line: number, scale: Scale, dots: Uint8Array, isThreshold: boolean): string {
    const [tick, bar] = this.#style.axis;
    const isLabelled = line === 0 || line === this.#options.lines - 1 || isThreshold;
    const label = isLabelled ? this.#labelOf(line, scale) : '';
    const cells = Array.from({ length: this.#plotColumns }, (_, column) => {
      const set = this.#cell(line, column, dots);
      if (set !== 0) return this.#style.glyph(set);
      return isThreshold ? this.#style.threshold : ' ';
    });
    return `${label.padStart(LABEL_WIDTH)}${isLabelled ? tick : bar}${cells.join('')}`.trimEnd();
  }

  /** The dots of one character as bits. */
  #cell(line: number, column: number, dots: Uint8Array): number {
    const { dotLines, dotColumns } = this.#style;
    let set = 0;
    for (let y = 0; y < dotLines; y++) {
      for (let x = 0; x < dotColumns; x++) {
        const at = (line * dotLines + y) * this.#spans.length + column * dotColumns + x;
        set |= dots[at]! << (y * dotColumns + x);
      }
    }
    return set;
  }

  /** A threshold is labelled with its own value, all other lines with the one at their edge. */
  #labelOf(line: number, scale: Scale): string {
    const { thresholds, lines } = this.#options;
    const threshold = thresholds.find((value) => this.#lineOf(value, scale) === line);
    const edge = line === 0 ? scale.high : scale.low;
    return labelText(threshold ?? edge, (scale.high - scale.low) / lines);
  }

  #timeAxis(): string[] {
    const { fromMs, toMs } = this.#options;
    const [, , corner, floor] = this.#style.axis;
    const [begin, end] = [exactClockText(fromMs, toMs), exactClockText(toMs, toMs)];
    const room = ' '.repeat(Math.max(1, this.#plotColumns - begin.length - end.length));
    const indent = ' '.repeat(LABEL_WIDTH);
    return [`${indent}${corner}${floor.repeat(this.#plotColumns)}`, `${indent} ${begin}${room}${end}`];
  }

  get #dotLines(): number {
    return this.#options.lines * this.#style.dotLines;
  }

  /** The line of dots that a value is on, from the top. */
  #dotOf(value: number, { low, high }: Scale): number {
    return Math.round(((high - value) / (high - low)) * (this.#dotLines - 1));
  }

  #lineOf(value: number, scale: Scale): number {
    return Math.floor(this.#dotOf(value, scale) / this.#style.dotLines);
  }
}

interface Scale {
  readonly low: number;
  readonly high: number;
}

/** With as many decimals as tell one line from the next, as far as there is room. */
function labelText(value: number, step: number): string {
  let decimals = POW10.findIndex((power) => step * power >= 1);
  decimals = Math.min(decimals < 0 ? MAX_DECIMALS : decimals, MAX_DECIMALS);
  for (; decimals > 0 && value.toFixed(decimals).length > LABEL_WIDTH; decimals--);
  const text = value.toFixed(decimals);
  return text.length <= LABEL_WIDTH ? text : value.toPrecision(4);
}
