/** Who refuses what: the one question of the operations core, for every kind of action and everybody who may say no. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Breakers } from '../../../../src/core/ops/breakers/breakers.ts';
import type { ControlDocument } from '../../../../src/core/ops/control/control.ts';
import { controlView } from '../../../../src/core/ops/control/control-view.ts';
import { emptyDocument } from '../../../../src/core/ops/control/decide.ts';
import { defaultSwitches, quoteSwitches } from '../../../../src/core/ops/control/switch-names.ts';
import type { Gate } from '../../../../src/core/ops/guards/guard.ts';
import { Guards } from '../../../../src/core/ops/guards/guards.ts';
import { INITIAL_LATCH, type KillLatch, stepLatch } from '../../../../src/core/ops/kill-switch/latch.ts';
import type { KillLevel } from '../../../../src/core/ops/ops-config.ts';
import { type Action, actionText, REFUSERS, type Refuser } from '../../../../src/core/ops/run/action.ts';
import type { OpsStart } from '../../../../src/core/ops/run/ops-input.ts';
import { OpsRun } from '../../../../src/core/ops/run/ops-run.ts';
import { type Authorities, permissionFor } from '../../../../src/core/ops/run/permission.ts';
import { GUIDE_CONFIG } from '../facts.ts';
import { callFact, START_MS, venueFact } from '../kpi/ops-fixtures.ts';

const KRAKEN = { provider: 'kraken', venue: 'kraken', quote: 'USD' } as const;
const ACTIONS: readonly Action[] = [
  { kind: 'call', ...KRAKEN },
  { kind: 'connect', ...KRAKEN },
  { kind: 'subscribe', ...KRAKEN },
  { kind: 'detect', detector: 'spike' },
  { kind: 'publish', what: 'event' },
  { kind: 'publish', what: 'candidate' },
  { kind: 'alert', about: 'market' },
  { kind: 'alert', about: 'operations' },
  { kind: 'write', what: 'snapshot' },
  { kind: 'write', what: 'artifact' },
  { kind: 'write', what: 'journal' },
];
const TEXTS = ACTIONS.map(actionText);

interface Situation {
  readonly mode?: ControlDocument['mode'];
  readonly kill?: KillLevel;
  readonly off?: readonly string[];
  /** A guard that blocks, or throws, what this gate is about. */
  readonly guard?: Gate;
  readonly isThrowing?: boolean;
  readonly breaker?: 'open' | 'isolated';
}

/** What each thing that may refuse looks like, and which of `ACTIONS`, in their order, it refuses (x) when it stands alone. */
const ALONE: readonly (readonly [refusedBy: Refuser, what: string, situation: Situation, refused: string])[] = [
  //                                                     call connect subscribe detect, event candidate, alert market operations, 3 x write
  ['mode', 'observe', { mode: 'observe' }, '.... xxx. ...'],
  ['mode', 'halted', { mode: 'halted' }, 'xxxx xxx. ...'],
  ['kill_switch', 'pause', { kill: 'pause' }, '.... xxx. ...'],
  ['kill_switch', 'drain', { kill: 'drain' }, 'xxxx xxx. xxx'],
  ['kill_switch', 'kill', { kill: 'kill' }, 'xxxx xxx. xxx'],
  ['switch', 'emergency.live_data', { off: ['emergency.live_data'] }, 'xxx. .... ...'],
  ['switch', 'emergency.scanners', { off: ['emergency.scanners'] }, '...x xx.. ...'],
  ['switch', 'emergency.writes', { off: ['emergency.writes'] }, '.... .... xxx'],
  ['switch', 'provider.kraken.enabled', { off: ['provider.kraken.enabled'] }, 'xxx. .... ...'],
  ['switch', 'provider.kraken.rest', { off: ['provider.kraken.rest'] }, 'x... .... ...'],
  ['switch', 'provider.kraken.websocket', { off: ['provider.kraken.websocket'] }, '.xx. .... ...'],
  ['switch', 'venue.kraken_usd', { off: ['venue.kraken_usd'] }, 'xxx. .... ...'],
  ['switch', 'venue.kraken', { off: ['venue.kraken'] }, 'xxx. .... ...'],
  ['switch', 'detector.spike', { off: ['detector.spike'] }, '...x .... ...'],
  ['switch', 'publish', { off: ['publish'] }, '.... xx.. ...'],
  ['switch', 'alerts', { off: ['alerts'] }, '.... ..xx ...'],
  ['guard', 'g', { guard: { kind: 'calls', provider: null } }, 'xxx. .... ...'],
  ['guard', 'g', { guard: { kind: 'calls', provider: 'kraken' } }, 'xxx. .... ...'],
  ['guard', 'g', { guard: { kind: 'calls', provider: 'okx' } }, '.... .... ...'],
  ['guard', 'g', { guard: { kind: 'signals' } }, '.... .x.. ...'],
  ['guard', 'g', { guard: { kind: 'calls', provider: null }, isThrowing: true }, 'xxx. .... ...'],
  ['guard', 'g', { guard: { kind: 'signals' }, isThrowing: true }, '.... .x.. ...'],
  ['breaker', 'kraken', { breaker: 'open' }, 'xx.. .... ...'],
  ['breaker', 'kraken', { breaker: 'isolated' }, 'xx.. .... ...'],
];

function authoritiesOf({ mode, kill, off = [], guard, isThrowing = false, breaker }: Situation): Authorities {
  const document = { ...emptyDocument(), mode: mode ?? 'normal' };
  const venues = ['kraken', 'binance'];
  const switches = defaultSwitches(GUIDE_CONFIG.switches, { detectors: ['spike'], venues });
  const quotes = quoteSwitches(GUIDE_CONFIG.switches, venues);
  for (const name of off) switches.set(name, false);
  const results = () => {
    if (isThrowing) throw new Error('no such figure');
    return [{ name: 'g', status: 'BLOCK', message: 'full', metadata: {}, gate: guard! } as const];
  };
  const more = guard === undefined ? [] : [{ name: 'g', gate: guard, results }];
  const breakers = new Breakers(GUIDE_CONFIG.breakers, ['kraken'], 1, START_MS);
  for (const transport of ['rest', 'websocket'] as const) {
    const failed = callFact(START_MS, { transport, outcome: 'timeout', latencyMs: null });
    if (breaker === 'open') for (let i = 0; i < 5; i++) breakers.onCall(failed);
    if (breaker === 'isolated') breakers.isolate(`kraken.${transport}`, 'test', START_MS);
  }
  return {
    latch: latchAt(kill ?? null),
    view: controlView(document, { switches, breakers: [], quotes }, START_MS),
    guards: new Guards(GUIDE_CONFIG.guards, START_MS, more),
    breakers,
  };
}

function latchAt(level: KillLevel | null): KillLatch {
  if (level === null) return INITIAL_LATCH;
  return stepLatch(INITIAL_LATCH, { kind: 'trigger', trigger: 't', level, evidence: 'test', atMs: START_MS });
}

/** `mode halted`, or `allowed`. */
function answer(action: Action, authorities: Authorities): string {
  const permission = permissionFor(action, authorities, START_MS);
  return permission.isAllowed ? 'allowed' : `${permission.refusedBy} ${permission.name}`;
}

function answers(situation: Situation): Record<string, string> {
  const authorities = authoritiesOf(situation);
  return Object.fromEntries(ACTIONS.map((action) => [actionText(action), answer(action, authorities)]));
}

/** A breaker is named by its transport. */
function expectedOf([refusedBy, what, , refused]: (typeof ALONE)[number]): Record<string, string> {
  const marks = refused.replaceAll(' ', '');
  const name = (text: string): string =>
    refusedBy === 'breaker' ? `${what}.${text.startsWith('call') ? 'rest' : 'websocket'}` : what;
  return Object.fromEntries(
    TEXTS.map((text, i) => [text, marks[i] === 'x' ? `${refusedBy} ${name(text)}` : 'allowed']),
  );
}

test('nobody refuses anything while all is well', () => {
  assert.deepEqual(answers({}), Object.fromEntries(TEXTS.map((text) => [text, 'allowed'])));
});

for (const row of ALONE) {
  test(`${row[0]} ${row[1]} alone ${JSON.stringify(row[2])}: refuses ${row[3]}`, () => {
    assert.deepEqual(answers(row[2]), expectedOf(row));
  });
}

test('of any two who refuse, the first in the order mode, kill switch, switch, guard, breaker answers', () => {
  assert.deepEqual(REFUSERS, ['mode', 'kill_switch', 'switch', 'guard', 'breaker']);
  let both = 0;
  for (const first of ALONE) {
    for (const second of ALONE) {
      if (REFUSERS.indexOf(first[0]) >= REFUSERS.indexOf(second[0])) continue;
      const [ofFirst, ofSecond] = [expectedOf(first), expectedOf(second)];
      const expected = TEXTS.map((text) => [text, ofFirst[text] === 'allowed' ? ofSecond[text] : ofFirst[text]]);
      assert.deepEqual(answers({ ...second[2], ...first[2] }), Object.fromEntries(expected), `${first} and ${second}`);
      both += TEXTS.filter((text) => ofFirst[text] !== 'allowed' && ofSecond[text] !== 'allowed').length;
    }
  }
  assert.ok(both > 200, `${both} pairs in which both refuse`);
});

test('of several switches, the widest answers', () => {
  const provider = ['provider.kraken.enabled', 'provider.kraken.rest'];
  const wide = ['emergency.live_data', ...provider, 'venue.kraken', 'venue.kraken_usd'];
  const [call] = ACTIONS as [Action];
  for (const [i, name] of wide.entries()) {
    assert.equal(answer(call, authoritiesOf({ off: wide.slice(i) })), `switch ${name}`);
  }
});

test('what nobody lists is refused', () => {
  const authorities = authoritiesOf({});
  const call = (parts: Partial<Extract<Action, { venue: string }>>) =>
    answer({ kind: 'call', ...KRAKEN, ...parts }, authorities);
  assert.equal(call({ provider: 'mtgox', venue: 'mtgox' }), 'switch provider.mtgox.enabled');
  assert.equal(call({ venue: 'kraken_futures' }), 'switch venue.kraken_futures_usd');
  assert.equal(call({ quote: 'EUR' }), 'switch venue.kraken_eur');
  assert.equal(call({ quote: null }), 'allowed', 'the venue as such, while one of its quotes is on');
});

test('a venue whose quotes are all off is off as such, whatever other venues its name begins', () => {
  const venues = ['binance', 'binance_usdm'];
  const config = {
    ...GUIDE_CONFIG.switches,
    providers: { binance: GUIDE_CONFIG.switches.providers['kraken']! },
    venues: { binance_usdt: false, binance_usdm: true },
  };
  const [switches, quotes] = [defaultSwitches(config, { venues }), quoteSwitches(config, venues)];
  const authorities: Authorities = {
    ...authoritiesOf({}),
    view: controlView(emptyDocument(), { switches, breakers: [], quotes }, START_MS),
  };
  const connect = { kind: 'connect', provider: 'binance', venue: 'binance', quote: null } as const;
  assert.equal(answer(connect, authorities), 'switch venue.binance');
});

test('a provider that switches know but no breaker does is refused', () => {
  const breakers = new Breakers(GUIDE_CONFIG.breakers, [], 1, START_MS);
  const permission = permissionFor(ACTIONS[0]!, { ...authoritiesOf({}), breakers }, START_MS);
  const reason = 'the breaker kraken.rest is unknown';
  assert.deepEqual(permission, { isAllowed: false, refusedBy: 'breaker', name: 'kraken.rest', reason });
});

test('that the kill switch is engaged can be told at every level; only the switch `alerts` silences it', () => {
  const operations: Action = { kind: 'alert', about: 'operations' };
  for (const kill of [undefined, 'pause', 'drain', 'kill'] as const) {
    const situation = kill === undefined ? {} : { kill };
    assert.equal(answer(operations, authoritiesOf(situation)), 'allowed', kill);
    assert.equal(answer(operations, authoritiesOf({ ...situation, off: ['alerts'] })), 'switch alerts', kill);
  }
});

test('a guard that throws says so in the refusal', () => {
  const authorities = authoritiesOf({ guard: { kind: 'calls', provider: null }, isThrowing: true });
  const permission = permissionFor(ACTIONS[0]!, authorities, START_MS);
  assert.deepEqual(permission, {
    isAllowed: false,
    refusedBy: 'guard',
    name: 'g',
    reason: 'guard failed: no such figure',
  });
});

const START: OpsStart = {
  config: {
    ...GUIDE_CONFIG,
    breakers: { default: { ...GUIDE_CONFIG.breakers.default, jitterRatio: 0 }, providers: {} },
  },
  seed: 'test',
  providers: ['kraken'],
  venues: ['kraken'],
  document: emptyDocument(),
  latch: null,
};
const CALL: Action = { kind: 'call', ...KRAKEN };

test('asking changes nothing; beginning uses up the probe of a half-open breaker, and tells of each refusal', () => {
  const run = new OpsRun(START, START_MS);
  for (let i = 0; i < 5; i++) run.onCall(callFact(START_MS, { outcome: 'timeout', latencyMs: null }));
  const openUntilMs = START_MS + 30_000;
  assert.equal(run.begin(CALL, 'XBT/USD', openUntilMs - 1).isAllowed, false);
  for (let i = 0; i < 3; i++) assert.equal(run.isAllowed(CALL, openUntilMs).isAllowed, true);
  run.takeEffects();

  assert.equal(run.begin(CALL, 'XBT/USD', openUntilMs).isAllowed, true, 'the one probe');
  assert.equal(run.isAllowed(CALL, openUntilMs).isAllowed, false);
  assert.equal(run.begin(CALL, 'XBT/USD', openUntilMs).isAllowed, false, 'no second one while it is under way');
  assert.deepEqual(
    run.takeEffects().filter(({ kind }) => kind === 'refused'),
    [
      {
        kind: 'refused',
        action: 'call kraken',
        venue: 'kraken',
        symbol: 'XBT/USD',
        refusedBy: 'breaker',
        name: 'kraken.rest',
        reason: 'the breaker kraken.rest is half_open',
        atMs: openUntilMs,
      },
    ],
  );

  run.onCall(callFact(openUntilMs + 100));
  assert.equal(run.begin(CALL, 'XBT/USD', openUntilMs + 100).isAllowed, true, 'its answer closed the breaker');
});

test('a refusal is told to who asked, and counted for its venue', () => {
  const run = new OpsRun(START, START_MS);
  run.onVenues([venueFact('kraken'), venueFact('okx')], START_MS);
  const refused = () => run.rows(START_MS).flatMap((row) => (row.part === 'refused_requests' ? [row.value] : []));
  assert.equal(run.begin(CALL, 'XBT/USD', START_MS).isAllowed, true);
  run.onCommand({ kind: 'kill_signal', name: 'SIGUSR2' }, START_MS);
  const reason = 'the kill switch is at kill: SIGUSR2';
  const refusal = { isAllowed: false, refusedBy: 'kill_switch', name: 'kill', reason };
  assert.deepEqual(run.begin(CALL, 'XBT/USD', START_MS), refusal);
  assert.deepEqual(run.begin({ kind: 'subscribe', ...KRAKEN }, 'XBT/USD', START_MS), refusal);
  run.isAllowed(CALL, START_MS);
  run.begin({ kind: 'write', what: 'artifact' }, null, START_MS);
  assert.deepEqual(refused(), [2, 0], 'asking is not counted, and files belong to no venue');
});

test('what a switch refuses uses up no probe', () => {
  const run = new OpsRun(
    { ...START, config: { ...START.config, switches: { ...GUIDE_CONFIG.switches, venues: {} } } },
    0,
  );
  for (let i = 0; i < 5; i++) run.onCall(callFact(0, { outcome: 'timeout', latencyMs: null }));
  assert.equal(run.begin(CALL, null, 30_000).isAllowed, false);
  const row = run.rows(30_000).find(({ name }) => name === 'kraken.rest')!;
  assert.match(row.message, /^0 of 1 probes under way/);
});

test('an action without a venue is refused by its own words', () => {
  const run = new OpsRun(START, START_MS);
  run.onCommand({ kind: 'kill_signal', name: 'SIGUSR2' }, START_MS);
  run.takeEffects();
  assert.equal(run.begin({ kind: 'write', what: 'artifact' }, null, START_MS).isAllowed, false);
  assert.deepEqual(run.takeEffects(), [
    {
      kind: 'refused',
      action: 'write artifact',
      venue: null,
      symbol: null,
      refusedBy: 'kill_switch',
      name: 'kill',
      reason: 'the kill switch is at kill: SIGUSR2',
      atMs: START_MS,
    },
  ]);
});
