/** Steps a world while a client outside of it reads, and holds it still for comparisons. Compares nothing. */

import type { SimWorld } from '../../src/shell/sim/world/sim-world.ts';

/** Market time of a step: depth messages go out at its end, so that between two steps everything is sent. */
const STEP_MS = 100;
/** Wall time between two steps. */
const PAUSE_MS = 5;
/** Wall time in which a client has read what was sent. */
const CATCH_UP_MS = 20_000;

export class Pump {
  readonly #world: SimWorld;
  #timer: NodeJS.Timeout | null = null;
  #waiting: { readonly untilUs: number; readonly done: () => void }[] = [];

  constructor(world: SimWorld) {
    this.#world = world;
  }

  go(): void {
    this.#timer ??= setInterval(() => this.#step(), PAUSE_MS);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** When so much market time has passed. */
  passed(ms: number): Promise<void> {
    return new Promise((done) => this.#waiting.push({ untilUs: this.#world.nowUs + ms * 1_000, done }));
  }

  #step(): void {
    this.#world.advance(this.#world.nowUs + STEP_MS * 1_000);
    const due = this.#waiting.filter(({ untilUs }) => untilUs <= this.#world.nowUs);
    this.#waiting = this.#waiting.filter((one) => !due.includes(one));
    for (const { done } of due) done();
  }
}

export interface PlainBook {
  readonly bids: readonly (readonly number[])[];
  readonly asks: readonly (readonly number[])[];
}

/** The true book in numbers, as clients keep it. */
export function trueBook(world: SimWorld, venue: SimWorld['venues'][number], symbol: string, depth: number): PlainBook {
  const { bids, asks } = world.book(venue, symbol, depth)!;
  return { bids: plainLevels(bids, depth), asks: plainLevels(asks, depth) };
}

/** Any list of levels, as plain arrays of two numbers. */
export function plainLevels(levels: Iterable<ArrayLike<string | number>>, depth: number): number[][] {
  return Array.from(levels)
    .slice(0, depth)
    .map((level) => [Number(level[0]), Number(level[1])]);
}

/** Asks until the answer equals what is wanted or time is up. @returns the last answer */
export async function caughtUp(wanted: PlainBook, ask: () => Promise<PlainBook>): Promise<PlainBook> {
  const untilMs = performance.now() + CATCH_UP_MS;
  let shown = await ask();
  while (JSON.stringify(shown) !== JSON.stringify(wanted) && performance.now() < untilMs) shown = await ask();
  return shown;
}
