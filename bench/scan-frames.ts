/** What a scan of simulated venues is sent, all channels of it, as frames of the bench. */

import type { SimVenueName } from '../src/shell/sim/world/sim-world.ts';
import type { FrameSet } from './frames.ts';
import { record } from './load/recording.ts';

const SYMBOLS_PER_VENUE = 25;
const MARKET_MS = 60_000;

/** A minute of the market, venue by venue as it goes; without the snapshots that its books began with. */
export function scanFrames(root: string, venues: readonly SimVenueName[]): FrameSet {
  const recordings = record(root, { venues, symbolsPerVenue: SYMBOLS_PER_VENUE, activity: 1 }, MARKET_MS);
  const all = recordings.flatMap(({ frames }, connection) =>
    frames.map(({ text }, i) => ({ text, connection, timeMs: (MARKET_MS * i) / frames.length })),
  );
  all.sort((a, b) => a.timeMs - b.timeMs);
  const lines = all.map(({ text }) => Buffer.from(`${text}\n`));
  let length = 0;
  return {
    bytes: Buffer.concat(lines),
    ends: Uint32Array.from(lines, (line) => {
      length += line.length;
      return length - 1;
    }),
    connectionOf: Uint16Array.from(all, ({ connection }) => connection),
    receiveTimesMs: Float64Array.from(all, ({ timeMs }) => timeMs),
    connections: venues.map((venue) => ({ venue, transport: 'websocket', symbol: null })),
    links: [],
  };
}
