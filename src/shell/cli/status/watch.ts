/** Shows something again and again until Ctrl-C: redrawn on a terminal, appended elsewhere. */

import type { CliContext } from '../../context.ts';
import { CryptorunError } from '../../errors.ts';
import type { Outside } from '../outside.ts';

/** Cursor home; clear to the end of a line; clear what is below. Redrawing in place does not flicker as clearing first would. */
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';
const CLEAR_ALL = '\x1b[2J';

/**
 * Looks every `intervalMs`. A look that fails is shown in its place, and the next one is tried: the state may be put right.
 *
 * @param look - the text to show, ending with a line feed
 */
export async function watch(
  look: () => Promise<string>,
  intervalMs: number,
  context: CliContext,
  outside: Outside,
): Promise<void> {
  const { onInterrupt } = await import('../../run/interrupt.ts');
  const interrupt = onInterrupt();
  const isScreen = context.stdout.isTTY === true;
  try {
    if (isScreen) context.stdout.write(CLEAR_ALL);
    while (!interrupt.signal.aborted) {
      const shown = await attempt(look);
      if (isScreen) context.stdout.write(`${HOME}${shown.text.replaceAll('\n', `${CLEAR_LINE}\n`)}${CLEAR_BELOW}`);
      else (shown.isFailure ? context.stderr : context.stdout).write(shown.text);
      await outside.sleep(intervalMs, interrupt.signal);
    }
    context.setExitCode(interrupt.exitCode);
  } finally {
    interrupt.release();
  }
}

async function attempt(look: () => Promise<string>): Promise<{ readonly text: string; readonly isFailure: boolean }> {
  try {
    return { text: await look(), isFailure: false };
  } catch (error) {
    if (error instanceof CryptorunError) return { text: `${error.message}\n`, isFailure: true };
    throw error;
  }
}
