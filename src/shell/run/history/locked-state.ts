/** Holds the scanner's lock for work that no scanner may run beside. Does no such work itself. */

import { CryptorunError } from '../../errors.ts';
import { lockScanner } from '../../stores/control/scanner-lock.ts';

/**
 * Runs `action` while no scanner can run on this state.
 *
 * @param what - what is refused while one does, such as `reset`
 * @throws CryptorunError `lock_held` while one does, and whatever `action` throws
 */
export async function lockedState<T>(stateDir: string, what: string, action: () => T | Promise<T>): Promise<T> {
  const lock = lockedOr(stateDir, what);
  try {
    return await action();
  } finally {
    lock.release();
  }
}

function lockedOr(stateDir: string, what: string) {
  try {
    return lockScanner(stateDir);
  } catch (cause) {
    if (!(cause instanceof CryptorunError) || cause.code !== 'lock_held') throw cause;
    const said = cause.message.slice(cause.message.indexOf('('));
    const message = `state ${what}: refused, a scanner runs on ${stateDir} ${said}; stop it first, nothing was changed`;
    throw new CryptorunError('lock_held', message, { cause });
  }
}
