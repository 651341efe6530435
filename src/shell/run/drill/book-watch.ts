/**
 * Compares the Scanner's books with the venues' own, once a second, at moments at which everything sent has arrived. A book that
 * lacks a lost message is behind until the next one shows it; a book that differs from the truth of its own id is wrong.
 */

import { shortestMantissaText } from '../../../core/base/decimal.ts';
import type { Book } from '../../../core/market/book/book.ts';
import type { InstrumentRun } from '../../../core/scan/instrument-run.ts';
import type { BookTruthText, SimVenueName } from '../../sim/world/sim-world.ts';
import { LATENCY_MS, type VirtualScan } from './virtual-scan.ts';

/**
 * - `equal`: live, and the venue's own
 * - `not_live`: gives no prices
 * - `behind`: live, and not what the venue has now; by what is known it may have been a moment ago
 * - `wrong`: live, and at its own update id the venue's was another one
 */
export type BookVerdict = 'equal' | 'not_live' | 'behind' | 'wrong';

export interface BookLook {
  readonly run: InstrumentRun;
  readonly verdict: BookVerdict;
}

const SECOND_MS = 1000;
/** Right after the world's step, and after what it sent has come and been stepped. */
const NOTE_MS = 1;
const LOOK_MS = LATENCY_MS + 2;
/** Levels a side; Kraken's books are ten deep. */
const LEVELS = 10;
/** Seconds of truth kept, for books that are behind: longer than any silence is borne. */
const KEPT_TRUTHS = 120;

interface Watched {
  readonly run: InstrumentRun;
  now: BookTruthText | null;
  nowText: string;
  /** By update id. */
  readonly kept: Map<number, string>;
}

export class BookWatch {
  readonly #scan: VirtualScan;
  readonly #watched: readonly Watched[];

  /** @param onLook - every second; `atMs`: since the world began */
  constructor(scan: VirtualScan, onLook: (looks: readonly BookLook[], atMs: number) => void) {
    this.#scan = scan;
    this.#watched = scan.scanner.instruments.map((run) => ({ run, now: null, nowText: '', kept: new Map() }));
    scan.every(SECOND_MS, () => this.#note(), SECOND_MS + NOTE_MS);
    scan.every(SECOND_MS, () => onLook(this.#look(), scan.elapsedMs - LOOK_MS), SECOND_MS + LOOK_MS);
  }

  #note(): void {
    for (const one of this.#watched) {
      const { venue, symbol } = one.run.instrument;
      one.now = this.#scan.world.book(venue as SimVenueName, symbol, LEVELS);
      one.nowText = one.now === null ? '' : JSON.stringify([one.now.bids, one.now.asks]);
      const id = one.now?.lastId ?? null;
      if (id === null) continue;
      one.kept.set(id, one.nowText);
      if (one.kept.size > KEPT_TRUTHS) one.kept.delete(one.kept.keys().next().value!);
    }
  }

  #look(): BookLook[] {
    return this.#watched.map((one) => ({ run: one.run, verdict: verdictOf(one) }));
  }
}

function verdictOf({ run: { book }, now, nowText, kept }: Watched): BookVerdict {
  if (book.state !== 'live') return 'not_live';
  const text = bookText(book);
  if (text === nowText) return 'equal';
  const id = book.lastId;
  if (now === null || now.lastId === null || Number.isNaN(id)) return 'behind';
  if (id > now.lastId) return 'wrong';
  const then = kept.get(id);
  return then === undefined || then === text ? 'behind' : 'wrong';
}

/** The best levels as the truth writes them. */
export function bookText(book: Book): string {
  const side = (which: 'bids' | 'asks') => {
    const prices = new Float64Array(LEVELS);
    const sizes = new Float64Array(LEVELS);
    const count = book[which].top(LEVELS, prices, sizes);
    return Array.from({ length: count }, (_, i) => [
      shortestMantissaText(prices[i]!, book.priceDecimals),
      shortestMantissaText(sizes[i]!, book.sizeDecimals),
    ]);
  };
  return JSON.stringify([side('bids'), side('asks')]);
}
