/** What a line of a recording says, and the port that every line format implements. Holds no format. */

/**
 * - `frame`: a message that the venue sent, or a REST body
 * - `connect`, `disconnect`: of `connection`
 * - `sent`: what the recorder sent; `ignored`: the recorder's own notes
 * - `misfit`: not a line of this format
 */
export type LineKind = 'frame' | 'connect' | 'disconnect' | 'sent' | 'ignored' | 'misfit';

/** One line's meaning, reused for all lines of a file. */
export class SourceLine {
  kind: LineKind = 'ignored';
  /** Index in the parser's `connections`; -1 for kinds without one. */
  connection = -1;
  /** Line number in the file, from 1. */
  line = 0;
  /** The payload is `bytes[from, to)`. */
  bytes: Buffer = NO_BYTES;
  from = 0;
  to = 0;
  /** Receive time; -1 seconds when it is not known (yet). */
  seconds = -1;
  nanoseconds = 0;

  /** Makes it a frame of that connection. */
  takeFrame(connection: number, bytes: Buffer, from: number, to: number): 'frame' {
    this.connection = connection;
    this.bytes = bytes;
    this.from = from;
    this.to = to;
    return 'frame';
  }

  /** Makes it a change of that connection, without a payload. */
  takeLink<Kind extends 'connect' | 'disconnect'>(kind: Kind, connection: number): Kind {
    this.connection = connection;
    this.from = this.to;
    return kind;
  }
}

/** A connection as a file shows it. */
export interface ConnectionSeen {
  /** As recorded: URL or connection name; empty where the format has none. */
  readonly name: string;
  /** Null where the file does not say. */
  readonly url: string | null;
  readonly transport: 'websocket' | 'rest';
}

/** Reads the lines of one file, in order. Keeps what a later line needs from earlier ones; the same bytes give the same lines. */
export interface LineParser {
  /** In order of first appearance; grows while lines are parsed. */
  readonly connections: readonly ConnectionSeen[];
  /** Says what `bytes[from, to)` is, and fills in all of `into` but its `kind` and `line`. Never throws on input. */
  parse(bytes: Buffer, from: number, to: number, into: SourceLine): LineKind;
}

/** Connections by name and transport. */
export class ConnectionTable {
  readonly list: ConnectionSeen[] = [];
  readonly #indexes = new Map<string, number>();

  /** The index of that connection; a new one the first time. Its URL may become known later than its name. */
  indexOf(name: string, url: string | null, transport: 'websocket' | 'rest'): number {
    const key = `${transport} ${name}`;
    const known = this.#indexes.get(key);
    if (known !== undefined) {
      const seen = this.list[known]!;
      if (seen.url === null && url !== null) this.list[known] = { ...seen, url };
      return known;
    }
    this.#indexes.set(key, this.list.length);
    return this.list.push({ name, url, transport }) - 1;
  }
}

/**
 * Reads `1617566592.1065369` at `bytes[from, to)` into `into.seconds` and `into.nanoseconds`: digits, at most one point; digits
 * past the ninth decimal are cut off.
 *
 * @returns where the number ends; `from` when there is none
 */
export function parseUnixSeconds(bytes: Uint8Array, from: number, to: number, into: SourceLine): number {
  let at = from;
  let seconds = 0;
  for (; at < to && isDigit(bytes[at]!); at++) seconds = seconds * 10 + (bytes[at]! - 48);
  if (at === from || at - from > 11) return from;
  into.seconds = seconds;
  into.nanoseconds = 0;
  if (bytes[at] !== 46 || at + 1 >= to || !isDigit(bytes[at + 1]!)) return at;
  let nanoseconds = 0;
  let scale = 100_000_000;
  for (at += 1; at < to && isDigit(bytes[at]!); at++) {
    if (scale < 1) continue;
    nanoseconds += (bytes[at]! - 48) * scale;
    scale /= 10;
  }
  into.nanoseconds = nanoseconds;
  return at;
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** True when `bytes[from, to)` begins with that ASCII text. */
export function startsWith(bytes: Uint8Array, from: number, to: number, text: string): boolean {
  if (to - from < text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[from + i] !== text.charCodeAt(i)) return false;
  return true;
}

const NO_BYTES = Buffer.alloc(0);
