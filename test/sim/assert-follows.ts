/** Says of a reader that its books stay the venue's own, and that it understood all that it heard. */

import assert from 'node:assert/strict';
import type { CoreReader } from './core-reader.ts';

/** Every symbol's book is live and equal to the truth, at each of `checks` moments `everyMs` apart. */
export function assertFollows(
  reader: CoreReader,
  symbols: readonly string[],
  checks: number,
  everyMs: number,
  depth = 50,
): void {
  for (let i = 0; i < checks; i++) {
    reader.run(everyMs);
    for (const symbol of symbols) {
      assert.deepEqual(reader.top(symbol, depth), reader.truth(symbol, depth), `${symbol} at check ${i}`);
    }
  }
}

export function assertUnderstood(reader: CoreReader): void {
  const odd = Object.keys(reader.outcomes).filter((name) => /^(unknown|malformed|error)/.test(name));
  assert.deepEqual(odd, []);
}
