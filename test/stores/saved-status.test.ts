import assert from 'node:assert/strict';
import {
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { statusOfReplay } from '../../src/core/ops/replay/replay-status.ts';
import type { StatusDocument } from '../../src/core/ops/status.ts';
import { CryptorunError } from '../../src/shell/errors.ts';
import {
  readLastReplayStatus,
  readSavedStatus,
  saveReplayStatus,
  writeSavedStatus,
} from '../../src/shell/stores/saved-status.ts';
import { badRecording, END_MS, GUIDE_CONFIG } from '../core/ops/facts.ts';
import { badRows } from '../core/render/live-view.ts';

const root = mkdtempSync(join(tmpdir(), 'cryptorun-status-'));
after(() => rmSync(root, { recursive: true, force: true }));

function replayed(name = 'r1', savedAtMs = END_MS): StatusDocument {
  return {
    source: { kind: 'replay', name },
    savedAtMs,
    dataTimeMs: END_MS - 5,
    rows: statusOfReplay(badRecording(), GUIDE_CONFIG),
  };
}

function fresh(): string {
  return mkdtempSync(join(root, 'artifacts-'));
}

test('what was saved last is read back as it was', () => {
  const artifactsDir = fresh();
  assert.equal(readLastReplayStatus(artifactsDir), null);
  saveReplayStatus({ artifactsDir, id: 'r1' }, replayed('r1'));
  const path = saveReplayStatus({ artifactsDir, id: 'r2' }, replayed('r2'));
  assert.deepEqual(readLastReplayStatus(artifactsDir), replayed('r2'));
  assert.equal(path, join(artifactsDir, 'replay/r2/status.json'));
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(JSON.parse(readFileSync(join(artifactsDir, 'replay/last.json'), 'utf8')), {
    id: 'r2',
    path: 'r2/status.json',
    savedAtMs: END_MS,
  });
});

test('the artifacts folder may be moved', () => {
  const artifactsDir = fresh();
  saveReplayStatus({ artifactsDir, id: 'r1' }, replayed());
  renameSync(artifactsDir, `${artifactsDir}-moved`);
  assert.equal(readLastReplayStatus(`${artifactsDir}-moved`)?.source.name, 'r1');
});

test('a run that writes elsewhere is found there', () => {
  const artifactsDir = fresh();
  const runDir = join(fresh(), 'out');
  saveReplayStatus({ artifactsDir, id: 'r1', runDir }, replayed());
  assert.equal(readLastReplayStatus(artifactsDir)?.source.name, 'r1');
});

test('a removed run is unknown, not unreadable', () => {
  const artifactsDir = fresh();
  unlinkSync(saveReplayStatus({ artifactsDir, id: 'r1' }, replayed()));
  assert.throws(() => readLastReplayStatus(artifactsDir), { code: 'status_unknown', exitCode: 3 });
});

test('only a replay may be saved as one, under a plain name', () => {
  const artifactsDir = fresh();
  const live: StatusDocument = { ...replayed(), source: { kind: 'live', name: 'x' } };
  assert.throws(() => saveReplayStatus({ artifactsDir, id: 'r1' }, live), /the status is of a live run/);
  for (const id of ['../state', '..', 'a/b', '', '.hidden']) {
    assert.throws(() => saveReplayStatus({ artifactsDir, id }, replayed()), /not a plain file name/, id);
  }
});

test('damage is told with the file, all problems and exit code 3', () => {
  const artifactsDir = fresh();
  const path = saveReplayStatus({ artifactsDir, id: 'r1' }, replayed());
  const good = readFileSync(path, 'utf8');
  const altered = (change: (json: Record<string, unknown>) => void) => {
    const json = JSON.parse(good);
    change(json);
    return JSON.stringify(json);
  };
  const table: [string, string, RegExp][] = [
    ['empty', '', /it is empty/],
    ['cut off', good.slice(0, good.length >> 1), /it is not JSON, or was cut off/],
    ['another thing', '[]', /wanted an object, found \[\]/],
    [
      'newer',
      altered((json) => (json['schema'] = 'cryptorun.saved_status/v3')),
      /it is cryptorun\.saved_status\/v3, .*use the newer program/,
    ],
    ['foreign', altered((json) => (json['schema'] = 'x')), /schema: wanted cryptorun\.saved_status\/v2, found "x"/],
    ['no rows', altered((json) => delete json['rows']), /rows: wanted a list, found nothing/],
    [
      'made up source',
      altered((json) => (json['source'] = { kind: 'alive', name: '' })),
      /source: wanted an object with kind/,
    ],
    ['odd row', altered((json) => (json['rows'] = [null])), /rows\[0\]: wanted an object, found null/],
    [
      'half an override',
      altered((json) => ((json['rows'] as Record<string, unknown>[])[0]!['override'] = { operator: 'alice' })),
      /rows\[0\]\.override: wanted an object with configuredOn, .* or null, found/,
    ],
    [
      'two problems in one message',
      altered((json) => Object.assign((json['rows'] as Record<string, unknown>[])[1]!, { status: 'FINE', value: [] })),
      /rows\[1\]\.value: wanted a number or a text or null, found \[\]; rows\[1\]\.status: wanted OK \| .*, found "FINE"/,
    ],
  ];
  for (const [name, text, message] of table) {
    writeFileSync(path, text);
    assert.throws(
      () => readLastReplayStatus(artifactsDir),
      (error) => {
        assert.ok(error instanceof CryptorunError, name);
        assert.equal(error.exitCode, 3, name);
        assert.match(error.message, message, name);
        assert.ok(error.message.startsWith(`cannot use ${path}: `), name);
        return true;
      },
    );
  }
});

test('what version 0.1 saved is read: its venue measures stood under health', () => {
  const artifactsDir = fresh();
  const path = saveReplayStatus({ artifactsDir, id: 'r1' }, replayed());
  const saved = JSON.parse(readFileSync(path, 'utf8')) as { rows: Record<string, unknown>[] };
  const first = saved.rows.map(({ override, ...row }) => {
    const isMeasure = row['category'] === 'venue' && row['part'] !== null;
    return isMeasure ? { ...row, category: 'health', part: row['part'] === 'health' ? null : row['part'] } : row;
  });
  writeFileSync(path, JSON.stringify({ ...saved, schema: 'cryptorun.status/v1', rows: first }));
  assert.deepEqual(readSavedStatus(path)?.rows, replayed().rows);
  writeFileSync(path, JSON.stringify({ ...saved, schema: 'cryptorun.status/v1', rows: [{ category: 'health' }] }));
  assert.throws(() => readSavedStatus(path), /rows\[0\]\.name: wanted a text, found nothing/);
});

test('a scanner saves what it knows beside its other state, overrides and all', () => {
  const path = join(fresh(), 'status.json');
  const live: StatusDocument = { ...replayed(), source: { kind: 'live', name: 's1' }, rows: badRows() };
  writeSavedStatus(path, live);
  assert.deepEqual(readSavedStatus(path), live);
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('members that a later v2 adds are left alone', () => {
  const artifactsDir = fresh();
  const path = saveReplayStatus({ artifactsDir, id: 'r1' }, replayed());
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), added: 1 }));
  assert.equal(readSavedStatus(path)?.source.name, 'r1');
});

test('a damaged pointer is unreadable', () => {
  const artifactsDir = fresh();
  const path = saveReplayStatus({ artifactsDir, id: 'r1' }, replayed());
  truncateSync(join(dirname(dirname(path)), 'last.json'), 7);
  assert.throws(() => readLastReplayStatus(artifactsDir), { code: 'status_unreadable' });
});
