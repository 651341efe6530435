/** One line of progress on stderr, rewritten in place, and only on a terminal. Says nothing to files and pipes. */

import { grouped } from '../../core/render/replay-view.ts';
import type { ReplayProgress } from './replay.ts';

const REDRAW_MS = 100;
const CLEAR_LINE = '\r\u001b[2K';

export class ProgressLine {
  readonly #stream: { write(text: string): unknown };
  readonly #isShown: boolean;
  readonly #startedMs = performance.now();
  #drawnMs = 0;
  #isDrawn = false;

  constructor(stream: { write(text: string): unknown; isTTY?: boolean }, isWanted: boolean) {
    this.#stream = stream;
    this.#isShown = isWanted && stream.isTTY === true;
  }

  show({ messages, fraction }: ReplayProgress): void {
    const nowMs = performance.now();
    if (!this.#isShown || nowMs - this.#drawnMs < REDRAW_MS) return;
    this.#drawnMs = nowMs;
    this.#isDrawn = true;
    const perSecond = Math.round((messages * 1000) / Math.max(nowMs - this.#startedMs, 1));
    const percent = fraction === null ? '' : `${Math.floor(fraction * 100)}%  `;
    this.#stream.write(`${CLEAR_LINE}replaying  ${percent}${grouped(messages)} messages  ${grouped(perSecond)}/s`);
  }

  clear(): void {
    if (this.#isDrawn) this.#stream.write(CLEAR_LINE);
    this.#isDrawn = false;
  }
}
