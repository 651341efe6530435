/** Writes the demo recording: simulated markets on the wire of three exchanges, as files that people record. Opens no socket. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Prng } from '../../core/base/prng.ts';
import { BinanceFeed } from './binance-feed.ts';
import { BINANCE_LISTINGS, KRAKEN_LISTINGS, OKX_LISTINGS, START_PRICES } from './demo-markets.ts';
import { KrakenFeed } from './kraken-feed.ts';
import { Market, type MarketSpec } from './market.ts';
import { OkxFeed } from './okx-feed.ts';
import { PriceProcess, type Prices, STEP_US } from './price-process.ts';
import { recordingNotes } from './recording-notes.ts';
import type { ListingTally, RecordingTruth } from './truth.ts';
import { RawWire, ReceiveClock, StampedWire } from './wire.ts';

export const DEFAULT_SEED = 1;
/** Ten seconds before the first whole minute, five minutes, and five seconds in which the last one can close. */
export const DEFAULT_SECONDS = 315;
/** 2026-11-02T09:14:50Z: ten seconds before a minute begins. */
export const DEFAULT_START_MS = 1_793_610_890_000;
/** The faults below need room. */
export const MIN_SECONDS = 30;
/** The whole text is held until it is written: about 0.25 MB a second of market time (measured). */
export const MAX_SECONDS = 1_200;
/** The folder inside the recording's folder that holds nothing but frames, so that it can be replayed as a whole. */
export const FRAMES_FOLDER = 'frames';

/** How far each venue's clock is ahead of the recorder's. Where it exceeds the latency, naive latency is negative, as in real recordings. */
const CLOCK_AHEAD_US = { kraken: 140_000, binance: -35_000, binance_usdm: -12_000, okx: 410_000 } as const;

/** When the faults come, as shares of the recording; how long they last, at most and as a share of it. */
const LOST_UPDATE_AT = 0.42;
const OUTAGE_AT = 0.65;
const MAX_RESYNC_US = 3_000_000;
const MAX_OUTAGE_US = 7_000_000;

export interface RecordingOptions {
  /** An integer, 0 to 2^32 - 1. Default 1. */
  readonly seed?: number;
  /** Length in market time, whole, MIN_SECONDS to MAX_SECONDS. Default 315. */
  readonly seconds?: number;
  /** Exchange time of the first moment, ms since epoch, a multiple of 1000. Default 2026-11-02T09:14:50Z. */
  readonly startMs?: number;
}

/** One file of frames: its name, and its text before compression. */
export interface RecordedFile {
  readonly name: string;
  readonly text: string;
}

export interface Recording {
  readonly files: readonly RecordedFile[];
  readonly truth: RecordingTruth;
}

/** What was written, and where. */
export interface WrittenRecording {
  /** Paths of the frame files, all inside `framesFolder`. */
  readonly files: readonly string[];
  readonly framesFolder: string;
  /** Messages received, over all files. */
  readonly messages: number;
  readonly truth: RecordingTruth;
}

/**
 * Writes `DIR/frames/*.gz`, `DIR/truth.json` and `DIR/RECORDING.txt`; files of the same names are replaced.
 *
 * The text of every file depends on the options alone. The compressed bytes may differ between versions of zlib.
 *
 * @throws what node:fs throws
 */
export function writeDemoRecording(dir: string, options: RecordingOptions = {}): WrittenRecording {
  const { files, truth } = makeDemoRecording(options);
  const framesFolder = join(dir, FRAMES_FOLDER);
  mkdirSync(framesFolder, { recursive: true });
  const paths = files.map(({ name, text }) => {
    const path = join(framesFolder, name);
    writeFileSync(path, gzipSync(text, { level: 9 }));
    return path;
  });
  writeFileSync(join(dir, 'truth.json'), `${JSON.stringify(truth, null, 2)}\n`);
  writeFileSync(
    join(dir, 'RECORDING.txt'),
    recordingNotes(
      files.map((file) => file.name),
      truth,
    ),
  );
  return { files: paths, framesFolder, messages: truth.messages, truth };
}

/** The names of the frame files of a recording that starts then. */
export function demoFileNames(startMs: number = DEFAULT_START_MS): string[] {
  const day = new Date(startMs).toISOString().slice(0, 10).replaceAll('-', '');
  const binance = BINANCE_LISTINGS.map(({ spec }) => `${spec.venue}_${spec.symbol.toLowerCase()}_${day}.gz`);
  return [...binance, `kraken_v2_${day}.raw.gz`, `okx_v5_${day}.raw.gz`];
}

/** As `writeDemoRecording`, in memory. */
export function makeDemoRecording(options: RecordingOptions = {}): Recording {
  const { seed = DEFAULT_SEED, seconds = DEFAULT_SECONDS, startMs = DEFAULT_START_MS } = options;
  const session = new Session(new Prng(seed), startMs * 1000, seconds * 1_000_000);
  session.run();
  const wires = session.wires;
  const names = demoFileNames(startMs);
  const files = wires.map((wire, i) => ({ name: names[i]!, text: `${wire.lines.join('\n')}\n` }));
  const messages = wires.reduce((sum, wire) => sum + wire.messages, 0);
  const instruments = session.tallies.map((tally) => tally.truth());
  const frames = instruments.reduce((sum, instrument) => sum + instrument.frames, 0);
  const head = { schema: 'cryptorun.demo-recording/v1', seed, seconds, startMs, messages } as const;
  return { files, truth: { ...head, controlFrames: messages - frames, instruments } };
}

/** A venue's side of one file. */
interface Feed {
  readonly tallies: readonly ListingTally[];
  step(stepUs: number, prices: Prices): void;
}

/** One run of all markets, feeds and wires on one clock. */
class Session {
  /** In the order of `demoFileNames`. */
  readonly wires: (StampedWire | RawWire)[] = [];
  readonly #prng: Prng;
  readonly #startUs: number;
  readonly #lengthUs: number;
  readonly #prices: PriceProcess;
  readonly #feeds: Feed[] = [];

  constructor(prng: Prng, startUs: number, lengthUs: number) {
    this.#prng = prng;
    this.#startUs = startUs;
    this.#lengthUs = lengthUs;
    this.#prices = new PriceProcess(prng.fork('prices'), START_PRICES);
    for (const listing of BINANCE_LISTINGS) this.#addBinance(listing);
    this.#addKraken();
    this.#addOkx();
  }

  /** By venue, then symbol. */
  get tallies(): ListingTally[] {
    const key = (tally: ListingTally): string => `${tally.venue} ${tally.symbol}`;
    return this.#feeds.flatMap((feed) => feed.tallies).sort((a, b) => (key(a) < key(b) ? -1 : 1));
  }

  run(): void {
    const endUs = this.#startUs + this.#lengthUs;
    for (let stepUs = this.#startUs; stepUs < endUs; stepUs += STEP_US) {
      const prices = this.#prices.step();
      for (const feed of this.#feeds) feed.step(stepUs, prices);
    }
  }

  #addBinance(listing: (typeof BINANCE_LISTINGS)[number]): void {
    const prng = this.#prng.fork(`${listing.spec.venue}/${listing.spec.symbol}`);
    const clock = new ReceiveClock(
      prng.fork('latency'),
      CLOCK_AHEAD_US[listing.market === 'spot' ? 'binance' : 'binance_usdm'],
    );
    const wire = new StampedWire(clock, prng.fork('nanoseconds'));
    this.wires.push(wire);
    this.#feeds.push(new BinanceFeed(listing, this.#market(listing.spec), wire, prng.fork('ids'), this.#startUs));
  }

  #addKraken(): void {
    const wire = this.#rawWire('kraken', 'wss://ws.kraken.com/v2');
    const markets = KRAKEN_LISTINGS.map(({ spec, depth }) => ({ market: this.#market(spec), depth }));
    const fromUs = this.#at(OUTAGE_AT);
    const outage = { fromUs, toUs: fromUs + this.#atMost(MAX_OUTAGE_US) };
    this.#feeds.push(new KrakenFeed(markets, wire, this.#prng.fork('kraken/ids'), this.#startUs, outage));
  }

  #addOkx(): void {
    const wire = this.#rawWire('okx', 'wss://ws.okx.com:8443/ws/v5/public');
    const markets = OKX_LISTINGS.map((listing) => ({ market: this.#market(listing.spec), listing }));
    const lostUs = this.#at(LOST_UPDATE_AT);
    const loss = { lostUs, resyncUs: lostUs + this.#atMost(MAX_RESYNC_US) };
    this.#feeds.push(new OkxFeed(markets, wire, this.#prng.fork('okx/ids'), this.#startUs, loss));
  }

  #rawWire(venue: 'kraken' | 'okx', url: string): RawWire {
    const wire = new RawWire(new ReceiveClock(this.#prng.fork(`${venue}/latency`), CLOCK_AHEAD_US[venue]), url);
    this.wires.push(wire);
    return wire;
  }

  #market(spec: MarketSpec): Market {
    return new Market(spec, this.#prng.fork(`market/${spec.venue}/${spec.symbol}`), START_PRICES);
  }

  /** That share of the recording, on a whole second. */
  #at(share: number): number {
    return this.#startUs + Math.floor((this.#lengthUs * share) / 1_000_000) * 1_000_000;
  }

  /** A tenth of the recording, and no more than `limitUs`. */
  #atMost(limitUs: number): number {
    return Math.min(limitUs, Math.floor(this.#lengthUs / 10));
  }
}
