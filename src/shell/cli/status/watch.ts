/** Shows something again and again until Ctrl-C: redrawn on a terminal's other screen, appended elsewhere. */

import type { CliContext } from '../../context.ts';
import { CryptorunError } from '../../errors.ts';
import type { Outside } from '../outside.ts';

/** Cursor home; clear to the end of a line; clear what is below. Redrawing in place does not flicker as clearing first would. */
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';
/** The terminal's other screen, as `less` and `top` use it, without a cursor: what stood there before comes back at the end. */
const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';

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
  const { rowsOf } = await import('../terminal.ts');
  try {
    if (isScreen) context.stdout.write(ENTER);
    while (!interrupt.signal.aborted) {
      const shown = await attempt(look);
      if (isScreen) context.stdout.write(screenful(shown.text, rowsOf(context.stdout)));
      else (shown.isFailure ? context.stderr : context.stdout).write(shown.text);
      await outside.sleep(intervalMs, interrupt.signal);
    }
    context.setExitCode(interrupt.exitCode);
  } finally {
    if (isScreen) context.stdout.write(LEAVE);
    interrupt.release();
  }
}

/** What the screen cannot hold is cut off below, and said to be: scrolling would take away the top, which matters most. */
function screenful(text: string, rows: number | null): string {
  const lines = text.split('\n').slice(0, -1);
  const over = rows === null ? 0 : lines.length - rows;
  const shown = over > 0 ? [...lines.slice(0, rows! - 1), `… ${over + 1} more lines: make the window taller`] : lines;
  return HOME + shown.map((line) => `${line}${CLEAR_LINE}\n`).join('') + CLEAR_BELOW;
}

async function attempt(look: () => Promise<string>): Promise<{ readonly text: string; readonly isFailure: boolean }> {
  try {
    return { text: await look(), isFailure: false };
  } catch (error) {
    if (error instanceof CryptorunError) return { text: `${error.message}\n`, isFailure: true };
    throw error;
  }
}
