/** Which venue a URL means: by the exchange's own host name, or by the first word of the path. Opens nothing. */

import type { SimVenueName } from '../world/sim-world.ts';

/** The hosts of config/venues.yaml and the alternatives that the exchanges name. */
const HOSTS: Readonly<Record<string, SimVenueName>> = {
  'stream.binance.com': 'binance',
  'data-stream.binance.vision': 'binance',
  'api.binance.com': 'binance',
  'data-api.binance.vision': 'binance',
  'fstream.binance.com': 'binance_usdm',
  'fapi.binance.com': 'binance_usdm',
  'ws.kraken.com': 'kraken',
  'api.kraken.com': 'kraken',
  'ws.okx.com': 'okx',
  'www.okx.com': 'okx',
};

const NAMES: ReadonlySet<string> = new Set<SimVenueName>(Object.values(HOSTS));

export interface Route {
  readonly venue: SimVenueName;
  /** As the venue would see it: without our prefix, with its query. */
  readonly path: string;
}

/**
 * Null for what is no venue's.
 *
 * @param host - with or without a port
 * @param path - with its query; `/binance/stream?streams=…` where the host says nothing
 */
export function routeOf(host: string, path: string): Route | null {
  const known = HOSTS[host.replace(/:\d+$/, '').toLowerCase()];
  if (known !== undefined) return { venue: known, path };
  const prefix = /^\/([a-z_]+)(?=\/|\?|$)/.exec(path);
  const name = prefix?.[1] ?? '';
  if (!NAMES.has(name)) return null;
  const rest = path.slice(name.length + 1);
  return { venue: name as SimVenueName, path: rest.startsWith('/') ? rest : `/${rest}` };
}

/** The exchange's hosts, for certificates. */
export const ROUTED_HOSTS: readonly string[] = Object.keys(HOSTS);

/** As `routeOf`, of a whole URL. */
export function routeOfUrl(text: string): Route | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url === null ? null : routeOf(url.host, url.pathname + url.search);
}
