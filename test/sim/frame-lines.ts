/** Reads the lines of recorded files for the simulator's tests. Naive on purpose, and shares no code with the program. */

import { gunzipSync } from 'node:zlib';

export interface FrameLine {
  readonly kind: 'connected' | 'sent' | 'received';
  /** Digits of the time as one integer: microseconds, or nanoseconds in stamped files. */
  readonly time: bigint;
  readonly payload: string;
}

export function linesOf(gz: Uint8Array): FrameLine[] {
  const lines = gunzipSync(gz).toString('utf8').split('\n');
  if (lines.pop() !== '') throw new Error('the last line is not ended');
  return lines.map(lineOf);
}

function lineOf(line: string): FrameLine {
  const stamped = /^([0-9]{19}) (.+)$/.exec(line);
  if (stamped !== null) return { kind: 'received', time: BigInt(stamped[1]!), payload: stamped[2]! };
  const received = /^([0-9]{10})\.([0-9]{6}): (.+)$/.exec(line);
  if (received !== null) return { kind: 'received', time: BigInt(received[1]! + received[2]!), payload: received[3]! };
  const sent = /^wss:\/\/\S+ <- ([0-9]{10})\.([0-9]{6}): (.+)$/.exec(line);
  if (sent !== null) return { kind: 'sent', time: BigInt(sent[1]! + sent[2]!), payload: sent[3]! };
  const connected = /^wss:\/\/\S+ <-> ([0-9]{10})\.([0-9]{6})$/.exec(line);
  if (connected !== null) return { kind: 'connected', time: BigInt(connected[1]! + connected[2]!), payload: '' };
  throw new Error(`not a line of a recording: ${line.slice(0, 120)}`);
}
