/** The load server as a process of its own, which does what it is told over IPC. Ends with whoever started it. */

import type { SimVenueName } from '../../src/shell/sim/world/sim-world.ts';
import type { LoadMarkets } from './home.ts';
import { LoadServer } from './load-server.ts';
import { record } from './recording.ts';

export interface ServerOptions {
  readonly root: string;
  readonly markets: LoadMarkets;
  /** Of market: the length of the ring. */
  readonly roundMs: number;
  readonly tls: { readonly key: string; readonly cert: string } | null;
}

export type ServerOrder =
  | { readonly kind: 'rate'; readonly framesPerSecond: number }
  | { readonly kind: 'address'; readonly address: string }
  | { readonly kind: 'totals' }
  | { readonly kind: 'book'; readonly venue: SimVenueName; readonly symbol: string };

const { root, markets, roundMs, tls } = JSON.parse(process.argv[2]!) as ServerOptions;
const recordings = record(root, markets, roundMs);
const server = new LoadServer({ markets, recordings, tls });
const port = await server.listen();

function obey(order: ServerOrder): unknown {
  switch (order.kind) {
    case 'rate':
      server.setRate(order.framesPerSecond);
      return null;
    case 'address':
      server.address = order.address;
      return null;
    case 'totals':
      return server.totals();
    case 'book':
      return server.book(order.venue, order.symbol);
  }
}

process.on('message', (order: ServerOrder) => process.send!(obey(order)));
process.on('disconnect', () => process.exit(0));
process.send!({ port, frames: recordings.reduce((sum, { frames }) => sum + frames.length, 0) });
