// ccxt pro: order books, trades, and best bids and asks of Binance, each awaited again and again. argv: HTTP url, WebSocket url, symbols.

import ccxt from 'ccxt';

const [httpUrl, wsUrl, ...symbols] = process.argv.slice(2);
const HOSTS = { 'https://api.binance.com': httpUrl, 'wss://stream.binance.com:9443': wsUrl };
const exchange = new ccxt.pro.binance({ newUpdates: true, options: { fetchMarkets: { types: ['spot'] } } });
exchange.urls.api = redirected(exchange.urls.api);
await exchange.loadHttpProxyAgent();
await exchange.loadMarkets();
const unified = symbols.map((symbol) => exchange.markets_by_id[symbol][0].symbol);
let messages = 0;

function redirected(urls) {
  if (typeof urls === 'string') {
    const host = Object.keys(HOSTS).find((known) => urls.startsWith(known));
    return host === undefined ? urls : HOSTS[host] + urls.slice(host.length);
  }
  return Object.fromEntries(Object.entries(urls).map(([key, value]) => [key, redirected(value)]));
}

process.on('message', ({ kind }) => {
  if (kind !== 'tops') return;
  const tops = symbols.map((symbol, index) => {
    const book = exchange.orderbooks[unified[index]];
    return [symbol, book?.bids[0]?.[0], book?.asks[0]?.[0]];
  });
  process.send({ kind: 'tops', tops, messages });
});
process.on('disconnect', () => process.exit(0));
process.send({ kind: 'listens' });

async function follow(method) {
  for (;;) {
    try {
      await exchange[method](unified);
      messages += 1;
    } catch (error) {
      console.error(method, error.message);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}
for (const method of ['watchOrderBookForSymbols', 'watchTradesForSymbols', 'watchBidsAsks']) void follow(method);
