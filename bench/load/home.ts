/** A home folder for a scan of simulated venues: the shipped configuration, other addresses, and as many instruments as asked for. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { okxListing, simAssets, specOf } from '../../src/shell/sim/world/listings.ts';
import type { SimVenueName } from '../../src/shell/sim/world/sim-world.ts';

export interface LoadMarkets {
  readonly venues: readonly SimVenueName[];
  /** Of each venue. */
  readonly symbolsPerVenue: number;
  /** Of orders and trades, against the simulator's usual: how much a depth message holds. */
  readonly activity: number;
}

/** Those that are of no instrument: rules for instruments that a load does not have would be refused. */
const CONFIG_FILES = ['ops.yaml', 'venues.yaml'];
const VENUE_URLS: readonly (readonly [host: string, venue: SimVenueName])[] = [
  ['stream.binance.com:9443', 'binance'],
  ['api.binance.com', 'binance'],
  ['fstream.binance.com', 'binance_usdm'],
  ['fapi.binance.com', 'binance_usdm'],
  ['ws.kraken.com', 'kraken'],
  ['api.kraken.com', 'kraken'],
  ['ws.okx.com:8443', 'okx'],
  ['www.okx.com', 'okx'],
];

/** How many assets the world must list: OKX has two markets of each. */
export function assetsOf({ symbolsPerVenue }: LoadMarkets): number {
  return symbolsPerVenue;
}

/** As the venues write them. */
export function symbolsOf(venue: SimVenueName, { symbolsPerVenue }: LoadMarkets): string[] {
  const names = simAssets(symbolsPerVenue).map(({ name }) => name);
  if (venue === 'kraken') return names.map((name) => `${name}/USD`);
  if (venue !== 'okx') return names.map((name) => `${name}USDT`);
  return names.flatMap((name) => [`${name}-USDT`, `${name}-USDT-SWAP`]).slice(0, symbolsPerVenue);
}

/**
 * Writes `folder/config`.
 *
 * @param root - the project's
 * @param port - where the simulated venues listen; null: addresses as configured
 */
export function writeHome(folder: string, root: string, markets: LoadMarkets, port: number | null): void {
  const config = join(folder, 'config');
  mkdirSync(config, { recursive: true });
  for (const name of CONFIG_FILES) {
    const text = readFileSync(join(root, 'config', name), 'utf8');
    writeFileSync(join(config, name), port === null ? text : moved(text, port));
  }
  writeFileSync(join(config, 'instruments.yaml'), stringify({ instruments: instruments(markets) }));
}

function moved(text: string, port: number): string {
  return VENUE_URLS.reduce(
    (now, [host, venue]) =>
      now
        .replaceAll(`wss://${host}`, `ws://127.0.0.1:${port}/${venue}`)
        .replaceAll(`https://${host}`, `http://127.0.0.1:${port}/${venue}`),
    text,
  );
}

function instruments(markets: LoadMarkets): Record<string, object> {
  const listed: Record<string, object> = {};
  for (const venue of markets.venues) {
    for (const symbol of symbolsOf(venue, markets)) {
      const isPerpetual = venue === 'binance_usdm' || symbol.endsWith('-SWAP');
      const quote = venue === 'kraken' ? 'USD' : 'USDT';
      const base = symbol.replace(/[/-].*|USDT$/g, '');
      const depth = venue === 'kraken' ? { depth: 10 } : venue === 'okx' ? { depth: 400 } : {};
      const contract = isPerpetual ? { contract: contractOf(venue, symbol, base) } : {};
      const id = `${base}-${quote}${isPerpetual ? '-PERP' : ''}`;
      const type = isPerpetual ? 'perpetual' : 'spot';
      const known = (listed[id] as { venues?: object })?.venues ?? {};
      listed[id] = { base, quote, type, venues: { ...known, [venue]: { symbol, ...depth, ...contract } } };
    }
  }
  return listed;
}

function contractOf(venue: SimVenueName, symbol: string, base: string): object {
  if (venue !== 'okx') return { kind: 'base' };
  const asset = simAssets(1000).find(({ name }) => name === base)!;
  const { contractValue } = okxListing(
    specOf(venue, symbol, asset, 0, () => asset.price),
    asset,
  );
  return { kind: 'linear', multiplier: contractValue };
}
