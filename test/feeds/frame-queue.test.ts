/** The queue between sockets and core holds what was put in, in order, within its bounds, whatever the sizes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
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

test('one that is larger than all the room never fits', () => {
  const queue = new FrameQueue<string>(LIMITS);
  assert.equal(queue.pushFrame(1, new Uint8Array(65), 0, 65, 0), false);
  assert.equal(queue.isEmpty, true);
});
