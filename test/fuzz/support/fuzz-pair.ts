/** Fuzzes one venue and kind: mutated frames through both readings, and a share of them through the Scanner to the books. */

import { Prng } from '../../../src/core/base/prng.ts';
import type { DecodeOutcome } from '../../../src/core/market/venues/codec.ts';
import { BookRun } from './book-run.ts';
import { Embedder } from './embed.ts';
import { mutate } from './mutate.ts';
import type { Seed, VenueSeeds } from './seeds.ts';
import { Difference, Twins } from './twins.ts';

/** Mutated frames a round: then all instruments and shapes are new, because one mutation may spoil them for good. */
const ROUND = 40;
/** One round in so many goes on to the books. */
const BOOK_ROUND_ONE_IN = 5;
/** One round in so many registers the symbols it sees, up to MAX_DISCOVERED. */
const DISCOVERY_ONE_IN = 8;
const MAX_DISCOVERED = 200;

export interface PairReport {
  readonly venue: string;
  readonly kind: string;
  frames: number;
  readonly outcomes: Partial<Record<DecodeOutcome, number>>;
  /** Mutated frames that the fast path read. */
  fast: number;
  /** Mutated frames stepped through a Scanner; how many changed a book, and how many of those it then refused to show. */
  stepped: number;
  reachedBook: number;
  madeStale: number;
  slowestMs: number;
}

/** Thrown for a frame that breaks a rule, with what is needed to see it again. */
export class FuzzFailure extends Error {
  constructor(venue: string, kind: string, round: string, cause: unknown, recent: readonly string[]) {
    const what = cause instanceof Error ? (cause instanceof Difference ? cause.message : cause.stack) : String(cause);
    const frames = recent.map((frame) => JSON.stringify(frame.length > 1500 ? `${frame.slice(0, 1500)}…` : frame));
    super(`${venue} ${kind}, round ${round}: ${what}\nframes before it, latest last:\n${frames.join('\n')}`);
  }
}

/** Mutates `count` frames of the pair. The same seed gives the same frames. @throws FuzzFailure */
export function fuzzPair(seeds: VenueSeeds, kind: string, count: number, seed: string): PairReport {
  const { venue } = seeds;
  const report: PairReport = {
    venue,
    kind,
    frames: 0,
    outcomes: {},
    fast: 0,
    stepped: 0,
    reachedBook: 0,
    madeStale: 0,
    slowestMs: 0,
  };
  const all = seeds.stories.flat();
  const stories = seeds.stories.filter((story) => story.some((one) => one.kind === kind));
  for (let round = 0; report.frames < count; round++) {
    const name = `${seed}/${venue}/${kind}/${round}`;
    const prng = new Prng(name);
    const run = new Round(venue, kind, prng.pick(stories), all, prng, report);
    try {
      run.run(Math.min(ROUND, count - report.frames), round % BOOK_ROUND_ONE_IN === 0);
    } catch (error) {
      throw new FuzzFailure(venue, kind, name, error, run.recent);
    }
  }
  return report;
}

class Round {
  readonly #prng: Prng;
  readonly #report: PairReport;
  readonly #all: readonly Seed[];
  /** Sound frames of one stream: same kind and symbol, from one source. */
  readonly #stream: readonly Seed[];
  readonly #story: readonly Seed[];
  readonly #twins: Twins;
  readonly #embedder = new Embedder();
  readonly #venue: string;
  readonly recent: string[] = [];

  constructor(
    venue: string,
    kind: string,
    story: readonly Seed[],
    all: readonly Seed[],
    prng: Prng,
    report: PairReport,
  ) {
    const first = prng.pick(story.filter((seed) => seed.kind === kind));
    const isDiscovering = prng.int(DISCOVERY_ONE_IN) === 0;
    const symbols = isDiscovering
      ? null
      : [...new Set(story.map(({ symbol }) => symbol))].filter((text) => text !== '');
    this.#prng = prng;
    this.#report = report;
    this.#all = all;
    this.#story = story;
    this.#venue = venue;
    this.#stream = story.filter((seed) => seed.kind === kind && seed.symbol === first.symbol);
    this.#twins = new Twins(venue, {
      symbols,
      maxInstruments: isDiscovering ? MAX_DISCOVERED : Number.POSITIVE_INFINITY,
    });
  }

  run(count: number, throughBooks: boolean): void {
    const prng = this.#prng;
    const books = throughBooks ? new BookRun(this.#venue, this.#story) : null;
    for (let i = 0; i < 3; i++) this.#check(prng.pick(this.#stream));
    let position = prng.pick(this.#stream);
    let parent = position;
    for (let i = 0; i < count; i++) {
      // Half of the mutations descend from the last sound one: its shape may have been learned.
      if (prng.chance(0.5)) parent = position = prng.pick(this.#stream);
      const child = { ...parent, text: mutate(parent.text, prng.pick(this.#all).text, prng) };
      const outcome = this.#mutated(child, books, position);
      if (outcome !== 'malformed' && child.text.length < 20_000) parent = child;
      if (prng.chance(0.5)) this.#check(prng.pick(this.#stream));
    }
  }

  /** @param position - the sound frame in whose place it comes */
  #mutated(child: Seed, books: BookRun | null, position: Seed): DecodeOutcome {
    const report = this.#report;
    const { codec } = this.#twins.fast;
    const slowBefore = codec.slowFrames;
    const startMs = performance.now();
    const outcome = this.#check(child);
    report.slowestMs = Math.max(report.slowestMs, performance.now() - startMs);
    report.frames += 1;
    report.outcomes[outcome] = (report.outcomes[outcome] ?? 0) + 1;
    if (codec.slowFrames === slowBefore) report.fast += 1;
    if (books === null) return outcome;
    const effect = books.step(child, position);
    report.stepped += 1;
    if (effect !== 'untouched') report.reachedBook += 1;
    if (effect === 'stale') report.madeStale += 1;
    return outcome;
  }

  #check(seed: Seed): DecodeOutcome {
    this.recent.push(seed.text);
    if (this.recent.length > 6) this.recent.shift();
    const { bytes, from, to } = this.#embedder.embed(seed.text, this.#prng.pick(this.#stream).text, this.#prng);
    return this.#twins.check(bytes, from, to, seed.hint);
  }
}
