/** The Inputs of a run, kept in memory as they were stepped, so that the run can be stepped again. Writes no file. */

import type { Effect } from '../../../core/scan/effect.ts';
import type { FrameInput, Input } from '../../../core/scan/input.ts';
import { Scanner } from '../../../core/scan/scanner.ts';
import { decodeText } from '../decode-text.ts';

/** Frames lie one after the other in slabs of this size: a large array of small buffers costs more than what is in it. */
const SLAB_BYTES = 4 << 20;

export class InputTape {
  readonly #inputs: Input[] = [];
  #slab = new Uint8Array(0);
  #used = 0;
  #bytes = 0;

  get length(): number {
    return this.#inputs.length;
  }

  /** Of frames, as they were received. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps it; a frame's bytes are copied, because whoever made it uses them again. */
  append(input: Input): void {
    this.#inputs.push(input.kind === 'frame' ? this.#copied(input) : input);
  }

  /**
   * Steps it all again, in a new Scanner.
   *
   * @param onEffect - is told every effect, in order
   */
  replay(onEffect: (effect: Effect) => void = () => {}): Scanner {
    const scanner = new Scanner({ decodeText });
    for (const input of this.#inputs) {
      const effects = scanner.step(input);
      for (let i = 0; i < effects.length; i++) onEffect(effects[i]!);
    }
    return scanner;
  }

  [Symbol.iterator](): Iterator<Input> {
    return this.#inputs[Symbol.iterator]();
  }

  #copied({ kind, connection, bytes, from, to, receiveTimeMs }: FrameInput): FrameInput {
    const length = to - from;
    if (this.#used + length > this.#slab.length) {
      this.#slab = new Uint8Array(Math.max(SLAB_BYTES, length));
      this.#used = 0;
    }
    const at = this.#used;
    this.#slab.set(bytes.subarray(from, to), at);
    this.#used += length;
    this.#bytes += length;
    return { kind, connection, bytes: this.#slab, from: at, to: at + length, receiveTimeMs };
  }
}
