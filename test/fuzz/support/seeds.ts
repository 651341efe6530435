/** The sound frames that mutations start from: made-up literals, the program's own demo recording, and real recordings. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TICK_KIND_NAMES } from '../../../src/core/market/tick.ts';
import { openRecordings, type Recordings } from '../../../src/shell/recording/open.ts';
import { makeDemoRecording } from '../../../src/shell/sim/record.ts';
import { hasMarketdata, MARKETDATA } from '../../support/marketdata.ts';
import { VENUE_FRAMES } from '../../support/venue-frames.ts';
import { RECORDINGS } from './recordings.ts';
import { Twins } from './twins.ts';

/** One sound frame: bytes as characters, the symbol it was asked for (REST), and what it decodes to. */
export interface Seed {
  readonly text: string;
  readonly hint: string | null;
  /** A tick kind's name, or `other`. */
  readonly kind: string;
  /** The instrument of its first tick, else empty. */
  readonly symbol: string;
}

/** One venue's seeds in the order they were sent, so that books can be built from them: one list a source. */
export interface VenueSeeds {
  readonly venue: string;
  readonly stories: readonly (readonly Seed[])[];
}

/** Longer frames are left out: mutating a snapshot of a megabyte says no more than one of some kilobytes. */
const MAX_LENGTH = 6_000;
/** Frames kept of one recording and kind. */
const MAX_A_KIND = 60;
/** Levels a side that are kept of a snapshot: the deltas that follow still meet them. */
const SNAPSHOT_LEVELS = 40;

/** Seeds of every venue, the same on every machine where the same recordings are. */
export async function allSeeds(): Promise<VenueSeeds[]> {
  const stories = new Map<string, Seed[][]>();
  for (const [venue, kinds] of Object.entries(VENUE_FRAMES)) {
    const hint = venue.startsWith('binance')
      ? Object.values(kinds)
          .flat()
          .join()
          .match(/"s":"(\w+)"/)![1]!
      : 'BTC-USDT';
    const collector = new Collector(venue);
    // A snapshot first, then what follows it.
    const texts = ['depth_snapshot', ...Object.keys(kinds).filter((kind) => kind !== 'depth_snapshot')].flatMap(
      (kind) => kinds[kind]!,
    );
    for (const text of texts) collector.add(text, needsHint(text) ? hint : null);
    push(stories, venue, collector.seeds);
  }
  await collectDemo(stories);
  if (hasMarketdata) for (const path of Object.values(RECORDINGS)) await collectPath(join(MARKETDATA, path), stories);
  return [...stories].map(([venue, lists]) => ({ venue, stories: lists }));
}

function needsHint(text: string): boolean {
  return text.startsWith('{"lastUpdateId"') || text.startsWith('{"code"');
}

function push(stories: Map<string, Seed[][]>, venue: string, seeds: Seed[]): void {
  if (seeds.length === 0) return;
  const list = stories.get(venue);
  if (list === undefined) stories.set(venue, [seeds]);
  else list.push(seeds);
}

async function collectDemo(stories: Map<string, Seed[][]>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cryptorun-fuzz-'));
  try {
    for (const { name, text } of makeDemoRecording({ seconds: 30 }).files) {
      const path = join(folder, name.replace(/\.gz$/, ''));
      writeFileSync(path, text);
      await collectPath(path, stories);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function collectPath(path: string, stories: Map<string, Seed[][]>): Promise<void> {
  const collectors = new Map<string, Collector>();
  const recordings = await openRecordings([path]);
  try {
    await collectFrom(recordings, collectors);
  } finally {
    await recordings.close();
  }
  for (const [venue, collector] of collectors) push(stories, venue, collector.seeds);
}

async function collectFrom(recordings: Recordings, collectors: Map<string, Collector>): Promise<void> {
  let frames = 0;
  while (await recordings.ready()) {
    for (let record = recordings.next(); record !== null; record = recordings.next()) {
      if (record.kind !== 'frame') continue;
      const { venue, symbol } = record.connection;
      const collector = collectors.get(venue) ?? new Collector(venue);
      collectors.set(venue, collector);
      collector.add(Buffer.from(record.bytes.subarray(record.from, record.to)).toString('latin1'), symbol);
      frames += 1;
      if (frames >= 12_000 || [...collectors.values()].every((one) => one.isFull)) return;
    }
  }
}

/** Sorts the frames of one source and venue by what they decode to, and keeps a few of each kind. */
class Collector {
  readonly seeds: Seed[] = [];
  readonly #twins: Twins;
  readonly #counts = new Map<string, number>();

  constructor(venue: string) {
    this.#twins = new Twins(venue);
  }

  get isFull(): boolean {
    return this.seeds.length >= 4 * MAX_A_KIND;
  }

  add(frame: string, hint: string | null): void {
    const text = trimmed(frame);
    if (text.length > MAX_LENGTH || text.length === 0) return;
    const bytes = Buffer.from(text, 'latin1');
    const outcome = this.#twins.check(bytes, 0, bytes.length, hint);
    const [tick] = this.#twins.slow.batch.ticks;
    const kind = outcome === 'ticks' ? TICK_KIND_NAMES[tick!.kind] : 'other';
    const key = `${kind} ${outcome === 'ticks' ? tick!.channel : this.#twins.slow.batch.reason}`;
    const count = this.#counts.get(key) ?? 0;
    if (count >= MAX_A_KIND) return;
    this.#counts.set(key, count + 1);
    this.seeds.push({ text, hint, kind, symbol: outcome === 'ticks' ? tick!.instrument.symbol : '' });
  }
}

/** A snapshot with fewer levels: the first ones of each side. */
function trimmed(frame: string): string {
  if (frame.length <= MAX_LENGTH) return frame;
  const isLevel = (row: unknown): boolean =>
    Array.isArray(row) || (typeof row === 'object' && row !== null && 'price' in row);
  const cut = (_key: string, value: unknown): unknown =>
    Array.isArray(value) && value.length > SNAPSHOT_LEVELS && isLevel(value[0])
      ? value.slice(0, SNAPSHOT_LEVELS)
      : value;
  // Only where no number loses its text by printing it again.
  if (/[0-9]\.[0-9]*[,}\]]/.test(frame)) return frame;
  return JSON.stringify(JSON.parse(frame, cut));
}
