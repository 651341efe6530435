/** No budget is exceeded, as the simulated venues themselves count: REST weight, connections, messages. Counts nothing itself. */

import type { VenueFeedConfig } from '../../../src/core/feed/feed-config.ts';
import type { Fault } from '../../../src/shell/sim/world/fault.ts';
import type { SimVenueName } from '../../../src/shell/sim/world/sim-world.ts';
import { faultEndMs } from './chaos-script.ts';
import { SECOND_MS, type Watched } from './invariant.ts';

/** In one ban of a minute and a half at most, told how long it lasts: once a socket, once a request, and what was on its way. */
const MOST_REFUSALS = 4;
/**
 * Where a venue does not say how long, the wait doubles instead. Coinbase's sockets are told, its REST is not: it is left alone
 * for a second, one, two, four … so eight times more. (Bybit says 403 to both and no more, and is left alone for ten minutes.)
 */
const MOST_UNTOLD: Readonly<Partial<Record<SimVenueName, number>>> = { coinbase: MOST_REFUSALS + 8 };

/** Handshakes and requests that its limits refused, up to the last second without a ban, and how many bans there were then. */
interface Refused {
  readonly count: number;
  readonly bans: number;
}

export class BudgetInvariants {
  readonly #watched: Watched;
  readonly #configs: Readonly<Record<string, VenueFeedConfig>>;
  readonly #refused = new Map<SimVenueName, Refused>();

  /** @param configs - as the scanner should obey them */
  constructor(watched: Watched, configs: Readonly<Record<string, VenueFeedConfig>>) {
    this.#watched = watched;
    this.#configs = configs;
  }

  /** @param atMs - since the world began */
  onSecond(atMs: number): void {
    for (const name of this.#watched.script.venues) {
      this.#expectOwnShare(name);
      this.#expectWelcome(name, atMs);
    }
  }

  /** The feeds may spend a share of what the venue allows, and no more in any of its windows. */
  #expectOwnShare(name: SimVenueName): void {
    const { scan, fail } = this.#watched;
    const { counts } = scan.world.venue(name);
    const { weight = Number.POSITIVE_INFINITY, weightShareRatio } = this.#configs[name]!.rest;
    const share = weight * weightShareRatio;
    if (counts.peakWeight > share) fail(`${name}: weight ${counts.peakWeight} in a window, of a share of ${share}`);
    if (counts.limitCloses > 0) fail(`${name}: closed for breaking a limit`);
    if (counts.refusedMessages > 0) fail(`${name}: ${counts.refusedMessages} messages refused`);
  }

  /** Without a ban of the script's, a venue refuses nothing; with one, no more than it takes to learn of it. */
  #expectWelcome(name: SimVenueName, atMs: number): void {
    const { scan, script, fail } = this.#watched;
    const { counts } = scan.world.venue(name);
    const count = counts.refusedConnects + counts.refusedRequests;
    const bans = script.faults.filter((fault) => isBan(fault, name, atMs)).length;
    const before = this.#refused.get(name) ?? { count: 0, bans: 0 };
    this.#refused.set(name, { count: bans === 0 ? count : before.count, bans });
    // Of bans that are just over, too.
    const most = Math.max(bans, before.bans) * (MOST_UNTOLD[name] ?? MOST_REFUSALS);
    const times = count - before.count;
    if (times > most) fail(`${name}: refused ${times} times in ${bans} bans`);
  }
}

function isBan(fault: Fault, venue: SimVenueName, atMs: number): boolean {
  if (fault.kind !== 'ban' || (fault.venue !== null && fault.venue !== venue)) return false;
  return atMs >= fault.atMs && atMs <= faultEndMs(fault) + SECOND_MS;
}
