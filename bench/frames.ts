/** The frames of one bench kind in memory: loaded once from recordings, handed to every worker as one file. Times nothing. */

import { readFileSync, writeFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { openRecordings } from '../src/shell/recording/open.ts';

const LF = 10;

/** What the bench needs to know of a connection; its number is its place in `FrameSet.connections`. */
export interface FrameConnection {
  readonly venue: string;
  readonly transport: 'websocket' | 'rest';
  /** REST: the symbol that was asked for. */
  readonly symbol: string | null;
}

/** A connection that came up or went down before frame number `before`. */
export interface FrameLink {
  readonly before: number;
  readonly connection: number;
  readonly state: 'up' | 'down';
  readonly reason: string;
  readonly receiveTimeMs: number;
}

/** Frame i is `bytes[start(i), ends[i])`; a line feed follows each. */
export interface FrameSet {
  readonly bytes: Buffer;
  readonly ends: Uint32Array;
  readonly connectionOf: Uint16Array;
  readonly receiveTimesMs: Float64Array;
  readonly connections: readonly FrameConnection[];
  readonly links: readonly FrameLink[];
}

/** Says whether a frame belongs to a kind. `head` is the beginning of the frame, at most 100 characters. */
export type FrameFilter = (connection: FrameConnection, head: string) => boolean;

/** First byte of frame `index`. */
export function start(frames: FrameSet, index: number): number {
  return index === 0 ? 0 : frames.ends[index - 1]! + 1;
}

/**
 * Reads recordings, merged by receive time, into memory.
 *
 * @throws when a recording cannot be read whole: a bench over half the data would compare with nothing
 */
export async function loadFrames(paths: readonly string[], filter: FrameFilter): Promise<FrameSet> {
  const recordings = await openRecordings(paths);
  const { connections } = recordings;
  const chunks: Buffer[] = [];
  const ends: number[] = [];
  const connectionOf: number[] = [];
  const receiveTimesMs: number[] = [];
  const links: FrameLink[] = [];
  let length = 0;
  try {
    while (await recordings.ready()) {
      for (let record = recordings.next(); record !== null; record = recordings.next()) {
        const { connection, receiveTimeMs } = record;
        if (record.kind !== 'frame') {
          const state = record.kind === 'link_up' ? 'up' : 'down';
          const reason = record.reason ?? '';
          links.push({ before: ends.length, connection: connection.rank, state, reason, receiveTimeMs });
          continue;
        }
        const bytes = Buffer.from(record.bytes.subarray(record.from, record.to));
        if (!filter(connection, bytes.toString('latin1', 0, 100))) continue;
        if (bytes.includes(LF)) throw new Error('a frame with a line feed inside: the `split` case would miscount');
        chunks.push(bytes, Buffer.of(LF));
        length += bytes.length + 1;
        ends.push(length - 1);
        connectionOf.push(connection.rank);
        receiveTimesMs.push(receiveTimeMs);
      }
    }
  } finally {
    await recordings.close();
  }
  const problem = recordings.problems.find(({ lost }) => lost !== 'nothing');
  if (problem !== undefined) throw new Error(problem.message);
  return {
    bytes: Buffer.concat(chunks, length),
    ends: Uint32Array.from(ends),
    connectionOf: Uint16Array.from(connectionOf),
    receiveTimesMs: Float64Array.from(receiveTimesMs),
    connections: connections.map(({ venue, transport, symbol }) => ({ venue, transport, symbol })),
    links,
  };
}

/** Hands frames to another process; `readFrames` takes them up. */
export function writeFrames(path: string, frames: FrameSet): void {
  writeFileSync(path, serialize(frames));
}

/** @see writeFrames */
export function readFrames(path: string): FrameSet {
  const frames = deserialize(readFileSync(path)) as FrameSet;
  // A Buffer comes back as a view of a larger one; the codecs see what a socket would give them: plain bytes.
  return { ...frames, bytes: Buffer.from(frames.bytes) };
}
