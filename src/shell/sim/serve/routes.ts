/** Which venue a URL means: by the exchange's own host name, or by the first word of the path. Opens nothing. */

import { SIM_VENUES, type SimVenueName } from '../world/sim-world.ts';

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
  'ws-feed.exchange.coinbase.com': 'coinbase',
  'ws-direct.exchange.coinbase.com': 'coinbase',
  'api.exchange.coinbase.com': 'coinbase',
};

/** Both of Bybit's products are on them: which one is meant stands in the path, or in the query. */
const BYBIT_HOSTS: readonly string[] = ['stream.bybit.com', 'api.bybit.com'];
const BYBIT_PRODUCT = /^\/v5\/public\/(spot|linear)\b|[?&]category=(spot|linear)\b/;

const NAMES: ReadonlySet<string> = new Set<string>(SIM_VENUES);

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
  const name = host.replace(/:\d+$/, '').toLowerCase();
  const known = BYBIT_HOSTS.includes(name) ? bybitProduct(path) : HOSTS[name];
  if (known !== undefined) return { venue: known, path };
  const prefix = /^\/([a-z_]+)(?=\/|\?|$)/.exec(path);
  const first = prefix?.[1] ?? '';
  const rest = path.slice(first.length + 1);
  const venue = first === 'bybit' ? bybitProduct(rest) : NAMES.has(first) ? (first as SimVenueName) : undefined;
  return venue === undefined ? null : { venue, path: rest.startsWith('/') ? rest : `/${rest}` };
}

/** Undefined: the path is of neither. */
function bybitProduct(path: string): SimVenueName | undefined {
  const found = BYBIT_PRODUCT.exec(path);
  return found === null ? undefined : `bybit_${(found[1] ?? found[2]) as 'spot' | 'linear'}`;
}

/** The exchange's hosts, for certificates. */
export const ROUTED_HOSTS: readonly string[] = [...Object.keys(HOSTS), ...BYBIT_HOSTS];

/** As `routeOf`, of a whole URL. */
export function routeOfUrl(text: string): Route | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url === null ? null : routeOf(url.host, url.pathname + url.search);
}
