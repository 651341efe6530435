/**
 * The digest: what one instrument did, as lines of text, chained by SHA-256 minute by minute. `docs/digest.md` specifies
 * every line; nothing of the machine, the files or the wall clock enters.
 */

import { numberText, shortestMantissaText } from '../base/decimal.ts';
import type { Json, JsonObject } from '../base/json.ts';
import { sha256Hex } from '../base/sha256.ts';
import type { Bar } from '../market/bars/bar.ts';
import type { Book } from '../market/book/book.ts';
import type { BookSide } from '../market/book/book-side.ts';
import type { Gap } from '../market/book/gap.ts';

const TOP_LEVELS = 20;
/** What a chain begins from. */
const FIRST_LINK = '0'.repeat(64);

/** One instrument's chain. Lines noted since the last close belong to the next link. */
export class DigestChain {
  #last = FIRST_LINK;
  #lines: string[] = [];

  /** Adds a line to the open link. */
  note(line: string): void {
    this.#lines.push(line);
  }

  /** Ends the link of the minute that closes at `minuteMs`; returns its hash. */
  close(minuteMs: number, bookText: readonly string[]): string {
    this.#last = this.#hash([`minute ${minuteMs}`, ...this.#lines, ...bookText]);
    this.#lines = [];
    return this.#last;
  }

  /** The hash of what is open at the end of the input; changes nothing. */
  closing(lines: readonly string[]): string {
    return this.#hash(['end', ...this.#lines, ...lines]);
  }

  #hash(lines: readonly string[]): string {
    return sha256Hex(`${this.#last}\n${lines.join('\n')}\n`);
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

/** The book's state, how many levels it has, and its best twenty a side. */
export function bookLines(book: Book): string[] {
  const lines = [
    `book ${book.state} ${book.staleReason === '' ? '-' : book.staleReason} ${book.bids.count} ${book.asks.count}`,
  ];
  pushSide(lines, 'bid', book.bids, book);
  pushSide(lines, 'ask', book.asks, book);
  return lines;
}

function pushSide(lines: string[], name: string, side: BookSide, book: Book): void {
  if (book.state !== 'live') return;
  const count = side.top(TOP_LEVELS, prices, sizes);
  for (let i = 0; i < count; i++) {
    const price = shortestMantissaText(prices[i]!, book.priceDecimals);
    const size = book.oddSizes.get(prices[i]!) ?? shortestMantissaText(sizes[i]!, book.sizeDecimals);
    lines.push(`${name} ${price} ${size}`);
  }
}

/** The digest of a run: over every chain's last hash, sorted by venue and symbol. */
export function runDigest(chains: readonly { venue: string; symbol: string; sha256: string }[]): string {
  return `sha256:${sha256Hex(chains.map((chain) => `${chain.venue} ${chain.symbol} ${chain.sha256}\n`).join(''))}`;
}
