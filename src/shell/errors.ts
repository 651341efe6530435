/** The shell's one error class, and the one table that gives each error code its exit code. Prints nothing, exits nothing. */

/**
 * What each exit code means to a script. `docs/exit-codes.md` shows the same table, and a test keeps the two equal.
 *
 * `ops status --check` is the exception: there 0 to 3 mean what they mean to Nagios.
 */
export const EXIT_CODES = {
  0: 'done; for `ops status`: it could report, whatever the report says',
  1: 'failed; for `verify` and `state doctor`: it is damaged',
  2: 'wrong usage, bad configuration or unusable input',
  3: 'state unknown: there was nobody to ask, or the answer cannot be read',
  4: 'a confirmation or a permission is needed',
  5: 'a precondition does not hold',
  6: 'a lock is held by someone else',
  7: 'waited as long as it was told to',
  8: 'degraded: in force but not confirmed, or worth a look',
  9: 'stopped by the kill switch',
  10: 'partial: some of the input could not be used, the rest was',
  130: 'interrupted (SIGINT)',
  143: 'terminated (SIGTERM)',
} as const;

export type ExitCode = keyof typeof EXIT_CODES;

interface ErrorKind {
  readonly exitCode: ExitCode;
  /** True when the same command may succeed later without anybody changing anything else. */
  readonly isRetryable: boolean;
  readonly meaning: string;
}

/** Every code that a shell error may carry. `docs/exit-codes.md` shows the same table, and a test keeps the two equal. */
export const ERROR_CODES = {
  internal: { exitCode: 1, isRetryable: false, meaning: 'a mistake in the program itself' },
  io_failed: { exitCode: 1, isRetryable: false, meaning: 'the system refused a read or a write' },
  disk_full: { exitCode: 1, isRetryable: true, meaning: 'no space or quota left; nothing was replaced' },
  digest_differs: { exitCode: 1, isRetryable: false, meaning: '`--verify` found another digest' },
  usage: { exitCode: 2, isRetryable: false, meaning: 'unknown command, option or value' },
  bad_config: { exitCode: 2, isRetryable: false, meaning: 'the configuration has problems, all of them listed' },
  bad_input: {
    exitCode: 2,
    isRetryable: false,
    meaning: 'an input file is missing, empty, damaged or of no known format',
  },
  unsupported_venue: { exitCode: 2, isRetryable: false, meaning: 'the only input is of a venue that is not supported' },
  status_unknown: { exitCode: 3, isRetryable: true, meaning: 'no scanner and no replay has saved a status yet' },
  status_unreadable: {
    exitCode: 3,
    isRetryable: false,
    meaning: 'the saved status is damaged, or written by a newer version',
  },
  history_unknown: { exitCode: 3, isRetryable: true, meaning: 'no scan has kept a history on this state folder yet' },
  history_unreadable: {
    exitCode: 3,
    isRetryable: false,
    meaning: 'the history is damaged, or of another version; journals can make it anew',
  },
  state_unreadable: {
    exitCode: 3,
    isRetryable: false,
    meaning: 'the control state is damaged, gone or of a newer version; the kill switch counts as engaged',
  },
  permission_denied: { exitCode: 4, isRetryable: false, meaning: 'this user may not read or write there' },
  precondition_failed: {
    exitCode: 5,
    isRetryable: false,
    meaning: 'the state is not the expected one; nothing was changed',
  },
  lock_held: { exitCode: 6, isRetryable: true, meaning: 'another process holds the lock' },
  state_busy: {
    exitCode: 6,
    isRetryable: true,
    meaning: 'another process kept the control state locked; nothing was changed',
  },
  timed_out: { exitCode: 7, isRetryable: true, meaning: 'a wait reached its limit; what was changed stays changed' },
  unconfirmed: {
    exitCode: 8,
    isRetryable: true,
    meaning: 'it is written down, but a running scanner has not confirmed it',
  },
  kill_switch_engaged: { exitCode: 9, isRetryable: false, meaning: 'the kill switch stopped the run' },
  interrupted: { exitCode: 130, isRetryable: true, meaning: 'stopped by Ctrl-C' },
  terminated: { exitCode: 143, isRetryable: true, meaning: 'stopped by SIGTERM' },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERROR_CODES;

/**
 * A failure that was to be expected: the message is meant for an operator and shown without a stack trace.
 *
 * The message says what failed, a colon, and why; all problems of one input come in one message.
 */
export class CryptorunError extends Error {
  readonly code: ErrorCode;
  readonly exitCode: ExitCode;
  readonly isRetryable: boolean;

  /** @param options - `cause`: the error underneath, for logs */
  constructor(code: ErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.name = 'CryptorunError';
    this.code = code;
    this.exitCode = ERROR_CODES[code].exitCode;
    this.isRetryable = ERROR_CODES[code].isRetryable;
  }
}

/** The exit code of anything that was thrown: the error's own, or 1 for what nobody expected. */
export function exitCodeOf(thrown: unknown): ExitCode {
  return thrown instanceof CryptorunError ? thrown.exitCode : ERROR_CODES.internal.exitCode;
}
