/** `cryptorun ops resync` and `ops reconnect`: orders to the feeds of a running scan. Reads options; the scan does the work. */

import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import type { Outside } from './outside.ts';
import { type FormatOptions, formatted, type PlaceOptions, placed, reasoned } from './shared-options.ts';

export interface FeedOrderOptions extends PlaceOptions, FormatOptions {
  readonly reason: string;
}

const EXITS = 'exit 3: no scan runs, 5: refused (feed off, draining, breaker open)';

/** Adds both to the group `ops`. They need no token: a feed only ever gets its data anew, within its limits. */
export function registerFeedOrders(ops: Command, context: CliContext, outside: Outside): void {
  placed(formatted(reasoned(ops.command('resync'))))
    .argument('<venue>', 'such as kraken')
    .argument('<symbol>', 'as the venue writes it (BTC/USD), or our id (BTC-USD)')
    .description(`take one book of the running scan for lost and get it anew; ${EXITS}`)
    .action(async (venue: string, symbol: string, options: FeedOrderOptions) =>
      (await orders()).giveOrder({ ask: 'resync', venue, symbol }, options, context, outside),
    );
  placed(formatted(reasoned(ops.command('reconnect'))))
    .argument('<venue>', 'such as kraken')
    .description(`close every connection of one venue and open it anew, within its limits; ${EXITS}`)
    .action(async (venue: string, options: FeedOrderOptions) =>
      (await orders()).giveOrder({ ask: 'reconnect', venue, symbol: null }, options, context, outside),
    );
}

function orders(): Promise<typeof import('../run/scan/order-action.ts')> {
  return import('../run/scan/order-action.ts');
}
