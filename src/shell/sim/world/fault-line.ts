/** One connection between a venue and a client, with the faults that are on it now. Sends what the venue sends, or breaks it. */

import type { FrameTag, SimPeer, SimSession, SimVenueName } from '../venues/sim-venue.ts';
import type { ActiveFault } from './fault-script.ts';
import { garbled, oversized, withWrongChecksum } from './garble.ts';

interface Waiting {
  readonly dueUs: number;
  readonly text: string;
  readonly tag: FrameTag;
}

/** What a line needs of its world. */
export interface LineHome {
  nowUs(): number;
  /** The wire faults whose window is open, for this venue. */
  faults(venue: SimVenueName): readonly ActiveFault[];
  /** The line has something waiting, or has nothing any more. */
  setBusy(line: FaultLine, isBusy: boolean): void;
  forget(line: FaultLine): void;
}

/** Close code of a client that does not read fast enough. */
const TOO_SLOW = 1008;

/** To the venue it is the client; `end` is the venue to the client. */
export class FaultLine implements SimPeer {
  readonly #home: LineHome;
  readonly #venue: SimVenueName;
  readonly #client: SimPeer;
  #session: SimSession | null = null;
  #isOpen = true;
  /** What brought data since the connection was opened; a venue has one tag object for each channel and symbol. */
  readonly #flowing = new Set<FrameTag>();
  readonly #queue: Waiting[] = [];
  /** A message that waits for the next one to overtake it. */
  #overtaken: Waiting | null = null;
  #lastDueUs = 0;

  constructor(home: LineHome, venue: SimVenueName, client: SimPeer) {
    this.#home = home;
    this.#venue = venue;
    this.#client = client;
  }

  /** The venue's end, once the handshake is done. */
  attach(session: SimSession): void {
    this.#session = session;
  }

  message(text: string, tag: FrameTag): void {
    if (!this.#isOpen) return;
    const faults = this.#home.faults(this.#venue);
    if (faults.length === 0) {
      this.#flowing.add(tag);
      this.#pass(text, tag, faults);
      return;
    }
    let shown = text;
    let copies = 1;
    for (const fault of faults) {
      if (!fault.concerns(tag)) continue;
      if (this.#isLost(fault, tag)) return;
      if (fault.is('wrong_checksum') && tag.channel === 'depth' && fault.takeOne()) shown = withWrongChecksum(shown);
      if (fault.is('duplicate') && fault.strikes()) copies = 2;
    }
    this.#flowing.add(tag);
    for (let i = 0; i < copies; i++) this.#pass(shown, tag, faults);
  }

  ping(payload: string): void {
    if (this.#isOpen && !this.#isHalfOpen()) this.#client.ping(payload);
  }

  /** The venue closes. On a half-open connection the client does not learn of it. */
  closed(code: number, reason: string): void {
    if (!this.#isOpen) return;
    const isUnheard = this.#isHalfOpen();
    this.#leave();
    if (!isUnheard) this.#client.closed(code, reason);
  }

  /** What the client holds in its hand. */
  get end(): SimSession {
    const isHeard = (): boolean => this.#isOpen && !this.#isHalfOpen();
    return {
      receive: (text) => {
        if (isHeard()) this.#session?.receive(text);
      },
      pong: (payload) => {
        if (isHeard()) this.#session?.pong(payload);
      },
      ping: () => {
        if (isHeard()) this.#session?.ping();
      },
      closed: () => {
        if (!this.#isOpen) return;
        this.#leave();
        this.#session?.closed();
      },
    };
  }

  /** Delivers what is due. */
  deliver(nowUs: number): void {
    const slow = this.#home.faults(this.#venue).find((fault) => fault.is('slow'));
    let allowance = slow?.allowance(nowUs) ?? Number.POSITIVE_INFINITY;
    while (this.#isOpen && allowance >= 1 && this.#queue.length > 0 && this.#queue[0]!.dueUs <= nowUs) {
      allowance -= 1;
      slow?.spend();
      const { text, tag } = this.#queue.shift()!;
      this.#client.message(text, tag);
    }
    if (this.#queue.length === 0) this.#home.setBusy(this, false);
  }

  #isLost(fault: ActiveFault, tag: FrameTag): boolean {
    const isData = tag.channel !== 'control' && tag.channel !== 'heartbeat';
    if (fault.is('half_open')) return fault.count();
    if (fault.is('drop')) return fault.strikes();
    if (fault.is('stale')) return isData && this.#holdBack(fault);
    if (fault.is('gap')) return tag.channel === 'depth' && fault.takeOne();
    if (fault.is('ack_without_data')) return isData && !this.#flowing.has(tag) && fault.count();
    return false;
  }

  #holdBack(fault: ActiveFault): true {
    this.#session?.heldBack?.();
    return fault.count();
  }

  /** Past what may lose it: now, or after a while, with whatever comes beside it. */
  #pass(text: string, tag: FrameTag, faults: readonly ActiveFault[]): void {
    if (faults.length === 0 && this.#overtaken === null) {
      this.#queueOrSend(text, tag, faults);
      return;
    }
    if (this.#isOvertaken(text, tag, faults)) return;
    this.#queueOrSend(text, tag, faults);
    for (const fault of faults) {
      if (!fault.concerns(tag)) continue;
      if (fault.is('garbage') && fault.strikes()) this.#queueOrSend(garbled(text, fault.prng), tag, faults);
      if (fault.is('oversize') && fault.takeOne()) this.#queueOrSend(oversized(fault.bytes), tag, faults);
    }
    const overtaken = this.#overtaken;
    this.#overtaken = null;
    if (overtaken !== null) this.#queueOrSend(overtaken.text, overtaken.tag, faults);
  }

  #isOvertaken(text: string, tag: FrameTag, faults: readonly ActiveFault[]): boolean {
    if (this.#overtaken !== null) return false;
    const fault = faults.find((one) => one.is('reorder') && one.concerns(tag));
    if (fault === undefined || !fault.strikes()) return false;
    this.#overtaken = { text, tag, dueUs: 0 };
    return true;
  }

  #queueOrSend(text: string, tag: FrameTag, faults: readonly ActiveFault[]): void {
    if (!this.#isOpen) return;
    const delay = faults.find((fault) => fault.is('delay'));
    const slow = faults.find((fault) => fault.is('slow'));
    if (delay === undefined && slow === undefined && this.#queue.length === 0) {
      this.#client.message(text, tag);
      return;
    }
    delay?.count();
    slow?.count();
    this.#lastDueUs = Math.max(this.#lastDueUs, this.#home.nowUs() + (delay?.delayUs() ?? 0));
    this.#queue.push({ dueUs: this.#lastDueUs, text, tag });
    this.#home.setBusy(this, true);
    if (slow !== undefined && this.#queue.length > slow.capacity) this.#cutOff();
  }

  /** The venue gives up on a client that does not read. */
  #cutOff(): void {
    this.#session?.closed();
    this.closed(TOO_SLOW, 'slow consumer');
  }

  #isHalfOpen(): boolean {
    return this.#home.faults(this.#venue).some((fault) => fault.is('half_open') && fault.count());
  }

  #leave(): void {
    this.#isOpen = false;
    this.#queue.length = 0;
    this.#home.forget(this);
  }
}
