/** An operator's order to a feed of a running scan: finds what it is about, and gives it on. Closes and asks for nothing itself. */

import type { FeedCommand } from '../../../core/feed/feed-command.ts';
import type { Actor } from '../../../core/ops/audit/audit-record.ts';
import type { ControlRequest } from '../../../core/ops/control/control.ts';
import type { Scanner } from '../../../core/scan/scanner.ts';
import { namedRun, unknownVenue } from './desk-names.ts';
import type { FeedOrder, OrderAnswer, Refusal } from './desk-protocol.ts';

/** Who carries it out: the run, which journals the command and writes it and what became of it into the audit. */
export interface FeedOrders {
  readonly scanner: Scanner;
  /** @returns why the core did not obey; null: it did */
  order(command: FeedCommand, actor: Actor): string | null;
}

/** @returns what is not possible, or that it is being done; either way it was stepped and is on record */
export function orderFeed(run: FeedOrders, order: FeedOrder): OrderAnswer | Refusal {
  const { scanner } = run;
  const { venue, user, host } = order;
  const { command, unknown } = commandOf(scanner, order);
  const refusal = run.order(command, { user, host, via: 'cli' });
  // The scan's own names help more than the core's sentence.
  if (unknown !== null) return unknown;
  if (refusal !== null) {
    const reason = `nothing was ordered: ${refusal}; see \`cryptorun ops status\``;
    return { kind: 'refused', code: 'precondition_failed', reason };
  }
  const symbol = command.kind === 'resync' ? command.symbol : null;
  return { kind: 'ordered', venue, symbol, atMs: scanner.receiveTimeMs };
}

/** Our ids become the venue's symbols; what the scan does not have stays as it was typed. */
function commandOf(
  scanner: Scanner,
  { venue, symbol, user, reason }: FeedOrder,
): { readonly command: FeedCommand; readonly unknown: Refusal | null } {
  if (symbol === null)
    return { command: { kind: 'reconnect', venue, actor: user, reason }, unknown: unknownVenue(scanner, venue) };
  const named = namedRun(scanner, venue, symbol);
  const isUnknown = 'kind' in named;
  const found = isUnknown ? symbol : named.instrument.symbol;
  return { command: { kind: 'resync', venue, symbol: found, actor: user, reason }, unknown: isUnknown ? named : null };
}

/** The order as the audit keeps it: action `resync` of `kraken BTC/USD`, or `reconnect` of `kraken`; `to`: why it was refused. */
export function orderRecord(command: FeedCommand, actor: Actor, atMs: number, refusal: string | null): ControlRequest {
  const { kind, venue, reason } = command;
  const target = command.kind === 'resync' ? `${venue} ${command.symbol}` : venue;
  const to = refusal === null ? null : `refused: ${refusal}`;
  return { command: { kind: 'record', action: kind, target, from: null, to }, actor, reason, atMs, tokenHash: null };
}
