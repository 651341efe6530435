/** The venues and instruments of a run: those that config names, and those that frames are about. Steps none of them. */

import { assert } from '../base/assert.ts';
import type { JsonObject } from '../base/json.ts';
import { SEQUENCE_RULES } from '../market/book/sequence.ts';
import { Instrument, type InstrumentSpec } from '../market/instrument.ts';
import type { CodecTools } from '../market/venues/codec.ts';
import { makeCodec } from '../market/venues/registry.ts';
import { discoveredSpec, VenueSymbols } from '../market/venues/symbol-table.ts';
import type { Effect } from './effect.ts';
import type { MarketConfig } from './input.ts';
import { InstrumentRun } from './instrument-run.ts';
import { VenueRun } from './venue-run.ts';

/** A recording of garbage must not register instruments without end. */
const MAX_DISCOVERED = 10_000;
/** Symbols that were not wanted are only remembered to tell the operator what there was. */
const MAX_REFUSED = 1000;

/** What the roster needs of its scanner. */
export interface RosterSurroundings {
  readonly config: MarketConfig;
  readonly decodeText: CodecTools['decodeText'];
  /** `receiveTimeMs`: of the Input that is being stepped. Shared with every instrument. */
  readonly moment: { readonly receiveTimeMs: number };
  /** An instrument was registered. */
  onInstrument(run: InstrumentRun, venue: VenueRun): void;
  /** Takes the effects of an instrument. */
  push(effect: Effect, run: InstrumentRun): void;
}

export class Roster {
  /** In order of registration; an instrument's `index` is its place. */
  readonly venues: VenueRun[] = [];
  readonly instruments: InstrumentRun[] = [];
  readonly #around: RosterSurroundings;
  readonly #venueByName = new Map<string, VenueRun>();
  readonly #refused = new Set<string>();
  #discovered = 0;

  constructor(around: RosterSurroundings) {
    this.#around = around;
  }

  /** Symbols that frames named but config left out, sorted; at most a thousand. */
  get refusedSymbols(): readonly string[] {
    return [...this.#refused].sort();
  }

  /** Made when it is first asked for; null: nobody knows how to read it. */
  venue(name: string): VenueRun | null {
    const known = this.#venueByName.get(name);
    if (known !== undefined) return known;
    const { config, decodeText } = this.#around;
    const rule = SEQUENCE_RULES[name];
    const discover = config.discoverInstruments ? (symbol: string) => this.#discover(name, symbol) : null;
    const symbols = new VenueSymbols(discover);
    const codec = makeCodec(name, { symbols, decodeText });
    if (codec === null || rule === undefined) return null;
    const venue = new VenueRun(name, codec, symbols, rule, config.maxEventTimeDeviationMs);
    this.#venueByName.set(name, venue);
    this.venues.push(venue);
    return venue;
  }

  venueOf({ instrument }: InstrumentRun): VenueRun {
    return this.#venueByName.get(instrument.venue)!;
  }

  /** Registers what config names, if it is wanted and its venue can be read. */
  add(spec: InstrumentSpec): void {
    if (!this.#isWanted(spec.symbol)) return;
    const venue = this.venue(spec.venue);
    if (venue !== null) this.#register(venue, spec);
  }

  #isWanted(symbol: string): boolean {
    const only = this.#around.config.onlySymbols;
    return only === null || only.includes(symbol);
  }

  #discover(venue: string, symbol: string): Instrument | null {
    if (!this.#isWanted(symbol)) {
      if (this.#refused.size < MAX_REFUSED) this.#refused.add(symbol);
      return null;
    }
    if (this.#discovered >= MAX_DISCOVERED) return null;
    this.#discovered += 1;
    return this.#register(this.#venueByName.get(venue)!, discoveredSpec(venue, symbol)).instrument;
  }

  #register(venue: VenueRun, spec: InstrumentSpec): InstrumentRun {
    const { moment, config } = this.#around;
    const instrument = new Instrument(spec, this.instruments.length);
    const run = new InstrumentRun(instrument, venue.rule, {
      moment,
      clock: venue.clock,
      lateGraceMs: config.lateGraceMs,
      push: (effect) => this.#around.push(effect, run),
    });
    this.instruments.push(run);
    venue.instruments.push(run);
    this.#around.onInstrument(run, venue);
    venue.symbols.add(instrument);
    return run;
  }

  save(): { discovered: number; venues: JsonObject[]; instruments: JsonObject[] } {
    return {
      discovered: this.#discovered,
      venues: this.venues.map((venue) => venue.save()),
      instruments: this.instruments.map((run) => ({
        spec: { ...run.instrument.spec } as unknown as JsonObject,
        run: run.save(),
      })),
    };
  }

  /** Instruments that config names but the save does not are kept as new. @returns those that were saved, in their order then */
  restore(saved: JsonObject): readonly InstrumentRun[] {
    for (const venue of saved['venues'] as JsonObject[]) this.venue(venue['name'] as string);
    const runs = (saved['instruments'] as JsonObject[]).map((entry) => this.#restoreInstrument(entry));
    for (const venue of saved['venues'] as JsonObject[]) this.#venueByName.get(venue['name'] as string)!.restore(venue);
    this.#discovered = saved['discovered'] as number;
    return runs;
  }

  #restoreInstrument(entry: JsonObject): InstrumentRun {
    const spec = entry['spec'] as unknown as InstrumentSpec;
    const venue = this.venue(spec.venue);
    assert(venue !== null, 'a saved venue has a codec');
    const known = venue.instruments.find((run) => run.instrument.symbol === spec.symbol);
    const run = known ?? this.#register(venue, spec);
    run.restore(entry['run'] as JsonObject);
    return run;
  }
}
