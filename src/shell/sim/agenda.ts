/** Things that a simulated venue or client does at given times, in order. Runs nothing by itself. */

interface Item {
  readonly atUs: number;
  readonly run: (atUs: number) => void;
}

/** A short list of what is still to be done. */
export class Agenda {
  readonly #items: Item[] = [];

  /** Plans `run` for `atUs`; things of the same time run in the order planned. */
  at(atUs: number, run: (atUs: number) => void): void {
    let index = this.#items.length;
    while (index > 0 && this.#items[index - 1]!.atUs > atUs) index -= 1;
    this.#items.splice(index, 0, { atUs, run });
  }

  /** Runs what is due by `nowUs`, also what those things plan for no later. */
  runDue(nowUs: number): void {
    while (this.#items.length > 0 && this.#items[0]!.atUs <= nowUs) {
      const item = this.#items.shift()!;
      item.run(item.atUs);
    }
  }
}
