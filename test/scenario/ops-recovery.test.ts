/** What a scanner forgives, and when: a lost connection, a bad hour of a venue, a drain, a refused request. Through the Scanner. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/core/base/json.ts';
import type { OpsConfig } from '../../src/core/ops/ops-config.ts';
import type { StatusRow } from '../../src/core/ops/status.ts';
import { Scanner } from '../../src/core/scan/scanner.ts';
import { decodeText } from '../support/codec-harness.ts';
import { MINUTE, OpsWorld, packagedOps, SECOND } from '../support/ops-world.ts';

class QuietWorld extends OpsWorld {
  constructor(config: OpsConfig = packagedOps()) {
    super(config);
    this.connect();
  }

  /** @param isSilent - no frames: the sockets are closed */
  seconds(count: number, isSilent = false): void {
    for (let i = 0; i < 4 * count; i++) {
      this.nowMs += SECOND / 4;
      this.pulse();
      if (!isSilent) {
        this.binanceUpdate();
        this.krakenUpdate();
      }
      if (i % 4 === 3) this.host();
    }
  }

  row(category: StatusRow['category'], name: string, part: string | null = null): StatusRow | undefined {
    const rows = this.scanner.ops!.rows(this.nowMs);
    return rows.find((row) => row.category === category && row.name === name && row.part === part);
  }

  get grade(): StatusRow['value'] {
    return this.row('health', 'grade')?.value ?? null;
  }

  /** `armed`, `disarmed: not ready yet`, `disarmed: warming 12 s`. */
  get memoryTrigger(): string {
    const { value, message } = this.row('trigger', 'memory')!;
    return value === 'disarmed' ? `${value}: ${message}` : String(value);
  }
}

/** Whatever happens is no reason to stop: what the kill switch closes is not judged. */
function untriggered(): OpsConfig {
  const config = packagedOps();
  return {
    ...config,
    killSwitch: { ...config.killSwitch, triggers: { ...config.killSwitch.triggers, enabled: false } },
  };
}

test('a connection that is lost and comes back costs no grade; a lost update does', () => {
  const world = new QuietWorld();
  world.seconds(60);
  assert.equal(world.grade, 'A');
  world.disconnect();
  world.seconds(2, true);
  world.connect();
  // Two venues of two without books for two seconds: the better grade has to hold.
  world.seconds(301);
  assert.equal(world.grade, 'A');
  assert.equal(world.row('kpi', 'gaps_per_hour')!.value, 2, 'told all the same');

  world.krakenUpdate(0);
  world.krakenSnapshot();
  world.seconds(301);
  assert.equal(world.grade, 'B');
  assert.match(world.row('health', 'grade')!.message, /critical_errors caps at B: 1 critical errors in 24 h/);
});

test('a lost connection stays what it was when the run is saved and restored while the book is stale', () => {
  const world = new QuietWorld();
  world.seconds(60);
  world.disconnect();
  world.seconds(1, true);
  const restored = new Scanner({ decodeText });
  const restoredState = JSON.parse(JSON.stringify(world.scanner.save())) as JsonObject;
  restored.step({ ...world.start, restoredState });
  const before = world.inputs.length;
  world.connect();
  world.seconds(20);
  for (const input of world.inputs.slice(before)) restored.step(input);
  assert.deepEqual(restored.ops!.rows(world.nowMs), world.scanner.ops!.rows(world.nowMs));
  assert.deepEqual(restored.save(), JSON.parse(JSON.stringify(world.scanner.save())));
});

test('uptime is of its window: a venue that was down for ten minutes is healthy again when they have left it', () => {
  const config = untriggered();
  const { guards } = config;
  const venueHealth = { ...guards.venueHealth, uptimeWindowSeconds: 1800 };
  const world = new QuietWorld({ ...config, guards: { ...guards, venueHealth } });
  const uptime = () => Math.round(Number(world.row('venue', 'kraken', 'uptime_percent')!.value));
  const health = () => [world.row('venue', 'kraken', 'health')?.value, world.row('guard', 'venue_health')?.status];
  world.seconds(1200);
  assert.deepEqual([uptime(), ...health()], [100, 'healthy', 'OK']);
  world.disconnect();
  world.seconds(600, true);
  world.connect();
  world.seconds(1);
  // 20 of 30 minutes.
  assert.deepEqual([uptime(), ...health()], [67, 'unhealthy', 'CRITICAL']);
  world.seconds(1200);
  assert.deepEqual([uptime(), ...health()], [67, 'unhealthy', 'CRITICAL'], 'all ten minutes are still in it');
  world.seconds(300);
  assert.deepEqual([uptime(), ...health()], [83, 'unhealthy', 'CRITICAL'], 'and five');
  world.seconds(331);
  assert.deepEqual([uptime(), ...health()], [100, 'healthy', 'OK']);
});

test('of a suspension, no more than one window counts: ten hours of a live book do not excuse half an hour without', () => {
  const world = new QuietWorld(untriggered());
  world.seconds(60);
  world.nowMs += 600 * MINUTE;
  world.pulse();
  world.disconnect();
  world.seconds(1800, true);
  // An hour and a minute live, half an hour not: 67 %; ten hours would be 95 %.
  assert.equal(Math.round(Number(world.row('venue', 'kraken', 'uptime_percent')!.value)), 67);
});

test('after a drain is released the triggers wait for the feeds as after a start; after a pause they only warm', () => {
  const world = new QuietWorld();
  world.seconds(70);
  assert.equal(world.memoryTrigger, 'armed');

  world.engage('pause');
  world.seconds(5);
  world.release();
  world.seconds(1);
  assert.equal(world.memoryTrigger, 'disarmed: warming 60 s');
  world.seconds(60);
  assert.equal(world.memoryTrigger, 'armed');

  world.engage('drain');
  world.seconds(5);
  world.disconnect();
  world.seconds(30, true);
  assert.equal(world.memoryTrigger, 'disarmed: kill switch at drain');
  world.release();
  // Nobody has connected again: nothing is armed, however long it takes.
  world.seconds(120, true);
  assert.equal(world.memoryTrigger, 'disarmed: not ready yet');
  assert.equal(world.scanner.ops!.isReady, false);
  world.connect();
  world.seconds(6);
  assert.equal(world.memoryTrigger, 'disarmed: warming 60 s');
  world.seconds(60);
  assert.equal(world.memoryTrigger, 'armed');
});

test('a request that is refused is told, counted, and not made', () => {
  const world = new QuietWorld();
  world.seconds(1);
  const refused = () => world.row('venue', 'binance', 'refused_requests')!.value;
  const kinds = (effects: readonly { readonly kind: string }[]) =>
    effects.map(({ kind }) => kind).filter((kind) => kind === 'request_depth_snapshot' || kind === 'refused');
  assert.equal(refused(), 0);
  world.setSwitch('provider.binance.rest', false);
  assert.deepEqual(kinds(world.binanceUpdate(1)), ['refused']);
  assert.equal(refused(), 1);
  assert.equal(world.row('venue', 'kraken', 'refused_requests')!.value, 0);
  world.setSwitch('provider.binance.rest', true);
  world.link('binance', 'down');
  world.link('binance');
  assert.deepEqual(kinds(world.binanceUpdate()), ['request_depth_snapshot']);
  assert.equal(refused(), 1);
});
