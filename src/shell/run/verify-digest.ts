/** Compares a run's digest with an expected one, and finds the first minute in which two runs part. Runs nothing. */

import { readFileSync } from 'node:fs';
import { isoText } from '../../core/base/time.ts';
import { CryptorunError } from '../errors.ts';

interface DigestLine {
  readonly minuteMs: number;
  readonly venue: string;
  readonly symbol: string;
  readonly sha256: string;
}

/** What a run should come to: its digest, and its lines by minute, venue and symbol where they are known. */
export interface ExpectedDigest {
  readonly digest: string;
  readonly lines: ReadonlyMap<string, string> | null;
}

/**
 * Reads what `--verify` was given, before the run: a long replay must not end in "no such file".
 *
 * @param verify - `sha256:…`, or the path of a digest.ndjson
 * @throws CryptorunError `bad_input` for a file that cannot be read or is no digest
 */
export function readExpected(verify: string): ExpectedDigest {
  if (verify.startsWith('sha256:')) return { digest: verify, lines: null };
  try {
    return parseLines(readFileSync(verify, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CryptorunError('bad_input', `--verify ${verify}: ${reason}`, { cause });
  }
}

/**
 * Returns when they are equal.
 *
 * @param digestPath - this run's digest.ndjson
 * @param fromMs - lines that close at or before it were not written, and are not compared; null: all were
 * @throws CryptorunError `digest_differs`, with the first differing minute where lines are known
 */
export function verifyDigest(
  expected: ExpectedDigest,
  digest: string,
  digestPath: string,
  fromMs: number | null,
): void {
  if (expected.digest === digest) return;
  const found = expected.lines === null ? null : parseLines(readFileSync(digestPath, 'utf8')).lines;
  const first = found === null ? null : firstDifference(expected.lines!, found, fromMs ?? Number.NEGATIVE_INFINITY);
  throw new CryptorunError(
    'digest_differs',
    first ?? `digest differs: expected ${expected.digest}\n                found    ${digest}`,
  );
}

/** @throws Error with the reason when it is no digest.ndjson */
function parseLines(text: string): { lines: Map<string, string>; digest: string } {
  const lines = new Map<string, string>();
  let digest = '';
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const value = parseLine(line);
    if (value === null) throw new Error(`line ${index + 1} is no line of a digest.ndjson`);
    if (typeof value === 'string') digest = value;
    else lines.set(keyOf(value), line);
  }
  if (digest === '') throw new Error("it has no last line with the run's digest");
  return { lines, digest };
}

function parseLine(line: string): DigestLine | string | null {
  try {
    const value = JSON.parse(line) as Partial<DigestLine> & { digest?: unknown };
    if (typeof value.digest === 'string') return value.digest;
    return typeof value.minuteMs === 'number' && typeof value.sha256 === 'string' ? (value as DigestLine) : null;
  } catch {
    return null;
  }
}

/** Sorts by minute, then venue and symbol, whatever the order in the file. */
function keyOf({ minuteMs, venue, symbol }: DigestLine): string {
  return `${String(minuteMs).padStart(16, '0')} ${venue} ${symbol}`;
}

function firstDifference(
  wanted: ReadonlyMap<string, string>,
  found: ReadonlyMap<string, string>,
  fromMs: number,
): string | null {
  const keys = [...new Set([...wanted.keys(), ...found.keys()])].sort();
  const key = keys.find((one) => wanted.get(one) !== found.get(one) && Number(one.slice(0, 16)) > fromMs);
  if (key === undefined) return null;
  const [minute = '', venue = '', symbol = ''] = key.split(' ');
  const where = `${venue} ${symbol}, the minute that closes at ${isoText(Number(minute))}`;
  return `digest differs first for ${where}\n  expected ${wanted.get(key) ?? 'no such line'}\n  found    ${found.get(key) ?? 'no such line'}`;
}
