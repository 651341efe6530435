/** A text whose lines are changed one by one, and the diff of that. Lines are changed or added, never taken away. */

interface Line {
  /** Null: added. */
  readonly was: string | null;
  readonly is: string;
}

/** Lines that a diff shows around a change, as `diff -u` does. */
const CONTEXT_LINES = 3;

export class EditedLines {
  readonly #lines: Line[];

  constructor(text: string) {
    this.#lines = text.split('\n').map((line) => ({ was: line, is: line }));
  }

  /** As it is now. */
  get text(): string {
    return this.#lines.map(({ is }) => is).join('\n');
  }

  /** Puts `text`, which has no line end, in place of `[start, end)`, which has none either. Offsets into the text as it is now. */
  replace(start: number, end: number, text: string): void {
    const { number, column } = this.#placeOf(start);
    const { was, is } = this.#lines[number]!;
    this.#lines[number] = { was, is: is.slice(0, column) + text + is.slice(column + end - start) };
  }

  /** Adds lines behind the one that has this offset; they end as that one does. */
  addBehind(offset: number, lines: readonly string[]): void {
    const { number } = this.#placeOf(offset);
    const lineEnd = this.#lines[number]!.is.endsWith('\r') ? '\r' : '';
    this.#lines.splice(number + 1, 0, ...lines.map((line) => ({ was: null, is: line + lineEnd })));
  }

  /**
   * What changed, as `diff -u` shows it; '' when nothing did.
   *
   * @param file - how the diff names it
   */
  diff(file: string): string {
    const hunks = this.#hunks().map(([from, to]) => this.#hunkText(from, to));
    return hunks.length === 0 ? '' : `--- ${file}\n+++ ${file}\n${hunks.join('')}`;
  }

  #placeOf(offset: number): { number: number; column: number } {
    let column = offset;
    let number = 0;
    while (column > this.#lines[number]!.is.length) {
      column -= this.#lines[number]!.is.length + 1;
      number += 1;
    }
    return { number, column };
  }

  /** Changed lines with their context, as `[from, to)`; what touches is one hunk. */
  #hunks(): [from: number, to: number][] {
    const hunks: [number, number][] = [];
    // What `split` leaves behind the last line end is no line.
    const count = this.#lines.at(-1)!.is === '' ? this.#lines.length - 1 : this.#lines.length;
    this.#lines.forEach(({ was, is }, number) => {
      if (was === is) return;
      const to = Math.min(number + CONTEXT_LINES + 1, count);
      const last = hunks.at(-1);
      if (last !== undefined && number - CONTEXT_LINES <= last[1]) last[1] = to;
      else hunks.push([Math.max(0, number - CONTEXT_LINES), to]);
    });
    return hunks;
  }

  #hunkText(from: number, to: number): string {
    const lines = this.#lines.slice(from, to);
    const oldFrom = this.#lines.slice(0, from).filter(({ was }) => was !== null).length;
    const oldCount = lines.filter(({ was }) => was !== null).length;
    const shown = lines.flatMap(({ was, is }) => {
      if (was === is) return [` ${is}`];
      return was === null ? [`+${is}`] : [`-${was}`, `+${is}`];
    });
    const head = `@@ -${oldFrom + 1},${oldCount} +${from + 1},${lines.length} @@`;
    return `${[head, ...shown].map((line) => line.replace(/\r$/, '')).join('\n')}\n`;
  }
}
