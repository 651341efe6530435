/** Who is told of what: routes by priority, venue, instrument and type, the ladder, and who hears of the end. */

import assert from 'node:assert/strict';
import test from 'node:test';
import type { AlertChange } from '../../src/core/signal/detect/alert-effect.ts';
import type { AlertRecord } from '../../src/core/signal/detect/alert-record.ts';
import type { LadderStep } from '../../src/core/signal/detect/alerts-config.ts';
import type { RouteConfig } from '../../src/shell/notify/notify-config.ts';
import { notificationsOf, type Routing, routed } from '../../src/shell/notify/route.ts';
import { alertOf, effectOf, resolved, T0_MS } from './support/alert-records.ts';

function route(receivers: string, more: Partial<RouteConfig> = {}): RouteConfig {
  const any = { name: receivers, priorities: null, venues: null, instruments: null, types: null, isContinued: false };
  return { ...any, ...more, receivers: receivers.split(' ') };
}

const step = (afterMs: number, receivers: string, priorities: LadderStep['priorities'] = ['P1']): LadderStep => ({
  name: receivers,
  afterMs,
  priorities,
  receivers: receivers === '' ? [] : receivers.split(' '),
});

const ROUTES: readonly RouteConfig[] = [
  route('log', { isContinued: true }),
  route('pager chat', { priorities: ['P1'] }),
  route('okx-desk', { venues: ['okx'], types: ['data_gap'] }),
  route('eth', { instruments: ['ETH-USDT'] }),
  route('chat', { priorities: ['P2'] }),
];

const ROUTED: readonly [Partial<AlertRecord>, string][] = [
  [{ priority: 'P1' }, 'log pager chat'],
  [{ priority: 'P2' }, 'log chat'],
  [{ priority: 'P3' }, 'log'],
  [{ priority: 'P3', instrument: 'ETH-USDT' }, 'log eth'],
  [{ priority: 'P3', venue: 'okx', type: 'data_gap' }, 'log okx-desk'],
  [{ priority: 'P3', venue: 'okx' }, 'log'],
  [{ priority: 'P3', venue: null, instrument: null, type: 'data_gap' }, 'log'],
];

test('the first route that matches, and those below it while each says so', () => {
  for (const [own, wanted] of ROUTED) assert.equal(routed(alertOf('a', own), ROUTES).join(' '), wanted);
  assert.deepEqual(routed(alertOf('a'), []), []);
  const twice = [route('chat', { isContinued: true }), route('chat log')];
  assert.deepEqual(routed(alertOf('a'), twice), ['chat', 'log'], 'each once');
});

const ROUTING: Routing = {
  routes: [route('pager', { priorities: ['P1'], isContinued: true }), route('chat')],
  ladder: [step(0, 'oncall'), step(900_000, 'senior'), step(1_800_000, 'boss chat')],
};
const P2: Partial<AlertRecord> = { priority: 'P2', originalPriority: 'P2' };
const RISEN: Partial<AlertRecord> = { originalPriority: 'P2', escalatedAtMs: T0_MS, escalationReason: 'unresolved' };

/** Change, alert, who was told before, is it to be told; and who is told what. */
const TOLD: readonly [AlertChange, Partial<AlertRecord>, string, boolean, string][] = [
  ['pending', {}, '', false, ''],
  ['fired', {}, '', true, 'pager:trigger chat:trigger oncall:trigger'],
  ['fired', P2, '', true, 'chat:trigger'],
  ['fired', {}, '', false, ''],
  ['updated', {}, 'chat', false, ''],
  // Its receivers of before learn that it is worse now, the new ones of it at all.
  ['escalated', RISEN, 'chat', true, 'chat:escalate pager:trigger oncall:trigger'],
  ['escalated', RISEN, 'chat', false, ''],
  ['ladder', { ladderStep: 1 }, 'pager chat oncall', true, 'senior:trigger'],
  ['ladder', { ladderStep: 2 }, 'pager chat oncall senior', true, 'chat:ladder-2 boss:trigger'],
  // A step was skipped: those of it are told as well.
  ['ladder', { ladderStep: 2 }, 'pager chat oncall', true, 'chat:ladder-2 senior:trigger boss:trigger'],
  ['unsilenced', {}, '', true, 'pager:trigger chat:trigger oncall:trigger'],
  ['unsilenced', {}, 'pager chat oncall', true, ''],
  ['unsilenced', RISEN, 'chat', true, 'chat:escalate pager:trigger oncall:trigger'],
  ['acknowledged', {}, 'pager chat', true, 'pager:acknowledge chat:acknowledge'],
  ['acknowledged', {}, 'pager chat', false, ''],
  // Whoever was told of the beginning is told of the end, silenced or turned off meanwhile, and nobody else.
  ['resolved', {}, 'pager senior', true, 'pager:resolve senior:resolve'],
  ['resolved', {}, 'pager', false, 'pager:resolve'],
  ['resolved', {}, '', true, ''],
];

for (const [change, own, told, isNotified, wanted] of TOLD) {
  test(`${change} ${JSON.stringify(own)}, told before: ${told || 'nobody'}, ${isNotified ? '' : 'not '}to be told`, () => {
    const alert = change === 'resolved' ? resolved(alertOf('a1', own)) : alertOf('a1', own);
    const before = told === '' ? [] : told.split(' ');
    const made = notificationsOf(effectOf(change, alert, isNotified), ROUTING, before, T0_MS);
    const said = made.map(({ receiver, event }) => `${receiver}:${event.replace('a1/', '')}`);
    assert.equal(said.join(' '), wanted);
    for (const one of made) {
      assert.deepEqual([one.dedupKey, one.alert, one.createdAtMs], [alert.key, alert, T0_MS]);
      assert.ok(one.event.startsWith(`a1/${one.state}`));
    }
  });
}
