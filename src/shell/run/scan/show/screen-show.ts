/** A scan on a terminal: redrawn in place on its other screen, so that nothing flickers and what stood there comes back. */

import { Chalk, type ChalkInstance } from 'chalk';
import { type ScanScreen, type ScreenEvent, type ScreenLine, scanScreen } from '../../../../core/render/scan-screen.ts';
import type { Tone } from '../../../../core/render/table.ts';
import type { Effect } from '../../../../core/scan/effect.ts';
import type { LinkInput } from '../../../../core/scan/input.ts';
import { columnsOf, rowsOf, wantsColor } from '../../../cli/terminal.ts';
import type { CliContext } from '../../../context.ts';
import { ConnectionNews } from './connection-news.ts';
import { eventOf } from './event-text.ts';
import type { ScanShow } from './scan-show.ts';

export interface ScreenShowOptions {
  readonly everyMs: number;
  readonly nowMs: () => number;
  /** What there is to be seen, but for the events. */
  readonly look: () => Omit<ScanScreen, 'events'>;
}

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';
/** More than any screen shows. */
const MAX_EVENTS = 100;
const DEFAULT_ROWS = 24;

export class ScreenShow implements ScanShow {
  readonly #context: CliContext;
  readonly #options: ScreenShowOptions;
  readonly #news = new ConnectionNews();
  readonly #timer: NodeJS.Timeout;
  readonly #leave = (): void => void this.#context.stdout.write(LEAVE);
  #events: ScreenEvent[] = [];
  /** Told again below, when the screen is gone. */
  readonly #notices: string[] = [];

  constructor(context: CliContext, options: ScreenShowOptions) {
    this.#context = context;
    this.#options = options;
    context.stdout.write(ENTER);
    // A second Ctrl-C leaves at once, but not the terminal in this state.
    process.once('exit', this.#leave);
    this.#timer = setInterval(() => this.#draw(), options.everyMs);
  }

  onEffect(effect: Effect): void {
    // Bars have a column of their own.
    if (effect.kind === 'bar') return;
    const event = eventOf(effect);
    if (event !== null) this.#add(event.text, event.tone);
  }

  onLink(link: LinkInput): void {
    const text = this.#news.onLink(link);
    if (text !== null) this.#add(text, 'warn');
  }

  onNotice(text: string): void {
    this.#add(text, 'warn');
    if (this.#notices.length < MAX_EVENTS) this.#notices.push(text);
  }

  close(): void {
    clearInterval(this.#timer);
    process.off('exit', this.#leave);
    this.#leave();
    for (const text of this.#notices) this.#context.stderr.write(`${text}\n`);
  }

  #add(text: string, tone: Tone): void {
    this.#events.push({ atMs: this.#options.nowMs(), text, tone });
    if (this.#events.length > MAX_EVENTS) this.#events = this.#events.slice(-MAX_EVENTS / 2);
  }

  #draw(): void {
    const { stdout, env } = this.#context;
    const size = { columns: columnsOf(env, stdout), rows: rowsOf(stdout) ?? DEFAULT_ROWS };
    const lines = scanScreen({ ...this.#options.look(), events: this.#events }, size);
    const chalk = new Chalk({ level: wantsColor('auto', env, stdout) ? 1 : 0 });
    const text = lines.map((line) => `${painted(line, chalk)}${CLEAR_LINE}`).join('\n');
    stdout.write(`${HOME}${text}${CLEAR_BELOW}`);
  }
}

function painted(line: ScreenLine, chalk: ChalkInstance): string {
  return line.map(({ text, tone }) => STYLES[tone](chalk)(text)).join('');
}

const STYLES: Readonly<Record<Tone, (chalk: ChalkInstance) => (text: string) => string>> = {
  good: (chalk) => chalk.green,
  warn: (chalk) => chalk.yellow,
  bad: (chalk) => chalk.red.bold,
  muted: (chalk) => chalk.dim,
  plain: () => (text) => text,
};
