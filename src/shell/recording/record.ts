/** What comes out of recordings: records in merged order, and the connections they came by. Holds no bytes of its own. */

/** One connection that a recording shows, or implies. Everything here comes from the recording's content, never from its path. */
export interface RecordedConnection {
  /** Unique in a run: the first 12 hex digits of the file's SHA-256, a colon, the connection's number in that file. */
  readonly key: string;
  /** One of core's `VENUES`. */
  readonly venue: string;
  readonly transport: 'websocket' | 'rest';
  /** REST: the symbol that was asked for, as the venue writes it; null where nobody says, and for WebSocket. */
  readonly symbol: string | null;
  /** As recorded: its URL or its name in the file; the stream's symbol in single-stream files; empty where there is none. */
  readonly name: string;
  /** Place in the order of equal receive times: by venue, then name, then the file's content hash. Dense, from 0. */
  readonly rank: number;
}

/**
 * - `frame`: one message or REST body: `bytes[from, to)`
 * - `link_up`: a connection came up. Every connection's first record; also where the recording shows no connect
 * - `link_down`: it ended, or was replaced by a new connect of the same name
 */
export type RecordKind = 'frame' | 'link_up' | 'link_down';

/** Why a link record is there. `first_frame`: the recording shows no connect; the link is as old as its first frame. */
export type LinkReason = 'connected' | 'first_frame' | 'reconnected' | 'disconnected';

/** A record, reused: all of it is valid only until the reader's next `next` or `ready`. */
export class RecordedRecord {
  kind: RecordKind = 'frame';
  connection: RecordedConnection = NO_CONNECTION;
  /** Null for frames. */
  reason: LinkReason | null = null;
  /** The message is `bytes[from, to)`, a view into a buffer that will be reused. Empty for link records. */
  bytes: Uint8Array = NO_BYTES;
  from = 0;
  to = 0;
  /** Receive time: whole seconds since the epoch, and nanoseconds within that second (together they do not fit a double). */
  seconds = 0;
  nanoseconds = 0;

  /** The receive time in ms since the epoch, rounded once to 1 us: what an Input carries. */
  get receiveTimeMs(): number {
    return receiveTimeMsOf(this.seconds, this.nanoseconds);
  }
}

/** Ms since the epoch, rounded once to 1 us. Both steps are exact in integers, so the result is the nearest double. */
export function receiveTimeMsOf(seconds: number, nanoseconds: number): number {
  return (seconds * 1_000_000 + Math.round(nanoseconds / 1000)) / 1000;
}

const NO_BYTES = new Uint8Array(0);
const NO_CONNECTION: RecordedConnection = {
  key: '',
  venue: '',
  transport: 'websocket',
  symbol: null,
  name: '',
  rank: -1,
};
