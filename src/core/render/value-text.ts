/** Prints a row's value, a duration and an instant, the same everywhere. Judges nothing and reads no clock. */

import { DAY_MS, HOUR_MS, INVALID_TIME, isoText, MINUTE_MS, SECOND_MS } from '../base/time.ts';
import type { StatusRow, StatusUnit } from '../ops/status.ts';

/** Decimals of a unit, the guide's where it shows one: `45.0`, `6.3`. */
const DECIMALS: Readonly<Record<StatusUnit, number>> = {
  count: 0,
  per_minute: 1,
  per_second: 1,
  per_hour: 1,
  percent: 1,
  ratio: 2,
  points: 1,
  bps: 2,
  ms: 0,
  seconds: 1,
  bytes: 0,
  usd: 0,
  instant: 0,
};

/** What stands behind the number in a table that has no other place for its unit. */
const SIGNS: Readonly<Partial<Record<StatusUnit, string>>> = { percent: '%', ms: ' ms', seconds: ' s' };

/** The bare value as in the CSV: `6.3`, `4`, `ON`, `2024-12-07T15:30:45.000Z`; null when it is not known. */
export function valueText(row: StatusRow): string | null {
  if (typeof row.value !== 'number') return row.value;
  if (!Number.isFinite(row.value)) return null;
  if (row.unit === 'instant') return knownIsoText(row.value);
  const text = row.value.toFixed(row.unit === null ? 1 : DECIMALS[row.unit]);
  return Number(text) === 0 ? text.replace('-', '') : text;
}

/** The value as in a table: `6.3%`, `4/4`, `42 ms`, `83.5 GB`; `unknown` for what is not known. */
export function shownValue(row: StatusRow, unknown: string): string {
  const text = valueText(row);
  if (text === null) return unknown;
  if (row.total !== null) return `${text}/${row.total}`;
  if (row.unit === 'bytes' && typeof row.value === 'number') return sizeText(row.value);
  return typeof row.value === 'number' && row.unit !== null ? `${text}${SIGNS[row.unit] ?? ''}` : text;
}

/** RFC 3339, UTC, ms; null for what is no instant. */
export function knownIsoText(ms: number | null): string | null {
  const text = ms === null ? INVALID_TIME : isoText(ms);
  return text === INVALID_TIME ? null : text;
}

/** A near instant: `15:30` on the day of `nowMs` (UTC), with its date on any other. */
export function clockText(ms: number, nowMs: number): string {
  const text = knownIsoText(ms);
  if (text === null) return 'unknown';
  const time = text.slice(11, 16);
  return text.slice(0, 10) === isoText(nowMs).slice(0, 10) ? time : `${text.slice(0, 10)} ${time}`;
}

/** The same to the second, as short waits need it: `15:30:05`; another day's `2024-12-08 15:30`. */
export function exactClockText(ms: number, nowMs: number): string {
  const text = clockText(ms, nowMs);
  return text.length === 5 ? text + knownIsoText(ms)!.slice(16, 19) : text;
}

/** Bytes for people: `812 MB`, as the powers of 1000 that disks and clouds count in. */
export function sizeText(bytes: number): string {
  if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`;
  return bytes < 1e10 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** An instant for people: `2024-12-07 15:30:45 UTC`. */
export function instantText(ms: number): string {
  const text = isoText(ms);
  return text.length < 20 ? text : `${text.slice(0, 10)} ${text.slice(11, 19)} UTC`;
}

/** How long ago: `42 s ago`, `5 min ago`, `3 h 12 min ago`, `2 d 4 h ago`; a time to come says that a clock is wrong. */
export function ageText(ms: number): string {
  if (!Number.isFinite(ms)) return 'age unknown';
  return ms < 0 ? `${durationText(-ms)} in the future: check the clock` : `${durationText(ms)} ago`;
}

/** `42 s`, `5 min`, `3 h 12 min`, `2 d 4 h`. */
export function durationText(ms: number): string {
  const whole = (unitMs: number) => Math.floor(ms / unitMs);
  if (ms < MINUTE_MS) return `${whole(SECOND_MS)} s`;
  if (ms < HOUR_MS) return `${whole(MINUTE_MS)} min`;
  if (ms < DAY_MS) return `${whole(HOUR_MS)} h ${whole(MINUTE_MS) % 60} min`;
  return `${whole(DAY_MS)} d ${whole(HOUR_MS) % 24} h`;
}
