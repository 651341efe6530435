/** Performs the faults that are a venue's or the market's: closes, bans, clocks, maintenance, REST, shocks. Leaves messages alone. */

import type { Prng } from '../../../core/base/prng.ts';
import { Agenda } from '../agenda.ts';
import { jsonReply } from '../venues/door.ts';
import type { SimReply, SimVenue, SimVenueName } from '../venues/sim-venue.ts';
import type { AssetPrices, RegimeName } from './asset-prices.ts';
import type { Fault, FaultKind, FaultOf, VenueFault } from './fault.ts';
import type { FaultChange } from './fault-script.ts';
import type { SimAsset } from './listings.ts';
import type { ListedMarket } from './venue-builder.ts';

interface Home {
  readonly venues: ReadonlyMap<SimVenueName, SimVenue>;
  readonly markets: readonly ListedMarket[];
  readonly prices: AssetPrices;
  readonly assets: readonly SimAsset[];
  /** What the world returns to when a fault's regime is over. */
  readonly regime: RegimeName;
  readonly activity: number;
  /** Whom a ban is about. */
  readonly address: string;
  readonly prng: Prng;
  note(kind: FaultKind): void;
}

type RestFailure = FaultOf<Extract<VenueFault, { kind: 'rest_failure' }>>;
type Refusal = FaultOf<Extract<VenueFault, { kind: 'refuse' }>>;

export class VenueFaults {
  readonly #home: Home;
  readonly #agenda = new Agenda();
  readonly #open = new Set<Fault>();

  constructor(home: Home) {
    this.#home = home;
    this.#setMood();
  }

  /** Runs `run` in the step that begins at or after `atUs`. */
  later(atUs: number, run: () => void): void {
    this.#agenda.at(atUs, run);
  }

  runDue(nowUs: number): void {
    this.#agenda.runDue(nowUs);
  }

  /** Why a handshake is refused now; null: it is not. */
  refusal(name: SimVenueName): SimReply | null {
    for (const fault of this.#open) {
      if (fault.kind !== 'refuse' || !isAbout(fault, name)) continue;
      this.#home.note('refuse');
      return jsonReply((fault satisfies Refusal).status, '');
    }
    return null;
  }

  /** How a request fails now; null: it does not. */
  restFailure(name: SimVenueName): RestFailure | null {
    for (const fault of this.#open) {
      if (fault.kind !== 'rest_failure' || !isAbout(fault, name) || !this.#home.prng.chance(fault.chance)) continue;
      this.#home.note('rest_failure');
      return fault;
    }
    return null;
  }

  change({ fault, isBegin }: FaultChange, nowUs: number): void {
    if (isBegin) {
      this.#open.add(fault);
      this.#begin(fault, nowUs);
    } else {
      this.#open.delete(fault);
      this.#end(fault, nowUs);
    }
  }

  #begin(fault: Fault, nowUs: number): void {
    const untilUs = nowUs + fault.forMs * 1_000;
    switch (fault.kind) {
      case 'disconnect':
        this.#disconnect(fault, nowUs, untilUs);
        return;
      case 'maintenance':
        this.#each(fault, (venue) => venue.announceMaintenance(fault.closeAfterMs * 1_000));
        return;
      case 'ban':
        this.#each(fault, (venue) => venue.ban(this.#home.address, untilUs));
        return;
      case 'clock':
        this.#each(fault, (venue) => venue.setClockAhead(fault.aheadMs * 1_000));
        return;
      case 'crossed':
        this.#eachMarket(fault, ({ market, listener }) => market.cross(nowUs, fault.ticks, listener));
        return;
      case 'divergence':
        this.#eachMarket(fault, (one) => one.divert(fault.bps));
        return;
      case 'withdraw':
        this.#eachMarket(fault, ({ market, listener }) => market.withdraw(nowUs, fault.withinBps, listener));
        return;
      case 'mark':
        this.#eachMarket(fault, (one) => one.moveMark(fault.bps));
        return;
      case 'shock':
        this.#shock(fault, nowUs);
        return;
      case 'regime':
        this.#home.note('regime');
        this.#home.prices.setRegime(fault.regime);
        this.#setMood();
        return;
      default:
    }
  }

  #end(fault: Fault, nowUs: number): void {
    switch (fault.kind) {
      case 'clock':
        this.#each(fault, (venue) => venue.setClockAhead(0));
        return;
      case 'crossed':
        this.#eachMarket(fault, ({ market, listener }) => market.uncross(nowUs, listener));
        return;
      case 'divergence':
        this.#eachMarket(fault, (one) => one.divert(0));
        return;
      case 'withdraw':
        this.#eachMarket(fault, ({ market }) => market.comeBack());
        return;
      case 'mark':
        this.#eachMarket(fault, (one) => one.moveMark(0));
        return;
      case 'regime':
        this.#home.prices.setRegime(this.#home.regime);
        this.#setMood();
        return;
      default:
    }
  }

  /** A storm closes whatever came back meanwhile, again and again. */
  #disconnect(fault: FaultOf<Extract<VenueFault, { kind: 'disconnect' }>>, nowUs: number, untilUs: number): void {
    this.#each(fault, (venue) => venue.closeAll(fault.code, 'going away'));
    const nextUs = nowUs + fault.everyMs * 1_000;
    if (fault.everyMs > 0 && nextUs < untilUs) this.#agenda.at(nextUs, (us) => this.#disconnect(fault, us, untilUs));
  }

  #shock(fault: Extract<Fault, { kind: 'shock' }>, fromUs: number): void {
    const asset = this.#home.assets.findIndex((one) => one.name === fault.asset);
    const { moveBps } = fault;
    const spans = { overUs: Math.max(1, fault.overMs * 1_000), recoverUs: fault.recoverMs * 1_000 };
    this.#home.note('shock');
    this.#home.prices.addShock({ asset: asset < 0 ? null : asset, fromUs, moveBps, ...spans });
  }

  #setMood(): void {
    const { mood } = this.#home.prices;
    const pace = mood.pace * this.#home.activity;
    for (const { market } of this.#home.markets) market.mood = { ...mood, pace };
  }

  #each(fault: Fault, run: (venue: SimVenue) => void): void {
    for (const [name, venue] of this.#home.venues) {
      if (!isAbout(fault, name)) continue;
      this.#home.note(fault.kind);
      run(venue);
    }
  }

  #eachMarket(fault: Fault, run: (market: ListedMarket) => void): void {
    for (const one of this.#home.markets) {
      const { spec } = one.market;
      if (!isAbout(fault, one.venue) || (fault.symbol !== null && fault.symbol !== spec.symbol)) continue;
      this.#home.note(fault.kind);
      run(one);
    }
  }
}

function isAbout(fault: Fault, venue: SimVenueName): boolean {
  return fault.venue === null || fault.venue === venue;
}
