/**
 * A Scanner with operations, two venues whose books never move, and an operator, for scenarios: everything goes in as the
 * Inputs that a shell would make, and is kept so that it can be journaled. Figures are round, so that levels can be worked out
 * by hand.
 */

import type { InstrumentSpec } from '../../src/core/market/instrument.ts';
import { discoveredSpec } from '../../src/core/market/venues/symbol-table.ts';
import type { ControlDocument } from '../../src/core/ops/control/control.ts';
import type { CallFact, HostFact } from '../../src/core/ops/facts.ts';
import type { OpsConfig } from '../../src/core/ops/ops-config.ts';
import type { OpsCommand, OpsStart, PublicControlDocument } from '../../src/core/ops/run/ops-input.ts';
import type { Effect } from '../../src/core/scan/effect.ts';
import type { Input, LinkInput, StartInput } from '../../src/core/scan/input.ts';
import { Scanner } from '../../src/core/scan/scanner.ts';
import { loaded, PROJECT, requestIn } from '../config/support.ts';
import { fixedText, krakenChecksum, type Level } from './book-reference.ts';
import { decodeText } from './codec-harness.ts';

/** 2026-01-05T12:00:00Z: the top of a UTC hour, where hourly budgets begin. */
export const T0 = Date.UTC(2026, 0, 5, 12);
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
/** Event time to receive time of every frame. */
const TRAVEL_MS = 40;

/** As the package ships it. */
export function packagedOps(): OpsConfig {
  return loaded(requestIn(PROJECT)).ops;
}

/** A call that is answered well. */
export const GOOD_CALL: Omit<CallFact, 'timeMs'> = {
  provider: 'binance',
  transport: 'rest',
  outcome: 'ok',
  latencyMs: 120,
  weight: 2,
  serverWeight: null,
  retryAfterMs: null,
};

/** A machine with nothing to complain about. */
export const GOOD_HOST: Omit<HostFact, 'timeMs'> = {
  cpuRatio: 0.1,
  memoryUsedRatio: 0.4,
  diskUsedRatio: 0.5,
  rssBytes: 2e8,
  diskFreeBytes: 100 * 1_073_741_824,
  eventLoopLagMs: 3,
  lagMsP50: 1,
  lagMsP95: 5,
  lagMsP99: 20,
  wallClockStepMs: 0,
  auditChain: 'ok',
  authAttempts24h: 0,
  authRefusals24h: 0,
};

const ANN = { user: 'ann', host: 'box', via: 'cli' };

export const FIRST_DOCUMENT: PublicControlDocument = {
  schemaVersion: 1,
  revision: 0,
  switches: {},
  kill: { kind: 'released', releasedAtMs: null, revision: 0 },
  mode: 'normal',
  isolatedBreakers: {},
};

/** The document after a command of Ann's. */
export function changedDocument(
  document: PublicControlDocument,
  change: Partial<Omit<ControlDocument, 'revision' | 'tokens'>>,
): PublicControlDocument {
  return { ...document, ...change, revision: document.revision + 1 };
}

export function switchSetting(isOn: boolean, revision: number, atMs: number, forMs: number | null = null) {
  const expiresAtMs = forMs === null ? null : atMs + forMs;
  const revertsTo = forMs === null ? isOn : !isOn;
  return { isOn, revision, changedAtMs: atMs, actor: ANN, reason: 'test', expiresAtMs, revertsTo };
}

export function isolation(atMs: number) {
  return { sinceMs: atMs, reason: 'test', actor: ANN };
}

const DECIMALS = { price: 2, size: 3 };
/** Ten levels a side, a dollar apart, one coin each: 0.17 bps between the best, 600 000 USD within 2 %. */
const BIDS: readonly Level[] = Array.from({ length: 10 }, (_, i) => [6_000_000 - 100 * i, 1000]);
const ASKS: readonly Level[] = Array.from({ length: 10 }, (_, i) => [6_000_100 + 100 * i, 1000]);
const CHECKSUM = krakenChecksum(BIDS, ASKS, DECIMALS);

const BINANCE = { venue: 'binance', symbol: 'BTCUSDT', quote: 'USDT' } as const;
const KRAKEN = { venue: 'kraken', symbol: 'BTC/USD', quote: 'USD' } as const;

const INSTRUMENTS: readonly InstrumentSpec[] = [BINANCE, KRAKEN].map(({ venue, symbol, quote }) =>
  discoveredSpec(venue, symbol, {
    base: 'BTC',
    quote,
    type: 'spot',
    priceDecimals: DECIMALS.price,
    sizeDecimals: DECIMALS.size,
    depth: venue === 'kraken' ? 10 : null,
  }),
);

const PROVIDERS = ['binance', 'kraken'];
const VENUES = ['binance', 'kraken'];
const CONNECTIONS = { binance: 0, binanceRest: 1, kraken: 2 } as const;
type Connection = keyof typeof CONNECTIONS;

/** Whatever is stepped is kept: `inputs` after `start`, and of each Input what it gave in `effectsOf`. */
export class OpsWorld {
  nowMs = T0;
  readonly start: StartInput;
  readonly scanner: Scanner;
  readonly inputs: Input[] = [];
  readonly effectsOf: (readonly Effect[])[] = [];
  document = FIRST_DOCUMENT;
  #binanceId = 1000;

  constructor(config: OpsConfig, parts: Partial<OpsStart> = {}) {
    this.start = {
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
      instruments: INSTRUMENTS,
      restoredState: null,
      ops: {
        config,
        seed: 'test',
        providers: PROVIDERS,
        venues: VENUES,
        document: this.document,
        latch: null,
        ...parts,
      },
      receiveTimeMs: T0,
    };
    this.scanner = new Scanner({ decodeText });
    this.effectsOf.push(this.scanner.step(this.start));
  }

  get effects(): Effect[] {
    return this.effectsOf.flat();
  }

  pulse(): readonly Effect[] {
    return this.#step({ kind: 'pulse', receiveTimeMs: this.nowMs });
  }

  call(parts: Partial<CallFact> = {}): readonly Effect[] {
    return this.#step({ kind: 'call', call: { ...GOOD_CALL, ...parts }, receiveTimeMs: this.nowMs });
  }

  cache(isHit: boolean): readonly Effect[] {
    return this.#step({ kind: 'cache', isHit, receiveTimeMs: this.nowMs });
  }

  host(parts: Partial<HostFact> = {}): readonly Effect[] {
    return this.#step({ kind: 'host', host: { ...GOOD_HOST, ...parts }, receiveTimeMs: this.nowMs });
  }

  command(command: OpsCommand): readonly Effect[] {
    return this.#step({ kind: 'command', command, receiveTimeMs: this.nowMs });
  }

  /** An operator's command, as the control store makes of it. */
  control(change: Parameters<typeof changedDocument>[1]): readonly Effect[] {
    this.document = changedDocument(this.document, change);
    return this.command({ kind: 'control', document: this.document });
  }

  engage(level: 'pause' | 'drain' | 'kill'): readonly Effect[] {
    const engagement = { level, engagedAtMs: this.nowMs, reason: 'test', operator: 'ann' } as const;
    const revision = this.document.revision + 1;
    return this.control({ kill: { kind: 'engaged', ...engagement, source: 'command', trigger: null, revision } });
  }

  release(): readonly Effect[] {
    return this.control({
      kill: { kind: 'released', releasedAtMs: this.nowMs, revision: this.document.revision + 1 },
    });
  }

  /** @param forMs - null: for good */
  setSwitch(name: string, isOn: boolean, forMs: number | null = null): readonly Effect[] {
    const setting = switchSetting(isOn, this.document.revision + 1, this.nowMs, forMs);
    return this.control({ switches: { ...this.document.switches, [name]: setting } });
  }

  link(connection: Connection, state: LinkInput['state'] = 'up'): readonly Effect[] {
    const isRest = connection === 'binanceRest';
    return this.#step({
      kind: 'link',
      connection: CONNECTIONS[connection],
      venue: connection === 'kraken' ? 'kraken' : 'binance',
      transport: isRest ? 'rest' : 'websocket',
      state,
      symbol: isRest ? BINANCE.symbol : null,
      reason: 'test',
      receiveTimeMs: this.nowMs,
    });
  }

  /** The best bid once more, as it is. @param lost - updates that the venue sent before it and that never came */
  binanceUpdate(lost = 0): readonly Effect[] {
    this.#binanceId += 1 + lost;
    const id = this.#binanceId;
    const ids = `"E":${this.nowMs - TRAVEL_MS},"s":"${BINANCE.symbol}","U":${id},"u":${id}`;
    const data = `{"e":"depthUpdate",${ids},"b":${pairs(BIDS.slice(0, 1))},"a":[]}`;
    return this.#frame('binance', `{"stream":"btcusdt@depth@100ms","data":${data}}`);
  }

  /** The answer to a request of depth. */
  binanceSnapshot(): readonly Effect[] {
    const sides = `"bids":${pairs(BIDS)},"asks":${pairs(ASKS)}`;
    return this.#frame('binanceRest', `{"lastUpdateId":${this.#binanceId},${sides}}`);
  }

  krakenUpdate(checksum = CHECKSUM): readonly Effect[] {
    return this.#kraken('update', BIDS.slice(0, 1), [], checksum);
  }

  krakenSnapshot(): readonly Effect[] {
    return this.#kraken('snapshot', BIDS, ASKS, CHECKSUM);
  }

  /** An unreadable frame. */
  garbage(): readonly Effect[] {
    return this.#frame('binance', '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":');
  }

  /** All connections up, both books live. */
  connect(): void {
    for (const connection of ['binance', 'binanceRest', 'kraken'] as const) this.link(connection);
    this.binanceUpdate();
    this.binanceSnapshot();
    this.binanceUpdate();
    this.krakenSnapshot();
  }

  disconnect(): void {
    for (const connection of ['binance', 'binanceRest', 'kraken'] as const) this.link(connection, 'down');
  }

  #kraken(type: string, bids: readonly Level[], asks: readonly Level[], checksum: number): readonly Effect[] {
    const timestamp = new Date(this.nowMs - TRAVEL_MS).toISOString();
    const seal = `"checksum":${checksum},"timestamp":"${timestamp}"`;
    const data = `{"symbol":"${KRAKEN.symbol}","bids":${objects(bids)},"asks":${objects(asks)},${seal}}`;
    return this.#frame('kraken', `{"channel":"book","type":"${type}","data":[${data}]}`);
  }

  #frame(connection: Connection, text: string): readonly Effect[] {
    const bytes = new TextEncoder().encode(text);
    const at = { connection: CONNECTIONS[connection], receiveTimeMs: this.nowMs };
    return this.#step({ kind: 'frame', ...at, bytes, from: 0, to: bytes.length });
  }

  #step(input: Input): readonly Effect[] {
    const effects = this.scanner.step(input);
    this.inputs.push(input);
    this.effectsOf.push(effects);
    return effects;
  }
}

function pairs(levels: readonly Level[]): string {
  return `[${levels.map(([price, size]) => `["${fixedText(price, DECIMALS.price)}","${fixedText(size, DECIMALS.size)}"]`).join(',')}]`;
}

function objects(levels: readonly Level[]): string {
  const level = ([price, size]: Level): string =>
    `{"price":${fixedText(price, DECIMALS.price)},"qty":${fixedText(size, DECIMALS.size)}}`;
  return `[${levels.map(level).join(',')}]`;
}
