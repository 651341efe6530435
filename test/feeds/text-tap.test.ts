/** What is tapped and what the library reads are together what the library alone would have read, in the same order. */

import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Duplex, Writable } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import * as ws from 'ws';
import { tapText } from '../../src/shell/feeds/ws/text-tap.ts';

const MOST_BYTES = 70_000;
/** The library's own reader of frames. */
const { Receiver } = ws as unknown as { Receiver: new (options: object) => Writable };

/** As the library listens to a socket, with a line for each thing it tells. */
function listened(isTapped: boolean) {
  const lines: string[] = [];
  let taken = 0;
  const socket = new EventEmitter();
  const receiver = new Receiver({ maxPayload: MOST_BYTES, skipUTF8Validation: true });
  const onData = (chunk: Buffer): void => {
    receiver.write(chunk);
  };
  const over = (line: string) => (): void => {
    socket.off('data', onData);
    lines.push(line);
  };
  const said = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  receiver.on('message', (message: Buffer) => lines.push(`message ${said(message)}`));
  receiver.on('ping', (words: Buffer) => lines.push(`ping ${said(words)}`));
  receiver.on('pong', (words: Buffer) => lines.push(`pong ${said(words)}`));
  receiver.on('conclude', over('close'));
  receiver.on('error', over('error'));
  socket.on('data', onData);
  const onText = (bytes: Uint8Array, from: number, to: number): void => {
    taken += 1;
    lines.push(`message ${said(bytes.subarray(from, to))}`);
  };
  const tap = isTapped ? tapText(socket as unknown as Duplex, MOST_BYTES, onText) : null;
  const emitted = (chunk: Buffer): void => {
    socket.emit('data', chunk);
  };
  /** Past the socket's own `data`, in bytes that go on with what was read before, and are another's at once. */
  const passed = (chunk: Buffer): void => {
    const lent = Buffer.concat([chunk, BEHIND]);
    tap?.(lent, chunk.length);
    lent.fill(0x81);
  };
  let reads = 0;
  return {
    lines,
    taken: () => taken,
    /** One read; errors are told in the turn after it. */
    read: async (chunk: Buffer): Promise<void> => {
      // The first is what came with the handshake.
      reads += 1;
      (tap === null || reads === 1 ? emitted : passed)(chunk);
      await new Promise(setImmediate);
    },
  };
}

/** Whole messages. */
const BEHIND = Buffer.from([0x81, 2, 0x7b, 0x7d, 0x81, 2, 0x7b, 0x7d, 0x89, 0, 0x88, 0]);

/** A frame as RFC 6455, 5.2, writes it. */
function frame(first: number, payload: Buffer, isMasked = false): Buffer {
  const { length } = payload;
  const mask = isMasked ? 0x80 : 0;
  const header = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  header[0] = first;
  header[1] = mask | (length < 126 ? length : length < 65_536 ? 126 : 127);
  if (header.length === 4) header.writeUInt16BE(length, 2);
  if (header.length === 10) header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, isMasked ? Buffer.alloc(4) : Buffer.alloc(0), payload]);
}

const payload = (most: number): fc.Arbitrary<Buffer> =>
  fc.tuple(fc.integer({ min: 0, max: most }), fc.integer({ min: 0, max: 255 })).map(([length, byte]) => {
    // No two alike, so that one in the place of another is seen.
    return Buffer.alloc(length, `${byte} of ${length} `);
  });

const plain = fc.oneof(
  { weight: 20, arbitrary: payload(300).map((bytes) => [frame(0x81, bytes)]) },
  { weight: 2, arbitrary: payload(69_000).map((bytes) => [frame(0x81, bytes)]) },
);
/** Pings, binary messages, and messages in fragments with a ping between them. */
const legal = fc.oneof(
  { weight: 8, arbitrary: plain },
  { weight: 1, arbitrary: payload(125).map((bytes) => [frame(0x89, bytes)]) },
  { weight: 1, arbitrary: payload(125).map((bytes) => [frame(0x8a, bytes)]) },
  { weight: 1, arbitrary: payload(300).map((bytes) => [frame(0x82, bytes)]) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(payload(300), payload(40), payload(300))
      .map(([a, b, c]) => [frame(0x01, a), frame(0x89, b), frame(0x00, b), frame(0x80, c)]),
  },
);
/** What ends a connection, rightly or not: a close, a reserved bit, a mask, a message within a message, one too long, noise. */
const last = fc.oneof(
  fc.constant(frame(0x88, Buffer.from([3, 233]))),
  fc.constant(frame(0xc1, Buffer.from('compressed'))),
  fc.constant(frame(0x81, Buffer.from('masked'), true)),
  fc.constant(Buffer.concat([frame(0x01, Buffer.from('begun')), frame(0x81, Buffer.from('within'))])),
  fc.constant(frame(0x81, Buffer.alloc(MOST_BYTES + 1))),
  fc.constant(frame(0x80, Buffer.from('no beginning'))),
  fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
);

async function compare(bytes: Buffer, cuts: readonly number[]): Promise<void> {
  const alone = listened(false);
  const tapped = listened(true);
  const ends = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  let from = 0;
  for (const end of ends) {
    await alone.read(bytes.subarray(from, end));
    await tapped.read(bytes.subarray(from, end));
    from = end;
  }
  assert.deepEqual(tapped.lines, alone.lines);
}

const cuts = fc.array(fc.nat(), { maxLength: 12 });

test('a legal stream, wherever reads cut it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(legal, { minLength: 1, maxLength: 30 }), cuts, (frames, places) =>
      compare(Buffer.concat(frames.flat()), places),
    ),
    { numRuns: 300 },
  );
});

test('a stream that ends badly, with more behind the end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(legal, { maxLength: 8 }),
      last,
      fc.array(plain, { maxLength: 8 }),
      cuts,
      (before, end, after, places) => compare(Buffer.concat([...before.flat(), end, ...after.flat()]), places),
    ),
    { numRuns: 2000 },
  );
});

test('behind a close that two reads bring there is no message', async () => {
  const close = frame(0x88, Buffer.concat([Buffer.from([3, 233]), Buffer.from('maintenance')]));
  const bytes = Buffer.concat([frame(0x81, Buffer.from('before')), close, frame(0x81, Buffer.from('behind'))]);
  for (let cut = 1; cut < bytes.length; cut++) await compare(bytes, [cut]);
});

test('each frame a read of its own: after a ping within a message the message still goes on', async () => {
  const frames = [frame(0x01, Buffer.from('a')), frame(0x89, Buffer.from('p')), frame(0x81, Buffer.from('in it'))];
  const ends = frames.map((_, i) => Buffer.concat(frames.slice(0, i + 1)).length);
  await compare(Buffer.concat(frames), ends);
});

test('every byte a read of its own', async () => {
  const frames = [
    frame(0x81, Buffer.from('one')),
    frame(0x89, Buffer.from('hm')),
    frame(0x81, Buffer.alloc(200, 'two')),
  ];
  const bytes = Buffer.concat(frames);
  await compare(bytes, [...bytes.keys()]);
});

test('whole texts are taken, all of them', async () => {
  const tapped = listened(true);
  const texts = Array.from({ length: 50 }, (_, i) => frame(0x81, Buffer.from(`text ${i}`)));
  await tapped.read(Buffer.concat(texts));
  assert.equal(tapped.taken(), 50);
});

test('of whole texts, in reads that are cut, only those that a cut goes through are left to the library', async () => {
  const texts = Array.from({ length: 10 }, (_, i) => frame(0x81, Buffer.from(`text ${i}`)));
  const bytes = Buffer.concat(texts);
  const { length } = texts[0]!;
  for (let cut = length + 1; cut < bytes.length - length; cut++) {
    const tapped = listened(true);
    const ends = [length, cut, bytes.length];
    for (const [i, end] of ends.entries()) await tapped.read(bytes.subarray(i === 0 ? 0 : ends[i - 1], end));
    assert.equal(tapped.taken(), cut % length === 0 ? 10 : 9, `cut at ${cut}`);
    assert.equal(tapped.lines.length, 10);
  }
});
