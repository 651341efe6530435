/** Counts what a journal holds, session by session, for `journal info`. Prints nothing. */

import type { Input } from '../../core/scan/input.ts';
import { type JournalSession, openJournal } from './open-journal.ts';
import type { JournalProblem } from './problem.ts';
import { SegmentCursor } from './segment-cursor.ts';

/** One connection as its `link` Input introduced it; `venue` and `transport` are null when none did. */
export interface ConnectionDescription {
  readonly connection: number;
  readonly venue: string | null;
  readonly transport: string | null;
  readonly frames: number;
}

export interface SessionDescription {
  readonly session: string;
  readonly segments: { readonly count: number; readonly first: number; readonly last: number };
  /** Closed in order, and nothing wrong was met. Digests are not compared: that is `verify`'s work. */
  readonly complete: boolean;
  readonly firstTimeMs: number;
  readonly lastTimeMs: number;
  readonly records: number;
  /** By kind, sorted by kind; the `start` is one of them. */
  readonly recordsByKind: Readonly<Record<string, number>>;
  readonly connections: readonly ConnectionDescription[];
  /** Bytes of the records, and of the files. */
  readonly rawBytes: number;
  readonly storedBytes: number;
  readonly problems: readonly JournalProblem[];
}

export interface JournalDescription {
  readonly path: string;
  readonly sessions: readonly SessionDescription[];
  /** Of the set of files; those met inside a session stand with it. */
  readonly problems: readonly JournalProblem[];
}

/** Reads the whole journal once. @throws JournalError as `openJournal` */
export function describeJournal(path: string): JournalDescription {
  const journal = openJournal(path);
  return { path, sessions: journal.sessions.map(describeSession), problems: journal.problems };
}

function describeSession(session: JournalSession): SessionDescription {
  const tally = new Tally();
  const problems: JournalProblem[] = [];
  const { segments, startTimeMs } = session;
  let lastTimeMs = startTimeMs;
  let rawBytes = 0;
  let isClosed = false;
  tally.add(segments[0]!.header.start);
  for (const segment of segments) {
    const cursor = new SegmentCursor(segment, problems, { atDamage: 'go_on' });
    while (cursor.next()) {
      const input = cursor.input();
      if (input !== null) tally.add(input);
      lastTimeMs = cursor.record.receiveTimeMs;
    }
    rawBytes += cursor.rawBytes;
    isClosed = cursor.trailer?.end === 'closed';
  }
  return {
    session: session.session,
    segments: { count: segments.length, first: segments[0]!.header.segment, last: segments.at(-1)!.header.segment },
    complete: isClosed && problems.length === 0,
    firstTimeMs: startTimeMs,
    lastTimeMs,
    records: tally.records,
    recordsByKind: tally.byKind(),
    connections: tally.connections(),
    rawBytes,
    storedBytes: segments.reduce((sum, segment) => sum + segment.bytes, 0),
    problems,
  };
}

/** Counts Inputs by kind and frames by connection. */
class Tally {
  records = 0;
  readonly #kinds = new Map<string, number>();
  readonly #frames = new Map<number, number>();
  readonly #links = new Map<number, { venue: string; transport: string }>();

  add(input: Input): void {
    this.records += 1;
    this.#kinds.set(input.kind, (this.#kinds.get(input.kind) ?? 0) + 1);
    if (input.kind === 'frame') this.#frames.set(input.connection, (this.#frames.get(input.connection) ?? 0) + 1);
    else if (input.kind === 'link') this.#links.set(input.connection, input);
  }

  byKind(): Record<string, number> {
    return Object.fromEntries([...this.#kinds].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  connections(): ConnectionDescription[] {
    const numbers = [...new Set([...this.#frames.keys(), ...this.#links.keys()])].sort((a, b) => a - b);
    return numbers.map((connection) => {
      const link = this.#links.get(connection);
      const frames = this.#frames.get(connection) ?? 0;
      return { connection, venue: link?.venue ?? null, transport: link?.transport ?? null, frames };
    });
  }
}
