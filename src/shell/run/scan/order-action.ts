/** `cryptorun ops resync` and `ops reconnect`: gives the running scan an order to a feed, and says what became of it. */

import { isoText } from '../../../core/base/time.ts';
import { MAX_REASON } from '../../../core/ops/control/outcome.ts';
import { printable } from '../../../core/render/printable.ts';
import { printJson } from '../../cli/control/print.ts';
import type { FeedOrderOptions } from '../../cli/feed-command.ts';
import { actorOf, type Outside } from '../../cli/outside.ts';
import { configRequest } from '../../cli/place.ts';
import { resolveHome } from '../../config/resolve-home.ts';
import type { CliContext } from '../../context.ts';
import { CryptorunError } from '../../errors.ts';
import { askDesk } from './ask-desk.ts';
import type { FeedOrder, OrderAnswer } from './desk-protocol.ts';

/**
 * @param target - `resync`: venue and symbol; `reconnect`: the venue alone
 * @throws CryptorunError `status_unknown` when no scan runs there, `timed_out` when it does not answer, `usage` for what it does
 * not have, `precondition_failed` when the core refused it: the feed is off, the scan drains, a breaker is open
 */
export async function giveOrder(
  target: Pick<FeedOrder, 'ask' | 'venue' | 'symbol'>,
  options: FeedOrderOptions,
  context: CliContext,
  outside: Outside,
): Promise<void> {
  const { reason } = options;
  if (reason.trim() === '' || reason.length > MAX_REASON)
    throw new CryptorunError('usage', `--reason: wanted 1 to ${MAX_REASON} characters, found ${reason.length}`);
  const { stateDir } = resolveHome(configRequest(options, context));
  const { user, host } = actorOf(context.env, outside);
  const order = { ...target, user, host, reason };
  const { venue, symbol, atMs } = await askDesk<OrderAnswer>(stateDir, order, 'timed_out');
  if (options.format === 'json') {
    printJson({ schema: 'cryptorun.feed-order/v1', order: target.ask, venue, symbol, at: isoText(atMs) }, context);
    return;
  }
  const what = symbol === null ? venue : `${venue} ${symbol}`;
  context.stdout.write(`ordered: ${target.ask} ${printable(what)}\n`);
}
