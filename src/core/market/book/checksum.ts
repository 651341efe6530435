/** The checksums that Kraken and OKX send with their books, computed from our books. Changes no book. */

import { crc32, crc32Join } from '../../base/crc32.ts';
import { POW10 } from '../../base/decimal.ts';
import type { BookSide } from './book-side.ts';

/** Sizes too large for a mantissa, as the wire wrote them, by price mantissa. Seldom more than none. */
export type OddSizes = ReadonlyMap<number, string>;

/** Kraken covers ten levels a side whatever the subscribed depth; OKX twenty-five. */
const KRAKEN_LEVELS = 10;
const OKX_LEVELS = 25;
const COLON = 58;
const POINT = 46;
const ZERO = 48;
/** A number has at most 16 digits, a point, and leading zeros for 18 decimals. */
const MAX_NUMBER_BYTES = 40;
const CRC_OF_COLON = crc32(Uint8Array.of(COLON), 0, 1) | 0;

/** How a venue writes one level into the text under its checksum. */
type WriteLevel = (text: Uint8Array, price: number, size: number, oddText: string | undefined) => number;

/** Computes checksums for one book: the CRCs of its best levels, kept while the levels stay, joined in the text's order. */
export class BookChecksum {
  #bids: TopLevels | null = null;
  #asks: TopLevels | null = null;
  #priceDecimals = -1;
  #sizeDecimals = -1;
  #crc = 0;

  /**
   * Kraken v1 and v2: the digits of price and size, without point and leading zeros, of the best ten asks from low to high,
   * then of the best ten bids from high to low; CRC-32, unsigned. Mantissas at the wire's own decimals are those digits.
   */
  kraken(bidSide: BookSide, askSide: BookSide, odd: OddSizes): number {
    if (!bidSide.isTopChanged && !askSide.isTopChanged) return this.#crc >>> 0;
    this.#bids ??= new TopLevels('bid', KRAKEN_LEVELS, writeKrakenLevel);
    this.#asks ??= new TopLevels('ask', KRAKEN_LEVELS, writeKrakenLevel);
    const asksCrc = this.#asks.crc;
    this.#asks.read(askSide, odd);
    this.#asks.join(0, false);
    this.#bids.read(bidSide, odd);
    this.#bids.join(this.#asks.crc, this.#asks.crc !== asksCrc);
    this.#crc = this.#bids.crc;
    return this.#crc >>> 0;
  }

  /**
   * OKX before 2026-06-23: `bid1px:bid1sz:ask1px:ask1sz:bid2px:…` over the best 25 levels, with the shortest text of each
   * number; where one side runs out the other goes on; CRC-32 as a signed 32-bit integer.
   */
  okx(bidSide: BookSide, askSide: BookSide, priceDecimals: number, sizeDecimals: number, odd: OddSizes): number {
    if (!bidSide.isTopChanged && !askSide.isTopChanged) return this.#crc;
    this.#bids ??= new TopLevels('bid', OKX_LEVELS, this.#writeOkxLevel);
    this.#asks ??= new TopLevels('ask', OKX_LEVELS, this.#writeOkxLevel);
    if (priceDecimals !== this.#priceDecimals || sizeDecimals !== this.#sizeDecimals) {
      this.#bids.forget();
      this.#asks.forget();
      this.#priceDecimals = priceDecimals;
      this.#sizeDecimals = sizeDecimals;
    }
    this.#bids.read(bidSide, odd);
    this.#asks.read(askSide, odd);
    this.#crc = this.#bids.joinInTurn(this.#asks);
    return this.#crc;
  }

  /** With a colon before it, so that only the very first level of a text differs from its own. */
  readonly #writeOkxLevel: WriteLevel = (text, price, size, oddText) => {
    text[0] = COLON;
    const colon = writeDecimal(text, 1, price, this.#priceDecimals);
    text[colon] = COLON;
    return oddText === undefined
      ? writeDecimal(text, colon + 1, size, this.#sizeDecimals)
      : writeText(text, colon + 1, oddText);
  };
}

/** Some levels, best first, with the CRC (signed) and the bytes of each one's text. */
class Levels {
  readonly prices: Float64Array;
  readonly sizes: Float64Array;
  readonly crcs: Int32Array;
  readonly lengths: Int32Array;
  count = 0;

  constructor(limit: number) {
    this.prices = new Float64Array(limit);
    this.sizes = new Float64Array(limit);
    this.crcs = new Int32Array(limit);
    this.lengths = new Int32Array(limit);
  }
}

/**
 * The best levels of one side. A level that stood there before, at the same size, is not written again: both readings are
 * in the same order, so one pass over the two finds it. Levels travel in arrays and CRCs as signed integers, because V8
 * allocates for every double that is passed to a function.
 */
class TopLevels {
  /** Of the text up to and with this side; signed. */
  crc = 0;
  readonly #limit: number;
  /** Bids go down, asks go up. */
  readonly #isFalling: boolean;
  readonly #write: WriteLevel;
  #now: Levels;
  #before: Levels;
  /** The CRC of the text up to and with each level. */
  readonly #joined: Int32Array;
  /** The first place that differs from the reading before. */
  #changedFrom = 0;
  readonly #text = new Uint8Array(2 * MAX_NUMBER_BYTES + 2);

  constructor(side: 'bid' | 'ask', limit: number, write: WriteLevel) {
    this.#limit = limit;
    this.#isFalling = side === 'bid';
    this.#write = write;
    this.#now = new Levels(limit);
    this.#before = new Levels(limit);
    this.#joined = new Int32Array(2 * limit);
  }

  /** After this no level's text is known any more. */
  forget(): void {
    this.#now.count = 0;
  }

  /** Takes up the side's best levels, if they may have changed. */
  read(side: BookSide, odd: OddSizes): void {
    const before = this.#now;
    this.#changedFrom = before.count;
    if (!side.isTopReshaped && odd.size === 0 && before.count > 0) {
      if (side.notedCount > 0) this.#rewriteNoted(side);
      return;
    }
    const now = this.#before;
    this.#before = before;
    this.#now = now;
    now.count = side.top(this.#limit, now.prices, now.sizes);
    side.watch(now.count === this.#limit ? now.prices[now.count - 1]! : Number.NaN);
    // An odd size's number is only near its text, which may change under it: nothing is known then.
    if (odd.size > 0) before.count = 0;
    this.#changedFrom = this.#keepEqual(now, before);
    this.#findOrWrite(now, before, odd);
    if (odd.size > 0) side.isTopReshaped = true;
  }

  /** Only sizes changed: most updates of a calm book. */
  #rewriteNoted(side: BookSide): void {
    const { prices, sizes, count } = this.#now;
    for (let i = 0; i < side.notedCount; i++) {
      const price = side.notedPrices[i]!;
      let at = 0;
      while (at < count && prices[at] !== price) at += 1;
      if (at === count) continue;
      sizes[at] = side.notedSizes[i]!;
      this.#writeLevel(at, undefined);
      if (at < this.#changedFrom) this.#changedFrom = at;
    }
    side.watch(count === this.#limit ? prices[count - 1]! : Number.NaN);
  }

  #writeLevel(at: number, oddText: string | undefined): void {
    const { prices, sizes, crcs, lengths } = this.#now;
    const length = this.#write(this.#text, prices[at]!, sizes[at]!, oddText);
    crcs[at] = crc32(this.#text, 0, length) | 0;
    lengths[at] = length;
  }

  /** Copies the CRCs of the levels that both readings begin with; returns how many those are. */
  #keepEqual(now: Levels, before: Levels): number {
    const count = Math.min(now.count, before.count);
    let at = 0;
    while (at < count && now.prices[at] === before.prices[at] && now.sizes[at] === before.sizes[at]) {
      now.crcs[at] = before.crcs[at]!;
      now.lengths[at] = before.lengths[at]!;
      at += 1;
    }
    return at;
  }

  #findOrWrite(now: Levels, before: Levels, odd: OddSizes): void {
    const { prices, sizes, crcs, lengths, count } = now;
    const known = before.prices;
    const knownCount = before.count;
    let j = this.#changedFrom;
    for (let i = j; i < count; i++) {
      const price = prices[i]!;
      if (this.#isFalling) while (j < knownCount && known[j]! > price) j += 1;
      else while (j < knownCount && known[j]! < price) j += 1;
      if (j < knownCount && known[j] === price && before.sizes[j] === sizes[i]) {
        crcs[i] = before.crcs[j]!;
        lengths[i] = before.lengths[j]!;
      } else {
        this.#writeLevel(i, odd.size === 0 ? undefined : odd.get(price));
      }
    }
  }

  /** Brings `crc` up to date for a text in which this side stands as a whole, behind a text whose CRC is `before`. */
  join(before: number, isBeforeChanged: boolean): void {
    const { crcs, lengths, count } = this.#now;
    const joined = this.#joined;
    const from = isBeforeChanged ? 0 : this.#changedFrom;
    let crc = from === 0 ? before : joined[from - 1]!;
    for (let at = from; at < count; at++) {
      crc = crc32Join(crc, crcs[at]!, lengths[at]!);
      joined[at] = crc;
    }
    this.crc = crc;
  }

  /** The CRC of a text in which this side and another take turns; where one runs out the other goes on. */
  joinInTurn(other: TopLevels): number {
    const [mine, theirs, joined] = [this.#now, other.#now, this.#joined];
    const pairs = Math.min(mine.count, theirs.count);
    // Up to the first change of either side the text is the one before.
    const from = Math.min(this.#changedFrom, other.#changedFrom, pairs);
    let crc = from === 0 ? 0 : joined[from - 1]!;
    for (let at = from; at < pairs; at++) {
      // A level's own CRC less the colon that the text does not begin with.
      if (at === 0) crc = crc32Join(CRC_OF_COLON, mine.crcs[0]!, mine.lengths[0]! - 1);
      else crc = crc32Join(crc, mine.crcs[at]!, mine.lengths[at]!);
      crc = crc32Join(crc, theirs.crcs[at]!, theirs.lengths[at]!);
      joined[at] = crc;
    }
    const longer = mine.count > pairs ? mine : theirs;
    for (let at = pairs; at < longer.count; at++) {
      crc =
        at === 0
          ? crc32Join(CRC_OF_COLON, longer.crcs[0]!, longer.lengths[0]! - 1)
          : crc32Join(crc, longer.crcs[at]!, longer.lengths[at]!);
    }
    return crc;
  }
}

function writeKrakenLevel(text: Uint8Array, price: number, size: number, oddText: string | undefined): number {
  const at = writeDigits(text, 0, price);
  return oddText === undefined ? writeDigits(text, at, size) : writeText(text, at, krakenDigits(oddText));
}

function krakenDigits(text: string): string {
  return text.replace('.', '').replace(/^0+/, '');
}

function writeText(text: Uint8Array, at: number, value: string): number {
  for (let i = 0; i < value.length && i < MAX_NUMBER_BYTES; i++) text[at++] = value.charCodeAt(i);
  return at;
}

const BILLION = 1e9;
/** The two digits of 0 to 99, one after the other: halves the divisions. */
const PAIRS = Uint8Array.from({ length: 200 }, (_, i) => ZERO + (i % 2 === 0 ? Math.floor(i / 20) : (i >> 1) % 10));

/** Writes a non-negative integer below 2^53 in decimal; returns where it ends. Zero writes nothing, as Kraken's rule has it. */
function writeDigits(text: Uint8Array, at: number, value: number): number {
  if (value < BILLION) return writeSmall(text, at, value | 0);
  const high = Math.floor(value / BILLION);
  let low = (value - high * BILLION) | 0;
  const first = writeSmall(text, at, high | 0);
  for (let p = first + 7; p > first; p -= 2) {
    const rest = (low / 100) | 0;
    const pair = (low - rest * 100) << 1;
    text[p] = PAIRS[pair]!;
    text[p + 1] = PAIRS[pair + 1]!;
    low = rest;
  }
  text[first] = ZERO + low;
  return first + 9;
}

function writeSmall(text: Uint8Array, at: number, value: number): number {
  if (value === 0) return at;
  const end = at + digitCount(value);
  let p = end;
  while (value >= 10) {
    const rest = (value / 100) | 0;
    const pair = (value - rest * 100) << 1;
    text[--p] = PAIRS[pair + 1]!;
    text[--p] = PAIRS[pair]!;
    value = rest;
  }
  if (value > 0) text[p - 1] = ZERO + value;
  return end;
}

/** Digits of an integer from 1 to 10^9 - 1. */
function digitCount(value: number): number {
  if (value < 10_000) return value < 100 ? (value < 10 ? 1 : 2) : value < 1000 ? 3 : 4;
  if (value < 1_000_000) return value < 100_000 ? 5 : 6;
  return value < 10_000_000 ? 7 : value < 100_000_000 ? 8 : 9;
}

/** Decimals whose fraction fits an int32. */
const SMALL_DECIMALS = 9;

/** Writes `value / 10^decimals` as the shortest plain decimal; returns where it ends. */
function writeDecimal(text: Uint8Array, at: number, value: number, decimals: number): number {
  const unit = POW10[decimals]!;
  let whole = Math.floor(value / unit);
  let fraction = value - whole * unit;
  if (fraction < 0) {
    // The quotient was rounded up to a whole number.
    whole -= 1;
    fraction += unit;
  }
  if (whole === 0) text[at++] = ZERO;
  else at = writeDigits(text, at, whole);
  if (fraction === 0) return at;
  text[at++] = POINT;
  let digits = decimals;
  if (digits > SMALL_DECIMALS) {
    const low = POW10[digits - SMALL_DECIMALS]!;
    const high = Math.floor(fraction / low);
    at = writePadded(text, at, high | 0, SMALL_DECIMALS);
    fraction -= high * low;
    digits -= SMALL_DECIMALS;
    if (fraction === 0) return trimZeros(text, at);
  }
  return trimZeros(text, writePadded(text, at, fraction | 0, digits));
}

/** Writes a number with leading zeros up to `digits` digits. */
function writePadded(text: Uint8Array, at: number, value: number, digits: number): number {
  for (let p = at + digits - 1; p >= at; p--) {
    const rest = (value / 10) | 0;
    text[p] = ZERO + value - rest * 10;
    value = rest;
  }
  return at + digits;
}

/** Steps back over zeros; there is another digit behind the point. */
function trimZeros(text: Uint8Array, end: number): number {
  while (text[end - 1] === ZERO) end -= 1;
  return end;
}
