/** What may be wrong inside a journal, as values: reading and verifying never throw on damage. */

/**
 * - `torn_tail`: the file ends inside a block (killed, or power lost, while it was written)
 * - `no_trailer`: it ends after a whole block, but was not closed: killed, or still being written
 * - `damaged_block`: bytes of a block are not those that were written
 * - `damaged_record`: a block is whole, but a line in it is not a record
 * - `broken_sequence`: sequence numbers are not contiguous
 * - `digest_mismatch`: the trailer's SHA-256 is not that of the bytes before it
 * - `broken_chain`: the segment's `previousDigest` is not the digest of the segment before it
 * - `missing_segment`, `duplicate_segment`, `misnamed_segment`: the set of files is not the one that was written
 * - `unreadable_segment`: its header cannot be read, so it belongs to no session
 */
export type ProblemCode =
  | 'torn_tail'
  | 'no_trailer'
  | 'damaged_block'
  | 'damaged_record'
  | 'broken_sequence'
  | 'digest_mismatch'
  | 'broken_chain'
  | 'missing_segment'
  | 'duplicate_segment'
  | 'misnamed_segment'
  | 'unreadable_segment';

/** One thing wrong, and where: `block` counts from 0 within the file, `offset` is in bytes; null where it has no place. */
export interface JournalProblem {
  readonly code: ProblemCode;
  readonly path: string;
  readonly block: number | null;
  readonly offset: number | null;
  readonly message: string;
}

/** One line for an operator: `FILE: block 3 at byte 4711: damaged_block: …`. */
export function problemText(problem: JournalProblem): string {
  const place = problem.block === null ? '' : ` block ${problem.block} at byte ${problem.offset}:`;
  return `${problem.path}:${place} ${problem.code}: ${problem.message}`;
}
