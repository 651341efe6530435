/** The floor under every reader: finding the lines, `JSON.parse`, and `Number` of every price and size. */

import type { FrameSet } from '../frames.ts';
import { type BenchCase, NO_EVIDENCE, type Pass } from './case.ts';
import { numberReaderOf } from './json-numbers.ts';

const LF = 10;

/** Finds the end of each frame, and nothing else. */
export const split: BenchCase = async (frames) => () => {
  let lines = 0;
  return {
    run(count) {
      const { bytes } = frames;
      let at = 0;
      for (lines = 0; lines < count; lines++) at = bytes.indexOf(LF, at) + 1;
    },
    evidence: () => ({ ...NO_EVIDENCE, notes: lines === frames.ends.length ? [] : [`${lines} lines`] }),
  };
};

/**
 * Bytes to text to object: what every library has to do with the Buffer that a WebSocket hands over, before any work of its own.
 */
export const jsonParse: BenchCase = async (frames) => () => overObjects(frames, () => 1);

/** The same, and `Number` of every price and size, by code that knows each message's shape (no walk over all keys). */
export const jsonParseNumber: BenchCase = async (frames) => {
  const readers = frames.connections.map(({ venue }) => numberReaderOf(venue));
  return () => overObjects(frames, (message, connection) => readers[connection]!(message));
};

function overObjects(frames: FrameSet, read: (message: unknown, connection: number) => number): Pass {
  let sum = 0;
  return {
    run(count) {
      const { bytes, ends, connectionOf } = frames;
      let from = 0;
      for (let i = 0; i < count; i++) {
        const to = ends[i]!;
        sum += read(JSON.parse(bytes.toString('utf8', from, to)), connectionOf[i]!);
        from = to + 1;
      }
    },
    evidence: () => ({ ...NO_EVIDENCE, notes: Number.isFinite(sum) ? [] : ['a price or size was no number'] }),
  };
}
