import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { StatusDocument } from '../../src/core/ops/status.ts';
import { statusRow } from '../../src/core/ops/status.ts';
import { shownDocument } from '../../src/core/render/view.ts';
import { pruneSnapshots, removeOldSnapshots, writeStatusSnapshot } from '../../src/shell/stores/status-snapshot.ts';
import { badRows, ENGAGED, liveView } from '../core/render/live-view.ts';

const NOW_MS = 1_733_585_445_678;
const root = mkdtempSync(join(tmpdir(), 'cryptorun-snapshot-'));
after(() => rmSync(root, { recursive: true, force: true }));

function documentSaying(message: string): StatusDocument {
  const rows = [statusRow({ category: 'guard', name: 'budget', status: 'OK', message })];
  return { source: { kind: 'replay', name: 'r' }, savedAtMs: 0, dataTimeMs: null, rows };
}

test('both files are the same, private, and named as the guide names them', () => {
  const dir = join(root, 'deep/ops');
  const { stamped, latest } = writeStatusSnapshot(dir, documentSaying('a, "quoted" part'), NOW_MS);
  assert.deepEqual(readdirSync(dir), ['status_snapshot.csv', 'status_snapshot_20241207_153045.csv']);
  assert.equal(readFileSync(stamped, 'utf8'), readFileSync(latest, 'utf8'));
  assert.match(
    readFileSync(latest, 'utf8'),
    /^timestamp,.*\n.*\n2024-12-07T15:30:45\.678Z,guard,budget,,OK,"a, ""quoted"" part"\n$/,
  );
  for (const path of [stamped, latest]) assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(dir).mode & 0o777, 0o700);
});

test('a second snapshot in the same second replaces the first whole', () => {
  const dir = mkdtempSync(join(root, 'ops-'));
  writeStatusSnapshot(dir, documentSaying('a long message that the short one must not leave a tail of'), NOW_MS);
  const { stamped } = writeStatusSnapshot(dir, documentSaying('short'), NOW_MS + 1);
  assert.match(readFileSync(stamped, 'utf8'), /OK,short\n$/);
  assert.equal(readdirSync(dir).length, 2);
});

test('only stamped snapshots older than the retention go', () => {
  const dir = mkdtempSync(join(root, 'ops-'));
  const kept = [
    'status_snapshot.csv',
    'status_snapshot_20241107_153046.csv',
    'status_snapshot_20241399_000000.csv',
    'status_snapshot_20200101_000000.csv.gz',
    'my_status_snapshot_20200101_000000.csv',
    'status_snapshot_2020.csv',
    'notes.txt',
  ];
  for (const name of kept) writeFileSync(join(dir, name), '');
  mkdirSync(join(dir, 'status_snapshot_20200102_000000.csv'));
  symlinkSync(join(dir, 'notes.txt'), join(dir, 'status_snapshot_20200103_000000.csv'));
  for (const day of ['20200101_000000', '20241107_153045']) writeFileSync(join(dir, `status_snapshot_${day}.csv`), '');
  const removed = removeOldSnapshots(dir, 30, NOW_MS);
  assert.deepEqual(removed, ['status_snapshot_20200101_000000.csv', 'status_snapshot_20241107_153045.csv']);
  const left = [...kept, 'status_snapshot_20200102_000000.csv', 'status_snapshot_20200103_000000.csv'];
  assert.deepEqual(readdirSync(dir).sort(), left.sort());
});

test('a dry run says what would go, and how much it is, and touches nothing; at 0 days all are kept', () => {
  const dir = mkdtempSync(join(root, 'ops-'));
  const names = ['status_snapshot_20200102_000000.csv', 'status_snapshot_20200101_000000.csv', 'status_snapshot.csv'];
  for (const [i, name] of names.entries()) writeFileSync(join(dir, name), 'x'.repeat(i + 1));
  const options = { retentionDays: 30, nowMs: NOW_MS, isDryRun: true };
  const old = [
    { name: 'status_snapshot_20200101_000000.csv', bytes: 2, takenAtMs: Date.UTC(2020, 0, 1) },
    { name: 'status_snapshot_20200102_000000.csv', bytes: 1, takenAtMs: Date.UTC(2020, 0, 2) },
  ];
  assert.deepEqual(pruneSnapshots(dir, options), old);
  assert.deepEqual(readdirSync(dir).sort(), [...names].sort());
  assert.deepEqual(pruneSnapshots(dir, { ...options, retentionDays: 0, isDryRun: false }), []);
  assert.deepEqual(pruneSnapshots(dir, { ...options, isDryRun: false }), old);
  assert.deepEqual(readdirSync(dir), ['status_snapshot.csv']);
  assert.deepEqual(pruneSnapshots(join(dir, 'nowhere'), { ...options, isDryRun: false }), []);
});

test('a snapshot of a live scanner has its breakers, its health grade and the kill switch', () => {
  const dir = mkdtempSync(join(root, 'ops-'));
  const { latest } = writeStatusSnapshot(dir, shownDocument(liveView(badRows(), { kill: ENGAGED })), NOW_MS);
  const text = readFileSync(latest, 'utf8');
  assert.match(text, /,breaker,kraken\.rest,open,CRITICAL,5 timeouts\n/);
  assert.match(text, /,health,grade,D,CRITICAL,/);
  assert.match(text, /,killswitch,kill_switch,engaged,CRITICAL,kill by trigger health_grade_f: /);
});
