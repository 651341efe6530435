/** One function: stops the program on a programmer's mistake. Never used for bad input from a venue or an operator. */

/**
 * Throws when a condition that the code itself guarantees does not hold.
 *
 * @param sentence - what must be true, as a sentence
 */
export function assert(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${sentence}`);
}
