/** The faults of a world in time: which are on now, what chance they have, how often they struck. Touches no message itself. */

import type { Prng } from '../../../core/base/prng.ts';
import type { FrameTag, SimVenueName } from '../venues/sim-venue.ts';
import { type Fault, type FaultKind, type FaultOf, isWireFault, type WireFault } from './fault.ts';

/** A wire fault whose window is open. */
export class ActiveFault {
  readonly fault: FaultOf<WireFault>;
  readonly prng: Prng;
  readonly #note: (kind: FaultKind) => void;
  /** Messages still to be hit, for faults that have a number of them. */
  #left: number;
  /** Of a slow line: messages that may pass now, and since when. */
  #credit = 0;
  #creditedUs = Number.NaN;

  constructor(fault: FaultOf<WireFault>, prng: Prng, note: (kind: FaultKind) => void) {
    this.fault = fault;
    this.prng = prng;
    this.#note = note;
    this.#left = 'count' in fault ? fault.count : 0;
  }

  is(kind: WireFault['kind']): boolean {
    return this.fault.kind === kind;
  }

  concerns(tag: FrameTag): boolean {
    const { symbol, channel } = this.fault;
    return (symbol === null || symbol === tag.symbol) && (channel === null || channel === tag.channel);
  }

  /** By its chance: does it hit this message? */
  strikes(): boolean {
    if (!('chance' in this.fault) || !this.prng.chance(this.fault.chance)) return false;
    return this.count();
  }

  /** Does it hit one more of its number? */
  takeOne(): boolean {
    if (this.#left === 0) return false;
    this.#left -= 1;
    return this.count();
  }

  /** Notes that it hit something. @returns true */
  count(): true {
    this.#note(this.fault.kind);
    return true;
  }

  get bytes(): number {
    return this.fault.kind === 'oversize' ? this.fault.bytes : 0;
  }

  get capacity(): number {
    return this.fault.kind === 'slow' ? this.fault.capacity : 0;
  }

  delayUs(): number {
    if (this.fault.kind !== 'delay') return 0;
    return (this.fault.delayMs + this.prng.next() * this.fault.jitterMs) * 1_000;
  }

  /** How many messages may pass at a time, over all connections of the venue. */
  allowance(nowUs: number): number {
    if (this.fault.kind !== 'slow') return Number.POSITIVE_INFINITY;
    const { messagesPerSecond } = this.fault;
    const elapsedUs = Number.isNaN(this.#creditedUs) ? 0 : nowUs - this.#creditedUs;
    this.#creditedUs = nowUs;
    this.#credit = Math.min(messagesPerSecond, this.#credit + (elapsedUs * messagesPerSecond) / 1_000_000);
    return this.#credit;
  }

  spend(): void {
    this.#credit -= 1;
  }
}

/** What opens or closes at a step. */
export interface FaultChange {
  readonly fault: Fault;
  readonly index: number;
  readonly isBegin: boolean;
}

const NONE: readonly ActiveFault[] = [];

export class FaultScript {
  readonly faults: readonly Fault[];
  /** How often each kind struck. */
  readonly injected: Partial<Record<FaultKind, number>> = {};
  readonly #prng: Prng;
  readonly #changes: { readonly atMs: number; readonly change: FaultChange }[];
  readonly #active = new Map<number, ActiveFault>();
  readonly #byVenue = new Map<SimVenueName, readonly ActiveFault[]>();
  #next = 0;

  constructor(faults: readonly Fault[], prng: Prng) {
    this.faults = faults;
    this.#prng = prng;
    this.#changes = faults.flatMap((fault, index) => [
      { atMs: fault.atMs, change: { fault, index, isBegin: true } },
      { atMs: fault.atMs + fault.forMs, change: { fault, index, isBegin: false } },
    ]);
    // Ends before beginnings of the same time, but a fault's own end never before its beginning: sort is stable.
    this.#changes.sort((a, b) => a.atMs - b.atMs);
  }

  note(kind: FaultKind): void {
    this.injected[kind] = (this.injected[kind] ?? 0) + 1;
  }

  /** What begins or ends by now, in order, each once. Wire faults are switched here; the others are the caller's. */
  due(nowMs: number): FaultChange[] {
    const due: FaultChange[] = [];
    while (this.#next < this.#changes.length && this.#changes[this.#next]!.atMs <= nowMs) {
      const { change } = this.#changes[this.#next]!;
      this.#next += 1;
      due.push(change);
      if (isWireFault(change.fault)) this.#switch(change.index, change.fault, change.isBegin);
    }
    return due;
  }

  /** The wire faults that are on for a venue. */
  active(venue: SimVenueName): readonly ActiveFault[] {
    if (this.#active.size === 0) return NONE;
    let faults = this.#byVenue.get(venue);
    if (faults === undefined) {
      faults = [...this.#active.values()].filter(({ fault }) => fault.venue === null || fault.venue === venue);
      this.#byVenue.set(venue, faults);
    }
    return faults;
  }

  #switch(index: number, fault: FaultOf<WireFault>, isBegin: boolean): void {
    if (isBegin) {
      const note = (kind: FaultKind): void => this.note(kind);
      this.#active.set(index, new ActiveFault(fault, this.#prng.fork(`fault/${index}`), note));
    } else this.#active.delete(index);
    this.#byVenue.clear();
  }
}
