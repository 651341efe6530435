/** What every codec's `JSON.parse` path shares: parsing, type guards, outcomes and fresh ticks. Knows no venue; never throws. */

import type { Instrument } from '../instrument.ts';
import { type TakerSide, type Tick, type TickBatch, TickKind } from '../tick.ts';
import type { CodecTools, DecodeOutcome } from './codec.ts';

/** An object that came out of `JSON.parse`; read its keys as `unknown`. */
export type ParsedObject = { readonly [key: string]: unknown };

/** What `parseJson` found. */
export type ParsedFrame =
  | { readonly kind: 'parsed'; readonly value: unknown }
  | { readonly kind: 'invalid'; readonly reason: 'invalid_utf8' | 'invalid_json' };

const INTEGER_TEXT = /^[0-9]{1,16}$/;
const SIGNED_DECIMAL = /^-?[0-9]+(?:\.[0-9]+)?$/;

/** True for the ways in which venues leave a field out: no key, null, or empty text. */
export function isAbsent(value: unknown): value is undefined | null | '' {
  return value === undefined || value === null || value === '';
}

/** Parses `bytes[from, to)`. Never throws. */
export function parseJson(tools: CodecTools, bytes: Uint8Array, from: number, to: number): ParsedFrame {
  const text = tools.decodeText(bytes, from, to);
  if (text === null) return { kind: 'invalid', reason: 'invalid_utf8' };
  try {
    return { kind: 'parsed', value: JSON.parse(text) };
  } catch {
    return { kind: 'invalid', reason: 'invalid_json' };
  }
}

/** True for a JSON object; false for arrays and null. */
export function isObject(value: unknown): value is ParsedObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True for a JSON array; its elements stay `unknown`. */
export function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** The value if it is a string, else null. */
export function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** A non-negative safe integer given as a JSON number, else NaN. */
export function integerOf(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : Number.NaN;
}

/** A non-negative safe integer given as decimal text, such as OKX's `ts`, else NaN. */
export function integerOfText(value: unknown): number {
  return typeof value === 'string' && INTEGER_TEXT.test(value) ? integerOf(Number(value)) : Number.NaN;
}

/** The double nearest to plain decimal text with an optional minus (funding rates), else NaN. */
export function numberOfText(value: unknown): number {
  if (typeof value !== 'string' || !SIGNED_DECIMAL.test(value)) return Number.NaN;
  const number = Number(value);
  return Number.isFinite(number) ? number : Number.NaN;
}

/** `buy` or `Buy` as 1, `sell` or `Sell` as -1, anything else as 0 (a fault): the same words as the fast path's. */
export function sideOf(value: unknown): TakerSide {
  if (value === 'buy' || value === 'Buy') return 1;
  return value === 'sell' || value === 'Sell' ? -1 : 0;
}

/** A venue's channel name as it may stand in a reason: lower snake case, `[a-z0-9_-]`, 1 to 32 characters. */
export function channelWord(value: unknown): string {
  const words = typeof value === 'string' ? value.slice(0, 64).replace(/([a-z0-9])([A-Z])/g, '$1_$2') : '';
  const word = words.toLowerCase().replace(/[^a-z0-9_-]+/g, '_');
  return word === '' ? 'none' : word.slice(0, 32);
}

/** Ends a decode as `malformed`: empties the batch, so that nothing of the frame is taken. */
export function malformed(batch: TickBatch, reason: string): DecodeOutcome {
  batch.clear();
  batch.reason = reason;
  return 'malformed';
}

/** Ends a decode as `unknown`: well formed, not ours to read. */
export function unknown(batch: TickBatch, reason: string): DecodeOutcome {
  batch.clear();
  batch.reason = reason;
  return 'unknown';
}

/** Begins a tick of any kind, with every optional field of its kind absent; the caller then sets what the frame says. */
export function startTick(batch: TickBatch, kind: TickKind, instrument: Instrument, channel: string): Tick {
  const tick = batch.next();
  tick.kind = kind;
  tick.instrument = instrument;
  tick.channel = channel;
  tick.eventTimeMs = Number.NaN;
  if (kind === TickKind.trade || kind === TickKind.liquidation) clearTrade(tick);
  else if (kind === TickKind.ticker) clearTicker(tick);
  else clearDepth(tick);
  return tick;
}

function clearTrade(tick: Tick): void {
  tick.takerSide = 0;
  tick.tradeId = Number.NaN;
  tick.isIdSequential = false;
  tick.isSnapshot = false;
  tick.isOffMarket = false;
}

function clearTicker(tick: Tick): void {
  tick.markPrice = Number.NaN;
  tick.indexPrice = Number.NaN;
  tick.fundingRate = Number.NaN;
  tick.nextFundingTimeMs = Number.NaN;
  tick.openInterest = Number.NaN;
}

/** Depth, and bbo, whose prices `setBbo` sets. */
function clearDepth(tick: Tick): void {
  tick.firstId = Number.NaN;
  tick.lastId = Number.NaN;
  tick.previousId = Number.NaN;
  tick.checksum = Number.NaN;
  tick.depthLimit = 0;
  tick.isRequested = false;
}
