// tardis-dev: trades, book changes into books, and book tickers of Binance. argv: symbols.

import { createRequire } from 'node:module';

const { normalizeBookChanges, normalizeBookTickers, normalizeTrades, OrderBook, streamNormalized } = createRequire(
  import.meta.url,
)('tardis-dev');
const symbols = process.argv.slice(2);
const books = new Map(symbols.map((symbol) => [symbol, new OrderBook()]));
let messages = 0;

process.on('message', ({ kind }) => {
  if (kind !== 'tops') return;
  const tops = symbols.map((symbol) => [
    symbol,
    books.get(symbol).bestBid()?.price,
    books.get(symbol).bestAsk()?.price,
  ]);
  process.send({ kind: 'tops', tops, messages });
});
process.on('disconnect', () => process.exit(0));
process.send({ kind: 'listens' });

const options = { exchange: 'binance', symbols, onError: (error) => console.error(error.message) };
const stream = streamNormalized(options, normalizeTrades, normalizeBookChanges, normalizeBookTickers);
for await (const message of stream) {
  messages += 1;
  if (message.type === 'book_change') books.get(message.symbol).update(message);
}
