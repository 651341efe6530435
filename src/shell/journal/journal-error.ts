/** The expected failures of reading and writing a journal, as one error class with codes. Damage inside one is a `JournalProblem`. */

/**
 * - `journal_not_found`: the path does not exist, or the folder holds no journal
 * - `not_a_journal`: the file does not begin as a journal does
 * - `journal_version_unsupported`: written by a newer program
 * - `journal_unreadable`: the system refused to read it (`cause`)
 * - `journal_exists`: a segment of that session and number is there already; nothing was written
 * - `journal_write_failed`: the system refused to write (`cause`, such as ENOSPC); recording has stopped
 * - `journal_session_unknown`: the session asked for is not in this journal
 */
export type JournalErrorCode =
  | 'journal_not_found'
  | 'not_a_journal'
  | 'journal_version_unsupported'
  | 'journal_unreadable'
  | 'journal_exists'
  | 'journal_write_failed'
  | 'journal_session_unknown';

/** An expected failure. It has the fields of a CryptorunError, and a message of one line meant for an operator. */
export class JournalError extends Error {
  readonly code: JournalErrorCode;
  readonly isRetryable: boolean;

  constructor(code: JournalErrorCode, message: string, options: { cause?: unknown; isRetryable?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'JournalError';
    this.code = code;
    this.isRetryable = options.isRetryable ?? false;
  }
}

/** What the system said, for the end of a message: `ENOSPC: no space left on device, write`. */
export function causeText(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
