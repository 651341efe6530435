/** One venue's instruments, found by the bytes of their symbol without making strings. Grows; never forgets. */

import { asciiBytes, type ContractUnit, type Instrument, type InstrumentSpec } from '../instrument.ts';
import type { SymbolTable } from './codec.ts';

/** A symbol longer than this is not looked up: no venue has one, and garbage must not cost. */
const MAX_SYMBOL_BYTES = 64;

interface Entry {
  readonly bytes: Uint8Array;
  readonly instrument: Instrument;
}

export class VenueSymbols implements SymbolTable {
  readonly #byText = new Map<string, Instrument>();
  #slots: (Entry | undefined)[] = new Array(16).fill(undefined);
  #mask = 15;
  #used = 0;
  readonly #discover: ((symbol: string) => Instrument | null) | null;

  /** @param discover - registers an unknown symbol, or null to refuse it; null where nothing may be discovered */
  constructor(discover: ((symbol: string) => Instrument | null) | null) {
    this.#discover = discover;
  }

  /** Registers an instrument under its symbol and its aliases. */
  add(instrument: Instrument): void {
    this.#insert(instrument.symbol, instrument);
    for (const alias of instrument.spec.aliases ?? []) this.#insert(alias, instrument);
  }

  findText(symbol: string): Instrument | null {
    const found = this.#byText.get(symbol);
    if (found !== undefined) return found;
    if (this.#discover === null || symbol.length === 0 || symbol.length > MAX_SYMBOL_BYTES) return null;
    const created = this.#discover(symbol);
    if (created !== null) this.add(created);
    return created;
  }

  findBytes(bytes: Uint8Array, from: number, to: number): Instrument | null {
    const length = to - from;
    if (length <= 0) return null;
    let slot = hash(bytes, from, length) & this.#mask;
    for (;;) {
      const entry = this.#slots[slot];
      if (entry === undefined) return null;
      const symbol = entry.bytes;
      if (symbol.length === length) {
        let i = 0;
        while (i < length && symbol[i] === bytes[from + i]) i += 1;
        if (i === length) return entry.instrument;
      }
      slot = (slot + 1) & this.#mask;
    }
  }

  #insert(symbol: string, instrument: Instrument): void {
    if (this.#byText.has(symbol)) return;
    this.#byText.set(symbol, instrument);
    this.#used += 1;
    if (this.#used * 4 > this.#slots.length) this.#grow();
    this.#place({ bytes: asciiBytes(symbol), instrument });
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Array(old.length * 2).fill(undefined);
    this.#mask = this.#slots.length - 1;
    for (const entry of old) if (entry !== undefined) this.#place(entry);
  }

  #place(entry: Entry): void {
    let slot = hash(entry.bytes, 0, entry.bytes.length) & this.#mask;
    while (this.#slots[slot] !== undefined) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = entry;
  }
}

/** Four bytes and the length tell symbols apart well enough; the comparison afterwards is exact. */
function hash(bytes: Uint8Array, from: number, length: number): number {
  const a = bytes[from]!;
  const b = bytes[from + (length >> 1)]!;
  const c = bytes[from + length - 1]!;
  const d = bytes[from + ((length * 3) >> 2)]!;
  const h = Math.imul(a | (b << 8) | (c << 16) | (d << 24), 0x9e3779b1) + Math.imul(length, 0x85ebca6b);
  return h ^ (h >>> 15);
}

/** What is known of an instrument that only a recording names: its symbol, and what the symbol itself tells of its unit. */
export function discoveredSpec(venue: string, symbol: string, rest: Partial<InstrumentSpec> = {}): InstrumentSpec {
  return {
    id: `${venue}:${symbol}`,
    venue,
    symbol,
    base: null,
    quote: null,
    type: 'unknown',
    priceDecimals: 0,
    sizeDecimals: 0,
    contract: contractOf(venue, symbol),
    depth: null,
    tradeChannel: null,
    ...rest,
  };
}

/** The unit of sizes by venue and symbol; how much a contract is only the venue's instrument list knows: null here. */
function contractOf(venue: string, symbol: string): ContractUnit {
  if (venue === 'binance_coinm') return { kind: 'inverse', multiplier: null };
  // Bybit's inverse contracts are one dollar each.
  if (venue === 'bybit_inverse') return { kind: 'inverse', multiplier: 1 };
  if (venue !== 'okx') return { kind: 'base' };
  // BTC-USDT is spot; BTC-USDT-SWAP, BTC-USD-240927 and BTC-USD-240927-60000-C are contracts.
  const parts = symbol.split('-');
  if (parts.length < 3) return { kind: 'base' };
  return { kind: parts[1] === 'USD' ? 'inverse' : 'linear', multiplier: null };
}
