import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ControlCommand } from '../../src/core/ops/control/control.ts';
import { AuditWatch } from '../../src/shell/run/attached/audit-watch.ts';
import { MemoryControlStore } from '../../src/shell/stores/control/memory-control-store.ts';
import { createToken, DEFAULTS, hashOf, release, request, T0 } from '../core/ops/control/requests.ts';

test('of the tokens that were presented, those that were refused: who presents none has not tried', () => {
  const store = new MemoryControlStore();
  const admin = { tokenHash: hashOf('admin') };
  const act = (command: ControlCommand, parts: Parameters<typeof request>[1] = {}) =>
    store.change(request(command, parts), DEFAULTS);
  const watch = new AuditWatch();
  const counted = () => {
    const { authAttempts24h, authRefusals24h } = watch.read(store, T0);
    return [authAttempts24h, authRefusals24h];
  };
  act(createToken('admin', 'admin'));
  assert.deepEqual(counted(), [1, 0]);
  for (let i = 0; i < 5; i++) act(release(), {});
  assert.deepEqual(counted(), [1, 0], 'without a token');
  act(release(), { tokenHash: hashOf('nobody') });
  assert.deepEqual(counted(), [2, 1], 'with one that is not known');
  act(release([{ name: 'disk', isPassed: false, evidence: 'full' }]), admin);
  assert.deepEqual(counted(), [3, 1], 'with a good one, for another reason');
});
