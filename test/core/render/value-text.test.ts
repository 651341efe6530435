import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statusRow } from '../../../src/core/ops/status.ts';
import {
  ageText,
  clockText,
  instantText,
  shownValue,
  sizeText,
  valueText,
} from '../../../src/core/render/value-text.ts';

test('values print as in the guide', () => {
  const kpi = { category: 'kpi', name: 'x' } as const;
  const table = [
    [statusRow({ ...kpi, value: 45, unit: 'per_minute' }), '45.0', '45.0'],
    [statusRow({ ...kpi, value: 6.25, unit: 'percent' }), '6.3', '6.3%'],
    [statusRow({ ...kpi, value: 4, total: 4, unit: 'count' }), '4', '4/4'],
    [statusRow({ ...kpi, value: -0.2, unit: 'ms' }), '0', '0 ms'],
    [statusRow({ ...kpi, value: 0.234, unit: 'ratio' }), '0.23', '0.23'],
    [
      statusRow({ ...kpi, value: 1_733_585_445_000, unit: 'instant' }),
      '2024-12-07T15:30:45.000Z',
      '2024-12-07T15:30:45.000Z',
    ],
    [statusRow({ ...kpi, value: 1e300, unit: 'instant' }), null, 'no data'],
    [statusRow({ ...kpi, value: 83_498_033_152, unit: 'bytes' }), '83498033152', '83.5 GB'],
    [statusRow({ ...kpi, value: 'full', unit: 'bytes' }), 'full', 'full'],
    [statusRow({ ...kpi, value: 'ON' }), 'ON', 'ON'],
    [statusRow({ ...kpi, value: Number.NaN, unit: 'ms' }), null, 'no data'],
    [statusRow(kpi), null, 'no data'],
  ] as const;
  for (const [row, bare, shown] of table) {
    assert.equal(valueText(row), bare);
    assert.equal(shownValue(row, 'no data'), shown);
  }
});

test('ages read as people say them', () => {
  const table: [number, string][] = [
    [0, '0 s ago'],
    [59_999, '59 s ago'],
    [300_000, '5 min ago'],
    [11_520_000, '3 h 12 min ago'],
    [187_200_000, '2 d 4 h ago'],
    [-5000, '5 s in the future: check the clock'],
    [Number.NaN, 'age unknown'],
  ];
  for (const [ms, text] of table) assert.equal(ageText(ms), text);
  assert.equal(instantText(1_733_585_445_000), '2024-12-07 15:30:45 UTC');
  assert.equal(instantText(Number.NaN), 'invalid_time');
});

test('a near instant is a clock time, another day has its date', () => {
  const nowMs = 1_733_585_445_000;
  assert.equal(clockText(nowMs + 60_000, nowMs), '15:31');
  assert.equal(clockText(nowMs + 86_400_000, nowMs), '2024-12-08 15:30');
  assert.equal(clockText(Number.NaN, nowMs), 'unknown');
});

test('sizes read as people say them', () => {
  const table: [number, string][] = [
    [512_000, '512 kB'],
    [119_600_000, '120 MB'],
    [24_500_000_000, '24.5 GB'],
  ];
  for (const [bytes, text] of table) assert.equal(sizeText(bytes), text);
});
