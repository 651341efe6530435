/** What every control store does, whatever it keeps its document in. */

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { verifyChain } from '../../src/core/ops/audit/verify-chain.ts';
import { emptyDocument } from '../../src/core/ops/control/decide.ts';
import type { ControlStore } from '../../src/shell/stores/control/control-store.ts';
import { MemoryControlStore } from '../../src/shell/stores/control/memory-control-store.ts';
import { openControl } from '../../src/shell/stores/control/open-control.ts';
import { change, DEFAULTS, note, requestOf, setSwitch, stateFolder } from '../stores/control/support/control-state.ts';

const STORES: Readonly<Record<string, (t: TestContext) => ControlStore>> = {
  memory: () => new MemoryControlStore(),
  sqlite: (t) => openControl(stateFolder(t), { busyTimeoutMs: 0 }),
};

for (const [name, open] of Object.entries(STORES)) {
  const contract = (title: string, run: (store: ControlStore) => void): void => {
    test(`${name}: ${title}`, (t) => {
      const store = open(t);
      t.after(() => store.close());
      run(store);
    });
  };

  contract('a new store holds the empty document and no audit', (store) => {
    assert.deepEqual(store.read(), { document: emptyDocument(), auditHead: null });
    assert.equal(store.revision(), 0);
    assert.deepEqual(store.auditAfter(0, 10), []);
  });

  contract('a change is there with its audit record, and the head is that record', (store) => {
    const { outcome, snapshot, appended, exportProblem } = change(store, setSwitch('alerts', false));
    assert.equal(outcome.kind, 'changed');
    assert.equal(exportProblem, null);
    assert.deepEqual(
      appended.map(({ seq, action, target, revision }) => ({ seq, action, target, revision })),
      [{ seq: 1, action: 'set_switch', target: 'alerts', revision: 1 }],
    );
    assert.deepEqual(snapshot.auditHead, { seq: 1, hash: appended[0]!.hash });
    assert.deepEqual(store.read(), snapshot);
    assert.equal(store.read().document.switches['alerts']?.isOn, false);
    assert.equal(store.revision(), 1);
    assert.deepEqual(store.auditAfter(0, 10), appended);
  });

  contract('the same state twice: nothing is written', (store) => {
    change(store, setSwitch('alerts', false));
    const before = store.read();
    const { outcome, appended } = change(store, setSwitch('alerts', false));
    assert.deepEqual([outcome.kind, appended], ['unchanged', []]);
    assert.deepEqual(store.read(), before);
  });

  contract('a refusal that leaves no trace', (store) => {
    const { outcome, appended } = change(store, setSwitch('no.such', false));
    assert.deepEqual([outcome.kind, appended], ['refused', []]);
    assert.deepEqual(store.read(), { document: emptyDocument(), auditHead: null });
  });

  contract('a refusal that is audited: the record is there, the document as it was', (store) => {
    change(store, requestOf({ ...ENGAGE, engagedAtMs: 5 }));
    const before = store.read();
    const { outcome, snapshot, appended } = change(store, requestOf({ kind: 'release', checks: [] }));
    assert.equal(outcome.kind, 'refused');
    assert.deepEqual(
      appended.map(({ seq, result }) => [seq, result]),
      [[2, 'refused']],
    );
    assert.deepEqual(snapshot.document, before.document);
    assert.deepEqual(store.read(), snapshot);
    assert.equal(store.revision(), before.document.revision);
  });

  contract('the audit is read in pieces, in order, and its chain holds', (store) => {
    for (let i = 1; i <= 7; i++) change(store, note(`n${i}`));
    const seqs = (afterSeq: number, limit: number): number[] => store.auditAfter(afterSeq, limit).map(({ seq }) => seq);
    assert.deepEqual(seqs(0, 3), [1, 2, 3]);
    assert.deepEqual(seqs(3, 3), [4, 5, 6]);
    assert.deepEqual(seqs(6, 3), [7]);
    assert.deepEqual(seqs(7, 3), []);
    const verdict = verifyChain(store.auditAfter(0, 10), { anchor: store.read().auditHead });
    assert.deepEqual([verdict.kind, verdict.count, verdict.notes], ['intact', 7, []]);
  });

  contract('a snapshot that was read stays as it was', (store) => {
    const before = store.read();
    change(store, setSwitch('alerts', false));
    assert.deepEqual(before, { document: emptyDocument(), auditHead: null });
  });

  contract('text of every kind comes back as it was', (store) => {
    const reason = 'it\'s "odd"; \u2028 \u0000 \ud83d\ude80 DROP TABLE audit';
    store.change({ ...note('x'), reason }, DEFAULTS);
    assert.equal(store.auditAfter(0, 1)[0]?.reason, reason);
  });

  contract('a closed store refuses, closing twice does not matter', (store) => {
    store.close();
    store.close();
    for (const use of [() => store.read(), () => store.revision(), () => change(store, note('x'))]) {
      assert.throws(use, { name: 'CryptorunError', code: 'internal' });
    }
  });
}

const ENGAGE = {
  kind: 'engage',
  level: 'kill',
  source: 'command',
  trigger: null,
  operator: 'ana',
  engagedAtMs: 0,
  recordedLate: false,
} as const;
