/** One thing that is wrong with a configuration, and how it is told. Judges nothing. */

/** A line and a column, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface ConfigProblem {
  /** As the operator would type it: relative to the current folder where it lies inside; or the flag's or variable's name. */
  readonly file: string;
  /** Null where there is no text to point at (a missing file, an environment variable). */
  readonly position: Position | null;
  /** Keys joined by points, `''` for the file itself. */
  readonly path: string;
  readonly wanted: string;
  readonly found: string;
  /** What was probably meant. */
  readonly hint: string | null;
}

/** `file:line:col path: wanted …, found … (did you mean …?)`. */
export function problemText(problem: ConfigProblem): string {
  const { file, position, path, wanted, found, hint } = problem;
  const place = position === null ? file : `${file}:${position.line}:${position.column}`;
  const where = path === '' ? place : `${place} ${path}`;
  return `${where}: wanted ${wanted}, found ${found}${hint === null ? '' : ` (did you mean ${hint}?)`}`;
}

/** Keys and list indices as one path: `instruments.BTC-USDT.venues.okx.aliases[1]`. */
export function pathText(keys: readonly string[], listIndices: ReadonlySet<number> = new Set()): string {
  let text = '';
  keys.forEach((key, i) => {
    if (listIndices.has(i)) text += `[${key}]`;
    else text += (text === '' ? '' : '.') + (/^[\w/-]+$/.test(key) ? key : quoted(key));
  });
  return text;
}

/** A value in the words of a report: short, on one line, without control characters. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? quoted(value) : String(value);
}

const LONGEST_QUOTE = 60;

/** Text in quotes, cut to 60 characters (never inside one). */
export function quoted(text: string): string {
  const characters = Array.from(text);
  return JSON.stringify(
    characters.length <= LONGEST_QUOTE ? text : `${characters.slice(0, LONGEST_QUOTE - 1).join('')}…`,
  );
}
