/** The records of one file in time order, with a link record in front of every connection's first frame. Merges nothing. */

import type { SourceLine } from '../format/source-line.ts';
import type { InspectedFile } from '../inspect/conclude.ts';
import { type LinkReason, type RecordedConnection, RecordedRecord, type RecordKind } from '../record.ts';
import type { Cursor, Step } from './cursor.ts';
import { FileLines, type ReadContext } from './file-lines.ts';
import { SortedLines } from './sorted-lines.ts';

/**
 * What is told twice is told once, what is not told is shown as such:
 *
 * - a frame of a connection that is not up: `link_up` (`first_frame`) at the frame's time, then the frame
 * - a connect of one that is up: `link_down` (`reconnected`), then `link_up`, both at the connect's time
 * - a disconnect of one that is not up: nothing
 */
export class FileCursor implements Cursor<RecordedRecord> {
  readonly current = new RecordedRecord();
  readonly #lines: Cursor<SourceLine>;
  readonly #connections: readonly (RecordedConnection | null)[];
  readonly #isUp: boolean[];
  /** A line whose record comes after the link record that was made for it. */
  #held: SourceLine | null = null;

  constructor(file: InspectedFile, context: ReadContext) {
    const { facts, bySource } = file;
    const lines = new FileLines(file, context);
    this.#lines = facts.sorted ? new SortedLines(facts.path, lines, context) : lines;
    this.#connections = bySource;
    this.#isUp = bySource.map(() => false);
    const first = facts.first ?? context.fallbackTime;
    this.current.seconds = first.seconds;
    this.current.nanoseconds = first.nanoseconds;
  }

  step(): Step {
    const held = this.#held;
    if (held !== null) {
      this.#held = null;
      return held.kind === 'frame' ? this.#frame(held) : this.#link('link_up', 'connected');
    }
    for (;;) {
      const step = this.#lines.step();
      if (step !== 'record') return step;
      const line = this.#lines.current;
      const isUp = this.#isUp[line.connection]!;
      if (line.kind === 'frame' && isUp) return this.#frame(line);
      if (line.kind !== 'disconnect' || isUp) return this.#change(line, isUp);
    }
  }

  fill(): Promise<void> {
    return this.#lines.fill();
  }

  close(): Promise<void> {
    return this.#lines.close();
  }

  #frame(line: SourceLine): Step {
    const record = this.current;
    record.kind = 'frame';
    record.connection = this.#connections[line.connection]!;
    record.reason = null;
    record.bytes = line.bytes;
    record.from = line.from;
    record.to = line.to;
    record.seconds = line.seconds;
    record.nanoseconds = line.nanoseconds;
    return 'record';
  }

  #change(line: SourceLine, isUp: boolean): Step {
    this.#frame(line);
    this.#isUp[line.connection] = line.kind !== 'disconnect';
    if (line.kind === 'disconnect') return this.#link('link_down', 'disconnected');
    if (line.kind === 'connect' && !isUp) return this.#link('link_up', 'connected');
    this.#held = line;
    return line.kind === 'frame' ? this.#link('link_up', 'first_frame') : this.#link('link_down', 'reconnected');
  }

  #link(kind: RecordKind, reason: LinkReason): Step {
    const record = this.current;
    record.kind = kind;
    record.reason = reason;
    record.to = record.from;
    return 'record';
  }
}
