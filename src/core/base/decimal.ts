/** Decimal text and integer mantissas, both ways, without ever passing through a rounded double. No locale, no Math.pow. */

/** 10^0 .. 10^22: every one of them is exact as a double. */
export const POW10: readonly number[] = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
];

/** The most decimals that a price or a size may have here; more is refused as `too_many_decimals`. */
export const MAX_DECIMALS = 18;

const PLAIN_DECIMAL = /^[0-9]+(?:\.[0-9]+)?$/;

/** True for digits with at most one point between digits: no sign, no exponent, no spaces. */
export function isPlainDecimal(text: string): boolean {
  return PLAIN_DECIMAL.test(text);
}

/** How many digits stand after the point. `"61.50"` has 2, `"7"` has 0. */
export function decimalsOf(text: string): number {
  const point = text.indexOf('.');
  return point < 0 ? 0 : text.length - point - 1;
}

/** As `decimalsOf`, not counting zeros at the end. `"61.50"` has 1. */
export function significantDecimalsOf(text: string): number {
  const point = text.indexOf('.');
  if (point < 0) return 0;
  let last = text.length;
  while (last > point + 1 && text.charCodeAt(last - 1) === 48) last -= 1;
  return last - point - 1;
}

/**
 * Checks and counts in one pass over the text: a snapshot has thousands of numbers.
 *
 * @param zeros - do zeros at the end count as decimals?
 * @returns the decimals of plain decimal text; -1 when it is none, or has more than `maxWholeDigits` before the point
 */
export function plainDecimalsOf(text: string, zeros: 'significant' | 'wire', maxWholeDigits: number): number {
  const { length } = text;
  let point = -1;
  let lastDigit = -1;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code === 46) {
      if (point >= 0 || i === 0) return -1;
      point = i;
    } else if (code < 48 || code > 57) return -1;
    else if (code !== 48) lastDigit = i;
  }
  if (length === 0 || point === length - 1 || (point < 0 ? length : point) > maxWholeDigits) return -1;
  if (point < 0) return 0;
  return zeros === 'wire' ? length - point - 1 : Math.max(0, lastDigit - point);
}

/** Texts of at most this many digits are exact as a double, whatever the digits. */
const EXACT_DIGITS = 15;

/**
 * The integer `text x 10^decimals`.
 *
 * @param text - plain decimal text (see `isPlainDecimal`)
 * @param decimals - 0 to MAX_DECIMALS
 * @returns the mantissa; NaN when it is not an exact integer below 2^53 (too many decimals, or too large)
 */
export function mantissaOf(text: string, decimals: number): number {
  const { length } = text;
  if (length > EXACT_DIGITS) return longMantissaOf(text, decimals);
  let value = 0;
  let point = length - 1;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code === 46) point = i;
    else value = value * 10 + (code - 48);
  }
  const surplus = length - 1 - point - decimals;
  if (surplus <= 0) {
    const mantissa = value * POW10[-surplus]!;
    return mantissa <= Number.MAX_SAFE_INTEGER ? mantissa : Number.NaN;
  }
  return value % POW10[surplus]! === 0 ? value / POW10[surplus]! : Number.NaN;
}

function longMantissaOf(text: string, decimals: number): number {
  const point = text.indexOf('.');
  const whole = point < 0 ? text : text.slice(0, point);
  let fraction = point < 0 ? '' : text.slice(point + 1);
  if (fraction.length > decimals) {
    for (let i = decimals; i < fraction.length; i++) if (fraction.charCodeAt(i) !== 48) return Number.NaN;
    fraction = fraction.slice(0, decimals);
  }
  const value = Number(whole + fraction.padEnd(decimals, '0'));
  return value <= Number.MAX_SAFE_INTEGER ? value : Number.NaN;
}

/**
 * Prints a mantissa with its decimals, all of them: `mantissaText(6150, 2)` is `"61.50"`.
 *
 * @param mantissa - an integer, |mantissa| < 2^53
 */
export function mantissaText(mantissa: number, decimals: number): string {
  if (mantissa < 0) return `-${mantissaText(-mantissa, decimals)}`;
  const digits = mantissa.toString();
  if (decimals === 0) return digits;
  const padded = digits.length > decimals ? digits : digits.padStart(decimals + 1, '0');
  return `${padded.slice(0, -decimals)}.${padded.slice(-decimals)}`;
}

/** As `mantissaText` without zeros at the end: `"61.5"`, and `"61"` for 6100. */
export function shortestMantissaText(mantissa: number, decimals: number): string {
  const text = mantissaText(mantissa, decimals);
  if (decimals === 0) return text;
  let last = text.length;
  while (text.charCodeAt(last - 1) === 48) last -= 1;
  if (text.charCodeAt(last - 1) === 46) last -= 1;
  return text.slice(0, last);
}

/** The double nearest to `mantissa / 10^decimals` (one correctly rounded division, so equal to `Number(text)`). */
export function mantissaNumber(mantissa: number, decimals: number): number {
  return mantissa / POW10[decimals]!;
}

/**
 * The one function that prints doubles in outputs that must be byte-identical: the shortest text that reads back as the
 * same double, never with an exponent; NULL for null and for what is not finite.
 */
export function numberText(value: number | null): string | null {
  if (value === null || !Number.isFinite(value)) return null;
  const text = String(value);
  return text.includes('e') ? plainText(text) : text;
}

/** Rewrites `1.5e-7` as `0.00000015` and `1.5e+22` as `15000000000000000000000`. */
function plainText(text: string): string {
  const sign = text.startsWith('-') ? '-' : '';
  const [coefficient = '', exponentText = '0'] = text.slice(sign.length).split('e');
  const exponent = Number(exponentText);
  const [whole = '', fraction = ''] = coefficient.split('.');
  const digits = whole + fraction;
  const point = whole.length + exponent;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return (
    sign +
    (point >= digits.length
      ? digits + '0'.repeat(point - digits.length)
      : `${digits.slice(0, point)}.${digits.slice(point)}`)
  );
}
