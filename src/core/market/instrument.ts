/** What we trade where: an instrument, its units, and the table that finds one by the bytes of its symbol. Does no I/O. */

import { MAX_DECIMALS, POW10 } from '../base/decimal.ts';

export type InstrumentType = 'spot' | 'perpetual' | 'future' | 'option' | 'unknown';

/**
 * How a venue's size becomes base and quote amounts.
 *
 * - `base`: sizes are base units already
 * - `linear`: sizes are contracts of `multiplier` base units each
 * - `inverse`: sizes are contracts of `multiplier` quote units (USD) each
 *
 * `multiplier` is null when nobody told us: volumes then stay NULL, they are never guessed.
 */
export type ContractUnit =
  | { readonly kind: 'base' }
  | { readonly kind: 'linear' | 'inverse'; readonly multiplier: number | null };

/** One venue's listing of an instrument, as `config/instruments.yaml` declares it or as a recording shows it. */
export interface InstrumentSpec {
  /** Our id, such as `BTC-USDT` or `BTC-USDT-PERP`; `venue:symbol` for one that only a recording names. */
  readonly id: string;
  readonly venue: string;
  /** Exactly as the venue writes it in its payloads: `BTCUSDT`, `XBT/USD`, `BTC-USDT-SWAP`. */
  readonly symbol: string;
  /** Other spellings of the same market on the same venue (Kraken v1 `XBT/USD` beside v2 `BTC/USD`). */
  readonly aliases?: readonly string[];
  readonly base: string | null;
  readonly quote: string | null;
  readonly type: InstrumentType;
  /** Decimals of the price increment and of the size increment; they grow when the wire shows more. */
  readonly priceDecimals: number;
  readonly sizeDecimals: number;
  readonly contract: ContractUnit;
  /** Levels a side that we subscribe to, and truncate to where the venue leaves that to us; null: as much as comes. */
  readonly depth: number | null;
  /** The venue's channel whose trades feed bars; null: the first one seen. */
  readonly tradeChannel: string | null;
}

/** An instrument at run time: its spec, and decimals that may still grow. */
export class Instrument {
  readonly spec: InstrumentSpec;
  readonly venue: string;
  readonly symbol: string;
  /** Place in the scanner's arrays: dense, from 0, in order of registration. */
  readonly index: number;
  readonly symbolBytes: Uint8Array;
  #priceDecimals: number;
  #sizeDecimals: number;
  #largestPrice = 0;

  constructor(spec: InstrumentSpec, index: number) {
    this.spec = spec;
    this.venue = spec.venue;
    this.symbol = spec.symbol;
    this.index = index;
    this.symbolBytes = asciiBytes(spec.symbol);
    this.#priceDecimals = spec.priceDecimals;
    this.#sizeDecimals = spec.sizeDecimals;
  }

  /** Decimals of the price mantissas that decoders hand out now. */
  get priceDecimals(): number {
    return this.#priceDecimals;
  }

  /** Decimals of the size mantissas that decoders hand out now. */
  get sizeDecimals(): number {
    return this.#sizeDecimals;
  }

  /** The largest price that decided about decimals so far, in quote units. */
  get largestPrice(): number {
    return this.#largestPrice;
  }

  notePrice(price: number): void {
    if (price > this.#largestPrice) this.#largestPrice = price;
  }

  /** Makes room for more decimals; never fewer. Whoever keeps mantissas compares decimals before mixing them. */
  growDecimals(priceDecimals: number, sizeDecimals: number): void {
    if (priceDecimals > this.#priceDecimals) this.#priceDecimals = Math.min(priceDecimals, MAX_DECIMALS);
    if (sizeDecimals > this.#sizeDecimals) this.#sizeDecimals = Math.min(sizeDecimals, MAX_DECIMALS);
  }

  /** Sets decimals exactly; only where the wire's own count of decimals has a meaning (Kraken checksums). */
  setDecimals(priceDecimals: number, sizeDecimals: number): void {
    this.#priceDecimals = Math.min(priceDecimals, MAX_DECIMALS);
    this.#sizeDecimals = Math.min(sizeDecimals, MAX_DECIMALS);
  }

  /** A price mantissa as the nearest double, in quote units. */
  priceNumber(mantissa: number): number {
    return mantissa / POW10[this.#priceDecimals]!;
  }

  /** A size mantissa as the nearest double, in the venue's size unit (base or contracts). */
  sizeNumber(mantissa: number): number {
    return mantissa / POW10[this.#sizeDecimals]!;
  }

  /** Base units in `size` (venue units) at `price`; NaN when the contract's multiplier is unknown. */
  baseAmount(size: number, price: number): number {
    const contract = this.spec.contract;
    if (contract.kind === 'base') return size;
    if (contract.multiplier === null) return Number.NaN;
    return contract.kind === 'linear' ? size * contract.multiplier : (size * contract.multiplier) / price;
  }

  /** Quote units in `size` (venue units) at `price`; NaN when the contract's multiplier is unknown. */
  quoteAmount(size: number, price: number): number {
    const contract = this.spec.contract;
    if (contract.kind === 'base') return size * price;
    if (contract.multiplier === null) return Number.NaN;
    return contract.kind === 'inverse' ? size * contract.multiplier : size * contract.multiplier * price;
  }
}

/** ASCII text as bytes; core has no TextEncoder. Non-ASCII becomes `?`, which no venue's symbol contains. */
export function asciiBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    bytes[i] = code < 128 ? code : 63;
  }
  return bytes;
}
