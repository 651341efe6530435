/** The operator of a chaos run: gives the script's orders at their times, by the Inputs that commands make. Judges nothing. */

import { levelOf } from '../../../src/core/ops/kill-switch/latch.ts';
import type { PublicControlDocument } from '../../../src/core/ops/run/ops-input.ts';
import type { CommandInput } from '../../../src/core/scan/input.ts';
import type { VirtualScan } from '../../../src/shell/run/drill/virtual-scan.ts';
import type { SimVenueName } from '../../../src/shell/sim/world/sim-world.ts';
import { changedDocument, FIRST_DOCUMENT, switchSetting } from '../../support/ops-world.ts';
import type { ChaosOrder, ChaosScript } from './chaos-script.ts';

const BY = { actor: 'chaos', reason: 'chaos' } as const;

export class Operator {
  readonly #scan: VirtualScan;
  #document: PublicControlDocument = FIRST_DOCUMENT;
  /** By venue that is kept closed on purpose: since when, ms since the world began. */
  readonly #closed = new Map<SimVenueName, number>();

  constructor(scan: VirtualScan, { orders }: Pick<ChaosScript, 'orders'>) {
    this.#scan = scan;
    for (const order of orders) {
      scan.clock.after(order.atMs, () => this.#begin(order));
      if ('forMs' in order) scan.clock.after(order.atMs + order.forMs, () => this.#end(order));
    }
  }

  get closed(): ReadonlyMap<SimVenueName, number> {
    return this.#closed;
  }

  #begin(order: ChaosOrder): void {
    switch (order.kind) {
      case 'kill':
        this.#command({ kind: 'kill_signal', name: 'SIGUSR2' });
        return;
      case 'reconnect':
        this.#command({ kind: 'reconnect', venue: order.venue, ...BY });
        return;
      case 'resync': {
        const run = this.#scan.scanner.instruments.find(({ instrument }) => instrument.venue === order.venue)!;
        this.#command({ kind: 'resync', venue: order.venue, symbol: run.instrument.symbol, ...BY });
        return;
      }
      case 'pause':
        this.#pause();
        return;
      case 'halt':
        this.#change({ mode: 'halted' });
        this.#close(this.#scan.world.venues, true);
        return;
      case 'switch_off':
        this.#switch(order.venue, false);
    }
  }

  #end(order: Extract<ChaosOrder, { forMs: number }>): void {
    if (order.kind === 'switch_off') this.#switch(order.venue, true);
    else if (order.kind === 'pause') {
      // What was stopped harder meanwhile is nobody's to release here.
      if (levelOf(this.#scan.scanner.ops!.latch) !== 'pause') return;
      const revision = this.#document.revision + 1;
      this.#change({ kill: { kind: 'released', releasedAtMs: this.#nowMs, revision } });
    } else {
      this.#close(this.#scan.world.venues, false);
      this.#change({ mode: 'normal' });
    }
  }

  #pause(): void {
    const engagement = { level: 'pause', engagedAtMs: this.#nowMs, reason: BY.reason, operator: BY.actor } as const;
    const revision = this.#document.revision + 1;
    this.#change({ kill: { kind: 'engaged', ...engagement, source: 'command', trigger: null, revision } });
  }

  #switch(venue: SimVenueName, isOn: boolean): void {
    if (isOn) this.#close([venue], false);
    const setting = switchSetting(isOn, this.#document.revision + 1, this.#nowMs);
    this.#change({ switches: { ...this.#document.switches, [`venue.${venue}`]: setting } });
    if (!isOn) this.#close([venue], true);
  }

  #close(venues: readonly SimVenueName[], isClosed: boolean): void {
    for (const venue of venues) {
      if (isClosed) this.#closed.set(venue, this.#scan.elapsedMs);
      else this.#closed.delete(venue);
    }
  }

  #change(change: Parameters<typeof changedDocument>[1]): void {
    this.#document = changedDocument(this.#document, change);
    this.#command({ kind: 'control', document: this.#document });
  }

  #command(command: CommandInput['command']): void {
    this.#scan.step({ kind: 'command', command, receiveTimeMs: this.#nowMs });
  }

  /** Never before what was stepped last. */
  get #nowMs(): number {
    return this.#scan.driver.nowMs();
  }
}
