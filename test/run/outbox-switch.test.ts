/** Who is told from memory while the store is away, and what the store learns of it afterwards. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Settlement } from '../../src/core/signal/detect/notification.ts';
import { notificationsOf, type Routing } from '../../src/shell/notify/route.ts';
import { OutboxSwitch } from '../../src/shell/run/alerts/outbox-switch.ts';
import { MemoryAlertStore } from '../../src/shell/stores/alerts/memory-alert-store.ts';
import { alertOf, effectOf, T0_MS } from '../notify/support/alert-records.ts';

const ANY = { priorities: null, venues: null, instruments: null, types: null, isContinued: false };
const ROUTING = { routes: [{ ...ANY, name: 'all', receivers: ['chat'] }], ladder: [] } as unknown as Routing;

class MoodyStore extends MemoryAlertStore {
  isBusy = false;

  override settle(settlements: readonly Settlement[]): void {
    if (this.isBusy) throw new Error('busy');
    super.settle(settlements);
  }
}

test('an answer that comes when the store is back, and is refused by it, is owed to it: nobody is told twice', () => {
  const store = new MoodyStore();
  const outbox = new OutboxSwitch(
    ROUTING,
    () => store,
    () => true,
  );
  const fired = effectOf('fired', alertOf('a1'));
  outbox.begin([fired], T0_MS);
  const [given] = outbox.due('chat', T0_MS, 10);
  store.commit([fired], notificationsOf(fired, ROUTING, [], T0_MS), 0, []);
  outbox.end();
  store.isBusy = true;
  outbox.settle([{ kind: 'delivered', id: given!.id, atMs: T0_MS }]);
  assert.deepEqual(outbox.due('chat', T0_MS + 60_000, 10), [], 'nothing is given out while the store does not know');
  store.isBusy = false;
  outbox.writeOwed();
  assert.deepEqual(outbox.due('chat', T0_MS + 60_000, 10), []);
});
