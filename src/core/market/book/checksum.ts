/** The checksums that Kraken and OKX send with their books, computed from our books. Changes no book. */

import { crc32, crc32Join } from '../../base/crc32.ts';
import { crcChange, crcsOfZeros, digitCount, PART } from '../../base/crc32-digits.ts';
import { POW10, shortestMantissaText } from '../../base/decimal.ts';
import { MAX_LEVELS } from './book-side.ts';
import type { SortedLevels } from './sorted-levels.ts';
import type { SortedSide } from './sorted-side.ts';

/** Sizes too large for a mantissa, as the wire wrote them, by price mantissa. Seldom more than none. */
export type OddSizes = ReadonlyMap<number, string>;

/** Kraken covers ten levels a side whatever the subscribed depth; OKX twenty-five. */
const KRAKEN_LEVELS = 10;
const OKX_LEVELS = 25;
/** No venue's number is that long; a level's length has eight bits. */
const MAX_TEXT_BYTES = 255;
/** CRCs of zeros, to be changed into numbers: bare, and behind the two signs in OKX's text. */
const BARE_ZEROS = crcsOfZeros('');
const COLON_ZEROS = crcsOfZeros(':');
const POINT_ZEROS = crcsOfZeros('.');
const CRC_OF_COLON = COLON_ZEROS[0]!;

/** Zeros at the end of a fraction of at most 18 decimals are fewer than all of these together: tried in turn, they find each number. */
const ZERO_RUNS = [16, 8, 4, 2, 1];

/** Leaves the CRC and the length of a level's text with the level. Through arrays: V8 allocates for every double that is passed. */
type WriteLevel = (levels: SortedLevels, at: number) => void;
/** The text of a level with an odd size. */
type OddText = (price: number, size: string) => string;

/** Computes one book's checksums: the CRC of each level's text is kept with the level, and they are joined in the text's order. */
export class BookChecksum {
  readonly #isKraken: boolean;
  readonly #bids: TopTexts;
  readonly #asks: TopTexts;
  #priceDecimals = 0;
  #sizeDecimals = 0;
  #crc = 0;
  #asksCrc = 0;

  /**
   * - Kraken v1 and v2: the digits of price and size, without point and leading zeros, of the best ten asks from low to high,
   *   then of the best ten bids from high to low; CRC-32, unsigned. Mantissas at the wire's own decimals are those digits.
   * - OKX before 2026-06-23: `bid1px:bid1sz:ask1px:ask1sz:bid2px:…` over the best 25 levels, with the shortest text of each
   *   number; where one side runs out the other goes on; CRC-32 as a signed 32-bit integer.
   *
   * @param bids - the checksum takes its `changedRank`: nobody else may
   */
  constructor(venue: 'kraken' | 'okx', bids: SortedSide, asks: SortedSide) {
    this.#isKraken = venue === 'kraken';
    const levels = this.#isKraken ? KRAKEN_LEVELS : OKX_LEVELS;
    const write = this.#isKraken ? writeKrakenLevel : this.#writeOkxLevel;
    const oddText = this.#isKraken ? oddKrakenText : this.#oddOkxText;
    this.#bids = new TopTexts(bids, levels, write, oddText);
    this.#asks = new TopTexts(asks, levels, write, oddText);
  }

  /** As the venue sends it. The decimals are those of the sides' mantissas, and may only change with a `rescale` or `load`. */
  compute(priceDecimals: number, sizeDecimals: number, odd: OddSizes): number {
    if (this.#bids.isChanged || this.#asks.isChanged) {
      this.#priceDecimals = priceDecimals;
      this.#sizeDecimals = sizeDecimals;
      this.#bids.update(odd);
      this.#asks.update(odd);
      this.#crc = this.#isKraken ? this.#joinKraken() : this.#bids.joinInTurn(this.#asks);
    }
    return this.#isKraken ? this.#crc >>> 0 : this.#crc;
  }

  #joinKraken(): number {
    const asks = this.#asks.joinBehind(0, false);
    const isAskChanged = asks !== this.#asksCrc;
    this.#asksCrc = asks;
    return this.#bids.joinBehind(asks, isAskChanged);
  }

  /** `:price:size`, with a colon before it, so that only the very first level of a text differs from its own. */
  readonly #writeOkxLevel: WriteLevel = (levels, at) => {
    writeOkxNumber(levels, at, levels.keys, this.#priceDecimals);
    const { crcs, lengths } = levels;
    const price = crcs[at]!;
    const priceLength = lengths[at]!;
    writeOkxNumber(levels, at, levels.sizes, this.#sizeDecimals);
    crcs[at] = crc32Join(price, crcs[at]!, lengths[at]!);
    lengths[at]! += priceLength;
  };

  readonly #oddOkxText: OddText = (price, size) => `:${shortestMantissaText(price, this.#priceDecimals)}:${size}`;
}

/** The texts of one side's best levels, as CRCs. CRCs travel as signed integers: V8 allocates for every double that is passed. */
class TopTexts {
  readonly #side: SortedSide;
  readonly #limit: number;
  readonly #write: WriteLevel;
  readonly #oddText: OddText;
  /** Of the text up to and with each rank. */
  readonly #joined: Int32Array;
  #count = 0;
  /** The best rank that differs from what `#joined` was made of. */
  #changedFrom = 0;

  constructor(side: SortedSide, limit: number, write: WriteLevel, oddText: OddText) {
    this.#side = side;
    this.#limit = limit;
    this.#write = write;
    this.#oddText = oddText;
    this.#joined = new Int32Array(limit);
  }

  /** May the text be another than at the last `update`? */
  get isChanged(): boolean {
    return this.#side.changedRank < this.#limit;
  }

  /** Writes the levels that are new among the best ones. */
  update(odd: OddSizes): void {
    const { levels, changedRank } = this.#side;
    const { lengths, end } = levels;
    const count = this.#side.count < this.#limit ? this.#side.count : this.#limit;
    this.#count = count;
    this.#changedFrom = changedRank;
    for (let rank = changedRank; rank < count; rank++) {
      const at = end - 1 - rank;
      if (lengths[at] !== 0) continue;
      this.#write(levels, at);
      if (odd.size > 0) this.#writeOdd(levels, at, odd);
    }
    this.#side.changedRank = MAX_LEVELS;
  }

  #writeOdd(levels: SortedLevels, at: number, odd: OddSizes): void {
    const price = Math.abs(levels.keys[at]!);
    const size = odd.get(price);
    if (size === undefined) return;
    const text = Uint8Array.from(this.#oddText(price, size).slice(0, MAX_TEXT_BYTES), (char) => char.charCodeAt(0));
    levels.crcs[at] = crc32(text, 0, text.length);
    levels.lengths[at] = text.length;
  }

  /** The CRC of this side's text behind one whose CRC is `before`. */
  joinBehind(before: number, isBeforeChanged: boolean): number {
    const { crcs, lengths, end } = this.#side.levels;
    const joined = this.#joined;
    const count = this.#count;
    const from = isBeforeChanged ? 0 : Math.min(this.#changedFrom, count);
    let crc = from === 0 ? before : joined[from - 1]!;
    for (let rank = from; rank < count; rank++) {
      crc = crc32Join(crc, crcs[end - 1 - rank]!, lengths[end - 1 - rank]!);
      joined[rank] = crc;
    }
    return crc;
  }

  /** The CRC of a text in which this side and another take turns; where one runs out the other goes on. */
  joinInTurn(other: TopTexts): number {
    const joined = this.#joined;
    const mine = this.#side.levels;
    const theirs = other.#side.levels;
    const pairs = this.#count < other.#count ? this.#count : other.#count;
    // Up to the first change of either side the text is the one before.
    const from = Math.min(this.#changedFrom, other.#changedFrom, pairs);
    let crc = from === 0 ? 0 : joined[from - 1]!;
    let m = mine.end - 1 - from;
    let t = theirs.end - 1 - from;
    for (let rank = from; rank < pairs; rank++, m--, t--) {
      const length = mine.lengths[m]! + theirs.lengths[t]!;
      // Pairs first: they do not wait for one another, as the text's own joins do.
      const pair = crc32Join(mine.crcs[m]!, theirs.crcs[t]!, theirs.lengths[t]!);
      // A pair's own CRC less the colon that the text does not begin with.
      crc = rank === 0 ? crc32Join(CRC_OF_COLON, pair, length - 1) : crc32Join(crc, pair, length);
      joined[rank] = crc;
    }
    const longer = this.#count > pairs ? this : other;
    const { crcs, lengths, end } = longer.#side.levels;
    for (let rank = pairs; rank < longer.#count; rank++) {
      const at = end - 1 - rank;
      crc = rank === 0 ? crc32Join(CRC_OF_COLON, crcs[at]!, lengths[at]! - 1) : crc32Join(crc, crcs[at]!, lengths[at]!);
    }
    return crc;
  }
}

/** Digits of price and size; a size of 0 is no level, and a price of 0 has no digits. */
function writeKrakenLevel(levels: SortedLevels, at: number): void {
  const price = Math.abs(levels.keys[at]!);
  const size = levels.sizes[at]!;
  const priceHigh = Math.floor(price / PART);
  const priceLow = price - priceHigh * PART;
  const sizeHigh = Math.floor(size / PART);
  const sizeLow = size - sizeHigh * PART;
  const priceDigits = digitCount(priceHigh, priceLow);
  const sizeDigits = digitCount(sizeHigh, sizeLow);
  levels.crcs[at] = crc32Join(
    BARE_ZEROS[priceDigits]! ^ crcChange(priceHigh, priceLow),
    BARE_ZEROS[sizeDigits]! ^ crcChange(sizeHigh, sizeLow),
    sizeDigits,
  );
  levels.lengths[at] = priceDigits + sizeDigits;
}

function oddKrakenText(price: number, size: string): string {
  return `${price === 0 ? '' : price}${size.replace('.', '').replace(/^0+/, '')}`;
}

/** `:61688.1`: the shortest decimal, a zero alone before a point or the end. */
function writeOkxNumber(levels: SortedLevels, at: number, mantissas: Float64Array, decimals: number): void {
  const value = Math.abs(mantissas[at]!);
  const unit = POW10[decimals]!;
  let whole = Math.floor(value / unit);
  let fraction = value - whole * unit;
  if (fraction < 0) {
    // The quotient was rounded up to a whole number.
    whole -= 1;
    fraction += unit;
  }
  const wholeHigh = Math.floor(whole / PART);
  const wholeLow = whole - wholeHigh * PART;
  const digits = whole === 0 ? 1 : digitCount(wholeHigh, wholeLow);
  let crc = COLON_ZEROS[digits]! ^ crcChange(wholeHigh, wholeLow);
  let length = 1 + digits;
  if (fraction !== 0) {
    let places = decimals;
    for (const zeros of ZERO_RUNS) {
      // Exact below 2^53: such a quotient is a whole number only if nothing is left over.
      const shorter = fraction / POW10[zeros]!;
      if (shorter !== Math.floor(shorter)) continue;
      fraction = shorter;
      places -= zeros;
    }
    const high = Math.floor(fraction / PART);
    crc = crc32Join(crc, POINT_ZEROS[places]! ^ crcChange(high, fraction - high * PART), places + 1);
    length += 1 + places;
  }
  levels.crcs[at] = crc;
  levels.lengths[at] = length;
}
