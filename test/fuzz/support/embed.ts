/** Puts a frame where a careless reader would run out of it: at odd offsets of a large buffer, between hostile bytes. */

import type { Prng } from '../../../src/core/base/prng.ts';

/** What stands right before and behind a frame: more of what a reader might be in the middle of. */
const HOSTILE = [
  '0123456789012345678901234567890123456789',
  ',["1","1"],["2","2"]]}',
  '","1"]]}}',
  '}]}]}]}}}}}}}}}',
  '"}"}"}"}"}"}',
  '00000000000000000000',
  '.00000000"],',
  'e5,"x":1}',
  '\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000',
  '\u00ff\u00fe\u00fd\u00fc\u00fb\u00fa\u00f9\u00f8',
  '\\"\\"\\"\\"\\"\\"',
  '\n\n\n\n{"e":"trade"',
];

export interface Embedded {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
}

/** Reuses one buffer, as shells do: what it returned is valid until the next call. */
export class Embedder {
  #arena = Buffer.alloc(1 << 16);

  /** @param neighbour - another frame that may stand behind this one */
  embed(frame: string, neighbour: string, prng: Prng): Embedded {
    if (prng.int(4) === 0) return alone(frame, prng);
    const before = prng.pick(HOSTILE).slice(0, prng.int(20));
    const behind = prng.chance(0.3) ? neighbour : prng.pick(HOSTILE);
    const from = before.length;
    const to = from + frame.length;
    if (to + behind.length > this.#arena.length) this.#arena = Buffer.alloc(2 * (to + behind.length));
    this.#arena.write(before, 0, 'latin1');
    this.#arena.write(frame, from, 'latin1');
    this.#arena.write(behind, to, 'latin1');
    return { bytes: this.#arena, from, to };
  }
}

/** Nothing behind it, and a view that begins at an odd place of its memory. */
function alone(frame: string, prng: Prng): Embedded {
  const skipped = prng.int(8);
  const memory = new ArrayBuffer(skipped + frame.length);
  const bytes = Buffer.from(memory, skipped);
  bytes.write(frame, 0, 'latin1');
  return { bytes, from: 0, to: frame.length };
}
