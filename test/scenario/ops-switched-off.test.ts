/**
 * What operators switched off is not judged; the same venue, down by itself, counts in full. Through the Scanner, with the
 * packaged limits: two venues, 600 000 USD deep, judged once a second.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/core/base/json.ts';
import type { StatusRow } from '../../src/core/ops/status.ts';
import { Scanner } from '../../src/core/scan/scanner.ts';
import { decodeText } from '../support/codec-harness.ts';
import { OpsWorld, packagedOps, SECOND } from '../support/ops-world.ts';

type Venue = 'binance' | 'kraken';

/** Ready, graded A and armed, before anything happens. */
class CalmWorld extends OpsWorld {
  readonly #down = new Set<Venue>();

  constructor() {
    super(packagedOps());
    this.connect();
    this.seconds(70);
  }

  seconds(count: number): void {
    for (let i = 0; i < 4 * count; i++) {
      this.nowMs += SECOND / 4;
      this.pulse();
      if (!this.#down.has('binance')) this.binanceUpdate();
      // Ten frames a second by one venue alone.
      for (let j = 0; j < 3; j++) if (!this.#down.has('kraken')) this.krakenUpdate();
      if (i % 4 === 3) this.host();
    }
  }

  /** Its sockets close, whoever wanted it. */
  down(...venues: Venue[]): void {
    for (const venue of venues) {
      this.#down.add(venue);
      this.link(venue, 'down');
    }
  }

  up(...venues: Venue[]): void {
    for (const venue of venues) {
      this.#down.delete(venue);
      this.link(venue);
      if (venue === 'kraken') this.krakenSnapshot();
      else {
        this.binanceUpdate();
        this.binanceSnapshot();
        this.binanceUpdate();
      }
    }
  }

  row(category: StatusRow['category'], name: string, part: string | null = null): StatusRow {
    return rowOf(this.scanner, this.nowMs, category, name, part);
  }

  /** What the venue guard and the KPI say. */
  get venues(): string[] {
    const [guard, kpi] = [this.row('guard', 'venue_health'), this.row('kpi', 'healthy_venue_count')];
    return [`${guard.status}: ${guard.message}`, `${kpi.status} ${kpi.value}/${kpi.total} ${kpi.message}`];
  }

  get grade(): string {
    const { value, status, message } = this.row('health', 'grade');
    return `${value ?? status}: ${message}`;
  }

  /** Every change of the grade and every trigger that fired. */
  get alarms(): string[] {
    return this.effects.flatMap((effect) => {
      if (effect.kind === 'health_grade_changed') return effect.from === null ? [] : [`${effect.from} -> ${effect.to}`];
      return effect.kind === 'engage_kill_switch' ? [effect.trigger] : [];
    });
  }
}

function rowOf(scanner: Scanner, nowMs: number, category: string, name: string, part: string | null): StatusRow {
  const found = scanner
    .ops!.rows(nowMs)
    .find((row) => row.category === category && row.name === name && row.part === part);
  assert.ok(found, `no row ${category} ${name} ${part}`);
  return found;
}

const TEN_MINUTES = 600;

for (const name of ['venue.kraken', 'venue.kraken_usd', 'provider.kraken.enabled', 'provider.kraken.websocket']) {
  test(`a venue that ${name} keeps off counts for nothing, and is listed`, () => {
    const world = new CalmWorld();
    world.setSwitch(name, false);
    world.down('kraken');
    world.seconds(TEN_MINUTES);
    assert.deepEqual(world.alarms, []);
    assert.equal(world.grade, 'A: score 100.0');
    assert.deepEqual(world.venues, ['OK: 1/1 venues healthy; off: kraken', 'OK 1/1 off: kraken']);
    const off = name === 'venue.kraken_usd' ? 'venue.kraken' : name;
    const health = world.row('venue', 'kraken', 'health');
    assert.deepEqual([health.value, health.status, health.message], ['off', null, `the switch ${off} is off`]);
    assert.equal(world.row('kpi', 'gaps_per_hour').value, 0, 'closing it was no gap');

    world.setSwitch(name, true);
    world.up('kraken');
    world.seconds(60);
    assert.deepEqual(world.alarms, []);
    assert.deepEqual(world.venues, ['OK: 2/2 venues healthy', 'OK 2/2 ']);
    assert.equal(world.row('venue', 'kraken', 'uptime_percent').value, 100);
    assert.equal(world.row('kpi', 'gaps_per_hour').value, 0);
  });
}

/** The venue is as silent as above, but nobody has switched it off. */
const DOWN: readonly (readonly [what: string, happens: (world: CalmWorld) => void])[] = [
  ['by itself', () => {}],
  ['while only its REST is off', (world) => void world.setSwitch('provider.kraken.rest', false)],
  ['while another provider is off', (world) => void world.setSwitch('provider.okx.enabled', false)],
  [
    'while an operator isolates its breaker',
    (world) => {
      const isolated = { sinceMs: world.nowMs, reason: 'test', actor: { user: 'ann', host: 'box', via: 'cli' } };
      world.control({ isolatedBreakers: { 'kraken.websocket': isolated } });
    },
  ],
  ['while a pause lets nothing out', (world) => void world.engage('pause')],
];

for (const [what, happens] of DOWN) {
  test(`a venue that is down ${what} counts in full`, () => {
    const world = new CalmWorld();
    happens(world);
    world.down('kraken');
    world.seconds(TEN_MINUTES);
    assert.deepEqual(world.alarms, ['A -> B']);
    assert.match(world.grade, /^B: score 8\d\.\d; venues caps at B: 1 of 2 venues healthy/);
    const [guard, kpi] = world.venues;
    assert.match(guard!, /^WARN: 1\/2 venues healthy; kraken: nothing heard for \d+ s, uptime 1\d\.\d+% < 95%/);
    assert.match(kpi!, /^WARN 1\/2 unhealthy: kraken/);
    assert.equal(world.row('kpi', 'gaps_per_hour').value, 1);
  });
}

/** Everything off for ten minutes: how, how back, and what each venue then says. */
const ALL_OFF: readonly (readonly [what: string, off: (world: CalmWorld) => void, on: (world: CalmWorld) => void])[] = [
  [
    'live data',
    (world) => void world.setSwitch('emergency.live_data', false),
    (world) => void world.setSwitch('emergency.live_data', true),
  ],
  [
    'the mode halted',
    (world) => void world.control({ mode: 'halted' }),
    (world) => void world.control({ mode: 'normal' }),
  ],
  ['a drain', (world) => void world.engage('drain'), (world) => void world.release()],
];

for (const [what, off, on] of ALL_OFF) {
  test(`${what}: with every venue off, data is not applicable, and nothing is a failure`, () => {
    const world = new CalmWorld();
    off(world);
    world.down('binance', 'kraken');
    world.seconds(TEN_MINUTES);
    assert.deepEqual(world.alarms, []);
    assert.equal(world.grade, 'A: score 100.0');
    assert.equal(world.row('health', 'data_quality').value, 'not_applicable');
    assert.deepEqual(world.venues, [
      'null: not applicable, off: binance, kraken',
      'null null/null not applicable, off: binance, kraken',
    ]);
    assert.equal(world.row('kpi', 'message_rate_per_second').message, 'not applicable, off: binance, kraken');

    on(world);
    world.up('binance', 'kraken');
    world.seconds(10);
    assert.deepEqual(world.alarms, []);
    assert.deepEqual(world.venues, ['OK: 2/2 venues healthy', 'OK 2/2 ']);
    assert.equal(world.row('kpi', 'message_rate_per_second').status, 'OK', 'over the time that it was on');
    assert.equal(world.row('health', 'data_quality').value, 100);
  });
}

test('both venues silent, and nobody switched them off: the data is stale, and the pipeline is stopped', () => {
  const world = new CalmWorld();
  world.down('binance', 'kraken');
  world.seconds(TEN_MINUTES);
  assert.deepEqual(world.alarms.slice(-1), ['data_pipeline_silent']);
  assert.ok(
    world.alarms.some((alarm) => /-> [DF]$/.test(alarm)),
    world.alarms.join(', '),
  );
});

test('a venue that is switched on and does not come is left alone for a minute, and then counts', () => {
  const world = new CalmWorld();
  world.setSwitch('venue.kraken', false);
  world.down('kraken');
  world.seconds(TEN_MINUTES);
  world.setSwitch('venue.kraken', true);
  world.seconds(59);
  assert.deepEqual(world.alarms, []);
  assert.deepEqual(world.venues, ['OK: 1/1 venues healthy; starting: kraken', 'OK 1/1 starting: kraken']);
  world.seconds(3);
  assert.deepEqual(world.alarms, ['A -> B']);
  assert.match(world.venues[0]!, /^WARN: 1\/2 venues healthy; kraken: uptime 0\.00% < 95%/);
  // Its hour of uptime begins when it was due.
  world.seconds(28);
  world.up('kraken');
  world.seconds(60);
  const uptime = Number(world.row('venue', 'kraken', 'uptime_percent').value);
  assert.ok(uptime > 64 && uptime < 68, `60 of 90 s: ${uptime}`);
});

test('switched off, and everything silent for longer than the pipeline may be: the other venue still decides', () => {
  const world = new CalmWorld();
  world.setSwitch('venue.kraken', false);
  world.down('kraken');
  world.seconds(10);
  world.down('binance');
  world.seconds(310);
  assert.deepEqual(world.alarms.slice(-1), ['data_pipeline_silent']);
});

test('saved and restored while one venue is off and another starting, it goes on as if nothing had been', () => {
  const world = new CalmWorld();
  world.setSwitch('venue.kraken', false);
  world.setSwitch('venue.binance', false);
  world.down('kraken', 'binance');
  world.seconds(20);
  world.setSwitch('venue.binance', true);
  world.seconds(3);
  const restored = new Scanner({ decodeText });
  restored.step({ ...world.start, restoredState: JSON.parse(JSON.stringify(world.scanner.save())) as JsonObject });
  const before = world.inputs.length;
  world.up('binance');
  world.seconds(20);
  world.setSwitch('venue.kraken', true);
  world.up('kraken');
  world.seconds(20);
  for (const input of world.inputs.slice(before)) restored.step(input);
  assert.deepEqual(restored.ops!.rows(world.nowMs), world.scanner.ops!.rows(world.nowMs));
  assert.deepEqual(JSON.parse(JSON.stringify(restored.save())), JSON.parse(JSON.stringify(world.scanner.save())));
});
