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

/**
 * Returns when they are equal.
 *
 * @param expected - `sha256:…`, or the text of a digest.ndjson
 * @param digestPath - this run's digest.ndjson
 * @throws CryptorunError `digest_differs`, with the first differing minute where lines are given; `bad_input` for lines that
 *   are no digest
 */
export function verifyDigest(expected: string, digest: string, digestPath: string): void {
  if (expected.startsWith('sha256:')) {
    if (expected === digest) return;
    throw new CryptorunError(
      'digest_differs',
      `digest differs: expected ${expected}\n                found    ${digest}`,
    );
  }
  const wanted = parseLines(expected);
  const found = parseLines(readFileSync(digestPath, 'utf8'));
  if (wanted.digest === found.digest) return;
  throw new CryptorunError(
    'digest_differs',
    firstDifference(wanted.lines, found.lines) ?? `digest differs: expected ${wanted.digest}, found ${found.digest}`,
  );
}

function parseLines(text: string): { lines: Map<string, string>; digest: string } {
  const lines = new Map<string, string>();
  let digest = '';
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const value = parseLine(line);
    if (value === null)
      throw new CryptorunError('bad_input', `--verify: line ${index + 1} is no line of a digest.ndjson`);
    if (typeof value === 'string') digest = value;
    else lines.set(keyOf(value), line);
  }
  if (digest === '') throw new CryptorunError('bad_input', "--verify: the file has no last line with the run's digest");
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

function firstDifference(wanted: ReadonlyMap<string, string>, found: ReadonlyMap<string, string>): string | null {
  const keys = [...new Set([...wanted.keys(), ...found.keys()])].sort();
  const key = keys.find((one) => wanted.get(one) !== found.get(one));
  if (key === undefined) return null;
  const [minute = '', venue = '', symbol = ''] = key.split(' ');
  const where = `${venue} ${symbol}, the minute that closes at ${isoText(Number(minute))}`;
  return `digest differs first for ${where}\n  expected ${wanted.get(key) ?? 'no such line'}\n  found    ${found.get(key) ?? 'no such line'}`;
}
