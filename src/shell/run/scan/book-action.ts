/** `cryptorun book show`: asks the running scan for one book, and prints it. */

import { isoText } from '../../../core/base/time.ts';
import { cell, right } from '../../../core/render/cells.ts';
import { printable } from '../../../core/render/printable.ts';
import type { Cell } from '../../../core/render/table.ts';
import type { BookOptions } from '../../cli/book-command.ts';
import { printTable } from '../../cli/control/print.ts';
import { configRequest } from '../../cli/place.ts';
import { resolveHome } from '../../config/resolve-home.ts';
import type { CliContext } from '../../context.ts';
import { askDesk } from './ask-desk.ts';
import type { BookAnswer, BookQuestion, DeskLevel } from './desk-protocol.ts';

const NOT_LIVE = 8;

/** What is less than live and yet of use. */
const DOUBTS: Readonly<Record<string, string>> = { polled: 'as old as its last answer over REST' };

/** @throws CryptorunError `status_unknown` when no scan runs there, `usage` for what the scan does not have */
export async function showBook(question: BookQuestion, options: BookOptions, context: CliContext): Promise<void> {
  const { stateDir } = resolveHome(configRequest(options, context));
  const answer = await askDesk<BookAnswer>(stateDir, question);
  if (options.format === 'json') context.stdout.write(`${JSON.stringify(bookJson(answer), null, 2)}\n`);
  else await print(answer, context);
  if (answer.state !== 'live') context.setExitCode(NOT_LIVE);
}

function bookJson({ kind: _, atMs, ...book }: BookAnswer) {
  return { schema: 'cryptorun.book/v1', at: isoText(atMs), ...book };
}

async function print(book: BookAnswer, context: CliContext): Promise<void> {
  const { venue, symbol, state, reason, atMs, mid, spreadBps, bids, asks } = book;
  const doubt =
    state === 'live' ? 'live' : `${state.toUpperCase()}, ${DOUBTS[state] ?? 'not to be trusted'}: ${reason}`;
  const middle = mid === null ? '' : `, mid ${mid}, spread ${spreadBps?.toFixed(2)} bp`;
  context.stdout.write(`${printable(`${venue} ${symbol}`)} at ${isoText(atMs)}: ${printable(doubt)}${middle}\n`);
  for (const line of refreshLines(book)) context.stdout.write(`${line}\n`);
  const columns = [right('Bid size', 14), right('Bid', 14), right('Ask', 14), right('Ask size', 14)];
  const rows = Array.from({ length: Math.max(bids.length, asks.length) }, (_, i) => rowOf(bids[i], asks[i]));
  await printTable(columns, rows, 'no levels', context);
}

/** Of a book that only its last snapshot tells whole. */
function refreshLines({ bidsKnownTo, asksKnownTo, refreshes, refreshMismatches }: BookAnswer): string[] {
  const isWhole = bidsKnownTo === null && asksKnownTo === null;
  const known = `known from ${bidsKnownTo ?? 'its last bid'} to ${asksKnownTo ?? 'its last ask'}; beyond, what has changed since its snapshot`;
  const times = `refreshed ${refreshes} ${refreshes === 1 ? 'time' : 'times'}`;
  const wrong = refreshMismatches === 0 ? '' : `, ${refreshMismatches} of them found it wrong`;
  return [...(isWhole ? [] : [known]), ...(refreshes === 0 ? [] : [times + wrong])];
}

function rowOf(bid: DeskLevel | undefined, ask: DeskLevel | undefined): Cell[] {
  return [cell(bid?.[1] ?? ''), cell(bid?.[0] ?? '', 'good'), cell(ask?.[0] ?? '', 'bad'), cell(ask?.[1] ?? '')];
}
