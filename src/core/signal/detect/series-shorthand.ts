/** Reads a series written short, as promtool's rule tests have them. Judges no values. */

/** Two hundred hours at one value a second; more can only be a mistake. */
export const MAX_SERIES_VALUES = 720_000;

export type ReadSeries =
  | { readonly kind: 'values'; readonly values: readonly number[] }
  /** `at`: where in the text the piece stands that is no piece. */
  | { readonly kind: 'problem'; readonly at: number; readonly wanted: string; readonly found: string };

const NUMBER = '[+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?';
const PIECE = new RegExp(`^(?:_(?:x([0-9]+))?|(${NUMBER})(?:([+-](?:[0-9]+\\.?[0-9]*|\\.[0-9]+))?x([0-9]+))?)$`);
const WANTED = 'a value, N times a value (5x9), N steps (10+0.5x20), or missing ones (_, _x3)';

/**
 * `2x30 5 5x9 _x3 10+0.5x20`: thirty times 2, then 5, then nine times 5, three missing values, then 10, 10.5 ... 19.5.
 *
 * Unlike promtool, `xN` is N values in all, so that the values before a place can be added up. Missing values are NaN.
 */
export function readSeries(text: string): ReadSeries {
  const values: number[] = [];
  for (const { 0: piece, index } of text.matchAll(/\S+/g)) {
    const match = PIECE.exec(piece);
    if (match === null) return { kind: 'problem', at: index, wanted: WANTED, found: piece };
    const [, missing, first, step = '0', count] = match;
    const times = Number(first === undefined ? (missing ?? 1) : (count ?? 1));
    if (values.length + times > MAX_SERIES_VALUES) {
      return { kind: 'problem', at: index, wanted: `at most ${MAX_SERIES_VALUES} values`, found: piece };
    }
    for (let i = 0; i < times; i += 1) values.push(first === undefined ? Number.NaN : Number(first) + i * Number(step));
  }
  return { kind: 'values', values };
}
