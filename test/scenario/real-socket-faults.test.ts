/**
 * Three minutes of faults over real loopback sockets: simulated venues that break by a seeded script, and the whole scan on them
 * through `ws` and `fetch`. What chaos proves in virtual time holds with a kernel, timers and a clock in between. Mostly waits.
 * `SIM_SEED=n` repeats a seed.
 */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { listenWorld } from '../../src/shell/sim/serve/listen.ts';
import type { Fault } from '../../src/shell/sim/world/fault.ts';
import { type SimVenueName, SimWorld } from '../../src/shell/sim/world/sim-world.ts';
import { ScanHome, until } from '../run/scan-support.ts';
import { dealtFaults, faultEndsMs } from './real-socket-faults/fault-deal.ts';
import { HeldWorld } from './real-socket-faults/held-world.ts';
import { Recoveries } from './real-socket-faults/recoveries.ts';
import { type Look, WatchedBooks } from './real-socket-faults/watched-books.ts';

const SEED = Number(process.env['SIM_SEED'] ?? 1);
const VENUES: readonly SimVenueName[] = ['binance', 'binance_usdm', 'kraken', 'okx'];
const SYMBOLS: ReadonlyMap<SimVenueName, readonly string[]> = new Map<SimVenueName, readonly string[]>([
  ['binance', ['BTCUSDT', 'ETHUSDT']],
  ['binance_usdm', ['BTCUSDT', 'ETHUSDT']],
  ['kraken', ['BTC/USD', 'ETH/USD']],
  ['okx', ['BTC-USDT', 'ETH-USDT']],
]);

/** Real waits are long: what takes minutes by configuration takes seconds here. */
const IMPATIENT = {
  heartbeat: {
    silence_timeout_ms: 5_000,
    ack_timeout_ms: 2_000,
    first_data_timeout_ms: 4_000,
    channel_silence_ms: 6_000,
    resubscribe_initial_ms: 1_000,
    resubscribe_cap_ms: 5_000,
  },
  reconnect: { initial_ms: 200, cap_ms: 3_000, min_interval_ms: 500, reset_after_ms: 5_000 },
};
const TIMEOUT_MS = 3_000;
const BREAKER_SECONDS = 5;

const BETWEEN_LOOKS_MS = 1_500;
/** While the world is held, the scanner reads what is on its way. Less than the shortest silence that it bears. */
const CATCH_UP_MS = 3_000;
/** After the last fault. */
const RECOVERY_LIMIT_MS = 90_000;
/** In it a message or a silence has told of what was lost. */
const NOTICED_WITHIN_MS = 12_000;
/** Kinds after which a live book may lack what was lost until then. */
const LOSSY: ReadonlySet<Fault['kind']> = new Set([
  'drop',
  'gap',
  'reorder',
  'delay',
  'slow',
  'stale',
  'ack_without_data',
  'half_open',
]);
/** Kinds whose window may find their venue without a connection, because of the fault before. */
const MOST_UNSTRUCK = 3;
/** Of one venue at once, what is closing included; and in the whole run. */
const MOST_SESSIONS = 4;
const MOST_CONNECTS = 80;

const startMs = Math.floor(Date.now() / 1000) * 1000;
const faults = dealtFaults(SEED, VENUES);
const world = new SimWorld({ seed: SEED, startMs, venues: VENUES, assets: 2, stepMs: 100, activity: 0.5, faults });
const server = await listenWorld(world, { speed: 0 });
const place = new ScanHome((venue, scheme) => `${scheme}://127.0.0.1:${server.port}/${venue}`);
const books = new WatchedBooks(world, place.stateDir, SYMBOLS);
const held = new HeldWorld(world, () => books.note());
after(async () => {
  held.stop();
  await server.close();
});

test('three minutes of faults on real sockets: no false price, nothing stays lost, and a replay of the same', async (t) => {
  t.diagnostic(`seed ${SEED}: SIM_SEED=${SEED} repeats it`);
  makeImpatient();
  const scan = place.start('scan', '--venue', VENUES.join(), '--top', '2', '--json', '--record', 'journal');
  for (const venue of VENUES) await scan.said(new RegExp(`"venue":"${venue}","from":"syncing","to":"live"`));
  const recoveries = new Recoveries(faults);
  const limitMs = faultEndsMs(faults) + RECOVERY_LIMIT_MS;
  while (recoveries.pending.length > 0) {
    assert.ok(held.elapsedMs < limitMs, `never right again after ${JSON.stringify(recoveries.pending)}`);
    await wait(BETWEEN_LOOKS_MS);
    recoveries.note(await lookAtAll(), held.elapsedMs);
  }
  await until('every subscription is restored', () => VENUES.every(isRestored));
  const unstruck = [...new Set(faults.map(({ kind }) => kind))].filter((kind) => (world.injected[kind] ?? 0) === 0);
  assert.ok(unstruck.length <= MOST_UNSTRUCK, `never struck: ${unstruck.join()}`);
  VENUES.forEach(assertWithinLimits);

  process.emit('SIGINT');
  const ended = await scan.ended;
  assert.equal(ended.code, 130, ended.stderr);
  await until('every socket is closed', () => VENUES.every((venue) => world.venue(venue).sessions === 0));
  const digest = /digest (sha256:[0-9a-f]{64})/.exec(ended.stderr)![1]!;
  assert.equal((await place.run('journal', 'verify', 'journal')).code, 0);
  const replayed = await place.run('replay', 'journal', '-q', '--verify', digest);
  assert.deepEqual([replayed.code, replayed.stderr], [0, '']);
  t.diagnostic(recoveries.summary());
});

/** Other figures in the operators' own files: the code is the same. */
function makeImpatient(): void {
  edited('venues.yaml', ({ venues }) => {
    for (const venue of Object.values<Settings>(venues)) {
      venue.heartbeat = { ...venue.heartbeat, ...IMPATIENT.heartbeat };
      venue.reconnect = { ...venue.reconnect, ...IMPATIENT.reconnect };
      venue.websocket.handshake_timeout_ms = TIMEOUT_MS;
      venue.rest.timeout_ms = TIMEOUT_MS;
    }
  });
  edited('ops.yaml', ({ breakers, kill_switch }) => {
    for (const breaker of [breakers.default, breakers.providers.kraken]) {
      breaker.open_seconds = BREAKER_SECONDS;
      breaker.max_open_seconds = 2 * BREAKER_SECONDS;
    }
    // What is broken on purpose must not stop the scan.
    kill_switch.triggers.enabled = false;
  });
}

// biome-ignore lint/suspicious/noExplicitAny: a parsed file
type Settings = any;

function edited(name: string, edit: (settings: Settings) => void): void {
  const path = join(place.home, 'config', name);
  const settings = parse(readFileSync(path, 'utf8'));
  edit(settings);
  writeFileSync(path, stringify(settings));
}

/** The world stands still, the scanner reads what was sent, and every book is held against the truth. */
async function lookAtAll(): Promise<Look[]> {
  held.hold();
  try {
    const untilMs = performance.now() + CATCH_UP_MS;
    let looks = await books.look();
    while (!looks.every(isGood) && performance.now() < untilMs) {
      await wait(20);
      looks = await books.look();
    }
    for (const look of looks) assert.ok(isGood(look), `seed ${SEED}, ${held.elapsedMs} ms: ${JSON.stringify(look)}`);
    for (const venue of VENUES) assert.ok(world.venue(venue).sessions <= MOST_SESSIONS, `${venue}: too many sockets`);
    return looks;
  } finally {
    held.release();
  }
}

function isGood({ venue, verdict, answer }: Look): boolean {
  if (verdict === 'equal') return true;
  // A polled book has a price, and says how old it is.
  if (verdict === 'not_live') return answer.state === 'polled' || (answer.mid === null && answer.spreadBps === null);
  // Kraken numbers nothing: what was lost shows at the next checksum.
  const isExplained = verdict === 'behind' || venue === 'kraken';
  return isExplained && faults.some((fault) => LOSSY.has(fault.kind) && fault.venue === venue && isNear(fault));
}

function isNear({ atMs, forMs }: Fault): boolean {
  return held.elapsedMs >= atMs && held.elapsedMs <= atMs + forMs + NOTICED_WITHIN_MS;
}

function isRestored(venue: SimVenueName): boolean {
  const rows = place.status()?.rows.filter((row) => row.name === venue) ?? [];
  const row = (part: string) => rows.find((one) => one.part === part);
  const isWhole = (part: string): boolean => row(part)?.value === row(part)?.total;
  return row('feed')?.value === 'live' && isWhole('connections') && isWhole('streams');
}

function assertWithinLimits(venue: SimVenueName): void {
  const { connects, limitCloses, refusedMessages } = world.venue(venue).counts;
  assert.ok(connects <= MOST_CONNECTS, `${venue}: ${connects} handshakes`);
  assert.deepEqual({ limitCloses, refusedMessages }, { limitCloses: 0, refusedMessages: 0 }, venue);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
