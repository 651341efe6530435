/** Three minutes of faults for four venues: every kind that a connection can suffer, dealt by a seed. Breaks nothing itself. */

import { Prng } from '../../../src/core/base/prng.ts';
import type { Fault, FaultEffect } from '../../../src/shell/sim/world/fault.ts';
import type { SimVenueName } from '../../../src/shell/sim/world/sim-world.ts';

const SECOND_MS = 1000;
/** After the cold start. */
const FIRST_MS = 15 * SECOND_MS;
const TURN_MS = 18 * SECOND_MS;
const TURNS = 8;
/** So that the venues do not break at the same moments. */
const SPREAD_MS = 4 * SECOND_MS;

/** One way to break, and for how long; what stands beside it makes it felt. */
interface Break {
  readonly effects: readonly FaultEffect[];
  readonly forSeconds: number;
  /** Default: any. */
  readonly venues?: readonly SimVenueName[];
}

const CUT: FaultEffect = { kind: 'disconnect', code: 1006, everyMs: 0 };
const LOST: FaultEffect = { kind: 'gap', count: 3 };
/** Whose books need a snapshot over REST. */
const BY_REST: readonly SimVenueName[] = ['binance', 'binance_usdm'];

function restFailure(mode: 'error' | 'timeout' | 'late' | 'reset'): FaultEffect {
  return { kind: 'rest_failure', mode, status: 503, delayMs: 2 * SECOND_MS, chance: 1 };
}

const BREAKS: readonly Break[] = [
  { effects: [{ kind: 'disconnect', code: 1006, everyMs: 1_500 }], forSeconds: 6 },
  { effects: [{ kind: 'disconnect', code: 1001, everyMs: 0 }], forSeconds: 1 },
  { effects: [CUT, { kind: 'refuse', status: 503 }], forSeconds: 5 },
  { effects: [{ kind: 'maintenance', closeAfterMs: 3_000 }], forSeconds: 4 },
  { effects: [CUT, { kind: 'ban' }], forSeconds: 6 },
  { effects: [{ kind: 'half_open' }], forSeconds: 9 },
  { effects: [{ kind: 'stale' }], forSeconds: 11 },
  { effects: [CUT, { kind: 'ack_without_data' }], forSeconds: 10 },
  { effects: [LOST], forSeconds: 4 },
  { effects: [{ kind: 'drop', chance: 0.2 }], forSeconds: 4 },
  { effects: [{ kind: 'duplicate', chance: 0.5 }], forSeconds: 4 },
  { effects: [{ kind: 'reorder', chance: 0.2 }], forSeconds: 4 },
  { effects: [{ kind: 'delay', delayMs: 800, jitterMs: 400 }], forSeconds: 5 },
  { effects: [{ kind: 'slow', messagesPerSecond: 6, capacity: 80 }], forSeconds: 6 },
  { effects: [{ kind: 'wrong_checksum', count: 2 }], forSeconds: 4, venues: ['kraken'] },
  { effects: [{ kind: 'garbage', chance: 0.05 }], forSeconds: 5 },
  { effects: [{ kind: 'oversize', bytes: 17_000_000, count: 1 }], forSeconds: 2 },
  { effects: [{ kind: 'clock', aheadMs: 4_000 }], forSeconds: 6 },
  { effects: [{ kind: 'crossed', ticks: 2 }], forSeconds: 4 },
  { effects: [LOST, restFailure('error')], forSeconds: 6, venues: BY_REST },
  { effects: [LOST, restFailure('timeout')], forSeconds: 6, venues: BY_REST },
  { effects: [LOST, restFailure('late')], forSeconds: 6, venues: BY_REST },
  { effects: [LOST, restFailure('reset')], forSeconds: 6, venues: BY_REST },
];

/** Every kind once, then more by chance; ms since the world began. */
export function dealtFaults(seed: number, venues: readonly SimVenueName[]): Fault[] {
  const prng = new Prng(`real sockets ${seed}`);
  const waiting = shuffled(prng, BREAKS);
  const faults: Fault[] = [];
  for (let turn = 0; turn < TURNS; turn++) {
    for (const venue of venues) {
      const fits = ({ venues: named }: Break): boolean => named === undefined || named.includes(venue);
      const next = waiting.findIndex(fits);
      const [chosen] = next < 0 ? [prng.pick(BREAKS.filter(fits))] : waiting.splice(next, 1);
      const atMs = FIRST_MS + turn * TURN_MS + prng.int(SPREAD_MS);
      const window = { atMs, forMs: chosen!.forSeconds * SECOND_MS, venue, symbol: null, channel: null };
      for (const effect of chosen!.effects) faults.push({ ...effect, ...window });
    }
  }
  return faults;
}

/** Those of few venues first, so that each finds its turn. */
function shuffled(prng: Prng, breaks: readonly Break[]): Break[] {
  const all = breaks.map((one) => ({ one, at: (one.venues === undefined ? 1 : 0) + prng.next() }));
  return all.sort((a, b) => a.at - b.at).map(({ one }) => one);
}

export function faultEndsMs(faults: readonly Fault[]): number {
  return Math.max(...faults.map((fault) => fault.atMs + fault.forMs));
}
