/** One scan on simulated venues in this process: how fast it obeys, how it ends, and what a full disk costs. */

import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Effect } from '../../src/core/scan/effect.ts';
import { controlDefaults } from '../../src/shell/cli/control/control-defaults.ts';
import { loadFullConfig } from '../../src/shell/config/load-full-config.ts';
import { scaledClock } from '../../src/shell/feeds/clocks.ts';
import { type Keeping, openAlertDesk, openHistory } from '../../src/shell/run/scan/scan-keeping.ts';
import type { ScanRunOptions } from '../../src/shell/run/scan/scan-run.ts';
import { ScanRun } from '../../src/shell/run/scan/scan-run.ts';
import { opsCoreConfig, queueLimits, scanStart, signalSettings } from '../../src/shell/run/scan/scan-start.ts';
import { driveWorld, InProcessTransport } from '../../src/shell/sim/serve/in-process.ts';
import { SimWorld } from '../../src/shell/sim/world/sim-world.ts';
import { PACKAGE_ROOT, ScanHome, until } from './scan-support.ts';

const SPEED = 20;

/** As the command has it. */
function kept(
  parts: Pick<Keeping, 'config' | 'stateDir' | 'onProblem'>,
): Pick<ScanRunOptions, 'openAlerts' | 'openHistory'> {
  const keeping: Keeping = { ...parts, env: {}, print: () => {} };
  return { openAlerts: () => openAlertDesk(keeping), openHistory: (scanner) => openHistory(keeping, scanner) };
}

class Bench {
  readonly place = new ScanHome();
  readonly effects: Effect[] = [];
  readonly notices: string[] = [];
  readonly stop = new AbortController();
  readonly transport: InProcessTransport;
  readonly run: ScanRun;
  readonly #stopWorld: () => void;
  #isClosed = false;

  constructor(
    t: TestContext,
    venues: readonly string[],
    more: (place: ScanHome) => Partial<ScanRunOptions> = () => ({}),
  ) {
    const env = { CRYPTORUN_HOME: this.place.home };
    const loaded = loadFullConfig({ flags: {}, env, cwd: this.place.home, packageRoot: PACKAGE_ROOT });
    assert.ok(loaded.ok);
    const { config } = loaded;
    const clock = scaledClock(SPEED);
    const startMs = Math.floor(clock.nowMs() / 1000) * 1000;
    const world = new SimWorld({ seed: 3, startMs, assets: 2, stepMs: 50 });
    this.#stopWorld = driveWorld(world, clock);
    this.transport = new InProcessTransport(world, clock);
    const start = scanStart(config, { venues, symbols: null, top: 1 }, { session: 'test', codeVersion: 'test' });
    this.run = new ScanRun({
      session: 'test',
      source: 'demo',
      stateDir: this.place.stateDir,
      start,
      signal: signalSettings(config),
      ...kept({ config, stateDir: this.place.stateDir, onProblem: (text) => this.notices.push(text) }),
      ops: opsCoreConfig(config.ops),
      defaults: controlDefaults(config),
      providers: ['binance', 'kraken', 'okx'],
      venues: Object.keys(config.venues).sort(),
      pulseMs: 250,
      clock,
      speed: SPEED,
      transport: this.transport,
      queue: queueLimits(start),
      resultsDir: null,
      record: null,
      onNotice: (text) => this.notices.push(text),
      onEffect: (effect) => this.effects.push(effect),
      onLink: () => {},
      onSecond: () => {},
      onDrained: () => this.notices.push('drained'),
      ...more(this.place),
    });
    // Also of a test that failed: its timers would keep the whole file from ending.
    t.after(() => this.close());
  }

  async isLive(venue: string): Promise<void> {
    await until(`${venue} is live`, () =>
      this.effects.some((one) => one.kind === 'feed_changed' && one.venue === venue && one.to === 'live'),
    );
  }

  async end() {
    this.stop.abort();
    return await this.ended!;
  }

  ended: ReturnType<ScanRun['run']> | null = null;

  begin(): void {
    this.ended = this.run.run(this.stop.signal);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.end();
    this.#stopWorld();
    this.run.close();
  }
}

test('a switch closes a venue within 100 ms of the command that sets it', async (t) => {
  const bench = new Bench(t, ['kraken', 'okx']);
  bench.begin();
  await bench.isLive('kraken');
  await bench.isLive('okx');
  const before = bench.transport.sockets;
  await bench.place.run('switch', 'set', 'provider.kraken.websocket', 'off', '--reason', 'test');
  const setAtMs = performance.now();
  await until('its socket is gone', () => bench.transport.sockets < before);
  assert.ok(performance.now() - setAtMs < 100, `${performance.now() - setAtMs} ms`);
  assert.ok(bench.transport.sockets > 0, 'the other venue stays');
});

test('without a pause what is read waits in the queue; with one it is stepped where it was read', async (t) => {
  const bench = new Bench(t, ['kraken', 'okx']);
  bench.begin();
  await bench.isLive('okx');
  const { driver } = bench.run;
  /** So many turns of the event loop that leave it no time to wait; then whether anything waited in one of them. */
  const spin = async (turns: number): Promise<boolean> => {
    let hasWaited = false;
    for (let i = 0; i < turns; i++) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      const untilMs = performance.now() + 5;
      while (performance.now() < untilMs);
      // Told by timers of this turn, and not worked on yet.
      hasWaited ||= driver.queuedFrames > 0;
      await null;
    }
    return hasWaited;
  };
  // A start has no pause either.
  const paused = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2200));
  await paused();
  assert.equal(await spin(40), false);
  const startMs = performance.now();
  while (!(await spin(40))) assert.ok(performance.now() - startMs < 20_000, 'it was never behind');
  assert.ok(performance.now() - startMs > 500, 'not as soon as it is busy');
  await paused();
  assert.equal(await spin(40), false);
  assert.equal(driver.counters.droppedDepth, 0);
});

test('at kill every socket is gone in the very step that learns of it, and the run ends by itself', async (t) => {
  const bench = new Bench(t, ['kraken', 'binance']);
  bench.begin();
  await bench.isLive('binance');
  const seen: number[] = [];
  const push = bench.effects.push.bind(bench.effects);
  bench.effects.push = (...effects) => {
    if (effects.some(({ kind }) => kind === 'kill_level_changed')) seen.push(bench.transport.sockets);
    return push(...effects);
  };
  await bench.place.run('killswitch', 'activate', '--reason', 'test');
  assert.equal((await bench.ended!).killLevel, 'kill');
  assert.deepEqual(seen, [0]);
});

test('a drain finishes the open minute, closes the sockets and the journal, and goes on answering', async (t) => {
  const bench = new Bench(t, ['okx'], ({ home }) => ({
    record: { folder: join(home, 'journal'), segmentBytes: null },
  }));
  bench.begin();
  await bench.isLive('okx');
  await bench.place.run('killswitch', 'activate', '--level', 'drain', '--reason', 'test');
  await until('it drains', () => bench.run.ops.latch.kind === 'engaged');
  assert.equal(bench.transport.sockets, 1);
  await until('it has drained', () => bench.notices.includes('drained'));
  assert.equal(bench.transport.sockets, 0);
  const bars = bench.effects.filter((one) => one.kind === 'bar');
  assert.ok(bars.length > 0, 'the minute that was open is a bar');
  assert.equal((await bench.place.run('journal', 'verify', 'journal')).code, 0);
  const { killLevel, digest } = await bench.end();
  assert.equal(killLevel, 'drain');
  await bench.close();
  const replayed = await bench.place.run('replay', 'journal', '-q', '--verify', digest);
  assert.deepEqual([replayed.code, replayed.stderr], [0, '']);
});

test('SIGUSR2 is a kill', async (t) => {
  const bench = new Bench(t, ['okx']);
  bench.begin();
  await bench.isLive('okx');
  process.emit('SIGUSR2');
  assert.equal((await bench.ended!).killLevel, 'kill');
  await bench.close();
  assert.match((await bench.place.run('killswitch', 'status')).stdout, /SIGUSR2/);
});

test('a disk that takes no more ends the files, loudly, and the scan goes on', async (t) => {
  const bench = new Bench(t, ['okx'], ({ home }) => ({ resultsDir: join(home, 'results') }));
  bench.begin();
  await bench.isLive('okx');
  rmSync(join(bench.place.home, 'results'), { recursive: true });
  mkdirSync(join(bench.place.home, 'results'));
  await until('it is told', () => bench.notices.some((text) => /goes on without files/.test(text)));
  const { frames } = bench.run.scanner;
  await until('more frames', () => bench.run.scanner.frames > frames + 100);
  const end = await bench.end();
  assert.equal(end.isWhole, false);
  assert.equal(bench.notices.length, 1);
});

test('a second scanner on the same state is refused, and leaves the first alone', async (t) => {
  const bench = new Bench(t, ['okx']);
  bench.begin();
  await bench.isLive('okx');
  const { code, stderr } = await bench.place.run('scan', '--venue', 'okx');
  assert.equal(code, 6, stderr);
  assert.match(stderr, /another one runs there/);
  await bench.close();
  assert.equal((await bench.place.run('scan', '--venue', 'okx', '--duration', '1ms')).code, 0);
});
