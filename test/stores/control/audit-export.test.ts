/** The audit's file: appended to, repaired where a crash tore it, left alone where it does not fit. */

import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import fc from 'fast-check';
import type { AuditRecord } from '../../../src/core/ops/audit/audit-record.ts';
import { auditLine } from '../../../src/core/ops/audit/chain.ts';
import { verifyChain } from '../../../src/core/ops/audit/verify-chain.ts';
import { exportLines } from '../../../src/shell/stores/control/doctor/read-audit.ts';
import { MemoryControlStore } from '../../../src/shell/stores/control/memory-control-store.ts';
import { exportAudit } from '../../../src/shell/stores/control/sqlite/audit-export.ts';
import { change, DEFAULTS, madeStateFolder, note } from './support/control-state.ts';
import { fillDisk, noSmallDisk, smallDisk } from './support/small-disk.ts';

function storeOf(count: number, reason = 'a test'): MemoryControlStore {
  const store = new MemoryControlStore();
  for (let i = 1; i <= count; i++) store.change({ ...note(`n${i}`), reason }, DEFAULTS);
  return store;
}

const textOf = (records: readonly AuditRecord[]): string => records.map((record) => `${auditLine(record)}\n`).join('');
const wholeText = (store: MemoryControlStore): string => textOf(store.auditAfter(0, 10_000));

function place(t: TestContext): string {
  return join(madeStateFolder(t), 'audit.ndjson');
}

test('what is missing is appended, what is there stays, and the file is private', (t) => {
  const path = place(t);
  const store = storeOf(3);
  assert.deepEqual(exportAudit(path, store), { kind: 'current', appended: 3 });
  const { ino, mode } = statSync(path);
  assert.equal(mode & 0o777, 0o600);
  assert.deepEqual(exportAudit(path, store), { kind: 'current', appended: 0 });
  change(store, note('more'));
  assert.deepEqual(exportAudit(path, store), { kind: 'current', appended: 1 });
  assert.equal(readFileSync(path, 'utf8'), wholeText(store));
  assert.equal(statSync(path).ino, ino);
  assert.equal(verifyChain(exportLines(path), { storeHead: store.read().auditHead }).kind, 'intact');
});

test('more than one batch, and lines longer than one read of the tail', (t) => {
  const path = place(t);
  const store = storeOf(1203);
  assert.deepEqual(exportAudit(path, store), { kind: 'current', appended: 1203 });
  const long = { kind: 'record', action: 'config_reload', target: 'x'.repeat(50_000), from: null, to: null } as const;
  store.change({ ...note('x'), command: long }, DEFAULTS);
  assert.deepEqual(exportAudit(path, store), { kind: 'current', appended: 1 });
  change(store, note('after'));
  assert.deepEqual(exportAudit(path, store), { kind: 'current', appended: 1 });
  assert.equal(readFileSync(path, 'utf8'), wholeText(store));
});

test('property: torn anywhere, it ends whole, and what was torn off is kept', (t) => {
  const store = storeOf(4);
  const whole = Buffer.from(wholeText(store));
  fc.assert(
    fc.property(fc.nat(whole.length), fc.constantFrom('', '\0\0\0', 'half a li'), (length, garbage) => {
      const path = place(t);
      writeFileSync(path, Buffer.concat([whole.subarray(0, length), Buffer.from(garbage)]));
      const torn = Buffer.concat([whole.subarray(0, length), Buffer.from(garbage)])
        .toString()
        .split('\n')
        .at(-1)!;
      assert.equal(exportAudit(path, store).kind, 'current');
      assert.equal(readFileSync(path, 'utf8'), whole.toString());
      assert.equal(
        existsSync(`${path}.torn`) ? readFileSync(`${path}.torn`, 'utf8') : '',
        torn === '' ? '' : `${torn}\n`,
      );
    }),
    { numRuns: 60 },
  );
});

test('a file that does not fit the store is left alone, with the reason', (t) => {
  const store = storeOf(3);
  const [first, second, third] = store.auditAfter(0, 3).map((record) => `${auditLine(record)}\n`);
  for (const [content, reason] of [
    [`${first}${second}${third!.replace('n3', 'n4')}`, /its last record, 3, is not the one in control\.db/],
    [`${wholeText(storeOf(5))}`, /its last record, 5, is not the one/],
    [`${first}please\n`, /its last line is no audit record/],
    ['\n', /its last line is no audit record/],
  ] as const) {
    const path = place(t);
    writeFileSync(path, content);
    const outcome = exportAudit(path, store);
    assert.equal(outcome.kind, 'behind');
    assert.match(outcome.kind === 'behind' ? outcome.reason : '', reason);
    assert.match(outcome.kind === 'behind' ? outcome.reason : '', /state doctor/);
    assert.equal(readFileSync(path, 'utf8'), content);
  }
});

test('full disk: the file ends with a whole line, and is caught up later', { skip: noSmallDisk }, (t) => {
  const dir = smallDisk(t, 64);
  const path = join(dir, 'audit.ndjson');
  const store = storeOf(1);
  exportAudit(path, store);
  for (let i = 0; i < 30; i++) store.change({ ...note(`m${i}`), reason: 'y'.repeat(900) }, DEFAULTS);
  fillDisk(dir);
  const outcome = exportAudit(path, store);
  assert.match(outcome.kind === 'behind' ? outcome.reason : '', /ENOSPC/);
  assert.equal(readFileSync(path, 'utf8'), textOf(store.auditAfter(0, 1)));
  rmSync(join(dir, 'fill'));
  assert.deepEqual(exportAudit(path, store), { kind: 'current', appended: 30 });
  assert.equal(readFileSync(path, 'utf8'), wholeText(store));
});

test('the lines of a file come whole, whatever the size of the pieces it is read in', (t) => {
  const path = place(t);
  const lines = Array.from({ length: 3000 }, (_, i) => `\u20ac${i} ${'\ud83d\ude80'.repeat(i % 40)}`);
  writeFileSync(path, `${lines.join('\n')}\n`);
  assert.deepEqual([...exportLines(path)], lines);
  appendFileSync(path, 'torn');
  assert.deepEqual([...exportLines(path)], [...lines, 'torn']);
  truncateSync(path);
  assert.deepEqual([...exportLines(path)], []);
  rmSync(path);
  assert.throws(() => [...exportLines(path)], { code: 'io_failed' });
});
