/** The chart, as an operator sees it: pictures that were read, holes that stay holes, and widths that hold for any data. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { Chart, type ChartOptions } from '../../../src/core/render/chart.ts';
import { displayWidth } from '../../../src/core/render/width.ts';

/** 2026-03-01T12:00:00Z. */
const T0 = 1_772_366_400_000;
const GOLDEN = fileURLToPath(new URL('../../golden/history/', import.meta.url));
const OPTIONS: ChartOptions = {
  columns: 60,
  lines: 8,
  fromMs: T0,
  toMs: T0 + 600_000,
  thresholds: [],
  style: 'braille',
};

function assertGolden(name: string, lines: readonly string[]): void {
  const path = `${GOLDEN}${name}.txt`;
  const text = `${lines.join('\n')}\n`;
  if (process.env['UPDATE_GOLDEN'] === '1' || !existsSync(path)) writeFileSync(path, text);
  assert.equal(text, readFileSync(path, 'utf8'));
}

/** A wave of a value a second, with a hole of two minutes. */
function wave(chart: Chart): Chart {
  for (let i = 0; i < 600; i++) {
    if (i >= 300 && i < 420) continue;
    chart.add(T0 + i * 1000, 3 + 2 * Math.sin(i / 40));
  }
  return chart;
}

for (const style of ['braille', 'plain'] as const) {
  test(`${style}: a wave with a hole and a threshold`, () => {
    assertGolden(`chart-${style}`, wave(new Chart({ ...OPTIONS, style, thresholds: [4] })).text(3000));
  });
}

test('plain: ASCII only', () => {
  const text = wave(new Chart({ ...OPTIONS, style: 'plain', thresholds: [4] }))
    .text(3000)
    .join('');
  assert.match(text, /^[ -~]+$/);
});

/** The plot without labels and axis. */
const plotOf = (lines: readonly string[]): string[] => lines.slice(0, -2).map((line) => line.slice(11));

test('a hole in the data is a hole in the line, and joined where the step is no hole', () => {
  const chart = new Chart({ ...OPTIONS, style: 'plain' });
  for (const minute of [0, 1, 2, 7, 8, 9]) chart.add(T0 + minute * 60_000, 5);
  const drawn = (maxStepMs: number): string => plotOf(chart.text(maxStepMs)).join('').trim();
  assert.equal(drawn(3_600_000).includes(' '), false);
  const [before = '', after = ''] = drawn(60_000).split(/ +/);
  assert.match(before, /^\*{10}$/);
  assert.match(after, /^\*{11}$/);
  assert.equal(drawn(1000).replaceAll(' ', ''), '******');
});

test('values of all sizes have labels that tell the lines apart', () => {
  for (const [low, high, top, bottom] of [
    [67_000, 67_040, '67040', '67000'],
    [0.00001, 0.00009, '0.00009', '0.00001'],
    [-5, 5, '5', '-5'],
    [1e12, 9e12, '9.000e+12', '1.000e+12'],
  ] as const) {
    const chart = new Chart(OPTIONS);
    chart.add(T0, low);
    chart.add(T0 + 1000, high);
    const labels = chart.text(1000).map((line) => line.slice(0, 10).trim());
    assert.ok(labels[0]!.startsWith(top), labels[0]);
    assert.ok(labels[7]!.startsWith(bottom), labels[7]);
  }
});

test('one value, none, and what is outside of the time', () => {
  const flat = new Chart({ ...OPTIONS, style: 'plain' });
  flat.add(T0 + 1000, 7);
  assert.equal(plotOf(flat.text(1000)).join('').replaceAll(' ', ''), '*');
  const none = new Chart({ ...OPTIONS, style: 'plain' });
  for (const ms of [T0 - 1, T0 + 600_000]) none.add(ms, 7);
  none.add(T0, Number.NaN);
  assert.equal(none.count, 0);
  assert.equal(plotOf(none.text(1000)).join('').trim(), '');
});

test('no line is wider than asked, whatever the data', () => {
  const point = fc.tuple(fc.integer({ min: 0, max: 599_999 }), fc.double({ noNaN: true, min: -1e15, max: 1e15 }));
  fc.assert(
    fc.property(
      fc.array(point, { maxLength: 50 }),
      fc.integer({ min: 30, max: 200 }),
      fc.integer({ min: 3, max: 30 }),
      fc.constantFrom('braille', 'plain'),
      fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { maxLength: 3 }),
      (points, columns, lines, style, thresholds) => {
        const chart = new Chart({ ...OPTIONS, columns, lines, style, thresholds });
        for (const [ms, value] of points.sort(([a], [b]) => a - b)) chart.add(T0 + ms, value);
        const text = chart.text(60_000);
        assert.equal(text.length, lines + 2);
        for (const line of text) assert.ok(displayWidth(line) <= columns, line);
        if (points.length > 0) assert.ok(/[*\u2801-\u28ff]/.test(text.join('')), 'something is drawn');
      },
    ),
    { numRuns: 200 },
  );
});
