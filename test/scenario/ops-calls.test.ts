/**
 * Every request that the core makes of a venue asks first. Two books lose an update at once: Binance's needs a REST call to
 * recover, Kraken's a new subscription. What is refused is not asked for, and the refusal names who refused.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OpsConfig } from '../../src/core/ops/ops-config.ts';
import type { OpsStart } from '../../src/core/ops/run/ops-input.ts';
import type { Effect } from '../../src/core/scan/effect.ts';
import { Scanner } from '../../src/core/scan/scanner.ts';
import { decodeText } from '../support/codec-harness.ts';
import { isolation, MINUTE, OpsWorld, packagedOps, SECOND, T0 } from '../support/ops-world.ts';

interface Row {
  readonly when: string;
  readonly binance: string;
  readonly kraken: string;
  readonly config?: (config: OpsConfig) => OpsConfig;
  readonly start?: Partial<OpsStart>;
  /** Done after both books went live. */
  readonly given?: (world: OpsWorld) => void;
}

const ASKED = { binance: 'request_depth_snapshot', kraken: 'resubscribe' } as const;

/** As told in the effect `refused`: who, and which one. */
function by(...[binance, kraken = binance]: string[]) {
  return { binance: binance!, kraken: kraken! };
}

const ENGAGED = {
  kind: 'engaged',
  level: 'drain',
  engagedAtMs: T0 - MINUTE,
  reason: 'of the run before',
  operator: 'ann',
  source: 'command',
  trigger: null,
  seenRevision: 0,
  releaseAfterRevision: 0,
  fileAtMs: null,
} as const;

function calls(world: OpsWorld, times: number, parts: Parameters<OpsWorld['call']>[0]): void {
  for (let i = 0; i < times; i++) world.call(parts);
}

function off(...names: string[]): (world: OpsWorld) => void {
  return (world) => {
    for (const name of names) world.setSwitch(name, false);
  };
}

const ROWS: readonly Row[] = [
  { when: 'nothing refuses', ...ASKED },

  { when: 'the mode is observe: feeds go on', ...ASKED, given: (world) => world.control({ mode: 'observe' }) },
  { when: 'the mode is halted', ...by('mode halted'), given: (world) => world.control({ mode: 'halted' }) },

  { when: 'an operator pauses: books go on', ...ASKED, given: (world) => world.engage('pause') },
  { when: 'an operator drains', ...by('kill_switch drain'), given: (world) => world.engage('drain') },
  { when: 'an operator kills', ...by('kill_switch kill'), given: (world) => world.engage('kill') },
  {
    when: 'an operator kills and releases',
    ...ASKED,
    given: (world) => {
      world.engage('kill');
      world.release();
    },
  },
  {
    when: 'a KILL file appears that says drain',
    ...by('kill_switch drain'),
    given: (world) => world.command({ kind: 'kill_file', engagement: { ...ENGAGED, source: 'file' }, changedAtMs: T0 }),
  },
  {
    when: 'somebody touches KILL',
    ...by('kill_switch kill'),
    given: (world) => world.command({ kind: 'kill_file', engagement: null, changedAtMs: T0 }),
  },
  {
    when: 'a KILL file appears and is removed again: that releases nothing',
    ...by('kill_switch kill'),
    given: (world) => {
      world.command({ kind: 'kill_file', engagement: null, changedAtMs: T0 });
      world.command({ kind: 'kill_file_removed' });
    },
  },
  {
    when: 'SIGUSR2 arrives',
    ...by('kill_switch kill'),
    given: (world) => world.command({ kind: 'kill_signal', name: 'SIGUSR2' }),
  },
  { when: 'the run before was latched at drain', ...by('kill_switch drain'), start: { latch: ENGAGED } },
  { when: 'the control store was initialised and is unreadable', ...by('kill_switch kill'), start: { document: null } },

  { when: 'live data is off', ...by('switch emergency.live_data'), given: off('emergency.live_data') },
  {
    when: 'the scanners are off: they only read what the feeds make',
    ...ASKED,
    given: off('emergency.scanners', 'publish', 'alerts', 'emergency.writes'),
  },
  {
    when: 'the providers are off',
    ...by('switch provider.binance.enabled', 'switch provider.kraken.enabled'),
    given: off('provider.binance.enabled', 'provider.kraken.enabled'),
  },
  {
    when: "the providers' REST is off, which a subscription does not need",
    ...by('switch provider.binance.rest', ASKED.kraken),
    given: off('provider.binance.rest', 'provider.kraken.rest'),
  },
  {
    when: "the providers' WebSocket is off, which a REST call does not need",
    ...by(ASKED.binance, 'switch provider.kraken.websocket'),
    given: off('provider.binance.websocket', 'provider.kraken.websocket'),
  },
  {
    when: 'another provider is off',
    ...ASKED,
    given: off('provider.okx.enabled', 'venue.okx_usdt', 'venue.binance_usdm'),
  },
  {
    when: 'the venues are off',
    ...by('switch venue.binance_usdt', 'switch venue.kraken_usd'),
    given: off('venue.binance_usdt', 'venue.kraken_usd'),
  },
  {
    when: 'a switch is off for one minute, and that is over',
    ...ASKED,
    given: (world) => {
      world.setSwitch('emergency.live_data', false, MINUTE);
      world.nowMs += MINUTE;
    },
  },
  {
    when: 'a switch is off for one minute, and that is over but for a second',
    ...by('switch emergency.live_data'),
    given: (world) => {
      world.setSwitch('emergency.live_data', false, MINUTE);
      world.nowMs += MINUTE - 2 * SECOND;
    },
  },
  {
    when: 'no config lists the providers',
    ...by('switch provider.binance.enabled', 'switch provider.kraken.enabled'),
    config: (config) => ({ ...config, switches: { ...config.switches, providers: {} } }),
  },
  {
    when: 'no config lists the venues',
    ...by('switch venue.binance', 'switch venue.kraken'),
    config: (config) => ({ ...config, switches: { ...config.switches, venues: {} } }),
  },

  {
    // 95 % of 3600 calls an hour; OKX's, so that only the common budget is used up.
    when: 'the budget of all providers is used up',
    ...by('guard budget'),
    given: (world) => calls(world, 3420, { provider: 'okx' }),
  },
  {
    when: 'one call is left of the budget',
    ...ASKED,
    given: (world) => calls(world, 3419, { provider: 'okx' }),
  },
  {
    when: 'the quotas of ten seconds are used up: 100 and 10 calls',
    ...by('guard binance', 'guard kraken'),
    given: (world) => {
      calls(world, 100, { provider: 'binance' });
      // Kraken's counter stays under 95 % of 15.
      calls(world, 10, { provider: 'kraken', weight: 1 });
    },
  },
  {
    when: 'one call is left of each quota',
    ...ASKED,
    given: (world) => {
      calls(world, 99, { provider: 'binance' });
      calls(world, 9, { provider: 'kraken', weight: 1 });
    },
  },
  {
    // Binance: 5700 of 6000; Kraken: 15 less 0.33, a second later, is 97.8 % of 15.
    when: "the providers' own budgets are used up to 95 %, by the server's word and by ours",
    ...by('guard budget_binance', 'guard budget_kraken'),
    given: (world) => {
      world.call({ serverWeight: { used: 5700, windowMs: MINUTE } });
      world.call({ provider: 'kraken', weight: 15 });
    },
  },
  {
    when: 'the providers have banned us for a minute',
    ...by('guard budget_binance', 'guard budget_kraken'),
    given: (world) => {
      world.call({ outcome: 'banned', retryAfterMs: MINUTE });
      world.call({ provider: 'kraken', outcome: 'rate_limited', retryAfterMs: MINUTE });
    },
  },

  {
    when: 'the REST breakers are open, which a subscription does not ask',
    ...by('breaker binance.rest', ASKED.kraken),
    given: (world) => {
      calls(world, 5, { outcome: 'timeout', latencyMs: null });
      calls(world, 3, { provider: 'kraken', outcome: 'timeout', latencyMs: null });
    },
  },
  {
    when: 'one failure is missing for the breaker to open',
    ...ASKED,
    given: (world) => calls(world, 4, { outcome: 'timeout', latencyMs: null }),
  },
  {
    when: 'the WebSocket breakers are open: that is for opening connections',
    ...ASKED,
    given: (world) => {
      calls(world, 5, { transport: 'websocket', outcome: 'failed', latencyMs: null });
      calls(world, 5, { provider: 'kraken', transport: 'websocket', outcome: 'failed', latencyMs: null });
    },
  },
  {
    when: 'an operator isolates the REST breakers',
    ...by('breaker binance.rest', ASKED.kraken),
    given: (world) =>
      world.control({ isolatedBreakers: { 'binance.rest': isolation(T0), 'kraken.rest': isolation(T0) } }),
  },
  {
    when: 'an operator isolates the REST breaker and takes it back',
    ...ASKED,
    given: (world) => {
      world.control({ isolatedBreakers: { 'binance.rest': isolation(T0) } });
      world.control({ isolatedBreakers: {} });
    },
  },
];

/** What came of what a venue's book wanted. */
function answerOf(effects: readonly Effect[], venue: string, symbol: string): string {
  const answers = effects.flatMap((effect) => {
    if (!('symbol' in effect) || effect.venue !== venue) return [];
    assert.equal(effect.symbol, symbol);
    if (effect.kind === 'refused') return [`${effect.refusedBy} ${effect.name}`];
    return effect.kind === 'request_depth_snapshot' || effect.kind === 'resubscribe' ? [effect.kind] : [];
  });
  assert.equal(answers.length, 1, `${venue}: ${answers.join(', ')}`);
  return answers[0]!;
}

const config = packagedOps();

for (const row of ROWS) {
  test(`${row.when}: ${row.binance === row.kraken ? row.binance : `${row.binance}, ${row.kraken}`}`, () => {
    const world = new OpsWorld(row.config?.(config) ?? config, row.start);
    world.connect();
    row.given?.(world);
    world.nowMs += SECOND;
    const binance = world.binanceUpdate(1);
    const kraken = world.krakenUpdate(0);
    assert.deepEqual(
      { binance: answerOf(binance, 'binance', 'BTCUSDT'), kraken: answerOf(kraken, 'kraken', 'BTC/USD') },
      { binance: row.binance, kraken: row.kraken },
    );
    const gaps = [...binance, ...kraken].filter(({ kind }) => kind === 'gap_opened');
    assert.equal(gaps.length, 2, 'the loss itself is told whatever is allowed');
  });
}

test('a refusal says what was refused, for what, and why', () => {
  const world = new OpsWorld(config);
  world.connect();
  world.engage('drain');
  assert.deepEqual(
    world.binanceUpdate(1).find(({ kind }) => kind === 'refused'),
    {
      kind: 'refused',
      action: 'call binance',
      venue: 'binance',
      symbol: 'BTCUSDT',
      refusedBy: 'kill_switch',
      name: 'drain',
      reason: 'the kill switch is at drain: test',
      atMs: T0,
    },
  );
});

test('a run without an operations core refuses nothing', () => {
  const world = new OpsWorld(config);
  const { ops: _none, ...start } = world.start;
  const bare = new Scanner({ decodeText });
  bare.step(start);
  world.connect();
  world.binanceUpdate(1);
  const effects = world.inputs.flatMap((input) => [...bare.step(input)]);
  assert.equal(effects.filter(({ kind }) => kind === 'request_depth_snapshot').length, 2, 'the first, and the gap');
  assert.equal(bare.ops, null);
});
