/** Receive times as text, exactly: milliseconds with up to three decimals. Knows no clock. */

import { assert } from '../../core/base/assert.ts';

/** Above this a double no longer tells one microsecond from the next (the year 2109). */
const MAX_TIME_MS = 2 ** 42;

/** Stops the program unless this is ms since epoch, up to the year 2109, quantised to 1 us. */
export function assertReceiveTime(timeMs: number): void {
  assert(timeMs >= 0 && timeMs < MAX_TIME_MS, 'a receive time is ms since epoch, from 0 to the year 2109');
  assert(Math.round(timeMs * 1000) / 1000 === timeMs, 'a receive time is quantised to 1 us before it is journaled');
}

/**
 * `1723161255123.4` for that many ms since epoch: no exponent, no zeros at the end.
 *
 * @param timeMs - 0 to 2^42, already quantised to 1 us as every Input is; the text reads back as the same double
 */
export function receiveTimeText(timeMs: number): string {
  assertReceiveTime(timeMs);
  const micros = Math.round(timeMs * 1000);
  const wholeMs = Math.floor(micros / 1000);
  const rest = micros - wholeMs * 1000;
  if (rest === 0) return `${wholeMs}`;
  if (rest % 100 === 0) return `${wholeMs}.${rest / 100}`;
  if (rest % 10 === 0) return `${wholeMs}.${rest < 100 ? '0' : ''}${rest / 10}`;
  return `${wholeMs}.${rest < 100 ? '0' : ''}${rest < 10 ? '0' : ''}${rest}`;
}

/** Reads `bytes[from, to)` as such text; NaN when it is anything else. Makes no string: it runs once a record. */
export function parseReceiveTime(bytes: Uint8Array, from: number, to: number): number {
  let digits = 0;
  let decimals = -1;
  for (let i = from; i < to; i++) {
    const code = bytes[i]! - 48;
    if (code >= 0 && code <= 9) {
      digits = digits * 10 + code;
      if (decimals >= 0) decimals += 1;
    } else if (code === -2 && decimals < 0 && i > from) {
      decimals = 0;
    } else return Number.NaN;
  }
  if (decimals < 0) return to > from && digits < MAX_TIME_MS ? digits : Number.NaN;
  if (decimals === 0 || decimals > 3 || bytes[to - 1] === 48) return Number.NaN;
  const micros = decimals === 3 ? digits : decimals === 2 ? digits * 10 : digits * 100;
  return micros < MAX_TIME_MS * 1000 ? micros / 1000 : Number.NaN;
}
