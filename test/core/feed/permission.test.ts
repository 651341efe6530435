/** Switches, mode and kill switch: what is open is closed within the Input that says so, and opened again when it may be. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FeedCommand } from '../../../src/core/feed/feed-command.ts';
import type { PublicControlDocument } from '../../../src/core/ops/run/ops-input.ts';
import type { AlertRule } from '../../../src/core/signal/detect/alerts-config.ts';
import { changedDocument, FIRST_DOCUMENT, packagedOps, switchSetting } from '../../support/ops-world.ts';
import { config, rule } from '../signal/alert-support.ts';
import { FakeBinance, FakeKraken } from './fake-venues.ts';
import { FeedWorld, newScanner, START_MS, spec, venueConfig } from './feed-world.ts';

const SURVEILLANCE = {
  zscore: { metrics: [], windowSamples: 300, minSamples: 30, minStandardDeviation: 0.0001, resetGapMs: 5000 },
  maxLegAgeMs: 5000,
  maxFundingAgeMs: 120_000,
  depthChangeMs: 60_000,
  spreadWindowMs: 300_000,
};

type Change = Parameters<typeof changedDocument>[1];

class Operated {
  readonly world: FeedWorld;
  readonly kraken = new FakeKraken();
  #document: PublicControlDocument = FIRST_DOCUMENT;

  /** @param venues - the switches of venues, as `ops.yaml` lists them */
  constructor(venues: Record<string, boolean> = { kraken: true, binance: true }, rules: readonly AlertRule[] = []) {
    let world: FeedWorld | undefined;
    const binance = new FakeBinance(() => world?.nowMs ?? START_MS);
    const packaged = packagedOps();
    const ops = {
      config: { ...packaged, switches: { ...packaged.switches, venues } },
      seed: 'test',
      providers: ['kraken', 'binance'],
      venues: ['kraken', 'binance'],
      document: FIRST_DOCUMENT,
      latch: null,
    };
    world = new FeedWorld(
      { kraken: this.kraken, binance },
      { kraken: venueConfig(), binance: venueConfig({ provider: 'binance' }) },
      [
        spec('kraken', 'BTC/USD', { depth: 10 }),
        spec('kraken', 'BTC/EUR', { depth: 10, quote: 'EUR' }),
        spec('binance', 'BTCUSDT', { quote: 'USDT' }),
      ],
      { ops, signal: { surveillance: SURVEILLANCE, alerts: config(rules), stored: { alerts: [], silences: [] } } },
    );
    this.world = world;
    world.run(3000);
    assert.equal(world.state('kraken'), 'live');
    assert.equal(world.state('binance'), 'live');
  }

  control(change: Change): void {
    this.#document = changedDocument(this.#document, change);
    const { nowMs } = this.world;
    this.world.step({
      kind: 'command',
      command: { kind: 'control', document: this.#document },
      receiveTimeMs: nowMs,
    });
  }

  setSwitch(name: string, isOn: boolean): void {
    const setting = switchSetting(isOn, this.#document.revision + 1, this.world.nowMs);
    this.control({ switches: { ...this.#document.switches, [name]: setting } });
  }

  kill(level: 'pause' | 'drain' | 'kill'): void {
    const { nowMs } = this.world;
    const engagement = { level, engagedAtMs: nowMs, reason: 'test', operator: 'ann' } as const;
    const revision = this.#document.revision + 1;
    this.control({ kill: { kind: 'engaged', ...engagement, source: 'command', trigger: null, revision } });
  }

  release(): void {
    const revision = this.#document.revision + 1;
    this.control({ kill: { kind: 'released', releasedAtMs: this.world.nowMs, revision } });
  }

  /** Names of venues with sockets, sorted. */
  get connected(): string[] {
    return [...new Set([...this.world.up.values()].map(({ venue }) => venue))].sort();
  }
}

const BOTH = ['binance', 'kraken'];

const CLOSES: readonly (readonly [
  what: string,
  close: (operated: Operated) => void,
  open: (operated: Operated) => void,
  left: readonly string[],
])[] = [
  [
    'the venue',
    (one) => one.setSwitch('venue.kraken', false),
    (one) => one.setSwitch('venue.kraken', true),
    ['binance'],
  ],
  [
    'its provider',
    (one) => one.setSwitch('provider.kraken.enabled', false),
    (one) => one.setSwitch('provider.kraken.enabled', true),
    ['binance'],
  ],
  [
    'its WebSockets',
    (one) => one.setSwitch('provider.kraken.websocket', false),
    (one) => one.setSwitch('provider.kraken.websocket', true),
    ['binance'],
  ],
  [
    'all live data',
    (one) => one.setSwitch('emergency.live_data', false),
    (one) => one.setSwitch('emergency.live_data', true),
    [],
  ],
  ['the mode halted', (one) => one.control({ mode: 'halted' }), (one) => one.control({ mode: 'normal' }), []],
  ['the kill switch', (one) => one.kill('kill'), (one) => one.release(), []],
  ['a pause', (one) => one.kill('pause'), (one) => one.release(), BOTH],
  ['a drain', (one) => one.kill('drain'), (one) => one.release(), BOTH],
];

for (const [what, close, open, left] of CLOSES) {
  test(`${what}: closed at once but ${left.join(' and ') || 'none'}, and back afterwards`, () => {
    const operated = new Operated();
    const { world } = operated;
    close(operated);
    assert.deepEqual(operated.connected, left, 'within the same Input');
    const isOff = !left.includes('kraken');
    assert.equal(world.book('BTC/USD') === 'live', !isOff);
    assert.equal(world.state('kraken'), isOff ? 'off' : 'live');
    const before = world.opened.length;
    const asked = world.requests.length;
    world.run(30_000);
    assert.equal(world.opened.length, before, 'nothing is opened meanwhile');
    assert.equal(world.requests.length, asked, 'nothing is asked for meanwhile');
    open(operated);
    world.run(5000);
    assert.deepEqual(operated.connected, BOTH);
    for (const symbol of ['BTC/USD', 'BTC/EUR', 'BTCUSDT']) assert.equal(world.book(symbol), 'live', symbol);
  });
}

test('one quote of a venue: its streams are unsubscribed, its books are no books, the others go on', () => {
  const operated = new Operated({ kraken_usd: true, kraken_eur: true, binance: true });
  const { world } = operated;
  operated.setSwitch('venue.kraken_eur', false);
  assert.notEqual(world.book('BTC/EUR'), 'live');
  world.run(1000);
  assert.deepEqual(
    [...operated.kraken.topics.get([...world.up.keys()].find((n) => world.up.get(n)!.venue === 'kraken')!)!].sort(),
    ['book:BTC/USD', 'ticker:BTC/USD', 'trade:BTC/USD'],
  );
  assert.equal(world.book('BTC/USD'), 'live');
  assert.equal(world.state('kraken'), 'live');
  operated.setSwitch('venue.kraken_eur', true);
  world.run(2000);
  assert.equal(world.book('BTC/EUR'), 'live');
});

test('a drain lets nothing new begin: who is lost stays away', () => {
  const operated = new Operated();
  const { world } = operated;
  operated.kill('drain');
  for (const connection of [...world.up.keys()]) world.drop(connection);
  world.run(60_000);
  assert.deepEqual(operated.connected, []);
  const refusals = world.of('refused').filter(({ action }) => action === 'connect kraken');
  assert.equal(refusals.length, 1, 'told once');
});

test('ops reconnect: every connection of the venue anew, the other venue untouched', () => {
  const operated = new Operated();
  const { world } = operated;
  world.command({ kind: 'reconnect', venue: 'kraken', actor: 'eve', reason: 'test' });
  assert.deepEqual(operated.connected, ['binance']);
  world.run(4000);
  assert.deepEqual(operated.connected, BOTH);
  assert.equal(world.book('BTC/USD'), 'live');
});

const order = (what: 'resync' | 'reconnect', venue: string, symbol = 'BTC/USD'): FeedCommand =>
  what === 'resync'
    ? { kind: what, venue, symbol, actor: 'ann', reason: 'odd' }
    : { kind: what, venue, actor: 'ann', reason: 'odd' };

const ORDERS: readonly (readonly [when: string, (operated: Operated) => void, FeedCommand, refusal: string | null])[] =
  [
    ['all is well', () => {}, order('resync', 'kraken'), null],
    ['all is well', () => {}, order('reconnect', 'binance'), null],
    ['draining', (one) => one.kill('drain'), order('reconnect', 'kraken'), 'the kill switch is at drain: test'],
    ['draining', (one) => one.kill('drain'), order('resync', 'kraken'), 'the kill switch is at drain: test'],
    [
      'draining',
      (one) => one.kill('drain'),
      order('resync', 'binance', 'BTCUSDT'),
      'the kill switch is at drain: test',
    ],
    ['killed', (one) => one.kill('kill'), order('reconnect', 'kraken'), 'the kill switch is at kill: test'],
    [
      'switched off',
      (one) => one.setSwitch('venue.kraken', false),
      order('resync', 'kraken'),
      'the switch venue.kraken is off',
    ],
    ['there is no such symbol', () => {}, order('resync', 'kraken', 'NO/PE'), 'the feed of kraken has no NO/PE'],
    [
      'the symbol is of another venue',
      () => {},
      order('resync', 'kraken', 'BTCUSDT'),
      'the feed of kraken has no BTCUSDT',
    ],
    ['there is no such venue', () => {}, order('reconnect', 'okx'), 'there is no feed of okx'],
  ];

for (const [when, prepare, command, refusal] of ORDERS) {
  const { kind, venue } = command;
  const symbol = command.kind === 'resync' ? command.symbol : null;
  test(`${kind} ${venue} ${symbol ?? ''} when ${when}: ${refusal ?? 'obeyed'}`, () => {
    const operated = new Operated();
    const { world } = operated;
    prepare(operated);
    const before = { open: operated.connected, book: world.book('BTC/USD') };
    world.command(command);
    const [{ stepMs: _, ...told }] = world.of('feed_ordered') as unknown as [{ stepMs: number }];
    const said = { order: kind, venue, symbol, actor: 'ann', reason: 'odd', refusal, atMs: world.nowMs };
    assert.deepEqual(told, { kind: 'feed_ordered', ...said });
    if (refusal !== null) assert.deepEqual({ open: operated.connected, book: world.book('BTC/USD') }, before);
    world.run(30_000);
    assert.deepEqual({ open: operated.connected, book: world.book('BTC/USD') }, before, 'as before, or again');
  });
}

test('a connection that is given up while it opens leaves its breaker a probe', () => {
  const operated = new Operated();
  const { world, kraken } = operated;
  const breaker = (): string =>
    world.scanner.ops!.rows(world.nowMs).find(({ name }) => name === 'kraken.websocket')!.value as string;
  kraken.mischief.open = { kind: 'refuse', retryAfterMs: null };
  world.drop([...world.up].find(([, { venue }]) => venue === 'kraken')![0]);
  world.run(20_000);
  assert.match(breaker(), /open/i);
  // The probe goes, and is given up before anybody answers.
  kraken.mischief.open = { kind: 'silence' };
  const opened = world.opened.length;
  while (world.opened.length === opened) world.run(1000);
  operated.setSwitch('venue.kraken', false);
  world.run(1000);
  kraken.mischief.open = { kind: 'accept', texts: [] };
  operated.setSwitch('venue.kraken', true);
  world.run(10_000);
  assert.equal(world.state('kraken'), 'live', 'at once, not when the lease of the lost probe has run out');
});

test('alerts about a quote, or a venue, that is switched off end with it, begin anew when it is on, and replay', () => {
  // Every book of ours has a spread.
  const always = rule({ type: 'always', metric: 'spread_bps', thresholds: { '*': { threshold: 0, zscore: null } } });
  const operated = new Operated({ kraken_usd: true, kraken_eur: true, binance: true }, [always]);
  const { world } = operated;
  const told = () =>
    world
      .of('alert')
      .filter(({ change }) => change !== 'updated')
      .map(({ change, alert }) => `${alert.instrument} ${change} ${alert.resolution?.kind ?? ''}`.trim());
  // Of the exchange's time the fake says nothing else.
  const [kraken] = [...world.up].find(([, { venue }]) => venue === 'kraken')!;
  const trade = { symbol: 'BTC/USD', side: 'buy', price: 100.1, qty: 1, ord_type: 'limit', trade_id: 1 };
  const timestamp = new Date(world.nowMs).toISOString();
  world.say(kraken, JSON.stringify({ channel: 'trade', type: 'update', data: [{ ...trade, timestamp }] }));
  world.run(5000);
  const all = ['binance:BTCUSDT', 'kraken:BTC/EUR', 'kraken:BTC/USD'];
  assert.deepEqual(told().sort(), all.flatMap((id) => [`${id} fired`]).sort());
  world.effects.length = 0;
  operated.setSwitch('venue.kraken_eur', false);
  assert.deepEqual(told(), ['kraken:BTC/EUR resolved switched_off'], 'with the Input that says so');
  world.run(5000);
  operated.setSwitch('venue.kraken', false);
  world.run(5000);
  assert.deepEqual(told().slice(1), ['kraken:BTC/USD resolved switched_off']);
  operated.setSwitch('venue.kraken', true);
  world.run(8000);
  assert.deepEqual(told().slice(2), ['kraken:BTC/USD fired']);

  const replay = newScanner();
  for (const input of world.inputs) replay.step(input);
  assert.deepEqual(replay.closing(), world.scanner.closing());
});
