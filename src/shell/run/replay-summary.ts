/** What a replay found, as the published JSON document and as facts for the status. Counts nothing itself. */

import { providerOf } from '../../core/market/venues/registry.ts';
import type { InstrumentFacts, ReplayFacts, VenueFacts } from '../../core/ops/replay/replay-facts.ts';
import type { InstrumentRun } from '../../core/scan/instrument-run.ts';
import type { Scanner } from '../../core/scan/scanner.ts';
import { depthUsd } from '../../core/scan/venue-facts.ts';

export const REPLAY_SCHEMA = 'cryptorun.replay/v1';

/** One instrument of the document; times and money in the units of the names. */
export interface ReplayInstrument {
  readonly venue: string;
  readonly symbol: string;
  readonly frames: number;
  readonly trades: number;
  readonly bbo: number;
  readonly depthUpdates: number;
  readonly depthSnapshots: number;
  readonly gaps: number;
  readonly tradeGaps: number;
  readonly resyncs: number;
  readonly checksumOk: number;
  readonly checksumBad: number;
  readonly bboMatches: number;
  readonly bboMismatches: number;
  readonly bars: number;
  readonly mid: number | null;
  readonly spreadBps: number | null;
  readonly bookState: string;
}

const SUMMED = [
  'frames',
  'trades',
  'bbo',
  'depthUpdates',
  'depthSnapshots',
  'gaps',
  'tradeGaps',
  'resyncs',
  'checksumOk',
  'checksumBad',
  'bboMatches',
  'bboMismatches',
  'bars',
] as const;
type Sums = Record<(typeof SUMMED)[number], number>;

/** The document that `replay --json` prints; `docs/schema/` has its JSON Schema. */
export interface ReplayDocument {
  readonly schema: typeof REPLAY_SCHEMA;
  readonly instruments: readonly ReplayInstrument[];
  /** Frames that gave no tick, by reason, over all venues. */
  readonly unknownFrames: Readonly<Record<string, number>>;
  readonly totals: Sums & {
    /** All frames, heartbeats and acks too. */
    readonly messages: number;
    readonly seconds: number;
    readonly messagesPerSecond: number;
    readonly peakRssBytes: number;
  };
  readonly digest: string;
  /** True when part of the input was left out, or the run was stopped. */
  readonly partial: boolean;
  /** Why, one line each. */
  readonly problems: readonly string[];
}

export function replayDocument(
  scanner: Scanner,
  run: {
    readonly seconds: number;
    readonly digest: string;
    readonly partial: boolean;
    readonly problems: readonly string[];
  },
): ReplayDocument {
  const instruments = seenInstruments(scanner).map(instrumentOf);
  const sums = Object.fromEntries(
    SUMMED.map((name) => [name, instruments.reduce((sum, one) => sum + one[name], 0)]),
  ) as Sums;
  const seconds = Math.round(run.seconds * 1000) / 1000;
  return {
    schema: REPLAY_SCHEMA,
    instruments,
    unknownFrames: unknownFrames(scanner),
    totals: {
      ...sums,
      messages: scanner.frames,
      seconds,
      messagesPerSecond: Math.round(scanner.frames / Math.max(run.seconds, 0.001)),
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
    },
    digest: run.digest,
    partial: run.partial,
    problems: run.problems,
  };
}

/** Instruments that frames were about, by venue and symbol. */
function seenInstruments(scanner: Scanner): InstrumentRun[] {
  const order = (run: InstrumentRun): string => `${run.instrument.venue}\u0000${run.instrument.symbol}`;
  return scanner.instruments
    .filter((run) => run.counters.frames > 0)
    .sort((a, b) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0));
}

function instrumentOf(run: InstrumentRun): ReplayInstrument {
  const { counters, book, instrument } = run;
  return {
    venue: instrument.venue,
    symbol: instrument.symbol,
    frames: counters.frames,
    trades: counters.trades,
    bbo: counters.bbo,
    depthUpdates: counters.depthUpdates,
    depthSnapshots: counters.depthSnapshots,
    gaps: counters.gaps,
    tradeGaps: counters.tradeGaps,
    resyncs: counters.resyncs,
    checksumOk: book.checksumOk,
    checksumBad: book.checksumBad,
    bboMatches: counters.bboMatches,
    bboMismatches: counters.bboMismatches,
    bars: counters.bars,
    mid: book.mid,
    spreadBps: book.spreadBps,
    bookState: book.state,
  };
}

function unknownFrames(scanner: Scanner): Record<string, number> {
  const sums = new Map<string, number>();
  for (const venue of scanner.venues) {
    for (const [reason, count] of venue.reasons) sums.set(reason, (sums.get(reason) ?? 0) + count);
  }
  return Object.fromEntries([...sums].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/** What the status rows are made of. @param restTimesMs - receive times of REST replies by provider */
export function replayFacts(scanner: Scanner, restTimesMs: ReadonlyMap<string, readonly number[]>): ReplayFacts {
  const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
  const venues: VenueFacts[] = scanner.venues
    .filter((venue) => venue.frames > 0)
    .map((venue) => ({
      venue: venue.name,
      provider: providerOf(venue.name),
      offsetMs: orNull(venue.clock.offsetMs),
      lastEventMs: orNull(venue.clock.nowMs),
      malformed: venue.malformed,
      unknown: venue.unknown,
    }));
  return {
    firstReceiveMs: orNull(scanner.firstReceiveTimeMs),
    lastReceiveMs: orNull(scanner.receiveTimeMs),
    messages: scanner.frames,
    venues,
    instruments: seenInstruments(scanner).map((run) => instrumentFacts(run, scanner.receiveTimeMs)),
    restRequests: Array.from(restTimesMs, ([provider, timesMs]) => ({ provider, timesMs })),
  };
}

function instrumentFacts(run: InstrumentRun, nowMs: number): InstrumentFacts {
  const liveness = run.liveness(nowMs);
  return {
    ...instrumentOf(run),
    bookState: run.book.state,
    coveredMs: liveness?.coveredMs ?? null,
    liveMs: liveness?.liveMs ?? null,
    depthUsd: depthUsd(run),
  };
}
