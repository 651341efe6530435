import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gradeOf, type Limit, limitText, noDataRow, sortedRows, statusRow } from '../../../src/core/ops/status.ts';

test('a limit is broken at its step or beyond it, as its kind says', () => {
  const steps = { warn: 100, critical: 200 };
  const table: [Limit, number, string][] = [
    [{ kind: 'at_least', ...steps }, 99.9, 'OK'],
    [{ kind: 'at_least', ...steps }, 100, 'WARN'],
    [{ kind: 'at_least', ...steps }, 200, 'CRITICAL'],
    [{ kind: 'above', ...steps }, 100, 'OK'],
    [{ kind: 'above', ...steps }, 100.1, 'WARN'],
    [{ kind: 'below', warn: 0.8, critical: 0.5 }, 0.8, 'OK'],
    [{ kind: 'below', warn: 0.8, critical: 0.5 }, 0.79, 'WARN'],
    [{ kind: 'below', warn: 0.8, critical: 0.5 }, 0.5, 'WARN'],
    [{ kind: 'below', warn: 0.8, critical: 0.5 }, 0.49, 'CRITICAL'],
    [{ kind: 'above', warn: 0, critical: null }, 1e9, 'WARN'],
    [{ kind: 'at_least', ...steps }, Number.NaN, 'NO DATA'],
  ];
  for (const [limit, value, grade] of table) assert.equal(gradeOf(value, limit), grade, `${value} ${limitText(limit)}`);
});

test('a row without data has no value, whatever it was given, and says why', () => {
  const row = noDataRow({ category: 'kpi', name: 'x', value: 0, unit: 'count' }, 'no REST cache in a replay');
  assert.equal(row.value, null);
  assert.equal(row.status, 'NO DATA');
  assert.equal(row.message, 'no data: no REST cache in a replay');
});

test('rows are ordered by category and keep their makers order within one', () => {
  const rows = [
    ['venue', 'a'],
    ['kpi', 'z'],
    ['guard', 'm'],
    ['kpi', 'b'],
  ] as const;
  const sorted = sortedRows(rows.map(([category, name]) => statusRow({ category, name })));
  assert.deepEqual(
    sorted.map((row) => row.name),
    ['z', 'b', 'm', 'a'],
  );
});
