/** When a KILL file is news to the control document. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KillState } from '../../src/core/ops/control/control.ts';
import type { KillLevel } from '../../src/core/ops/ops-config.ts';
import { isUnrecorded, lateRequest } from '../../src/shell/cli/control/record-late.ts';
import type { KillFileState } from '../../src/shell/stores/control/kill-file-state.ts';

const NOW = 1_000_000;

function file(level: KillLevel, engagedAtMs: number): Exclude<KillFileState, { kind: 'absent' | 'unreadable' }> {
  return { kind: 'engaged', level, reason: 'r', operator: 'alice', source: 'command', engagedAtMs, stamp: 's' };
}

function engaged(level: KillLevel): KillState {
  const said = { reason: 'r', operator: 'bob', source: 'trigger', trigger: 'memory' } as const;
  return { kind: 'engaged', level, engagedAtMs: 1, revision: 1, ...said };
}

const released = (releasedAtMs: number | null): KillState => ({ kind: 'released', releasedAtMs, revision: 1 });
const unreadable: KillFileState = { kind: 'unreadable', reason: 'odd', stamp: null };

test('a KILL file is recorded late once, and not while a release is about to take it away', () => {
  for (const [what, found, kill, isNews] of [
    ['no file', { kind: 'absent' }, released(null), false],
    ['never engaged before', file('pause', NOW - 5), released(null), true],
    ['unreadable', unreadable, released(null), true],
    ['the document stops as much', file('pause', NOW - 5), engaged('drain'), false],
    ['the same level', file('kill', NOW - 5), engaged('kill'), false],
    ['harsher than the document', file('kill', NOW - 5), engaged('pause'), true],
    ['unreadable counts as kill', unreadable, engaged('drain'), true],
    ['of before a release that is under way', file('kill', NOW - 500), released(NOW - 100), false],
    ['of after that release', file('kill', NOW - 50), released(NOW - 100), true],
    ['what a crash left after its release', file('kill', NOW - 20_000), released(NOW - 10_000), true],
    ['unreadable, whatever was released', unreadable, released(NOW - 100), true],
  ] as const) {
    assert.equal(isUnrecorded(found, kill, NOW), isNews, what);
  }
});

test('the late record is the engagement’s own: its time, reason, operator and way', () => {
  const { command, actor, reason, atMs } = lateRequest(file('drain', NOW - 5), 'host1', NOW);
  assert.deepEqual(command, {
    kind: 'engage',
    level: 'drain',
    source: 'command',
    operator: 'alice',
    engagedAtMs: NOW - 5,
    trigger: null,
    recordedLate: true,
  });
  assert.deepEqual([actor, reason, atMs], [{ user: 'alice', host: 'host1', via: 'cli' }, 'r', NOW]);
  const unknown = lateRequest({ kind: 'unreadable', reason: 'odd', stamp: null }, 'host1', NOW);
  assert.deepEqual(unknown.actor, { user: 'unknown', host: 'host1', via: 'file' });
});
