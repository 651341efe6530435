/** The configuration as the program uses it: typed, camel case, frozen, with its hash. Checks nothing: that is done before. */

import { resolve } from 'node:path';
import { numberText, significantDecimalsOf } from '../../core/base/decimal.ts';
import type { ContractUnit, InstrumentSpec } from '../../core/market/instrument.ts';
import type { MarketConfig } from '../../core/scan/input.ts';
import type { OpsConfig } from './ops-config.ts';
import type { ConfigFiles, ConfigRequest, Home } from './resolve-home.ts';
import { configFiles, resolveHome } from './resolve-home.ts';
import { camelCased, deepFrozen, hashOf } from './typed-values.ts';
import type { VenueConfig } from './venue-config.ts';

/** Checked values in the words of the files, defaults filled in. */
export interface ConfigValues {
  readonly ops: unknown;
  readonly venues: unknown;
  readonly instruments: unknown;
}

/** One instrument of instruments.yaml. */
export interface InstrumentConfig {
  readonly base: string;
  readonly quote: string;
  readonly type: 'spot' | 'perpetual' | 'future';
  /** By venue. */
  readonly venues: { readonly [venue: string]: ListingConfig };
}

/** What one venue calls an instrument, and in which units it counts. */
export interface ListingConfig {
  readonly symbol: string;
  readonly aliases?: readonly string[];
  /** Quote units; size units of the venue. */
  readonly tickSize?: number;
  readonly lotSize?: number;
  readonly contract?: { readonly kind: 'base' | 'linear' | 'inverse'; readonly multiplier?: number };
  /** Levels a side. */
  readonly depth?: number;
  readonly tradeChannel?: string;
}

export interface EffectiveConfig {
  readonly ops: OpsConfig;
  /** By venue. */
  readonly venues: { readonly [venue: string]: VenueConfig };
  /** By our id. */
  readonly instruments: { readonly [id: string]: InstrumentConfig };
  /** Absolute paths. Not part of the hash, so the same settings have the same hash on every machine. */
  readonly paths: Home & {
    readonly files: ConfigFiles;
    /** `artifacts.output_dir`, from the home. */
    readonly statusDir: string;
  };
  /** SHA-256, in hexadecimal, of the canonical JSON (sorted keys) of the values in the words of the files. */
  readonly configHash: string;
}

/** Makes the typed configuration of checked values. */
export function effectiveConfig(values: ConfigValues, request: ConfigRequest): EffectiveConfig {
  const ops = camelCased(values.ops, 'ops') as OpsConfig;
  const { venues } = values.venues as { venues: unknown };
  const { instruments } = values.instruments as { instruments: unknown };
  const home = resolveHome(request);
  return deepFrozen({
    ops,
    venues: camelCased(venues, 'venues') as EffectiveConfig['venues'],
    instruments: camelCased(instruments, 'instruments') as EffectiveConfig['instruments'],
    paths: { ...home, files: configFiles(request), statusDir: resolve(home.home, ops.artifacts.outputDir) },
    configHash: hashOf(values),
  });
}

/** What core knows instruments by: one spec for each instrument and venue, sorted by venue and symbol. */
export function instrumentSpecs(config: EffectiveConfig): InstrumentSpec[] {
  const specs = Object.entries(config.instruments).flatMap(([id, instrument]) =>
    Object.entries(instrument.venues).map(([venue, listing]) => instrumentSpec(id, venue, instrument, listing)),
  );
  return specs.sort((a, b) => compareText(a.venue, b.venue) || compareText(a.symbol, b.symbol));
}

/** What the market rooms read. `discoverInstruments`: take instruments that config does not name (replays). */
export function marketConfig(
  config: EffectiveConfig,
  discoverInstruments: boolean,
  onlySymbols: readonly string[] | null = null,
): MarketConfig {
  const { watermarkDelayMs, lateGraceMs, maxEventTimeDeviationMs } = config.ops.scanner;
  return { watermarkDelayMs, lateGraceMs, maxEventTimeDeviationMs, discoverInstruments, onlySymbols };
}

function instrumentSpec(
  id: string,
  venue: string,
  instrument: InstrumentConfig,
  listing: ListingConfig,
): InstrumentSpec {
  return {
    id,
    venue,
    symbol: listing.symbol,
    aliases: listing.aliases ?? [],
    base: instrument.base,
    quote: instrument.quote,
    type: instrument.type,
    priceDecimals: decimalsOfIncrement(listing.tickSize),
    sizeDecimals: decimalsOfIncrement(listing.lotSize),
    contract: contractUnit(listing.contract),
    depth: listing.depth ?? null,
    tradeChannel: listing.tradeChannel ?? null,
  };
}

function contractUnit(contract: ListingConfig['contract']): ContractUnit {
  if (contract === undefined || contract.kind === 'base') return { kind: 'base' };
  return { kind: contract.kind, multiplier: contract.multiplier ?? null };
}

/** 0.01 has 2; an increment that nobody told has 0, and decimals grow from the wire. */
function decimalsOfIncrement(increment: number | undefined): number {
  return increment === undefined ? 0 : significantDecimalsOf(numberText(increment) ?? '0');
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
