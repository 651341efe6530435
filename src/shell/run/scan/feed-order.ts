/** An operator's order to a feed of a running scan: finds what it is about, and gives it on. Closes and asks for nothing itself. */

import type { FeedCommand } from '../../../core/feed/feed-command.ts';
import type { Actor } from '../../../core/ops/audit/audit-record.ts';
import type { ControlRequest } from '../../../core/ops/control/control.ts';
import type { Scanner } from '../../../core/scan/scanner.ts';
import { namedRun, unknownVenue } from './desk-names.ts';
import type { FeedOrder, OrderAnswer, Refusal } from './desk-protocol.ts';

/** Who carries it out: the run, which journals the command and writes it into the audit. */
export interface FeedOrders {
  readonly scanner: Scanner;
  order(command: FeedCommand, actor: Actor): void;
}

/** @returns what is not possible, or that it was stepped */
export function orderFeed(run: FeedOrders, order: FeedOrder): OrderAnswer | Refusal {
  const { scanner } = run;
  const command = commandOf(scanner, order);
  if (command.kind === 'refused') return command;
  const { venue, user, host } = order;
  const feed = scanner.feeds?.venues.find(({ name }) => name === venue);
  if (feed === undefined || feed.state === 'off') {
    const reason = `the feed of ${venue} is off: nothing was ordered; see \`cryptorun ops status\` for why`;
    return { kind: 'refused', code: 'precondition_failed', reason };
  }
  run.order(command, { user, host, via: 'cli' });
  const symbol = command.kind === 'resync' ? command.symbol : null;
  return { kind: 'ordered', venue, symbol, atMs: scanner.receiveTimeMs };
}

function commandOf(scanner: Scanner, { venue, symbol, user, reason }: FeedOrder): FeedCommand | Refusal {
  if (symbol === null) return unknownVenue(scanner, venue) ?? { kind: 'reconnect', venue, actor: user, reason };
  const named = namedRun(scanner, venue, symbol);
  if ('kind' in named) return named;
  return { kind: 'resync', venue, symbol: named.instrument.symbol, actor: user, reason };
}

/** The order as the audit keeps it: action `resync` of `kraken BTC/USD`, or `reconnect` of `kraken`. */
export function orderRecord(command: FeedCommand, actor: Actor, atMs: number): ControlRequest {
  const { kind, venue, reason } = command;
  const target = command.kind === 'resync' ? `${venue} ${command.symbol}` : venue;
  return {
    command: { kind: 'record', action: kind, target, from: null, to: null },
    actor,
    reason,
    atMs,
    tokenHash: null,
  };
}
