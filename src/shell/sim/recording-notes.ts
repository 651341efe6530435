/** The text that lies beside a demo recording and says what is in it. */

import type { ListingTruth, RecordingTruth } from './truth.ts';

/** @param names - the frame files; @returns the text of RECORDING.txt */
export function recordingNotes(names: readonly string[], truth: RecordingTruth): string {
  const start = new Date(truth.startMs).toISOString();
  return `A recording made by cryptorun itself: seed ${truth.seed}, ${truth.seconds} s of market time from ${start} (exchange time).
No exchange was asked; prices, sizes and trades are invented. The wire formats, sequence rules and checksums are the real ones.

Files, gzip, one message a line, in order of receipt:
${names.map((name) => `  frames/${name}`).join('\n')}
  binance_*: as hftbacktest records: "<receive ns> <payload>". Each has one REST depth snapshot, bare, after the first depth events.
  *.raw.gz: as cryptofeed records: "<url> <-> <s>" connected, "<url> <- <s>: <payload>" sent, "<s>: <payload>" received.
  truth.json: what was written, counted by the writer (below), and the last best bid and ask of each book.

In it, on purpose:
  - Clocks: Kraken's is 140 ms ahead of the recorder's, OKX's 410 ms, Binance spot's 35 ms and USD-M's 12 ms behind it.
  - okx BTC-USDT-SWAP: one book update is lost (a sequence gap). Updates go on; up to 3 s later the recorder
    unsubscribes, subscribes, and gets a new snapshot.
  - kraken: the connection is lost without a word, for up to 7 s. Then a new one: status, acks, new snapshots.
  - okx ETH-BTC: a thin market: minutes without a trade, and an empty keep-alive update after 60 s without a change.
  - kraken: a level that leaves the subscribed depth gets no delete, one that returns is sent again; one message may hold
    the same price twice. Depth is 10 for BTC/USD and 25 for ETH/USD. Its trade snapshots repeat up to 50 earlier trades.
  - okx: the checksum is 0, which means that there is none. "pong" is bare text.

Messages received: ${truth.messages}, of which ${truth.controlFrames} acks, heartbeats, status, instrument lists and pongs.

${table(truth.instruments)}
`;
}

const COLUMNS = [
  'frames',
  'trades',
  'bbo',
  'depthUpdates',
  'depthSnapshots',
  'checksumFrames',
  'sequenceGaps',
  'disconnects',
] as const;

function table(instruments: readonly ListingTruth[]): string {
  const header = ['venue', 'symbol', ...COLUMNS];
  const rows = instruments.map((one) => [one.venue, one.symbol, ...COLUMNS.map((column) => String(one[column]))]);
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ');
  return [header, ...rows].map(line).join('\n');
}
