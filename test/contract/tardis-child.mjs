// tardis-dev, unmodified, in a process of its own: keeps books of one exchange and tells their best levels when it is asked.
// argv: the package's folder, exchange, depth, symbols…

import { createRequire } from 'node:module';

const [folder, exchange, depth, ...symbols] = process.argv.slice(2);
const { normalizeBookChanges, OrderBook, streamNormalized } = createRequire(import.meta.url)(folder);
const books = new Map(symbols.map((symbol) => [symbol, new OrderBook()]));

function top(levels) {
  const rows = [];
  for (const { price, amount } of levels) {
    if (rows.length === Number(depth)) break;
    rows.push([price, amount]);
  }
  return rows;
}

process.on('message', (symbol) => {
  const book = books.get(symbol);
  process.send({ bids: top(book.bids()), asks: top(book.asks()) });
});
process.on('disconnect', () => process.exit(0));

const onError = (error) => console.error(error.message);
for await (const change of streamNormalized({ exchange, symbols, onError }, normalizeBookChanges)) {
  books.get(change.symbol).update(change);
}
