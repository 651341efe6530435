/** A Scanner with a shell of a few lines around it, for tests: frames as text in, effects and the book's face out. */

import type { JsonObject } from '../../../src/core/base/json.ts';
import type { Effect } from '../../../src/core/scan/effect.ts';
import type { Input, MarketConfig } from '../../../src/core/scan/input.ts';
import type { InstrumentRun } from '../../../src/core/scan/instrument-run.ts';
import { Scanner } from '../../../src/core/scan/scanner.ts';
import { decodeText } from '../../support/codec-harness.ts';

export const CONFIG: MarketConfig = {
  watermarkDelayMs: 1_500,
  lateGraceMs: 4_500,
  maxEventTimeDeviationMs: 10_000,
  discoverInstruments: true,
  onlySymbols: null,
};

/** A started Scanner, from saved state where there is any. */
export function startedScanner(receiveTimeMs: number, restoredState: JsonObject | null = null): Scanner {
  const scanner = new Scanner({ decodeText });
  scanner.step({
    kind: 'start',
    config: CONFIG,
    configHash: '',
    codeVersion: '',
    instruments: [],
    restoredState,
    receiveTimeMs,
  });
  return scanner;
}

const encoder = new TextEncoder();
/** One buffer for all frames, overwritten after each: whoever keeps a reference into it is found out. */
const shared = new Uint8Array(4 << 20);
const FRONT = 5;

/** Steps a frame from the middle of a shared buffer, then overwrites that. */
export function stepFrame(
  scanner: Scanner,
  connection: number,
  frame: string | Uint8Array,
  receiveTimeMs: number,
): readonly Effect[] {
  const bytes = typeof frame === 'string' ? encoder.encode(frame) : frame;
  const to = FRONT + bytes.length;
  shared.set(bytes, FRONT);
  const effects = scanner.step({ kind: 'frame', connection, bytes: shared, from: FRONT, to, receiveTimeMs });
  shared.fill(0x5a, 0, to + 8);
  return effects;
}

/** Steps any Input; frames as `stepFrame` does. */
export function stepInput(scanner: Scanner, input: Input): readonly Effect[] {
  if (input.kind !== 'frame') return scanner.step(input);
  return stepFrame(scanner, input.connection, input.bytes.subarray(input.from, input.to), input.receiveTimeMs);
}

export function linkInput(
  connection: number,
  venue: string,
  state: 'up' | 'down',
  receiveTimeMs: number,
  restSymbol?: string,
): Input {
  const transport = restSymbol === undefined ? 'websocket' : 'rest';
  return {
    kind: 'link',
    connection,
    venue,
    transport,
    state,
    symbol: restSymbol ?? null,
    reason: 'test',
    receiveTimeMs,
  };
}

/** Best bid and ask as mantissas when the book may be read, else null. */
export function touchOf({ book }: InstrumentRun): readonly [bid: number, ask: number] | null {
  return book.state === 'live' ? [book.bids.bestPrice, book.asks.bestPrice] : null;
}
