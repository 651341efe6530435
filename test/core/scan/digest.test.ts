import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Book } from '../../../src/core/market/book/book.ts';
import { SEQUENCE_RULES } from '../../../src/core/market/book/sequence.ts';
import { Instrument } from '../../../src/core/market/instrument.ts';
import { TickBatch, TickKind } from '../../../src/core/market/tick.ts';
import { discoveredSpec } from '../../../src/core/market/venues/symbol-table.ts';
import { bookLines, type DigestText } from '../../../src/core/scan/digest.ts';
import type { Level } from '../../support/book-reference.ts';

/** A live book of the venue's kind, sizes with eight decimals and prices with two. */
function bookOf(venue: string, bids: readonly Level[], asks: readonly Level[], odd: Map<number, string>): Book {
  const spec = discoveredSpec(venue, 'A-B', { priceDecimals: 2, sizeDecimals: 8 });
  const book = new Book(new Instrument(spec, 0), SEQUENCE_RULES[venue]!);
  const batch = new TickBatch();
  for (const [price, size] of [...bids, ...asks]) {
    const text = odd.get(price);
    if (text !== undefined) batch.oddSizes.push({ level: batch.levelCount, text });
    batch.pushLevel(price, size);
  }
  const tick = batch.next();
  tick.kind = TickKind.depthSnapshot;
  tick.bidTo = bids.length;
  tick.askFrom = bids.length;
  tick.askTo = bids.length + asks.length;
  assert.equal(book.applySnapshot(tick, batch, 0), 'synced');
  return book;
}

function textOf(lines: readonly DigestText[]): string {
  return lines.map((line) => (typeof line === 'string' ? `${line}\n` : Buffer.from(line).toString('utf8'))).join('');
}

for (const venue of ['coinbase', 'kraken']) {
  test(`${venue}: a live book's lines are its counts and its best twenty a side, as docs/digest.md has them`, () => {
    const side = (from: number, by: number): Level[] =>
      Array.from({ length: 25 }, (_, i) => [from + by * i, (i + 1) * 12_500_000]);
    const long = '9'.repeat(3_000);
    const book = bookOf(venue, side(6_168_810, -1), side(6_168_811, 1), new Map([[6_168_809, long]]));
    const lines = textOf(bookLines(book)).split('\n');
    assert.equal(lines[0], 'book live - 25 25');
    assert.deepEqual(lines.slice(1, 5), [
      'bid 61688.1 0.125',
      `bid 61688.09 ${long}`,
      'bid 61688.08 0.375',
      'bid 61688.07 0.5',
    ]);
    assert.equal(lines[8], 'bid 61688.03 1');
    assert.equal(lines[21], 'ask 61688.11 0.125');
    assert.deepEqual(lines.slice(40), ['ask 61688.3 2.5', '']);
    book.invalidate('sequence', 'sequence_gap', 0);
    assert.equal(textOf(bookLines(book)), 'book stale sequence_gap 0 0\n');
  });
}
