import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { statusOfReplay } from '../../../src/core/ops/replay/replay-status.ts';
import { type StatusDocument, statusRow } from '../../../src/core/ops/status.ts';
import { statusCsvRecords } from '../../../src/core/render/status-csv.ts';
import { badRecording, END_MS, GUIDE_CONFIG } from '../ops/facts.ts';
import { matchesGolden } from '../ops/golden.ts';

const SAVED_MS = END_MS + 60_000;

function documentOf(rows: StatusDocument['rows'], kind: StatusDocument['source']['kind'] = 'replay'): StatusDocument {
  return { source: { kind, name: '20240808-3f2a91' }, savedAtMs: SAVED_MS, dataTimeMs: END_MS, rows };
}

test('the snapshot of a replay is the golden one', () => {
  const document = documentOf(statusOfReplay(badRecording(), GUIDE_CONFIG));
  matchesGolden('ops/replay-bad.csv', stringify(statusCsvRecords(document, SAVED_MS)));
});

test("the guide's own sample comes out in its columns, names and values", () => {
  const rows = [
    statusRow({ category: 'kpi', name: 'requests_per_minute', value: 45, unit: 'per_minute', status: 'OK' }),
    statusRow({ category: 'kpi', name: 'error_rate_percent', value: 6.25, unit: 'percent', status: 'WARN' }),
    statusRow({ category: 'guard', name: 'budget', status: 'OK', message: 'API budget OK: 1205/3600 calls' }),
    statusRow({ category: 'switch', name: 'emergency_scanners', value: 'ON' }),
    statusRow({ category: 'provider', name: 'kraken', part: 'rest', value: 'OFF' }),
  ];
  const lines = stringify(statusCsvRecords(documentOf(rows, 'live'), 1_733_585_445_000)).split('\n');
  assert.equal(lines[0], 'timestamp,category,name,value,status,message');
  assert.deepEqual(lines.slice(2), [
    '2024-12-07T15:30:45.000Z,kpi,requests_per_minute,45.0,OK,',
    '2024-12-07T15:30:45.000Z,kpi,error_rate_percent,6.3,WARN,',
    '2024-12-07T15:30:45.000Z,guard,budget,,OK,API budget OK: 1205/3600 calls',
    '2024-12-07T15:30:45.000Z,switch,emergency_scanners,ON,,',
    '2024-12-07T15:30:45.000Z,switch,provider_kraken_rest,OFF,,',
    '',
  ]);
});

test('a spreadsheet runs nothing', () => {
  const message = (text: string) =>
    statusCsvRecords(documentOf([statusRow({ category: 'guard', name: 'x', message: text })]), 0)[2]![5];
  assert.equal(message('=HYPERLINK("http://x")'), '\'=HYPERLINK("http://x")');
  assert.equal(message('@SUM(A1)'), "'@SUM(A1)");
  assert.equal(message('+1+1'), "'+1+1");
  assert.equal(message('\t=1'), "'=1");
  assert.equal(message('-12.5'), '-12.5');
});

test('property: whatever a row says, no field can be a formula or hold a control character', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('=1', '@x', '\r=1', '\u200b=1', ' +1', '-a'));
  fc.assert(
    fc.property(text, text, text, (name, value, message) => {
      const rows = [statusRow({ category: 'guard', name, value, message })];
      for (const field of statusCsvRecords(documentOf(rows), 0).flat()) {
        assert.doesNotMatch(field, /^(?:[=+@]|-(?![0-9.]+$))/);
        assert.doesNotMatch(field, /[\u0000-\u001f\u007f-\u009f]/);
      }
    }),
  );
});
