/** `cryptorun book`: the books of a running scan. Asks the scan; keeps no book itself. */

import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { CryptorunError } from '../errors.ts';
import { type FormatOptions, formatted, type PlaceOptions, placed } from './shared-options.ts';

export interface BookOptions extends PlaceOptions, FormatOptions {
  readonly depth: string;
}

/** Adds the group. */
export function registerBookCommand(program: Command, context: CliContext): void {
  const book = program.command('book').description('order books of a running scan');
  const show = book
    .command('show')
    .argument('<venue>', 'such as kraken')
    .argument('<symbol>', 'as the venue writes it (BTC/USD), or our id (BTC-USD)')
    .description('print one book as it stands now; exit 3: no scan runs, 8: the book is not live');
  placed(formatted(show))
    .option('--depth <levels>', 'levels a side', '10')
    .action(async (venue: string, symbol: string, options: BookOptions) => {
      const depth = Number(options.depth);
      if (!Number.isInteger(depth) || depth < 1 || depth > 1000)
        throw new CryptorunError('usage', `--depth: wanted 1 to 1000, found "${options.depth}"`);
      const { showBook } = await import('../run/scan/book-action.ts');
      await showBook({ ask: 'book', venue, symbol, depth }, options, context);
    });
}
