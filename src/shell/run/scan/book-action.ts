/** `cryptorun book show`: asks the running scan for one book, and prints it. */

import { connect } from 'node:net';
import { isoText } from '../../../core/base/time.ts';
import { cell, right } from '../../../core/render/cells.ts';
import { printable } from '../../../core/render/printable.ts';
import type { Cell } from '../../../core/render/table.ts';
import type { BookOptions } from '../../cli/book-command.ts';
import { printTable } from '../../cli/control/print.ts';
import { configRequest } from '../../cli/place.ts';
import { resolveHome } from '../../config/resolve-home.ts';
import type { CliContext } from '../../context.ts';
import { CryptorunError } from '../../errors.ts';
import { askText, type BookAnswer, type DeskLevel, type DeskQuestion, deskPath } from './desk-protocol.ts';

type Book = Extract<BookAnswer, { kind: 'book' }>;

/** A scan that steps answers within a slice of its work; one that does not within this is stuck. */
const PATIENCE_MS = 2000;
const NOT_LIVE = 8;

/** @throws CryptorunError `status_unknown` when no scan runs there, `usage` for what the scan does not have */
export async function showBook(question: DeskQuestion, options: BookOptions, context: CliContext): Promise<void> {
  const { stateDir } = resolveHome(configRequest(options, context));
  const answer = await ask(stateDir, question);
  if (answer.kind === 'refused') throw new CryptorunError('usage', answer.reason);
  if (options.format === 'json') context.stdout.write(`${JSON.stringify(bookJson(answer), null, 2)}\n`);
  else await print(answer, context);
  if (answer.state !== 'live') context.setExitCode(NOT_LIVE);
}

function ask(stateDir: string, question: DeskQuestion): Promise<BookAnswer> {
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown): void => {
      socket.destroy();
      reject(new CryptorunError('status_unknown', `no scan answers in ${stateDir}: ${why}`, { cause }));
    };
    const socket = connect(deskPath(stateDir), () => socket.write(askText(question)));
    let text = '';
    socket.setEncoding('utf8');
    socket.setTimeout(PATIENCE_MS, () => fail('it does not get to it'));
    socket.on('data', (more: string) => {
      text += more;
    });
    socket.on('error', (error: NodeJS.ErrnoException) =>
      fail(error.code === 'ENOENT' || error.code === 'ECONNREFUSED' ? 'none runs' : error.message, error),
    );
    socket.on('end', () => {
      try {
        resolve(JSON.parse(text) as BookAnswer);
      } catch (cause) {
        fail('its answer cannot be read', cause);
      }
    });
  });
}

function bookJson({ kind: _, atMs, ...book }: Book) {
  return { schema: 'cryptorun.book/v1', at: isoText(atMs), ...book };
}

async function print(book: Book, context: CliContext): Promise<void> {
  const { venue, symbol, state, reason, atMs, mid, spreadBps, bids, asks } = book;
  const doubt = state === 'live' ? 'live' : `${state.toUpperCase()}, not to be trusted: ${reason}`;
  const middle = mid === null ? '' : `, mid ${mid}, spread ${spreadBps?.toFixed(2)} bp`;
  context.stdout.write(`${printable(`${venue} ${symbol}`)} at ${isoText(atMs)}: ${printable(doubt)}${middle}\n`);
  const columns = [right('Bid size', 14), right('Bid', 14), right('Ask', 14), right('Ask size', 14)];
  const rows = Array.from({ length: Math.max(bids.length, asks.length) }, (_, i) => rowOf(bids[i], asks[i]));
  await printTable(columns, rows, 'no levels', context);
}

function rowOf(bid: DeskLevel | undefined, ask: DeskLevel | undefined): Cell[] {
  return [cell(bid?.[1] ?? ''), cell(bid?.[0] ?? '', 'good'), cell(ask?.[0] ?? '', 'bad'), cell(ask?.[1] ?? '')];
}
