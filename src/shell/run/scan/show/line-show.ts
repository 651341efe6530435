/** A scan as lines: events on stdout, plain or NDJSON, what is about the scan itself on stderr. */

import { isoText } from '../../../../core/base/time.ts';
import { printable } from '../../../../core/render/printable.ts';
import type { Effect } from '../../../../core/scan/effect.ts';
import type { LinkInput } from '../../../../core/scan/input.ts';
import type { CliContext } from '../../../context.ts';
import { ConnectionNews } from './connection-news.ts';
import { eventOf, ndjsonLine } from './event-text.ts';
import type { ScanShow } from './scan-show.ts';

export interface LineShowOptions {
  readonly isJson: boolean;
  /** Only what is about the scan itself. */
  readonly isQuiet: boolean;
  /** The run's time. */
  readonly nowMs: () => number;
}

export class LineShow implements ScanShow {
  readonly #context: Pick<CliContext, 'stdout' | 'stderr'>;
  readonly #options: LineShowOptions;
  readonly #news = new ConnectionNews();

  constructor(context: Pick<CliContext, 'stdout' | 'stderr'>, options: LineShowOptions) {
    this.#context = context;
    this.#options = options;
  }

  onEffect(effect: Effect): void {
    if (this.#options.isQuiet) return;
    const event = eventOf(effect);
    if (event === null) return;
    const nowMs = this.#options.nowMs();
    const line = this.#options.isJson
      ? ndjsonLine(event, nowMs)
      : `${isoText(nowMs).slice(11, 19)}  ${printable(event.text)}\n`;
    this.#context.stdout.write(line);
  }

  onLink(link: LinkInput): void {
    const text = this.#news.onLink(link);
    if (text !== null) this.onNotice(text);
  }

  onNotice(text: string): void {
    this.#context.stderr.write(`${printable(text)}\n`);
  }

  close(): void {}
}
