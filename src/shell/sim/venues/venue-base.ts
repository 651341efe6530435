/** What simulated venues have in common: listed markets, open connections, a clock, a door. Speaks no venue's language. */

import type { Prices } from '../price-process.ts';
import { Door, type DoorLimits } from './door.ts';
import { type VenueCounts, zeroCounts } from './sim-venue.ts';

/** One listed market: its wire's clock may be ahead of the world's. */
interface ClockedMarket {
  setClockAhead(us: number): void;
}

/** One open connection. */
interface EndableSession {
  keepAlive(nowUs: number): void;
  /** @param code - of the close frame; 1006: none is sent */
  end(code: number, reason: string): void;
}

export abstract class VenueBase<M extends ClockedMarket, S extends EndableSession> {
  readonly counts: VenueCounts = zeroCounts();
  /** By symbol. */
  readonly markets: ReadonlyMap<string, M>;
  protected readonly prices: Prices;
  protected readonly door: Door;
  protected readonly open = new Set<S>();
  #nowUs: number;
  #aheadUs = 0;
  #closeAtUs = Number.POSITIVE_INFINITY;

  protected constructor(
    markets: readonly M[],
    symbolOf: (market: M) => string,
    prices: Prices,
    startUs: number,
    door: DoorLimits,
  ) {
    this.markets = new Map(markets.map((market) => [symbolOf(market), market]));
    this.prices = prices;
    this.#nowUs = startUs;
    this.door = new Door(door);
  }

  get symbols(): readonly string[] {
    return [...this.markets.keys()];
  }

  get sessions(): number {
    return this.open.size;
  }

  /** The venue's clock against the world's. */
  get aheadUs(): number {
    return this.#aheadUs;
  }

  /** By the world's clock. */
  nowUs(): number {
    return this.#nowUs;
  }

  /** By the venue's own clock: what its messages say. */
  wireUs(): number {
    return this.#nowUs + this.#aheadUs;
  }

  market(symbol: string): M | undefined {
    return this.markets.get(symbol);
  }

  setClockAhead(us: number): void {
    this.#aheadUs = us;
    for (const market of this.markets.values()) market.setClockAhead(us);
  }

  ban(address: string, untilUs: number): void {
    this.door.ban(address, untilUs);
  }

  closeAll(code: number, reason: string): void {
    this.#closeAtUs = Number.POSITIVE_INFINITY;
    for (const session of [...this.open]) session.end(code, reason);
  }

  forget(session: S): void {
    this.open.delete(session);
  }

  protected moveTo(nowUs: number): void {
    this.#nowUs = nowUs;
  }

  protected planClose(afterUs: number): void {
    this.#closeAtUs = this.#nowUs + afterUs;
  }

  /** What connections need from time to time; and their end, if it was announced and has come. */
  protected tendSessions(closeReason: string): void {
    for (const session of [...this.open]) session.keepAlive(this.#nowUs);
    if (this.#nowUs >= this.#closeAtUs) this.closeAll(1001, closeReason);
  }
}
