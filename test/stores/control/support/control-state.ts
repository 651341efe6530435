/** State folders and requests for the tests of the control store. */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { ControlCommand, ControlDefaults, ControlRequest } from '../../../../src/core/ops/control/control.ts';
import type { ControlStore } from '../../../../src/shell/stores/control/control-store.ts';

export const NOW_MS = Date.UTC(2025, 0, 2, 3, 4, 5);

export const DEFAULTS: ControlDefaults = {
  switches: new Map([
    ['emergency.scanners', true],
    ['provider.kraken.enabled', true],
    ['venue.kraken', true],
    ['alerts', true],
  ]),
  breakers: ['kraken.rest'],
};

/** An empty state folder that does not exist yet. */
export function stateFolder(t: Pick<TestContext, 'after'>): string {
  const root = mkdtempSync(join(tmpdir(), 'cryptorun-state-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  return join(root, 'state');
}

/** The same, there already. */
export function madeStateFolder(t: Pick<TestContext, 'after'>): string {
  const dir = stateFolder(t);
  mkdirSync(dir, { mode: 0o700 });
  return dir;
}

export function requestOf(command: ControlCommand, more: Partial<ControlRequest> = {}): ControlRequest {
  const actor = { user: 'ana', host: 'desk', via: 'cli' };
  return { command, actor, reason: 'a test', atMs: NOW_MS, tokenHash: null, ...more };
}

export function setSwitch(name: string, isOn: boolean): ControlRequest {
  return requestOf({ kind: 'set_switch', name, isOn, forMs: null, expect: null, ifRevision: null });
}

/** A change that always succeeds and leaves one audit record. */
export function note(target: string): ControlRequest {
  return requestOf({ kind: 'record', action: 'config_reload', target, from: null, to: null });
}

export function change(store: ControlStore, request: ControlRequest) {
  return store.change(request, DEFAULTS);
}
