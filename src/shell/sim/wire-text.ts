/** Numbers and times as exchanges write them. The simulator's own: shares no code with what decodes them. */

/**
 * An integer as decimal text with all its zeros: `fixedText(618002, 1, 2)` is `"61800.20"`.
 *
 * @param units - an integer >= 0, in steps of 10^-decimals
 * @param wireDecimals - digits after the point, at least `decimals`
 */
export function fixedText(units: number, decimals: number, wireDecimals = decimals): string {
  const digits = String(units).padStart(decimals + 1, '0');
  const cut = digits.length - decimals;
  const fraction = digits.slice(cut).padEnd(wireDecimals, '0');
  return fraction === '' ? digits : `${digits.slice(0, cut)}.${fraction}`;
}

/** As `fixedText` without zeros at the end, as OKX writes: `"61800.2"`, `"61800"`. */
export function strippedText(units: number, decimals: number): string {
  const text = fixedText(units, decimals);
  return decimals === 0 ? text : text.replace(/\.?0+$/, '');
}

/** A double rounded to `decimals` and printed with all of them; for figures that no order is made of (vwap, mark price). */
export function roundedText(value: number, decimals: number): string {
  return value.toFixed(decimals);
}

/** `2026-11-02T09:14:50.123456Z` from microseconds since epoch. */
export function rfc3339Text(timeUs: number): string {
  const seconds = new Date(Math.floor(timeUs / 1_000_000) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(timeUs % 1_000_000).padStart(6, '0')}Z`;
}

/** `1793610890.123456`: seconds since epoch with six decimals. */
export function unixSecondsText(timeUs: number): string {
  return fixedText(timeUs, 6);
}

/** Milliseconds since epoch, rounded down. */
export function msOf(timeUs: number): number {
  return Math.floor(timeUs / 1000);
}
