/**
 * The digest: what one instrument did, as lines of text, chained by SHA-256 minute by minute. `docs/digest.md` specifies
 * every line; nothing of the machine, the files or the wall clock enters.
 */

import { numberText } from '../base/decimal.ts';
import { MAX_DECIMAL_BYTES, writeDecimal } from '../base/decimal-bytes.ts';
import type { Json, JsonObject } from '../base/json.ts';
import { Sha256, sha256Hex } from '../base/sha256.ts';
import type { Bar } from '../market/bars/bar.ts';
import type { Book } from '../market/book/book.ts';
import type { BookSide } from '../market/book/book-side.ts';
import type { Gap } from '../market/book/gap.ts';

const TOP_LEVELS = 20;
const LF = 10;
const SPACE = 32;
/** What a chain begins from. */
const FIRST_LINK = '0'.repeat(64);

/** A line without its end, or whole lines as their UTF-8 bytes. */
export type DigestText = string | Uint8Array;

/** One instrument's chain. Lines noted since the last close belong to the next link. */
export class DigestChain {
  #last = FIRST_LINK;
  #lines: string[] = [];

  /** Adds a line to the open link. */
  note(line: string): void {
    this.#lines.push(line);
  }

  /** Ends the link of the minute that closes at `minuteMs`; returns its hash. */
  close(minuteMs: number, bookText: readonly DigestText[]): string {
    this.#last = this.#hash([`minute ${minuteMs}`, ...this.#lines, ...bookText]);
    this.#lines = [];
    return this.#last;
  }

  /** The hash of what is open at the end of the input; changes nothing. */
  closing(lines: readonly DigestText[]): string {
    return this.#hash(['end', ...this.#lines, ...lines]);
  }

  #hash(lines: readonly DigestText[]): string {
    const hash = new Sha256().update(`${this.#last}\n`);
    for (const line of lines) hash.update(typeof line === 'string' ? `${line}\n` : line);
    return hash.digestHex();
  }

  save(): JsonObject {
    return { last: this.#last, lines: this.#lines as Json[] };
  }

  restore(saved: JsonObject): void {
    this.#last = saved['last'] as string;
    this.#lines = [...(saved['lines'] as string[])];
  }
}

/** A number or `-` for NULL. */
function field(value: number | null): string {
  return numberText(value) ?? '-';
}

export function barLine(bar: Bar): string {
  return [
    bar.closeMs,
    bar.revision,
    bar.priceSource,
    field(bar.open),
    field(bar.high),
    field(bar.low),
    field(bar.close),
    field(bar.baseVolume),
    field(bar.quoteVolume),
    field(bar.buyQuoteVolume),
    field(bar.sellQuoteVolume),
    bar.tradeCount,
    field(bar.vwap),
    field(bar.cvd),
    bar.complete ? 'complete' : 'partial',
    field(bar.coverageMs),
  ].join(' ');
}

export function gapLine(gap: Gap): string {
  return [gap.kind, field(gap.startMs), field(gap.endMs), field(gap.idBefore), field(gap.idAfter), gap.reason].join(
    ' ',
  );
}

const prices = new Float64Array(TOP_LEVELS);
const sizes = new Float64Array(TOP_LEVELS);
const BID = Uint8Array.of(98, 105, 100, SPACE);
const ASK = Uint8Array.of(97, 115, 107, SPACE);
/** What a level's line takes at most, if its size is not an odd one. */
const LEVEL_BYTES = BID.length + 2 * MAX_DECIMAL_BYTES + 2;
/** Bytes, because as strings the levels would cost several times as much as their hash. */
let levelText = new Uint8Array(2 * TOP_LEVELS * LEVEL_BYTES);

/** The book's state, how many levels it has, and its best twenty a side. Holds until the next call. */
export function bookLines(book: Book): DigestText[] {
  const { bids, asks } = book;
  const state = `book ${book.state} ${book.staleReason === '' ? '-' : book.staleReason} ${bids.count} ${asks.count}`;
  if (!book.isReadable) return [state];
  let room = 2 * TOP_LEVELS * LEVEL_BYTES;
  for (const text of book.oddSizes.values()) room += text.length;
  if (levelText.length < room) levelText = new Uint8Array(room);
  const end = writeSide(writeSide(0, BID, bids, book), ASK, asks, book);
  return [state, levelText.subarray(0, end)];
}

/** `bid 61688.1 0.5` a level; returns where the last one ends. */
function writeSide(from: number, name: Uint8Array, side: BookSide, book: Book): number {
  const { oddSizes, priceDecimals, sizeDecimals } = book;
  const count = side.top(TOP_LEVELS, prices, sizes);
  let at = from;
  for (let i = 0; i < count; i++) {
    levelText.set(name, at);
    at = writeDecimal(levelText, at + name.length, prices[i]!, priceDecimals);
    levelText[at++] = SPACE;
    const odd = oddSizes.size === 0 ? undefined : oddSizes.get(prices[i]!);
    at = odd === undefined ? writeDecimal(levelText, at, sizes[i]!, sizeDecimals) : writeOdd(at, odd);
    levelText[at++] = LF;
  }
  return at;
}

/** A size as the wire wrote it: digits, but any number of them. */
function writeOdd(at: number, text: string): number {
  for (let i = 0; i < text.length; i++) levelText[at + i] = text.charCodeAt(i);
  return at + text.length;
}

/** The digest of a run: over every chain's last hash, sorted by venue and symbol. */
export function runDigest(chains: readonly { venue: string; symbol: string; sha256: string }[]): string {
  return `sha256:${sha256Hex(chains.map((chain) => `${chain.venue} ${chain.symbol} ${chain.sha256}\n`).join(''))}`;
}
