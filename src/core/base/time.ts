/** Milliseconds since the epoch as UTC text and back, by arithmetic alone. Reads no clock, knows no time zone or locale. */

import { POW10 } from './decimal.ts';

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** What the printers return for NaN, infinities and years outside 0000 to 9999: visible, and never a wrong date. */
export const INVALID_TIME = 'invalid_time';

/** The first ms of the minute that holds `ms`. NaN stays NaN. */
export function minuteOf(ms: number): number {
  return Math.floor(ms / MINUTE_MS) * MINUTE_MS;
}

/**
 * RFC 3339 in UTC with milliseconds: `2024-08-08T23:55:00.000Z`.
 *
 * @param ms - since the epoch; a fraction of a ms is cut off, towards the past
 * @returns the text, or `INVALID_TIME`
 */
export function isoText(ms: number): string {
  if (!isPrintable(ms)) return INVALID_TIME;
  const { year, month, day } = civilOf(Math.floor(ms / DAY_MS));
  const rest = timeOfDay(ms);
  const time = `${two(rest / HOUR_MS)}:${two((rest / MINUTE_MS) % 60)}:${two((rest / SECOND_MS) % 60)}`;
  return `${digits(year, 4)}-${two(month)}-${two(day)}T${time}.${digits(rest % SECOND_MS, 3)}Z`;
}

/**
 * The same instant for file names, to the second: `20240808_235500`.
 *
 * @returns the text, or `INVALID_TIME`
 */
export function compactStamp(ms: number): string {
  if (!isPrintable(ms)) return INVALID_TIME;
  const { year, month, day } = civilOf(Math.floor(ms / DAY_MS));
  const rest = timeOfDay(ms);
  const time = two(rest / HOUR_MS) + two((rest / MINUTE_MS) % 60) + two((rest / SECOND_MS) % 60);
  return `${digits(year, 4)}${two(month)}${two(day)}_${time}`;
}

/** The longest text that can be valid: `2024-08-08T23:55:00.123456789+00:00`. */
const MAX_ISO_LENGTH = 35;
const scratch = new Uint8Array(MAX_ISO_LENGTH);

/** As `parseIsoMsBytes`, for a string. */
export function parseIsoMs(text: string): number {
  const length = text.length;
  if (length > MAX_ISO_LENGTH) return Number.NaN;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return Number.NaN;
    scratch[i] = code;
  }
  return parseIsoMsBytes(scratch, 0, length);
}

/**
 * Reads `YYYY-MM-DDTHH:MM:SS[.fraction](Z|+HH:MM|-HH:MM)` from ASCII bytes, without making a string.
 *
 * Stricter than `Date.parse`: the zone is required, the date must exist, the fraction has 1 to 9 digits. Leap seconds
 * (`:60`) are refused. The fraction is cut to 1 us, not rounded, so that no time moves into the next minute.
 *
 * @param bytes - the text is `bytes[from, to)`
 * @returns ms since the epoch with up to 3 decimals; NaN when it is not such a text
 */
export function parseIsoMsBytes(bytes: Uint8Array, from: number, to: number): number {
  if (to - from < 20 || to > bytes.length) return Number.NaN;
  const day = dayMs(bytes, from);
  const time = timeMs(bytes, from + 10);
  let at = from + 19;
  let fractionMs = 0;
  if (bytes[at] === DOT) {
    const start = at + 1;
    at = endOfDigits(bytes, start, to);
    if (at === start || at - start > 9) return Number.NaN;
    fractionMs = microsOf(bytes, start, at) / 1000;
  }
  return day + (time - offsetMs(bytes, at, to)) + fractionMs;
}

const DOT = 46;
const COLON = 58;
const DASH = 45;
const PLUS = 43;
const ZERO = 48;
const UPPER_T = 84;
const UPPER_Z = 90;
/** Clears the bit that makes an ASCII letter lower case (RFC 3339 allows `t` and `z`). */
const TO_UPPER = 0xdf;

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** The last date read and its ms: a stream of frames asks for the same day millions of times. */
let cachedDate = -1;
let cachedDayMs = Number.NaN;

/** Reads `YYYY-MM-DD`; NaN when it is not a date. */
function dayMs(bytes: Uint8Array, at: number): number {
  const year = pair(bytes, at) * 100 + pair(bytes, at + 2);
  const month = pair(bytes, at + 5);
  const day = pair(bytes, at + 8);
  if (bytes[at + 4] !== DASH || bytes[at + 7] !== DASH) return Number.NaN;
  const date = (year * 100 + month) * 100 + day;
  if (date !== cachedDate) {
    cachedDayMs = isDate(year, month, day) ? daysFromCivil(year, month, day) * DAY_MS : Number.NaN;
    cachedDate = date;
  }
  return cachedDayMs;
}

/** Reads `THH:MM:SS`; NaN when it is not a time of day. */
function timeMs(bytes: Uint8Array, at: number): number {
  const hours = pair(bytes, at + 1);
  const minutes = pair(bytes, at + 4);
  const seconds = pair(bytes, at + 7);
  const isTime = hours < 24 && minutes < 60 && seconds < 60;
  const isPunctuated = (bytes[at]! & TO_UPPER) === UPPER_T && bytes[at + 3] === COLON && bytes[at + 6] === COLON;
  return isTime && isPunctuated ? hours * HOUR_MS + minutes * MINUTE_MS + seconds * SECOND_MS : Number.NaN;
}

/** Reads `Z` or `+HH:MM` up to exactly `to`; NaN when it is neither. */
function offsetMs(bytes: Uint8Array, at: number, to: number): number {
  if (to - at === 1) return (bytes[at]! & TO_UPPER) === UPPER_Z ? 0 : Number.NaN;
  if (to - at !== 6 || bytes[at + 3] !== COLON) return Number.NaN;
  const hours = pair(bytes, at + 1);
  const minutes = pair(bytes, at + 4);
  if (!(hours < 24 && minutes < 60)) return Number.NaN;
  const size = hours * HOUR_MS + minutes * MINUTE_MS;
  if (bytes[at] === PLUS) return size;
  return bytes[at] === DASH ? -size : Number.NaN;
}

/** Two digits as a number; NaN when one is not a digit. */
function pair(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - ZERO;
  const ones = bytes[at + 1]! - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

function endOfDigits(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at]! >= ZERO && bytes[at]! <= ZERO + 9) at += 1;
  return at;
}

/** A fraction's first six digits as microseconds. */
function microsOf(bytes: Uint8Array, from: number, to: number): number {
  const end = Math.min(to, from + 6);
  let value = 0;
  for (let i = from; i < end; i++) value = value * 10 + (bytes[i]! - ZERO);
  return value * POW10[6 - (end - from)]!;
}

function isDate(year: number, month: number, day: number): boolean {
  if (!(month >= 1 && month <= 12 && day >= 1)) return false;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (month === 2 && isLeap ? 29 : DAYS_IN_MONTH[month - 1]!);
}

/** Years 0000 to 9999: what four digits can say. */
const FIRST_MS = -62_167_219_200_000;
const LAST_MS = 253_402_300_800_000;

function isPrintable(ms: number): boolean {
  return ms >= FIRST_MS && ms < LAST_MS;
}

/** Whole ms since midnight, also before 1970. */
function timeOfDay(ms: number): number {
  const whole = Math.floor(ms);
  return whole - Math.floor(whole / DAY_MS) * DAY_MS;
}

/** Days since 1970-01-01. Years begin in March, so that the leap day is the last (H. Hinnant, days_from_civil). */
function daysFromCivil(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The date of a day counted from 1970-01-01 (H. Hinnant, civil_from_days). */
function civilOf(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const leapDays = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

function two(value: number): string {
  return digits(value, 2);
}

function digits(value: number, width: number): string {
  return Math.floor(value).toString().padStart(width, '0');
}
