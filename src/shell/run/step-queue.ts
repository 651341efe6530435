/** Steps Inputs one after the other, also those that are made while another one is stepped. Knows nothing of what they are. */

import type { Input } from '../../core/scan/input.ts';

export class StepQueue {
  readonly #stepOne: (input: Input) => void;
  readonly #waiting: Input[] = [];
  #isStepping = false;

  /** @param stepOne - may cause further Inputs: they come after it, in the order made */
  constructor(stepOne: (input: Input) => void) {
    this.#stepOne = stepOne;
  }

  step(input: Input): void {
    if (this.#isStepping) {
      this.#waiting.push(input);
      return;
    }
    this.#isStepping = true;
    this.#stepOne(input);
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) this.#stepOne(next);
    this.#isStepping = false;
  }
}
