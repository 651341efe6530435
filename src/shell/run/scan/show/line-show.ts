/**
 * A scan as lines: events on stdout, plain or NDJSON, what is about the scan itself on stderr. Lines that nobody reads fast
 * enough are dropped, counted and told of: they must neither hold up the scan nor fill its memory.
 */

import { isoText } from '../../../../core/base/time.ts';
import { printable } from '../../../../core/render/printable.ts';
import type { Effect } from '../../../../core/scan/effect.ts';
import type { LinkInput } from '../../../../core/scan/input.ts';
import type { CliContext } from '../../../context.ts';
import { ConnectionNews } from './connection-news.ts';
import { eventOf, ndjsonLine, type ScanEvent } from './event-text.ts';
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
  /** Lines that were not written since the last one that was, and in all. */
  #dropped = 0;
  #droppedInAll = 0;

  constructor(context: Pick<CliContext, 'stdout' | 'stderr'>, options: LineShowOptions) {
    this.#context = context;
    this.#options = options;
  }

  onEffect(effect: Effect): void {
    if (this.#options.isQuiet) return;
    const event = eventOf(effect);
    if (event === null) return;
    const { stdout } = this.#context;
    if (stdout.writableNeedDrain === true) {
      this.#dropped += 1;
      this.#droppedInAll += 1;
      return;
    }
    if (this.#dropped > 0) stdout.write(this.#lineOf(droppedEvent(this.#dropped)));
    this.#dropped = 0;
    stdout.write(this.#lineOf(event));
  }

  onLink(link: LinkInput): void {
    const text = this.#news.onLink(link);
    if (text !== null) this.onNotice(text);
  }

  onNotice(text: string): void {
    this.#context.stderr.write(`${printable(text)}\n`);
  }

  close(): void {
    if (this.#droppedInAll > 0)
      this.onNotice(`${this.#droppedInAll} lines were dropped: stdout was not read fast enough`);
  }

  #lineOf(event: ScanEvent): string {
    const nowMs = this.#options.nowMs();
    if (this.#options.isJson) return ndjsonLine(event, nowMs);
    return `${isoText(nowMs).slice(11, 19)}  ${printable(event.text)}\n`;
  }
}

function droppedEvent(lines: number): ScanEvent {
  const text = `${lines} lines dropped: stdout was not read fast enough`;
  return { text, tone: 'warn', facts: { event: 'lines_dropped', lines } };
}
