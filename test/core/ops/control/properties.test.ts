/** Whatever operators do in whatever order: what holds of the document, of its audit, and of the document rebuilt from it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sealAll } from '../../../../src/core/ops/audit/chain.ts';
import { verifyChain } from '../../../../src/core/ops/audit/verify-chain.ts';
import type { ControlDocument, KillState } from '../../../../src/core/ops/control/control.ts';
import { decide, emptyDocument } from '../../../../src/core/ops/control/decide.ts';
import { ACTIONS } from '../../../../src/core/ops/control/recorded.ts';
import { rebuildDocument } from '../../../../src/core/ops/control/restore.ts';
import { isSwitchOn, switchStates } from '../../../../src/core/ops/control/switch-states.ts';
import { KILL_LEVELS } from '../../../../src/core/ops/ops-config.ts';
import { anyRequests, DAY, DEFAULTS, request, run, T0 } from './requests.ts';

const RESTORATION = { atMs: T0 + 2 * DAY, operator: 'eve', reason: 'lost' };

test('property: a change is one revision on with entries that say so; everything else changes nothing', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(anyRequests, (requests) => {
      let document = emptyDocument();
      for (const each of requests) {
        const before = JSON.stringify(document);
        const outcome = decide(document, each, DEFAULTS);
        assert.equal(JSON.stringify(document), before, 'what was given is not touched');
        seen.add(`${each.command.kind} ${outcome.kind}`);
        if (outcome.kind === 'changed') {
          assert.equal(outcome.document.revision, document.revision + 1);
          assert.ok(outcome.entries.length > 0);
          assert.ok(
            outcome.entries.every(({ revision, result }) => revision === document.revision + 1 && result === 'done'),
          );
        } else {
          assert.equal(outcome.document, document);
        }
        document = outcome.document;
      }
    }),
    // A fixed seed, because what is asked below must not depend on chance.
    { numRuns: 500, seed: 3 },
  );
  // Or the properties here would say nothing.
  for (const kind of [
    'set_switch',
    'release',
    'release_breaker',
    'set_mode',
    'create_token',
    'revoke_token',
    'forget_settings',
  ]) {
    assert.ok(seen.has(`${kind} changed`) && seen.has(`${kind} refused`), `${kind} was seen done and refused`);
  }
  assert.ok(seen.has('expire changed') && !seen.has('engage refused') && !seen.has('expire refused'));
});

test('property: engaging never lowers the level, and only a release releases', () => {
  const rank = (kill: KillState): number => (kill.kind === 'released' ? -1 : KILL_LEVELS.indexOf(kill.level));
  fc.assert(
    fc.property(anyRequests, (requests) => {
      let document = emptyDocument();
      for (const each of requests) {
        const next = decide(document, each, DEFAULTS).document;
        if (each.command.kind === 'engage') {
          assert.equal(rank(next.kill), Math.max(rank(document.kill), KILL_LEVELS.indexOf(each.command.level)));
        } else if (each.command.kind !== 'release') assert.equal(next.kill, document.kill);
        document = next;
      }
    }),
  );
});

test('property: the same requests give the same document and entries', () => {
  fc.assert(
    fc.property(anyRequests, (requests) => {
      assert.equal(JSON.stringify(run(requests)), JSON.stringify(run(requests)));
    }),
  );
});

test('property: writing down what ran out changes no switch, now or later', () => {
  let expiredCount = 0;
  fc.assert(
    fc.property(anyRequests, fc.integer({ min: 0, max: 60 }), (requests, minutes) => {
      const { document } = run(requests);
      const nowMs = requests.at(-1)!.atMs + minutes * 60_000;
      const outcome = decide(document, request({ kind: 'expire' }, { atMs: nowMs, reason: '' }), DEFAULTS);
      if (outcome.kind === 'changed') expiredCount += 1;
      assert.deepEqual(switchStates(outcome.document, DEFAULTS, nowMs), switchStates(document, DEFAULTS, nowMs));
      for (const laterMs of [nowMs, nowMs + 1, nowMs + DAY]) {
        for (const { name, isOn } of switchStates(outcome.document, DEFAULTS, laterMs)) {
          assert.equal(isOn, isSwitchOn(document, name, DEFAULTS, laterMs), name);
        }
      }
      assert.equal(decide(outcome.document, request({ kind: 'expire' }, { atMs: nowMs }), DEFAULTS).kind, 'unchanged');
    }),
    { numRuns: 200 },
  );
  assert.ok(expiredCount > 10, `some did run out (${expiredCount})`);
});

test('property: the audit chains, names only known actions and holds no hash of a token', () => {
  fc.assert(
    fc.property(anyRequests, (requests) => {
      const { document, entries } = run(requests);
      const records = sealAll(entries, null);
      assert.equal(verifyChain(records).kind, 'intact');
      const text = JSON.stringify(entries);
      for (const token of document.tokens) assert.ok(!text.includes(token.hash));
      const known: string[] = [...ACTIONS, 'reload_config', 'health_grade_change'];
      for (const { action } of entries) assert.ok(known.includes(action), action);
    }),
  );
});

test('property: the audit alone proves the document, but for tokens; the rebuilt one is engaged', () => {
  fc.assert(
    fc.property(anyRequests, (requests) => {
      const { document, entries } = run(requests);
      const { document: rebuilt, unreadableSeqs } = rebuildDocument(sealAll(entries, null), RESTORATION);
      assert.deepEqual(unreadableSeqs, []);
      const kill = document.kill.kind === 'engaged' ? document.kill : lost(rebuilt);
      const revision = document.revision + 1;
      assert.deepEqual(rebuilt, { ...document, tokens: [], kill, revision });
    }),
    { numRuns: 300 },
  );
});

function lost({ revision }: ControlDocument): KillState {
  return {
    kind: 'engaged',
    level: 'kill',
    engagedAtMs: RESTORATION.atMs,
    reason: 'lost',
    operator: 'eve',
    source: 'state_unreadable',
    trigger: null,
    revision,
  };
}

test('a recorded change that cannot be read leaves its subject in the safe state, and is named', () => {
  const { entries } = run([
    request({ kind: 'set_switch', name: 'publish', isOn: true, forMs: null, expect: null, ifRevision: null }),
    request({ kind: 'set_mode', mode: 'observe' }),
    request({
      kind: 'engage',
      level: 'pause',
      source: 'command',
      trigger: null,
      operator: 'ann',
      engagedAtMs: T0,
      recordedLate: false,
    }),
  ]);
  for (const to of [null, 'on', { isOn: 'yes' }, { kind: 'engaged', revision: 1, level: 'stun' }, []]) {
    const records = sealAll(
      entries.map((entry) => ({ ...entry, to })),
      null,
    );
    const { document, unreadableSeqs } = rebuildDocument(records, RESTORATION);
    assert.deepEqual(unreadableSeqs, [1, 2, 3]);
    assert.equal(document.switches['publish']?.isOn, false);
    assert.equal(document.mode, 'halted');
    assert.deepEqual(document.kill, lost(document));
  }
});

test('nothing recorded rebuilds a new document, engaged', () => {
  const { document } = rebuildDocument([], RESTORATION);
  assert.deepEqual(document, { ...emptyDocument(), revision: 1, kill: lost(document) });
});
