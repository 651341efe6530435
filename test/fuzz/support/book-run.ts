/** One venue's Scanner with live books, into which single frames are stepped. Tells what a frame did to its book. */

import { discoveredSpec } from '../../../src/core/market/venues/symbol-table.ts';
import { Scanner } from '../../../src/core/scan/scanner.ts';
import { decodeText } from '../../support/codec-harness.ts';
import type { Seed } from './seeds.ts';

/** `stale`: the book changed, and is not shown as a price any more. */
export type BookEffect = 'untouched' | 'changed' | 'stale';

const CONFIG = {
  watermarkDelayMs: 1500,
  lateGraceMs: 4500,
  maxEventTimeDeviationMs: 10_000,
  discoverInstruments: false,
  onlySymbols: null,
};
const START_MS = 1_700_000_000_000;
const WEBSOCKET = 0;
/** Sound depth frames replayed at most to bring a book to where the mutated frame comes. */
const MAX_PREFIX = 40;

export class BookRun {
  readonly #scanner: Scanner = new Scanner({ decodeText });
  readonly #venue: string;
  readonly #story: readonly Seed[];
  readonly #restConnections = new Map<string, number>();
  #nowMs = START_MS;

  constructor(venue: string, story: readonly Seed[]) {
    this.#venue = venue;
    this.#story = story;
    const symbols = [...new Set(story.map(({ symbol }) => symbol))].filter((symbol) => symbol !== '');
    this.#scanner.step({
      kind: 'start',
      config: CONFIG,
      configHash: '',
      codeVersion: '',
      instruments: symbols.map((symbol) => discoveredSpec(venue, symbol)),
      restoredState: null,
      receiveTimeMs: START_MS,
    });
  }

  /** Brings the book of `position`'s symbol to where that sound frame comes, then steps the mutated frame in its place. */
  step(mutated: Seed, position: Seed): BookEffect {
    const at = this.#story.indexOf(position);
    this.#link(WEBSOCKET, 'websocket', null);
    for (const seed of this.#prefix(at, position.symbol)) this.#frame(seed);
    const before = this.#bookText(position.symbol);
    this.#frame(mutated);
    const run = this.#scanner.instruments.find(({ instrument }) => instrument.symbol === position.symbol);
    if (run === undefined || this.#bookText(position.symbol) === before) return 'untouched';
    return run.book.state === 'live' ? 'changed' : 'stale';
  }

  /** The depth frames of the symbol before `at`; all of the story's where the mutated frame has no place in it. */
  #prefix(at: number, symbol: string): readonly Seed[] {
    const isDepth = (seed: Seed) => seed.kind.startsWith('depth') && seed.symbol === symbol;
    return (at < 0 ? this.#story : this.#story.slice(0, at)).filter(isDepth).slice(0, MAX_PREFIX);
  }

  #bookText(symbol: string): string {
    const run = this.#scanner.instruments.find(({ instrument }) => instrument.symbol === symbol);
    return run === undefined ? '' : JSON.stringify(run.book.save());
  }

  #link(connection: number, transport: 'websocket' | 'rest', symbol: string | null): void {
    const receiveTimeMs = this.#tickTime();
    this.#scanner.step({
      kind: 'link',
      connection,
      venue: this.#venue,
      transport,
      state: 'up',
      symbol,
      reason: 'test',
      receiveTimeMs,
    });
  }

  #frame({ text, hint }: Seed): void {
    const bytes = Buffer.from(text, 'latin1');
    this.#scanner.step({
      kind: 'frame',
      connection: this.#connectionOf(hint),
      bytes,
      from: 0,
      to: bytes.length,
      receiveTimeMs: this.#tickTime(),
    });
  }

  #connectionOf(hint: string | null): number {
    if (hint === null) return WEBSOCKET;
    let connection = this.#restConnections.get(hint);
    if (connection === undefined) {
      connection = 1 + this.#restConnections.size;
      this.#restConnections.set(hint, connection);
      this.#link(connection, 'rest', hint);
    }
    return connection;
  }

  #tickTime(): number {
    this.#nowMs += 10;
    return this.#nowMs;
  }
}
