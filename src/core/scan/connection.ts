/** A connection as its `link` Inputs introduced it, and what came over it. Decides nothing. */

import type { JsonObject } from '../base/json.ts';
import type { Instrument } from '../market/instrument.ts';
import type { InstrumentRun } from './instrument-run.ts';
import type { VenueRun } from './venue-run.ts';

export class Connection {
  readonly venue: VenueRun;
  /** REST: the symbol that was asked for. */
  readonly symbol: string | null;
  readonly transport: 'websocket' | 'rest';
  isUp = true;
  /** Instruments whose depth or trades came over it. */
  readonly instruments: Set<InstrumentRun>;
  /** What a reply without a symbol is about: the instrument asked for, or the only one on the connection; null: unknown. */
  hint: Instrument | null = null;
  /** Number of its last message, on venues that number them; else NaN. */
  lastSequence = Number.NaN;

  constructor(
    venue: VenueRun,
    symbol: string | null,
    transport: 'websocket' | 'rest',
    instruments: Iterable<InstrumentRun> = [],
  ) {
    this.venue = venue;
    this.symbol = symbol;
    this.transport = transport;
    this.instruments = new Set(instruments);
    this.#setHint();
  }

  /** From now on this instrument's data comes over it. */
  carry(run: InstrumentRun): void {
    this.instruments.add(run);
    this.#setHint();
  }

  #setHint(): void {
    const { venue, symbol, instruments } = this;
    const [only] = instruments;
    this.hint = symbol !== null ? venue.symbols.findText(symbol) : instruments.size === 1 ? only!.instrument : null;
  }

  /** @param index - its number in Inputs */
  save(index: number): JsonObject {
    const { venue, symbol, transport, isUp, lastSequence, instruments } = this;
    return {
      index,
      venue: venue.name,
      symbol,
      transport,
      isUp,
      lastSequence: Number.isFinite(lastSequence) ? lastSequence : null,
      instruments: Array.from(instruments, (run) => run.instrument.index),
    };
  }

  /** @param runs - those that were saved, in their order then */
  static restore(saved: JsonObject, venue: VenueRun, runs: readonly InstrumentRun[]): Connection {
    const connection = new Connection(
      venue,
      saved['symbol'] as string | null,
      saved['transport'] as 'websocket' | 'rest',
      (saved['instruments'] as number[]).map((index) => runs[index]!),
    );
    connection.isUp = saved['isUp'] as boolean;
    connection.lastSequence = (saved['lastSequence'] as number | null) ?? Number.NaN;
    return connection;
  }
}
