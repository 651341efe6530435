/** Holds the books that a running scan shows to those who ask it against the venues' own, now and as they were. */

import { askDesk } from '../../../src/shell/run/scan/ask-desk.ts';
import type { BookAnswer, DeskLevel } from '../../../src/shell/run/scan/desk-protocol.ts';
import type { LevelText, SimVenueName, SimWorld } from '../../../src/shell/sim/world/sim-world.ts';

/**
 * - `equal`: live, and the venue's own
 * - `not_live`: said to be none to trust
 * - `behind`: live, and what the venue's was at its update id; without ids: what it was once
 * - `wrong`: live, and never the venue's
 */
export type Verdict = 'equal' | 'not_live' | 'behind' | 'wrong';

export interface Look {
  readonly venue: SimVenueName;
  readonly symbol: string;
  readonly verdict: Verdict;
  readonly answer: BookAnswer;
}

/** Levels a side; Kraken's books are ten deep. */
const DEPTH = 10;
/** States of a minute and a half at ten a second: longer than any silence is borne here. */
const KEPT = 1000;

interface Watched {
  readonly venue: SimVenueName;
  readonly symbol: string;
  /** By update id, or by itself where there are none. */
  readonly states: Map<number | string, string>;
  now: string;
}

export class WatchedBooks {
  readonly #world: SimWorld;
  readonly #stateDir: string;
  readonly #watched: readonly Watched[];

  constructor(world: SimWorld, stateDir: string, symbols: ReadonlyMap<SimVenueName, readonly string[]>) {
    this.#world = world;
    this.#stateDir = stateDir;
    this.#watched = [...symbols].flatMap(([venue, names]) =>
      names.map((symbol) => ({ venue, symbol, states: new Map(), now: '' })),
    );
  }

  /** After a step of the world. */
  note(): void {
    for (const one of this.#watched) {
      const { bids, asks, lastId } = this.#world.book(one.venue, one.symbol, DEPTH)!;
      one.now = levelsText(bids, asks);
      one.states.set(lastId ?? one.now, one.now);
      if (one.states.size > KEPT) one.states.delete(one.states.keys().next().value!);
    }
  }

  /** While the world is held, and all that it sent has come. */
  async look(): Promise<Look[]> {
    const looks: Look[] = [];
    for (const one of this.#watched) {
      const question = { ask: 'book', venue: one.venue, symbol: one.symbol, depth: DEPTH } as const;
      const answer = await askDesk<BookAnswer>(this.#stateDir, question);
      looks.push({ venue: one.venue, symbol: one.symbol, verdict: verdictOf(one, answer), answer });
    }
    return looks;
  }
}

function verdictOf({ now, states }: Watched, { state, bids, asks, lastId }: BookAnswer): Verdict {
  if (state !== 'live') return 'not_live';
  const text = levelsText(bids, asks);
  if (text === now) return 'equal';
  return states.get(lastId ?? text) === text ? 'behind' : 'wrong';
}

/** Numbers, because the simulator tells its truth without zeros at the end. */
function levelsText(bids: readonly (LevelText | DeskLevel)[], asks: readonly (LevelText | DeskLevel)[]): string {
  const side = (levels: readonly (LevelText | DeskLevel)[]) => levels.map((level) => level.map(Number));
  return JSON.stringify([side(bids), side(asks)]);
}
