/**
 * Frames of simulated venues for a load, recorded once: a scanner in virtual time subscribes to what a scanner subscribes to, and
 * each book's way back to its beginning is added at the end, so that the recording can go round and round.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/shell/config/load-config.ts';
import { problemText } from '../../src/shell/config/problem.ts';
import { simulatedScan } from '../../src/shell/run/drill/simulated-scan.ts';
import { VirtualScan } from '../../src/shell/run/drill/virtual-scan.ts';
import {
  type FrameTag,
  type SimAnswer,
  type SimPeer,
  type SimVenueName,
  SimWorld,
} from '../../src/shell/sim/world/sim-world.ts';
import { assetsOf, type LoadMarkets, writeHome } from './home.ts';
import { type Depth, type Wire, wireOf } from './wire.ts';
import { seam, WireBook } from './wire-book.ts';

export interface Recorded {
  /** The stream it belongs to. */
  readonly key: string;
  readonly symbol: string;
  readonly isDepth: boolean;
  readonly text: string;
}

/** Where a book stands when a round begins, and when it ends. */
export interface BookStart {
  readonly depth: Depth;
  /** Of the last update before; null: the venue numbers none. */
  readonly id: number | null;
  /** Kraken's, of that state; empty elsewhere. */
  readonly checksum: string;
}

export interface VenueRecording {
  readonly venue: SimVenueName;
  readonly frames: readonly Recorded[];
  /** By symbol. */
  readonly books: ReadonlyMap<string, BookStart>;
}

/** After it every subscription has been made: OKX is asked in turns. */
const WARM_UP_MS = 15_000;
/** The same market each time. 2026-11-01T22:35:00Z, as drills have it. */
const START_MS = 1_793_572_500_000;
const SEED = 'load';
const TRADE_IDS_FROM = 100_000_000_000;
/** The finest that is cheap: messages of one step come together, as they do from a busy venue. */
const STEP_MS = 20;

/** @param roundMs - of market: how long a round is */
export function record(root: string, markets: LoadMarkets, roundMs: number): VenueRecording[] {
  const world = new TappedWorld(markets);
  const home = mkdtempSync(join(tmpdir(), 'cryptorun-load-'));
  try {
    writeHome(home, root, markets, null);
    const loaded = loadConfig({ flags: {}, env: { CRYPTORUN_HOME: home }, cwd: home, packageRoot: root });
    if (!loaded.ok) throw new Error(loaded.problems.map(problemText).join('\n'));
    const scan = new VirtualScan({ ...simulatedScan(world, loaded.config, SEED) });
    scan.begin();
    scan.advanceTo(WARM_UP_MS);
    const taken = world.take();
    scan.advanceTo(WARM_UP_MS + roundMs);
    const frames = world.take();
    return markets.venues.map((venue) => recording(venue, taken.get(venue) ?? [], frames.get(venue) ?? [], world));
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

interface Taken {
  readonly text: string;
  readonly tag: FrameTag;
}

/** A world that keeps what it says. */
class TappedWorld extends SimWorld {
  #taken = new Map<SimVenueName, Taken[]>();
  readonly #snapshots = new Map<string, string>();

  constructor(markets: LoadMarkets) {
    const { venues, activity } = markets;
    super({ seed: SEED, startMs: START_MS, venues, assets: assetsOf(markets), stepMs: STEP_MS, activity });
  }

  override connect(name: SimVenueName, path: string, peer: SimPeer, address?: string): SimAnswer {
    const tap: SimPeer = {
      message: (text, tag) => {
        if (!this.#taken.has(name)) this.#taken.set(name, []);
        this.#taken.get(name)!.push({ text, tag });
        peer.message(text, tag);
      },
      ping: (payload) => peer.ping(payload),
      closed: (code, reason) => peer.closed(code, reason),
    };
    return super.connect(name, path, tap, address);
  }

  /** What was said since the last time; Binance's books as they are now are asked for with it. */
  take(): Map<SimVenueName, Taken[]> {
    const taken = this.#taken;
    this.#taken = new Map();
    if (this.#snapshots.size > 0) return taken;
    for (const venue of this.venues.filter((name) => name.startsWith('binance')))
      for (const symbol of this.venue(venue).symbols) this.#ask(venue, symbol);
    return taken;
  }

  /** The body of a depth snapshot, at the beginning of the round. */
  snapshot(venue: SimVenueName, symbol: string): string {
    return this.#snapshots.get(`${venue} ${symbol}`)!;
  }

  #ask(venue: SimVenueName, symbol: string): void {
    const root = venue === 'binance' ? '/api/v3' : '/fapi/v1';
    this.request(
      venue,
      'GET',
      `${root}/depth?symbol=${symbol}&limit=1000`,
      {},
      (outcome) => {
        if (outcome.kind === 'answered') this.#snapshots.set(`${venue} ${symbol}`, outcome.reply.body);
      },
      // A ration of its own.
      `${venue} ${symbol}`,
    );
  }
}

function recording(
  venue: SimVenueName,
  before: readonly Taken[],
  taken: readonly Taken[],
  world: TappedWorld,
): VenueRecording {
  const wire = wireOf(venue);
  const frames = taken.map((one) => recorded(one, wire)).filter(({ key }) => key !== '');
  const books = new Map<string, BookStart>();
  const seams: Recorded[] = [];
  for (const symbol of new Set(frames.filter(({ isDepth }) => isDepth).map((frame) => frame.symbol))) {
    const depths = frames.filter((frame) => frame.isDepth && frame.symbol === symbol);
    const earlier = before.filter(({ tag }) => tag.channel === 'depth' && tag.symbol === symbol);
    const start = bookStart(venue, symbol, earlier, depths[0]!, world);
    books.set(symbol, start);
    seams.push(closing(wire, start, depths));
  }
  return { venue, frames: [...frames, ...seams], books };
}

function recorded({ text, tag }: Taken, wire: Wire): Recorded {
  return {
    key: wire.keyOf(text),
    symbol: tag.symbol,
    isDepth: tag.channel === 'depth',
    text: withLongTradeIds(text, wire),
  };
}

/** None is about to grow by a digit. */
function withLongTradeIds(text: string, { fields, kinds }: Wire): string {
  return text.replace(fields, (found: string, name: string, value: string) =>
    kinds[name] === 'trade' || kinds[name] === 'aggregate'
      ? found.replace(value, String(Number(value) + TRADE_IDS_FROM))
      : found,
  );
}

function bookStart(
  venue: SimVenueName,
  symbol: string,
  earlier: readonly Taken[],
  first: Recorded,
  world: TappedWorld,
): BookStart {
  const wire = wireOf(venue);
  const id = wire.idsOf(first.text)?.previous ?? null;
  if (venue.startsWith('binance')) {
    const { bids, asks } = JSON.parse(world.snapshot(venue, symbol));
    return { depth: new WireBook({ bids, asks }).depth(), id, checksum: '' };
  }
  const from = earlier.findLastIndex(({ text }) => /"(?:type|action)":"snapshot"/.test(text));
  const book = new WireBook();
  for (const { text } of earlier.slice(from)) book.apply(wire.depthOf(text), wire.levels);
  return { depth: book.depth(), id, checksum: checksumOf(earlier.at(-1)?.text ?? '') };
}

export function checksumOf(text: string): string {
  return /"checksum":(\d+)/.exec(text)?.[1] ?? '';
}

/** The update that ends a round where it began. */
function closing(wire: Wire, start: BookStart, depths: readonly Recorded[]): Recorded {
  const book = new WireBook(start.depth);
  for (const { text } of depths) book.apply(wire.depthOf(text), wire.levels);
  const last = depths.at(-1)!;
  const lastId = wire.idsOf(last.text)?.last ?? 0;
  const text = wire
    .withIds(wire.withDepth(last.text, seam(book.depth(), start.depth)), lastId, lastId + 1)
    .replace(/"checksum":\d+/, `"checksum":${start.checksum === '' ? 0 : start.checksum}`);
  return { ...last, text };
}
