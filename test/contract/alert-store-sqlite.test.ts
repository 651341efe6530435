/** What only the alert store in `control.db` does: older files, another writer, a file that is replaced. */

import assert from 'node:assert/strict';
import { mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'node:test';
import Database from 'libsql';
import { verifyChain } from '../../src/core/ops/audit/verify-chain.ts';
import { openAlerts, openAlertsToRead } from '../../src/shell/stores/alerts/open-alerts.ts';
import { openControl } from '../../src/shell/stores/control/open-control.ts';
import { CONTROL_SCHEMA } from '../../src/shell/stores/control/sqlite/control-schema.ts';
import { alertOf, effectOf, pending, silenceOf, T0_MS, tell } from '../notify/support/alert-records.ts';
import { change, DEFAULTS, note, requestOf, setSwitch, stateFolder } from '../stores/control/support/control-state.ts';

const ANA = { user: 'ana', host: 'desk', via: 'cli' };

test('a state of version 1: switches and audit stay, what stood in the audit is no order', (t) => {
  const dir = stateFolder(t);
  const old = openControl(dir, { busyTimeoutMs: 0, schema: CONTROL_SCHEMA.slice(0, 1) });
  change(old, setSwitch('alerts', false));
  change(old, note('x'));
  const before = old.read();
  old.close();
  const store = openAlerts(dir, 0);
  t.after(() => store.close());
  assert.deepEqual(store.open(), { alerts: [], silences: [], lastOrder: 2 });
  const { seq } = store.order({ kind: 'alert_resolve', alert: 'a1', actor: 'ana', reason: 'x' }, T0_MS, ANA);
  assert.equal(seq, 3);
  const control = openControl(dir, { busyTimeoutMs: 0 });
  t.after(() => control.close());
  assert.deepEqual(control.read().document, { ...before.document, revision: before.document.revision + 1 });
  assert.equal(verifyChain(control.auditAfter(0, 9), { anchor: control.read().auditHead }).kind, 'intact');
});

test('an order leaves a switch whose time has run out to whoever knows what it reverts to', (t) => {
  const dir = stateFolder(t);
  const control = openControl(dir, { busyTimeoutMs: 0 });
  t.after(() => control.close());
  const off = { kind: 'set_switch', name: 'alerts', isOn: false, forMs: 1000, expect: null, ifRevision: null } as const;
  change(control, requestOf(off, { atMs: T0_MS }));
  const store = openAlerts(dir, 0);
  t.after(() => store.close());
  store.order({ kind: 'silence_end', id: 's1', actor: 'ana' }, T0_MS + 5000, ANA);
  const actions = (): string[] => control.auditAfter(0, 9).map(({ action }) => action);
  assert.deepEqual(actions(), ['set_switch', 'silence_end']);
  assert.equal(control.read().document.switches['alerts']?.expiresAtMs, T0_MS + 1000);
  control.change(requestOf({ kind: 'expire' }, { atMs: T0_MS + 6000 }), DEFAULTS);
  assert.deepEqual(actions(), ['set_switch', 'silence_end', 'expire_switch']);
});

test('what was committed is there when it is opened again, pending, firing, told and silenced', (t) => {
  const dir = stateFolder(t);
  const [a, b] = [alertOf('a1'), pending(alertOf('b1', { pendingAtMs: T0_MS + 1 }))];
  const first = openAlerts(dir, 0);
  const changes = [effectOf('fired', a), effectOf('pending', b)];
  first.commit(changes, [tell('pager', a)], 0, [silenceOf('s1')]);
  first.close();
  const store = openAlertsToRead(dir, 0);
  t.after(() => store.close());
  assert.deepEqual(store.open(), { alerts: [a, b], silences: [silenceOf('s1')], lastOrder: 0 });
  assert.deepEqual([store.told('a1'), store.due('pager', T0_MS, 9).length], [['pager'], 1]);
});

test('only a look: nothing is set up where nothing is', (t) => {
  const dir = stateFolder(t);
  mkdirSync(dirname(dir), { recursive: true });
  const store = openAlertsToRead(dir, 0);
  assert.deepEqual(store.list({ activeOnly: true, limit: 9 }), []);
  assert.throws(() => renameSync(dir, `${dir}.x`), { code: 'ENOENT' });
});

test('another writer holds the file: a commit says busy at once and changes nothing, reading goes on', (t) => {
  const dir = stateFolder(t);
  const store = openAlerts(dir, 0);
  t.after(() => store.close());
  const alert = alertOf('a1');
  const other = new Database(join(dir, 'control.db'), { timeout: 1000 });
  other.exec('BEGIN IMMEDIATE');
  const startMs = performance.now();
  const commit = (): void => store.commit([effectOf('fired', alert)], [tell('pager', alert)], 1, [silenceOf('s1')]);
  assert.throws(commit, { code: 'state_busy', isRetryable: true });
  assert.ok(performance.now() - startMs < 100, 'it did not wait');
  assert.deepEqual(store.open(), { alerts: [], silences: [], lastOrder: 0 });
  other.exec('ROLLBACK');
  other.close();
  commit();
  assert.deepEqual(store.open(), { alerts: [alert], silences: [silenceOf('s1')], lastOrder: 1 });
});

test('a file that was put aside is not written any more', (t) => {
  const dir = stateFolder(t);
  const store = openAlerts(dir, 0);
  t.after(() => store.close());
  renameSync(join(dir, 'control.db'), join(dir, 'aside.db'));
  assert.throws(() => store.commit([], [], 0, []), { code: 'state_unreadable', message: /it is gone/ });
});
