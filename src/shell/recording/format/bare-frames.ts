/**
 * Lines that carry a frame and no connection: hftbacktest's `<receive ns> <payload>`, and plain NDJSON. Reads no symbols.
 *
 * In both, REST depth snapshots stand between stream frames as bare `{"lastUpdateId":...}`: they go to a REST connection of
 * their own, because such a reply does not always say which symbol it is about.
 */

import { type EventTime, findEventTime } from './event-time.ts';
import { type ConnectionSeen, type LineKind, type LineParser, type SourceLine, startsWith } from './source-line.ts';

const SNAPSHOT = '{"lastUpdateId"';

/** The two connections of a file without connections; which of them were used shows in the frames' counts. */
const STREAM = 0;
const REST = 1;
const CONNECTIONS: readonly ConnectionSeen[] = [
  { name: '', url: null, transport: 'websocket' },
  { name: '', url: null, transport: 'rest' },
];

/** `1723161256172216566 {"stream":"btcusd_perp@depth@0ms","data":{...}}` */
export class HftbacktestParser implements LineParser {
  readonly connections = CONNECTIONS;

  parse(bytes: Buffer, from: number, to: number, into: SourceLine): LineKind {
    const payload = from + 20;
    if (to <= payload || bytes[from + 19] !== 32) return 'misfit';
    const seconds = digitsAt(bytes, from, from + 10);
    const nanoseconds = digitsAt(bytes, from + 10, from + 19);
    if (seconds < 0 || nanoseconds < 0) return 'misfit';
    into.seconds = seconds;
    into.nanoseconds = nanoseconds;
    return takeFrame(into, bytes, payload, to);
  }
}

/**
 * One frame a line. It has no receive time: the frame's own event time stands in, never earlier than that of a line above.
 *
 * @param firstTime - for the lines above the first known time; null on the first look, when they are left at -1 seconds
 */
export class NdjsonParser implements LineParser {
  readonly connections = CONNECTIONS;
  readonly #latest: EventTime = { seconds: -1, nanoseconds: 0 };
  readonly #found: EventTime = { seconds: -1, nanoseconds: 0 };

  constructor(firstTime: Readonly<EventTime> | null) {
    if (firstTime !== null) Object.assign(this.#latest, firstTime);
  }

  parse(bytes: Buffer, from: number, to: number, into: SourceLine): LineKind {
    if (!isBracketed(bytes, from, to) || startsWith(bytes, from, to, '{"t":"')) return 'misfit';
    const latest = this.#latest;
    const found = this.#found;
    if (findEventTime(bytes, from, to, found) && isLater(found, latest)) {
      latest.seconds = found.seconds;
      latest.nanoseconds = found.nanoseconds;
    }
    into.seconds = latest.seconds;
    into.nanoseconds = latest.nanoseconds;
    return takeFrame(into, bytes, from, to);
  }
}

function isLater(a: EventTime, b: EventTime): boolean {
  return a.seconds > b.seconds || (a.seconds === b.seconds && a.nanoseconds > b.nanoseconds);
}

function takeFrame(into: SourceLine, bytes: Buffer, from: number, to: number): LineKind {
  // Byte 2 first: it tells the bare snapshot from every stream frame but a few.
  const connection = bytes[from + 2] === 108 && startsWith(bytes, from, to, SNAPSHOT) ? REST : STREAM;
  return into.takeFrame(connection, bytes, from, to);
}

/** Only the outermost brackets are looked at: what is inside is the decoder's business. */
function isBracketed(bytes: Buffer, from: number, to: number): boolean {
  const first = bytes[from];
  const last = bytes[to - 1];
  return to - from >= 2 && ((first === 123 && last === 125) || (first === 91 && last === 93));
}

/** The number in `bytes[from, to)`; -1 when one of them is not a digit. */
function digitsAt(bytes: Buffer, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = bytes[i]! - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
