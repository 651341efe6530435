/** What happens in the hour of `ops-hour.test.ts`, as the Inputs that a shell would make. Expects nothing. */

import type { CallFact, HostFact } from '../../src/core/ops/facts.ts';
import { isolation, OpsWorld, packagedOps, SECOND, T0 } from '../support/ops-world.ts';

const PULSE_MS = 250;

/** `45:16` as ms from the start of the hour. */
export function msOf(clock: string): number {
  const [minutes, seconds] = clock.split(':');
  return (Number(minutes) * 60 + Number(seconds)) * SECOND;
}

/** From the first moment on, and before the last. */
interface Span {
  readonly from: string;
  readonly to: string;
}

/** The machine sleeps: its last Input is at the first moment, the next one at the last. */
const SUSPENDED: Span = { from: '22:00', to: '23:00' };
/** Sockets are open but no frame comes; sockets are closed. */
const SILENT: readonly Span[] = [
  { from: '9:00', to: '10:15' },
  { from: '45:32', to: '49:00' },
  { from: '57:00', to: '60:01' },
];
/** The shell makes no call: the machine sleeps, the kill switch is at drain, the budget blocks. */
const NO_CALLS: readonly Span[] = [
  { from: '22:01', to: '23:00' },
  { from: '45:31', to: '49:01' },
  { from: '55:01', to: '60:01' },
];
const NO_LOOKUPS: readonly Span[] = [
  { from: '22:01', to: '23:00' },
  { from: '45:31', to: '49:01' },
  { from: '57:00', to: '60:01' },
];
const CACHE_MISSES: Span = { from: '5:01', to: '8:01' };
/** Every fifth call fails. */
const SERVER_ERRORS: Span = { from: '35:01', to: '39:01' };
/** Seven calls more each second. */
const RUSH: Span = { from: '54:01', to: '55:01' };

const HOST: readonly (Span & { readonly host: Partial<HostFact> })[] = [
  { from: '3:00', to: '4:00', host: { lagMsP95: 150, lagMsP99: 600 } },
  { from: '45:00', to: '46:00', host: { memoryUsedRatio: 0.91 } },
];

const TIMEOUT: Partial<CallFact> = { outcome: 'timeout', latencyMs: null };
const KRAKEN: Partial<CallFact> = { provider: 'kraken', weight: 1 };

/** Single events, before the frames, calls and readings of their second. */
const EVENTS: Readonly<Record<string, (world: OpsWorld) => void>> = {
  '16:00': (world) => world.setSwitch('provider.binance.rest', false, msOf('5:00')),
  '17:00': (world) => world.engage('pause'),
  '18:00': (world) => world.release(),

  // Quota: fourteen calls at once.
  '25:00': (world) => {
    for (let i = 0; i < 14; i++) world.call(KRAKEN);
  },

  // Kraken's breaker: three failures in a row; then an operator takes it out and puts it back.
  '28:00': (world) => world.call({ ...KRAKEN, ...TIMEOUT }),
  '28:01': (world) => world.call({ ...KRAKEN, ...TIMEOUT }),
  '28:02': (world) => world.call({ ...KRAKEN, ...TIMEOUT }),
  '29:30': (world) => world.control({ isolatedBreakers: { 'kraken.rest': isolation(world.nowMs) } }),
  '29:50': (world) => world.control({ isolatedBreakers: {} }),

  // Binance's: five in a row. Its book loses an update: the snapshot that it asks for is the probe, and fails.
  '30:00': (world) => world.call(TIMEOUT),
  '30:01': (world) => world.call(TIMEOUT),
  '30:02': (world) => world.call(TIMEOUT),
  '30:03': (world) => world.call(TIMEOUT),
  '30:04': (world) => world.call(TIMEOUT),
  '30:45': (world) => world.binanceUpdate(1),
  '30:46': (world) => world.call(TIMEOUT),
  // A new connection asks again, and this probe succeeds.
  '32:10': (world) => {
    world.link('binance', 'down');
    world.link('binance');
    world.binanceUpdate();
    world.binanceSnapshot();
  },
  '32:11': (world) => world.call(),

  '41:00': (world) => world.call({ outcome: 'banned', latencyMs: 80, retryAfterMs: msOf('2:00') }),

  // The memory trigger has fired at drain: the shell writes it down and closes the sockets; an operator releases.
  '45:32': (world) => {
    world.engage('drain');
    world.disconnect();
  },
  '49:00': (world) => {
    world.release();
    world.connect();
  },
  '49:01': (world) => world.call(),

  '57:00': (world) => {
    world.command({ kind: 'kill_file', engagement: null, changedAtMs: world.nowMs });
    world.disconnect();
  },
};

/**
 * The whole hour, pulse by pulse: 12 frames a second; one call, one look into the cache and one reading of the machine.
 *
 * @param look - called after everything of each whole second
 */
export function runHour(look: (world: OpsWorld, atMs: number) => void): OpsWorld {
  const world = new OpsWorld(packagedOps());
  world.connect();
  for (let atMs = PULSE_MS; atMs <= msOf('60:00'); atMs += PULSE_MS) {
    if (atMs > msOf(SUSPENDED.from) && atMs < msOf(SUSPENDED.to)) continue;
    world.nowMs = T0 + atMs;
    world.pulse();
    if (atMs % SECOND === 0) EVENTS[clockOf(atMs)]?.(world);
    if (!isIn(SILENT, atMs)) frames(world);
    if (atMs % SECOND !== 0) continue;
    routine(world, atMs);
    look(world, atMs);
  }
  return world;
}

function frames(world: OpsWorld): void {
  world.binanceUpdate();
  world.binanceUpdate();
  world.krakenUpdate();
}

/** Once a second. The calls go to Coinbase, so that the breakers of the venues tell of nothing else. */
function routine(world: OpsWorld, atMs: number): void {
  world.host(HOST.find((span) => isIn([span], atMs))?.host);
  if (!isIn(NO_LOOKUPS, atMs)) world.cache(!isIn([CACHE_MISSES], atMs));
  if (isIn(NO_CALLS, atMs)) return;
  const isFailing = isIn([SERVER_ERRORS], atMs) && atMs % (5 * SECOND) === 0;
  const calls = isIn([RUSH], atMs) ? 8 : 1;
  for (let i = 0; i < calls; i++) world.call({ provider: 'coinbase', outcome: isFailing ? 'server_error' : 'ok' });
}

function isIn(spans: readonly Span[], atMs: number): boolean {
  return spans.some(({ from, to }) => atMs >= msOf(from) && atMs < msOf(to));
}

function clockOf(atMs: number): string {
  const seconds = atMs / SECOND;
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
