/** A Scanner with feeds in virtual time, against scripted venues: text in, text out. No sockets, no sleeps. */

import assert from 'node:assert/strict';
import type { FeedCommand } from '../../../src/core/feed/feed-command.ts';
import type { FeedStart, VenueFeedConfig } from '../../../src/core/feed/feed-config.ts';
import type { FeedEffect, FeedState } from '../../../src/core/feed/feed-effect.ts';
import type { InstrumentSpec } from '../../../src/core/market/instrument.ts';
import type { Effect } from '../../../src/core/scan/effect.ts';
import type { Input, StartInput } from '../../../src/core/scan/input.ts';
import { Scanner } from '../../../src/core/scan/scanner.ts';

export const START_MS = Date.UTC(2026, 0, 1);
const PULSE_MS = 250;
const LATENCY_MS = 20;

type Open = Extract<FeedEffect, { kind: 'open_connection' }>;
type Rest = Extract<FeedEffect, { kind: 'rest_request' }>;

/** What a venue says to a request: a body, or how it failed. */
export type RestAnswer =
  /** `delayMs`: how long it takes after the venue has written it. */
  | { readonly kind: 'ok'; readonly body: string; readonly usedWeight?: number; readonly delayMs?: number }
  | {
      readonly kind: 'refused';
      readonly outcome: 'rate_limited' | 'banned' | 'server_error';
      readonly retryAfterMs: number | null;
    }
  | { readonly kind: 'silence' };

/** A scripted venue. Every method returns what is sent back on that connection, in order. */
export interface FakeVenue {
  /** A handshake that is refused is a `server_error` unless it says otherwise. */
  onOpen(open: Open):
    | { readonly kind: 'accept'; readonly texts: readonly string[] }
    | {
        readonly kind: 'refuse';
        readonly retryAfterMs: number | null;
        readonly outcome?: 'banned' | 'rate_limited';
      }
    | { readonly kind: 'silence' };
  onText(connection: number, text: string): readonly string[];
  onRest(request: Rest): RestAnswer;
  /** Ten times a second, for each open connection. */
  onTick(connection: number): readonly string[];
  onClosed?(connection: number): void;
}

export function venueConfig(overrides: { readonly [key: string]: unknown } = {}): VenueFeedConfig {
  const base: VenueFeedConfig = {
    provider: 'kraken',
    websocket: {
      urls: { public: 'wss://venue.test/ws' },
      permessageDeflate: false,
      maxMessageBytes: 1_000_000,
      handshakeTimeoutMs: 5000,
    },
    rest: {
      url: 'https://venue.test',
      timeoutMs: 3000,
      weight: 100,
      weightWindowSeconds: 60,
      depthSnapshotLevels: 1000,
      depthSnapshotWeight: 5,
      weightShareRatio: 0.5,
      snapshotSpacingMs: 100,
    },
    limits: { connectsWindowSeconds: 60 },
    heartbeat: {
      send: 'none',
      sendIntervalMs: 20_000,
      silenceTimeoutMs: 10_000,
      ackTimeoutMs: 2000,
      firstDataTimeoutMs: 4000,
      channelSilenceMs: 20_000,
      instrumentSilenceMs: 60_000,
      resubscribeInitialMs: 5000,
      resubscribeCapMs: 60_000,
    },
    reconnect: {
      initialMs: 500,
      capMs: 30_000,
      minIntervalMs: 0,
      resetAfterMs: 10_000,
      rotateJitterMs: 0,
    },
    fallback: { afterMs: 0, pollIntervalMs: 2000 },
  };
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(overrides)) {
    const before = merged[key];
    merged[key] = typeof value === 'object' && !Array.isArray(value) ? { ...(before as object), ...value } : value;
  }
  return merged as unknown as VenueFeedConfig;
}

export function spec(venue: string, symbol: string, rest: Partial<InstrumentSpec> = {}): InstrumentSpec {
  return {
    id: `${venue}:${symbol}`,
    venue,
    symbol,
    base: 'BTC',
    quote: 'USD',
    type: 'spot',
    priceDecimals: 1,
    sizeDecimals: 2,
    contract: { kind: 'base' },
    depth: null,
    tradeChannel: null,
    ...rest,
  };
}

export interface Sent {
  readonly atMs: number;
  readonly connection: number;
  readonly text: string;
}

export class FeedWorld {
  readonly scanner: Scanner;
  readonly effects: (Effect & { readonly stepMs: number })[] = [];
  readonly sent: Sent[] = [];
  readonly opened: { readonly atMs: number; readonly open: Open }[] = [];
  readonly requests: { readonly atMs: number; readonly request: Rest }[] = [];
  readonly closed: { readonly atMs: number; readonly connection: number; readonly reason: string }[] = [];
  /** Everything that was stepped, for replaying it. */
  readonly inputs: Input[] = [];
  readonly up = new Map<number, Open>();
  nowMs = START_MS;
  readonly #venues: Readonly<Record<string, FakeVenue>>;
  #agenda: { atMs: number; order: number; run: () => void }[] = [];
  #order = 0;
  readonly #asked = new Map<number, Open>();

  constructor(
    venues: Readonly<Record<string, FakeVenue>>,
    configs: FeedStart['venues'],
    instruments: readonly InstrumentSpec[],
    extra: Partial<StartInput> = {},
    seed = 'seed',
  ) {
    this.#venues = venues;
    this.scanner = newScanner();
    this.step(startInput(configs, instruments, seed, extra));
    this.#every(PULSE_MS, () => this.step({ kind: 'pulse', receiveTimeMs: this.nowMs }));
    this.#every(100, () => this.#tick());
  }

  /** Lives on for so many ms. */
  run(ms: number): void {
    const endMs = this.nowMs + ms;
    for (;;) {
      const next = this.#agenda[0];
      if (next === undefined || next.atMs > endMs) break;
      this.#agenda.shift();
      this.nowMs = next.atMs;
      next.run();
    }
    this.nowMs = endMs;
  }

  step(input: Input): void {
    this.inputs.push(input.kind === 'frame' ? { ...input, bytes: input.bytes.slice() } : input);
    for (const effect of this.scanner.step(input)) {
      this.effects.push({ ...effect, stepMs: this.nowMs });
      this.#perform(effect);
    }
  }

  say(connection: number, text: string): void {
    if (!this.up.has(connection)) return;
    const bytes = new TextEncoder().encode(text);
    this.step({ kind: 'frame', connection, bytes, from: 0, to: bytes.length, receiveTimeMs: this.nowMs });
  }

  /** The network takes the socket away. */
  drop(connection: number, reason = 'reset'): void {
    const open = this.up.get(connection);
    if (open === undefined) return;
    this.up.delete(connection);
    this.#venues[open.venue]!.onClosed?.(connection);
    this.#link(open, 'down', reason);
  }

  command(command: FeedCommand): void {
    this.step({ kind: 'command', command, receiveTimeMs: this.nowMs });
  }

  /** The latest state of a venue's feed. */
  state(venue: string): FeedState {
    return this.scanner.feeds!.venues.find(({ name }) => name === venue)!.state;
  }

  book(symbol: string): string {
    return this.scanner.instruments.find(({ instrument }) => instrument.symbol === symbol)!.book.state;
  }

  states(venue: string): string[] {
    return this.effects.flatMap((effect) =>
      effect.kind === 'feed_changed' && effect.venue === venue ? [effect.to] : [],
    );
  }

  of<K extends Effect['kind']>(kind: K): Extract<Effect, { kind: K }>[] {
    return this.effects.filter((effect) => effect.kind === kind) as unknown as Extract<Effect, { kind: K }>[];
  }

  after(ms: number, run: () => void): void {
    this.#agenda.push({ atMs: this.nowMs + ms, order: this.#order++, run });
    this.#agenda.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
  }

  #every(ms: number, run: () => void): void {
    this.after(ms, () => {
      run();
      this.#every(ms, run);
    });
  }

  #tick(): void {
    for (const [connection, { venue }] of [...this.up]) {
      for (const text of this.#venues[venue]!.onTick(connection)) this.say(connection, text);
    }
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case 'open_connection':
        this.opened.push({ atMs: this.nowMs, open: effect });
        this.#asked.set(effect.connection, effect);
        this.after(LATENCY_MS, () => this.#answerOpen(effect));
        return;
      case 'close_connection': {
        this.closed.push({ atMs: this.nowMs, connection: effect.connection, reason: effect.reason });
        const open = this.up.get(effect.connection) ?? this.#asked.get(effect.connection);
        this.up.delete(effect.connection);
        const isOpening = this.#asked.delete(effect.connection);
        if (open !== undefined) {
          this.#venues[open.venue]!.onClosed?.(effect.connection);
          this.after(1, () => {
            if (isOpening) this.#call(open.connection, 'websocket', open.venue, 'cancelled', null);
            this.#link(open, 'down', effect.reason);
          });
        }
        return;
      }
      case 'send_text': {
        const { connection, text } = effect;
        const open = this.up.get(connection);
        assert(open !== undefined, 'nothing is sent on a connection that is not open');
        this.sent.push({ atMs: this.nowMs, connection, text });
        const answers = this.#venues[open.venue]!.onText(connection, text);
        answers.forEach((answer) => {
          this.after(LATENCY_MS, () => this.say(connection, answer));
        });
        return;
      }
      case 'rest_request':
        this.requests.push({ atMs: this.nowMs, request: effect });
        this.after(LATENCY_MS, () => this.#answerRest(effect));
        return;
      default:
    }
  }

  #answerOpen(open: Open): void {
    if (!this.#asked.delete(open.connection)) return;
    const answer = this.#venues[open.venue]!.onOpen(open);
    if (answer.kind === 'silence') {
      this.#asked.set(open.connection, open);
      return;
    }
    const isOk = answer.kind === 'accept';
    this.#call(
      open.connection,
      'websocket',
      open.venue,
      isOk ? 'ok' : (answer.outcome ?? 'server_error'),
      isOk ? null : answer.retryAfterMs,
    );
    if (isOk) this.up.set(open.connection, open);
    this.#link(open, isOk ? 'up' : 'down', isOk ? '' : 'refused');
    if (isOk) for (const text of answer.texts) this.after(LATENCY_MS, () => this.say(open.connection, text));
  }

  #answerRest(request: Rest): void {
    const answer = this.#venues[request.venue]!.onRest(request);
    if (answer.kind === 'silence') return;
    if (answer.kind === 'refused') {
      this.#call(request.request, 'rest', request.venue, answer.outcome, answer.retryAfterMs);
      return;
    }
    if (answer.delayMs === undefined) this.#reply(request, answer);
    else this.after(answer.delayMs, () => this.#reply(request, answer));
  }

  #reply(request: Rest, answer: Extract<RestAnswer, { kind: 'ok' }>): void {
    this.#call(request.request, 'rest', request.venue, 'ok', null, answer.usedWeight);
    this.step({
      kind: 'link',
      connection: request.request,
      venue: request.venue,
      transport: 'rest',
      state: 'up',
      symbol: request.symbol,
      reason: '',
      receiveTimeMs: this.nowMs,
    });
    const bytes = new TextEncoder().encode(answer.body);
    this.step({
      kind: 'frame',
      connection: request.request,
      bytes,
      from: 0,
      to: bytes.length,
      receiveTimeMs: this.nowMs,
    });
  }

  #call(
    request: number,
    transport: 'rest' | 'websocket',
    venue: string,
    outcome: 'ok' | 'rate_limited' | 'banned' | 'server_error' | 'cancelled',
    retryAfterMs: number | null,
    usedWeight?: number,
  ): void {
    const serverWeight = usedWeight === undefined ? null : { used: usedWeight, windowMs: 60_000 };
    const call = {
      provider: venue.split('_')[0]!,
      transport,
      outcome,
      latencyMs: LATENCY_MS,
      weight: 1,
      serverWeight,
      retryAfterMs,
    };
    this.step({ kind: 'call', request, call, receiveTimeMs: this.nowMs });
  }

  #link({ connection, venue }: Open, state: 'up' | 'down', reason: string): void {
    this.step({
      kind: 'link',
      connection,
      venue,
      transport: 'websocket',
      state,
      symbol: null,
      reason,
      receiveTimeMs: this.nowMs,
    });
  }
}

export function newScanner(): Scanner {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decodeText = (bytes: Uint8Array, from: number, to: number): string | null => {
    try {
      return decoder.decode(bytes.subarray(from, to));
    } catch {
      return null;
    }
  };
  return new Scanner({ decodeText });
}

export function startInput(
  venues: FeedStart['venues'],
  instruments: readonly InstrumentSpec[],
  seed = 'seed',
  extra: Partial<StartInput> = {},
): StartInput {
  return {
    kind: 'start',
    config: {
      watermarkDelayMs: 1500,
      lateGraceMs: 4500,
      maxEventTimeDeviationMs: 10_000,
      discoverInstruments: false,
      onlySymbols: null,
    },
    configHash: 'test',
    codeVersion: 'test',
    instruments,
    restoredState: null,
    feed: { seed, venues },
    receiveTimeMs: START_MS,
    ...extra,
  };
}
