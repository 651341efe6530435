/** Walks the records of one segment and notes every problem it meets. Compares no digest and looks at no other segment. */

import type { Input } from '../../core/scan/input.ts';
import type { SegmentTrailer } from './format.ts';
import type { JournalProblem, ProblemCode } from './problem.ts';
import { RecordCursor } from './record-reader.ts';
import { parseJson, type Segment } from './segment.ts';
import { type BlockOutcome, SegmentReader } from './segment-reader.ts';

type Block = Extract<BlockOutcome, { kind: 'block' }>;
type Damaged = Extract<BlockOutcome, { kind: 'damaged' }>;

/**
 * A cursor over the records of a segment.
 *
 * `atDamage: 'stop'` ends before the first record that is not beyond doubt: what it hands out is a prefix of what was
 * written. `'go_on'` skips what is damaged, to find all problems.
 */
export class SegmentCursor {
  readonly segment: Segment;
  /** The record it stands on, after `next` was true. */
  readonly record = new RecordCursor();
  /** Null until the whole segment was read, and when it has none. */
  trailer: SegmentTrailer | null = null;
  /** Where the trailer block begins. */
  trailerOffset = 0;
  /** Records handed out. */
  recordCount = 0;
  /** Raw bytes of the blocks read, and their bytes in the file. */
  rawBytes = 0;
  /** The sequence number that the next record must have. */
  expectedSequence: number;

  readonly #reader: SegmentReader;
  readonly #problems: JournalProblem[];
  readonly #stopsAtDamage: boolean;
  #block: Block | null = null;
  #blockRecords = 0;
  #isDamaged = false;
  #isAtEnd = false;

  /** @param problems - what it meets is appended here */
  constructor(segment: Segment, problems: JournalProblem[], options: { atDamage: 'stop' | 'go_on' }) {
    this.segment = segment;
    this.#problems = problems;
    this.#stopsAtDamage = options.atDamage === 'stop';
    this.expectedSequence = (segment.header.checkpoint?.sequence ?? 0) + 1;
    this.#reader = SegmentReader.open(segment.path);
  }

  /** Moves to the next record; false when there is none, and then the file is closed. */
  next(): boolean {
    while (!this.#isAtEnd) {
      if (this.#block !== null && this.record.next()) {
        if (this.#takeRecord(this.#block)) return true;
      } else {
        this.#leaveBlock();
        if (!this.#isAtEnd) this.#enterBlock(this.#reader.next());
      }
    }
    return false;
  }

  /** The record as an Input; null when its payload is damaged, which is noted. Stops then, if it stops at damage. */
  input(): Input | null {
    const input = this.record.input();
    if (input === null) this.#leaveBlock();
    return input;
  }

  close(): void {
    if (this.#isAtEnd) return;
    this.#isAtEnd = true;
    this.#reader.close();
  }

  #takeRecord(block: Block): boolean {
    const { sequence } = this.record;
    if (sequence !== this.expectedSequence) {
      this.#note('broken_sequence', block, `record ${sequence} stands where ${this.expectedSequence} must`);
      if (this.#isAtEnd) return false;
    }
    this.expectedSequence = sequence + 1;
    this.#blockRecords += 1;
    this.recordCount += 1;
    return true;
  }

  /** Checks the block that was read to its end, or to a line that is not a record. */
  #leaveBlock(): void {
    const block = this.#block;
    this.#block = null;
    if (block === null) return;
    const { fault, lineFrom } = this.record;
    if (fault !== null) {
      // The rest of the block is passed over.
      this.expectedSequence += Math.max(0, block.records - this.#blockRecords);
      this.#note('damaged_record', block, `${fault} (raw byte ${lineFrom} of the block)`);
    } else if (this.#blockRecords !== block.records) {
      const found = `${this.#blockRecords} records, its frame line says ${block.records}`;
      this.#note('damaged_block', block, `it holds ${found}`);
    }
  }

  #enterBlock(outcome: BlockOutcome): void {
    if (outcome.kind === 'block') this.#enterWholeBlock(outcome);
    else if (outcome.kind === 'damaged') this.#skipDamaged(outcome);
    else this.#finish(outcome.kind, outcome);
  }

  #enterWholeBlock(block: Block): void {
    if (this.trailer !== null) this.#note('damaged_block', block, 'it stands after the trailer');
    else if (block.type === 'records') {
      this.#block = block;
      this.#blockRecords = 0;
      this.rawBytes += block.raw.length;
      this.record.open(block.raw);
    } else if (block.type === 'trailer') this.#readTrailer(block);
    else if (block.block !== this.#placeOf(block.type)) {
      this.#note('damaged_block', block, `a ${block.type} block has no place here`);
    }
  }

  #placeOf(type: 'header' | 'checkpoint'): number {
    if (type === 'header') return 0;
    return this.segment.header.checkpoint === null ? -1 : 1;
  }

  #readTrailer(block: Block): void {
    const trailer = parseJson(block.raw) as SegmentTrailer | null;
    const isTrailer = typeof trailer?.sha256 === 'string' && (trailer.end === 'rotated' || trailer.end === 'closed');
    if (!isTrailer) this.#note('damaged_block', block, 'its trailer cannot be read');
    else {
      this.trailer = trailer;
      this.trailerOffset = block.offset;
      this.#checkCount(block, trailer.recordCount);
    }
  }

  #checkCount(block: Block, stated: number): void {
    if (stated === this.recordCount || this.#isDamaged) return;
    this.#note('damaged_block', block, `the trailer counts ${stated} records, there are ${this.recordCount}`);
  }

  #skipDamaged(damaged: Damaged): void {
    this.expectedSequence += damaged.records;
    this.#note('damaged_block', damaged, damaged.reason);
    if (!damaged.goesOn) this.close();
  }

  #finish(kind: 'torn' | 'end', place: { block: number; offset: number }): void {
    const before = `${this.recordCount} whole records precede it`;
    if (kind === 'torn') this.#note('torn_tail', place, `the file ends inside this block; ${before}`);
    else if (this.trailer === null) this.#note('no_trailer', place, `the file was not closed; ${before}`);
    this.close();
  }

  #note(code: ProblemCode, place: { block: number; offset: number }, message: string): void {
    this.#isDamaged = true;
    this.#problems.push({ code, path: this.segment.path, block: place.block, offset: place.offset, message });
    if (this.#stopsAtDamage) this.close();
  }
}
