/**
 * A look at what the venues really send: connects, subscribes to one instrument of each as a scan would, waits until every
 * stream has shown itself or time is up, and says what came. Obeys no switch, keeps no state, writes no file.
 */

import type { VenueFeed } from '../../../core/feed/venue-feed.ts';
import { TickKind } from '../../../core/market/tick.ts';
import type { Effect } from '../../../core/scan/effect.ts';
import type { Input } from '../../../core/scan/input.ts';
import type { InstrumentRun } from '../../../core/scan/instrument-run.ts';
import { Scanner } from '../../../core/scan/scanner.ts';
import { FeedDriver } from '../../feeds/driver/feed-driver.ts';
import type { Clock, Transport } from '../../feeds/transport.ts';
import { decodeText } from '../decode-text.ts';
import { queueLimits, type ScanStart } from './scan-start.ts';

export interface ProbedStream {
  readonly topic: string;
  readonly symbol: string;
  /** `live`, or what it failed by: `no_ack`, `no_data`, `refused` ..., `pending` when time was up before its deadline. */
  readonly state: string;
  /** Ticks of its kind that came; a sparse one may be well without any. */
  readonly ticks: number;
  readonly isSparse: boolean;
}

export interface ProbedVenue {
  readonly venue: string;
  /** Of the last failure to connect; empty: it connected. */
  readonly failure: string;
  readonly streams: readonly ProbedStream[];
  readonly frames: number;
  /** Fields that we know nothing of, and frames that we could not read: a protocol that has changed shows here first. */
  readonly unknownFields: number;
  /** `malformed:…`, `unknown_channel` ..., with counts. */
  readonly oddities: readonly (readonly [reason: string, count: number])[];
}

const PULSE_MS = 250;

/** @param start - one instrument a venue */
export async function probe(
  start: ScanStart,
  world: { readonly clock: Clock; readonly transport: Transport },
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<ProbedVenue[]> {
  const run = new ProbeRun(start, world);
  try {
    await run.run(options);
    return run.result();
  } finally {
    run.close();
  }
}

class ProbeRun {
  readonly #scanner = new Scanner({ decodeText });
  readonly #driver: FeedDriver;
  readonly #clock: Clock;
  readonly #inbox: Input[] = [];
  #isStepping = false;
  /** By venue and stream: why it is not live. */
  readonly #reasons = new Map<string, string>();
  readonly #failures = new Map<string, string>();

  constructor(start: ScanStart, { clock, transport }: { readonly clock: Clock; readonly transport: Transport }) {
    this.#clock = clock;
    const step = (input: Input): void => this.#step(input);
    this.#driver = new FeedDriver({ transport, clock, limits: queueLimits(start), step, defer: setImmediate });
    this.#step({ ...start, restoredState: null, receiveTimeMs: clock.nowMs() });
  }

  run({ timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal }): Promise<void> {
    const untilMs = this.#clock.nowMs() + timeoutMs;
    return new Promise((resolve) => {
      const pulse = (): void => {
        this.#driver.pulse();
        if (signal.aborted || this.#clock.nowMs() >= untilMs || this.#isDone()) resolve();
        else this.#clock.after(PULSE_MS, pulse);
      };
      pulse();
    });
  }

  result(): ProbedVenue[] {
    return this.#feeds.map((feed) => {
      const venue = this.#scanner.venues.find(({ name }) => name === feed.name)!;
      return {
        venue: feed.name,
        failure: venue.frames > 0 ? '' : (this.#failures.get(feed.name) ?? ''),
        streams: streamsOf(feed).map(({ wish, isLive }) => ({
          topic: wish.stream.topic,
          symbol: wish.stream.symbol,
          state: isLive ? 'live' : (this.#reasons.get(`${feed.name} ${wish.stream.topic}`) ?? 'pending'),
          ticks: this.#ticks(feed.name, wish.stream.symbol, wish.stream.kind),
          isSparse: wish.stream.isSparse,
        })),
        frames: venue.frames,
        unknownFields: venue.codec.unknownFields,
        oddities: venue.reasons,
      };
    });
  }

  close(): void {
    this.#driver.close();
  }

  get #feeds(): readonly VenueFeed[] {
    return this.#scanner.feeds?.venues ?? [];
  }

  #isDone(): boolean {
    return this.#feeds.every((feed) => streamsOf(feed).every(({ isLive }) => isLive));
  }

  #ticks(venue: string, symbol: string, kind: TickKind): number {
    const run = this.#scanner.instruments.find(
      ({ instrument }) => instrument.venue === venue && instrument.symbol === symbol,
    );
    return run === undefined ? 0 : COUNTED[kind].reduce((sum, name) => sum + run.counters[name], 0);
  }

  #step(input: Input): void {
    this.#inbox.push(input);
    if (this.#isStepping) return;
    this.#isStepping = true;
    for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) {
      if (next.kind === 'link' && next.state === 'down') this.#failures.set(next.venue, next.reason);
      for (const effect of this.#scanner.step(next)) this.#perform(effect);
    }
    this.#isStepping = false;
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case 'open_connection':
      case 'close_connection':
      case 'send_text':
      case 'rest_request':
        this.#driver.perform(effect);
        return;
      case 'stream_changed':
        this.#reasons.set(`${effect.venue} ${effect.stream}`, effect.reason === '' ? effect.to : effect.reason);
        return;
      default:
    }
  }
}

const COUNTED: Readonly<Record<TickKind, readonly (keyof InstrumentRun['counters'])[]>> = {
  [TickKind.trade]: ['trades'],
  [TickKind.bbo]: ['bbo'],
  [TickKind.depthSnapshot]: ['depthSnapshots'],
  [TickKind.depthDelta]: ['depthUpdates', 'depthSnapshots'],
  [TickKind.ticker]: ['tickers'],
  [TickKind.liquidation]: ['liquidations'],
};

function streamsOf(feed: VenueFeed) {
  return feed.lines.flatMap((line) =>
    line.wishes.map((wish) => ({ wish, isLive: line.openSession?.isLive(wish) === true })),
  );
}
