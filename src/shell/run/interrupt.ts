/** Ctrl-C and SIGTERM for a run that ends: the first asks it to stop and keep what it has, the second leaves at once. */

export interface Interrupt {
  readonly signal: AbortSignal;
  /** What the process should exit with after it was asked to stop. */
  readonly exitCode: 130 | 143;
  /** Gives the signals back to their default behaviour. */
  release(): void;
}

export function onInterrupt(): Interrupt {
  const controller = new AbortController();
  let exitCode: 130 | 143 = 130;
  const stop = (code: 130 | 143) => (): void => {
    if (controller.signal.aborted) process.exit(code);
    exitCode = code;
    controller.abort(new Error('interrupted'));
  };
  const onInt = stop(130);
  const onTerm = stop(143);
  process.on('SIGINT', onInt);
  process.on('SIGTERM', onTerm);
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    release() {
      process.off('SIGINT', onInt);
      process.off('SIGTERM', onTerm);
    },
  };
}
