/** Counts what a file's lines are while they go by: frames, times, misfits. Keeps one sample line. */

import type { Misfits, ReceiveTime, RecordingFormat } from '../facts.ts';
import { formatOfLine, type LineFormat } from '../format/detect.ts';
import type { SourceLine } from '../format/source-line.ts';

/** How much of a misfit is shown, and how much is looked at to tell its format. */
const SAMPLE_CHARACTERS = 80;
const LOOK_BYTES = 20_000;
/** One line that fits another format may be a torn one: it takes three, or one in a hundred, to call the file mixed. */
const MIXED_LINES = 3;
const MIXED_SHARE = 0.01;

export class Tally {
  /** By the parser's connection index. */
  readonly frames: number[] = [];
  sent = 0;
  backwards = 0;
  first: ReceiveTime | null = null;
  last: ReceiveTime | null = null;
  misfits: Misfits = { count: 0, firstLine: 0, sample: '' };
  /** Lines that are records, sent, notes: that fit. */
  fitting = 0;
  /** The first line that fits another format. */
  other: { readonly format: RecordingFormat; readonly line: number } | null = null;
  #otherCount = 0;
  readonly #format: LineFormat;

  constructor(format: LineFormat) {
    this.#format = format;
  }

  /** True when lines of two formats are in the file. */
  get isMixed(): boolean {
    const share = MIXED_SHARE * (this.fitting + this.misfits.count);
    return this.#otherCount > 0 && (this.#otherCount >= MIXED_LINES || this.#otherCount >= share);
  }

  /** True when most lines do not fit: it is then not of that format. */
  get isMostlyMisfits(): boolean {
    return this.misfits.count > this.fitting;
  }

  add(line: SourceLine): void {
    if (line.kind === 'misfit') this.#addMisfit(line);
    else this.#addFitting(line);
  }

  #addFitting(line: SourceLine): void {
    this.fitting += 1;
    if (line.kind === 'sent') this.sent += 1;
    if (line.kind !== 'frame' && line.kind !== 'connect' && line.kind !== 'disconnect') return;
    if (line.kind === 'frame') this.frames[line.connection] = (this.frames[line.connection] ?? 0) + 1;
    if (line.seconds >= 0) this.#addTime(line);
  }

  #addMisfit({ line, bytes, from, to }: SourceLine): void {
    const { count, firstLine, sample } = this.misfits;
    const text = bytes.toString('utf8', from, Math.min(to, from + LOOK_BYTES));
    this.misfits =
      count === 0
        ? { count: 1, firstLine: line, sample: text.slice(0, SAMPLE_CHARACTERS) }
        : { count: count + 1, firstLine, sample };
    const format = formatOfLine(text, to - from <= LOOK_BYTES);
    if (format === null || format === this.#format) return;
    this.other ??= { format, line };
    this.#otherCount += 1;
  }

  #addTime({ seconds, nanoseconds }: SourceLine): void {
    const { first, last } = this;
    if (last !== null && isBefore(seconds, nanoseconds, last)) this.backwards += 1;
    else if (last === null || seconds !== last.seconds || nanoseconds !== last.nanoseconds)
      this.last = { seconds, nanoseconds };
    if (first === null || isBefore(seconds, nanoseconds, first)) this.first = { seconds, nanoseconds };
  }
}

function isBefore(seconds: number, nanoseconds: number, than: ReceiveTime): boolean {
  return seconds < than.seconds || (seconds === than.seconds && nanoseconds < than.nanoseconds);
}
