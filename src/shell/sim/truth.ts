/** What a recording holds, counted where it is written, so that a reader can be checked against it. Reads no recording. */

/** Best price and size as the venue last wrote them. */
export interface TouchText {
  readonly price: string;
  readonly size: string;
}

/** One venue and symbol. Counts are of what was recorded, not of what the market did. */
export interface ListingTruth {
  readonly venue: string;
  readonly symbol: string;
  /** Messages with market data of this symbol; acks, status and instrument lists are not among them. */
  readonly frames: number;
  /** The same frames by the venue's channel name. */
  readonly channels: Readonly<Record<string, number>>;
  /** Executions; a frame may hold several. Those of a history sent at subscription are counted apart. */
  readonly trades: number;
  readonly snapshotTrades: number;
  /** Frames with best bid and ask (OKX: `tickers`). */
  readonly bbo: number;
  /** Delta messages, also one without levels. */
  readonly depthUpdates: number;
  readonly depthSnapshots: number;
  /** Depth frames with a checksum that must match. */
  readonly checksumFrames: number;
  /** Frames with mark price, funding or open interest. */
  readonly derivativeTickers: number;
  readonly liquidations: number;
  /** Times that the sequence of depth messages is broken, and that the connection was lost. */
  readonly sequenceGaps: number;
  readonly disconnects: number;
  /** After the last depth message. */
  readonly bestBid: TouchText;
  readonly bestAsk: TouchText;
}

/** The whole recording. */
export interface RecordingTruth {
  readonly schema: 'cryptorun.demo-recording/v1';
  readonly seed: number;
  readonly seconds: number;
  readonly startMs: number;
  /** Messages received, all of them; lines that the recorder sent or noted are not among them. */
  readonly messages: number;
  /** Messages that belong to no symbol's data: acks, heartbeats, status, instrument lists, pongs. */
  readonly controlFrames: number;
  /** By venue, then symbol. */
  readonly instruments: readonly ListingTruth[];
}

const NOWHERE: TouchText = { price: '', size: '' };

/** Counts one venue and symbol while its frames are written. */
export class ListingTally {
  readonly venue: string;
  readonly symbol: string;
  trades = 0;
  snapshotTrades = 0;
  bbo = 0;
  depthUpdates = 0;
  depthSnapshots = 0;
  checksumFrames = 0;
  derivativeTickers = 0;
  liquidations = 0;
  sequenceGaps = 0;
  disconnects = 0;
  bestBid = NOWHERE;
  bestAsk = NOWHERE;
  readonly #channels = new Map<string, number>();

  constructor(venue: string, symbol: string) {
    this.venue = venue;
    this.symbol = symbol;
  }

  /** Counts one frame of a channel. */
  frame(channel: string): void {
    this.#channels.set(channel, (this.#channels.get(channel) ?? 0) + 1);
  }

  truth(): ListingTruth {
    const channels = Object.fromEntries([...this.#channels].sort(([a], [b]) => (a < b ? -1 : 1)));
    const { venue, symbol, trades, snapshotTrades, bbo, depthUpdates, depthSnapshots, checksumFrames } = this;
    const { derivativeTickers, liquidations, sequenceGaps, disconnects, bestBid, bestAsk } = this;
    const frames = Object.values(channels).reduce((sum, count) => sum + count, 0);
    const counts = { frames, channels, trades, snapshotTrades, bbo, depthUpdates, depthSnapshots, checksumFrames };
    const faults = { derivativeTickers, liquidations, sequenceGaps, disconnects };
    return { venue, symbol, ...counts, ...faults, bestBid, bestAsk };
  }
}
