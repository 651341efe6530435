import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CryptorunError, ERROR_CODES, EXIT_CODES, exitCodeOf } from '../../src/shell/errors.ts';

const DOCUMENT = readFileSync(new URL('../../docs/exit-codes.md', import.meta.url), 'utf8');

/** The rows of the table under a heading, cell by cell, without backticks around a whole cell. */
function tableUnder(heading: string): string[][] {
  const section = DOCUMENT.split(/^## /m).find((one) => one.startsWith(`${heading}\n`)) ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .slice(2, -2)
      .split(' | ')
      .map((cell) => cell.replace(/^`([^`]*)`$/, '$1')),
  );
}

test('the documented exit codes are the program ones', () => {
  const program = Object.entries(EXIT_CODES).map(([code, meaning]) => [code, meaning]);
  assert.deepEqual(tableUnder('Exit codes'), program);
});

test('the documented error codes are the program ones', () => {
  const program = Object.entries(ERROR_CODES).map(([code, kind]) => [
    code,
    String(kind.exitCode),
    kind.isRetryable ? 'yes' : 'no',
    kind.meaning,
  ]);
  assert.deepEqual(tableUnder('Error codes'), program);
});

test('an error takes its exit code from the table, an unexpected one is 1', () => {
  const cause = new Error('underneath');
  const error = new CryptorunError('lock_held', 'cannot start: pid 7 holds the lock', { cause });
  assert.deepEqual([error.exitCode, error.isRetryable, error.cause], [6, true, cause]);
  assert.equal(exitCodeOf(error), 6);
  assert.equal(exitCodeOf(new TypeError('x')), 1);
});
