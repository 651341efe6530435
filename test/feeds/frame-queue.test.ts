/** The queue between sockets and core holds what was put in, in order, within its bounds, whatever the sizes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serialize } from 'node:v8';
import fc from 'fast-check';
import { FrameQueue } from '../../src/shell/feeds/driver/frame-queue.ts';

const LIMITS = { frames: 5, bytes: 64 };
const LARGEST = 40;

type Step = { readonly kind: 'frame'; readonly size: number } | { readonly kind: 'event' } | { readonly kind: 'shift' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: LARGEST }).map((size): Step => ({ kind: 'frame', size })) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'event' }) },
  { weight: 4, arbitrary: fc.constant<Step>({ kind: 'shift' }) },
);

test('what goes in comes out, in order and unchanged; what is refused was over a limit', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queue = new FrameQueue<string>(LIMITS);
      const model: (string | Uint8Array)[] = [];
      for (const [at, one] of steps.entries()) {
        if (one.kind === 'event') {
          queue.pushEvent(`event ${at}`, at);
          model.push(`event ${at}`);
        } else if (one.kind === 'frame') {
          const bytes = new Uint8Array(one.size).fill(at % 256);
          const wasEmpty = queue.frames === 0;
          const isTaken = queue.pushFrame(at, bytes, 0, bytes.length, at);
          // Alone it always fits; else what is free may lie at both ends, one of them left by the largest.
          if (wasEmpty) assert.ok(isTaken);
          if (isTaken) model.push(bytes);
          else
            assert.ok(queue.frames === LIMITS.frames || queue.bytes + Math.max(1, one.size) + LARGEST > LIMITS.bytes);
        } else if (!queue.isEmpty) {
          const found = queue.headEvent ?? queue.buffer.slice(queue.headFrom, queue.headTo);
          assert.deepEqual(found, model.shift());
          queue.shift();
        }
        assert.equal(queue.isEmpty, model.length === 0);
        const frames = model.filter((entry) => typeof entry !== 'string');
        assert.equal(queue.frames, frames.length);
        assert.ok(queue.bytes <= LIMITS.bytes && queue.frames <= LIMITS.frames);
      }
    }),
    { numRuns: 500 },
  );
});

/** What one read brings: frames with at least a byte between them, and something behind the last. */
const read = fc.record({
  sizes: fc.array(fc.record({ gap: fc.integer({ min: 1, max: 4 }), size: fc.integer({ min: 0, max: 20 }) }), {
    minLength: 1,
    maxLength: 6,
  }),
  rest: fc.integer({ min: 0, max: 30 }),
  /** Thrown away before the queue, by place. */
  dropped: fc.nat(63),
  shifts: fc.integer({ min: 0, max: 6 }),
});

test('frames of one read are copied together, and are what they were until they are shifted', () => {
  fc.assert(
    fc.property(fc.array(read, { maxLength: 40 }), (reads) => {
      const queue = new FrameQueue<string>({ frames: 12, bytes: 150 });
      const model: Uint8Array[] = [];
      let filled = 0;
      for (const { sizes, rest, dropped, shifts } of reads) {
        const length = sizes.reduce((sum, { gap, size }) => sum + gap + size, rest);
        const source = new Uint8Array(length).map(() => {
          filled += 1;
          return filled % 251;
        });
        let at = 0;
        for (const [place, { gap, size }] of sizes.entries()) {
          const [from, to] = [at + gap, at + gap + size];
          at = to;
          if (dropped & (1 << place)) continue;
          const wasEmpty = queue.frames === 0;
          const isTaken = queue.pushFrame(1, source, from, to, 0);
          if (wasEmpty) assert.ok(isTaken);
          if (isTaken) model.push(source.slice(from, to));
        }
        // It may be used again as soon as the read is over.
        source.fill(255);
        for (let i = 0; i < shifts && !queue.isEmpty; i++) {
          assert.deepEqual(queue.buffer.slice(queue.headFrom, queue.headTo), model.shift());
          queue.shift();
        }
        assert.equal(queue.frames, model.length);
        assert.ok(queue.bytes <= 150);
      }
      for (const bytes of model) {
        assert.deepEqual(queue.buffer.slice(queue.headFrom, queue.headTo), bytes);
        queue.shift();
      }
      assert.equal(queue.bytes, 0);
    }),
    { numRuns: 2000 },
  );
});

test('one that is larger than all the room never fits', () => {
  const queue = new FrameQueue<string>(LIMITS);
  assert.equal(queue.pushFrame(1, new Uint8Array(65), 0, 65, 0), false);
  assert.equal(queue.isEmpty, true);
});

test('where a frame lies is told in small integers, to the engine too, as a socket tells it', () => {
  const queue = new FrameQueue<string>(LIMITS);
  queue.pushFrame(0, new Uint8Array(9), 0, 9, 0.5);
  queue.pushFrame(0, new Uint8Array(9), 0, 9, 0.5);
  queue.shift();
  // The engine writes each number as what it is: `I`, an integer; `N`, a double, whatever its value.
  const kindOf = (value: number): string => serialize(value).toString('latin1', 2, 3);
  assert.deepEqual([kindOf(queue.headFrom), kindOf(queue.headTo), kindOf(queue.headTimeMs)], ['I', 'I', 'N']);
});
