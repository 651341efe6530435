// The `ws` library alone: subscribes to the same streams, and lets every message go unread. argv: url, symbols.

import WebSocket from 'ws';

const [url, ...symbols] = process.argv.slice(2);
const params = symbols.flatMap((symbol) =>
  ['trade', 'depth@100ms', 'bookTicker'].map((channel) => `${symbol.toLowerCase()}@${channel}`),
);
let messages = 0;
const socket = new WebSocket(`${url}/stream`, { perMessageDeflate: false, skipUTF8Validation: true });
socket.on('open', () => socket.send(JSON.stringify({ method: 'SUBSCRIBE', params, id: 1 })));
socket.on('message', () => {
  messages += 1;
});
process.on('message', ({ kind }) => {
  if (kind === 'tops') process.send({ kind: 'tops', tops: null, messages });
});
process.on('disconnect', () => process.exit(0));
process.send({ kind: 'listens' });
