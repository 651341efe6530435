/** Finds a frame's own time by the names that venues give it, without decoding the frame. Used only where nothing better was recorded. */

import { parseIsoMsBytes } from '../../../core/base/time.ts';
import { isDigit } from './source-line.ts';

export interface EventTime {
  seconds: number;
  nanoseconds: number;
}

/** Binance `E` and `T`, OKX and Bybit `ts`, Coinbase Exchange `time`, Kraken v2 and Coinbase Advanced `timestamp`. */
const NAMES = ['E', 'T', 'ts', 'time', 'timestamp'].map((name) => Buffer.from(`${name}"`, 'latin1'));
const QUOTE = 34;
const COLON = 58;
/** Ms since the epoch have this many digits from 2001 to 2286. */
const MS_DIGITS = 13;

/**
 * Takes the first field of such a name whose value is ms since the epoch (a number, or a string of digits) or RFC 3339 text.
 *
 * @param found - overwritten when something is found
 * @returns false when nothing is
 */
export function findEventTime(bytes: Buffer, from: number, to: number, found: EventTime): boolean {
  for (let at = from; at < to - 4; at++) {
    if (bytes[at] !== QUOTE) continue;
    const afterName = endOfName(bytes, at + 1, to);
    if (afterName < 0) continue;
    if (takeValue(bytes, afterName, to, found)) return true;
  }
  return false;
}

/** Where a known name with its closing quote ends; -1 when there is none at `at`. */
function endOfName(bytes: Buffer, at: number, to: number): number {
  const first = bytes[at];
  if (first !== 69 && first !== 84 && first !== 116) return -1;
  for (const name of NAMES) {
    const end = at + name.length;
    if (end < to && bytes.compare(name, 0, name.length, at, end) === 0) return end;
  }
  return -1;
}

function takeValue(bytes: Buffer, afterName: number, to: number, found: EventTime): boolean {
  let at = skipSpaces(bytes, afterName, to);
  if (bytes[at] !== COLON) return false;
  at = skipSpaces(bytes, at + 1, to);
  const isText = bytes[at] === QUOTE;
  if (isText) at += 1;
  let end = at;
  while (end < to && isDigit(bytes[end]!)) end += 1;
  if (end - at === MS_DIGITS && (!isText || bytes[end] === QUOTE))
    return setMs(Number(bytes.toString('latin1', at, end)), found);
  if (!isText) return false;
  const close = bytes.subarray(at, Math.min(to, at + 40)).indexOf(QUOTE);
  return close > 0 && setMs(parseIsoMsBytes(bytes, at, at + close), found);
}

function setMs(ms: number, found: EventTime): boolean {
  if (!(ms >= 0)) return false;
  const micros = Math.round(ms * 1000);
  found.seconds = Math.floor(micros / 1_000_000);
  found.nanoseconds = (micros % 1_000_000) * 1000;
  return true;
}

function skipSpaces(bytes: Buffer, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at]! <= 32) at += 1;
  return at;
}
