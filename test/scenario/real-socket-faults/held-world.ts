/** A simulated world that goes with the wall clock, can be held still while somebody compares, and then makes up for it. */

import type { SimWorld } from '../../../src/shell/sim/world/sim-world.ts';

/** Wall time between two looks at the clock. */
const LOOK_MS = 20;

export class HeldWorld {
  readonly world: SimWorld;
  readonly #onAdvance: () => void;
  readonly #timer: NodeJS.Timeout;
  #isHeld = false;

  /** @param onAdvance - after every step */
  constructor(world: SimWorld, onAdvance: () => void) {
    this.world = world;
    this.#onAdvance = onAdvance;
    this.#timer = setInterval(() => this.#advance(), LOOK_MS);
  }

  /** Ms since the world began. */
  get elapsedMs(): number {
    return this.world.nowUs / 1000 - this.world.startMs;
  }

  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Step by step, so that no state is passed over. */
  #advance(): void {
    const { world } = this;
    const stepUs = world.stepMs * 1000;
    while (!this.#isHeld && world.nowUs + stepUs <= Date.now() * 1000) {
      world.advance(world.nowUs + stepUs);
      this.#onAdvance();
    }
  }
}
