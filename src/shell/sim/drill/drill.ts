/** A drill as data: a world, what breaks in it, and what a scanner is expected to make of that. Types only; runs nothing. */

import type { RegimeName } from '../world/asset-prices.ts';
import type { Fault } from '../world/fault.ts';
import type { SimVenueName } from '../world/sim-world.ts';

/** What a drill counts in a scanner over its whole run, all venues and instruments together. */
export const COUNT_NAMES = [
  /** Gaps opened, of any kind, disconnects included. */
  'gaps',
  'checksum_failures',
  'malformed_frames',
  /** Updates after which the best bid was not below the best ask. */
  'crossed_updates',
  'bad_event_times',
  /** Connections lost and opened anew. */
  'reconnects',
  /** Depth snapshots asked for, over REST or by a new subscription, after the first. */
  'resyncs',
  /** REST requests and handshakes that failed or were refused. */
  'failed_calls',
  /** Trades that came again, told by their ids and not folded into bars again. */
  'repeated_trades',
  /** Of all minute bars with trades, the widest: high less low, in hundredths of a percent of the open. */
  'widest_bar_bps',
  /** Newer snapshots that took the place of a live book, and those of them in which a level was another. */
  'refreshes',
  'refresh_mismatches',
  /** Seconds of live books in which the depth of the narrowest band was not known, all books together. */
  'unknown_depth_seconds',
] as const;
export type CountName = (typeof COUNT_NAMES)[number];

/** Null: no limit on that side. */
export interface CountRange {
  readonly atLeast: number | null;
  readonly atMost: number | null;
}

/** One episode of an alert: when it fires and when it is over, in seconds of exchange time since the world began. */
export interface ExpectedAlert {
  readonly type: string;
  readonly venue: string;
  /** Our id, such as `BTC-USDT`. */
  readonly instrument: string;
  readonly firesS: number;
  /** 0: it fires to the end. */
  readonly resolvesS: number;
}

export interface DrillExpectation {
  /**
   * After the last fault is over, every wanted book is live and equal to the venue's own within so long, and stays so. Of no
   * meaning where `killLevel` is `kill`: then no socket is open and nothing is asked for after it, instead.
   */
  readonly recoversWithinMs: number;
  readonly counts: Readonly<Partial<Record<CountName, CountRange>>>;
  /** States that the venues' feeds pass through, in any order; the final one is `live`, always. */
  readonly feedStates: readonly string[];
  /** The highest level that the kill switch reached. */
  readonly killLevel: 'none' | 'pause' | 'drain' | 'kill';
  /** The automatic triggers that fired: these and no others. */
  readonly triggers: readonly string[];
  /** Of the types named here, the alerts that fire: these, at these seconds, and no others. Null: it is about something else. */
  readonly alerts: readonly ExpectedAlert[] | null;
}

export interface DrillWorld {
  readonly seed: number;
  readonly venues: readonly SimVenueName[];
  readonly assets: number;
  readonly regime: RegimeName;
  readonly okxSendsSnapshot: boolean;
  /** Levels a side that the scanner asks Binance for: books of the world have some hundreds. 0: as configured. */
  readonly binanceLevels: number;
}

export interface Drill {
  /** The file's name without `.yaml`. */
  readonly name: string;
  /** One line for `drill list`. */
  readonly about: string;
  readonly world: DrillWorld;
  /** Of the whole run, recovery included. */
  readonly durationMs: number;
  readonly faults: readonly Fault[];
  readonly expect: DrillExpectation;
}

/** When the last fault is over, ms since the world began. */
export function faultsEndMs(drill: Drill): number {
  return Math.max(0, ...drill.faults.map(faultEndMs));
}

function faultEndMs(fault: Fault): number {
  const endMs = fault.atMs + fault.forMs;
  if (fault.kind === 'maintenance') return Math.max(endMs, fault.atMs + fault.closeAfterMs);
  if (fault.kind === 'shock') return Math.max(endMs, fault.atMs + fault.overMs + fault.recoverMs);
  return endMs;
}
