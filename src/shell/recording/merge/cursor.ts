/** The port of everything that gives records one by one in time order: files, sorted runs, and the merge of them. Holds no code. */

/**
 * - `record`: the next one stands ready
 * - `starved`: await `fill`, then step again
 * - `ended`: there are no more
 */
export type Step = 'record' | 'starved' | 'ended';

/** What a merge orders by. */
export interface TimedRecord {
  readonly seconds: number;
  readonly nanoseconds: number;
}

export interface Cursor<R extends TimedRecord> {
  /** The record that the last step made ready, reused. Before the first one: a time that no record of this cursor is before. */
  readonly current: R;
  step(): Step;
  fill(): Promise<void>;
  /** Frees files and temporary files. May be called at any time, and twice. */
  close(): Promise<void>;
}
