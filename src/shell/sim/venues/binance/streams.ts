/** Names of Binance streams: what a client may ask for, and on which tier of USD-M it is served. Sends nothing. */

export type StreamKind = 'depth' | 'bookTicker' | 'trade' | 'aggTrade' | 'markPrice' | 'forceOrder';

/** USD-M's paths since 2026-04-23; `all`: spot, and the un-routed paths of before. */
export type Tier = 'public' | 'market' | 'private' | 'all';

export interface StreamName {
  /** As the client wrote it: what the envelope repeats. */
  readonly text: string;
  readonly symbol: string;
  readonly kind: StreamKind;
  /** Of depth and mark price. */
  readonly intervalUs: number;
}

const SPEEDS: Readonly<Record<string, number>> = {
  // [seen] undocumented, of USD-M: each change at once; here, each step.
  '0ms': 10_000,
  '100ms': 100_000,
  '250ms': 250_000,
  '500ms': 500_000,
  '1000ms': 1_000_000,
  '1s': 1_000_000,
};

const SPOT_KINDS = ['depth', 'bookTicker', 'trade', 'aggTrade'];
const USDM_KINDS = [...SPOT_KINDS, 'markPrice', 'forceOrder'];

/** Null for what does not exist: Binance acks it all the same, and sends nothing. */
export function parseStream(text: string, market: 'spot' | 'usdm'): StreamName | null {
  const [symbol = '', kind = '', speed] = text.split('@');
  if (!(market === 'spot' ? SPOT_KINDS : USDM_KINDS).includes(kind) || symbol !== symbol.toLowerCase()) return null;
  const intervalUs = speed === undefined ? defaultIntervalUs(kind, market) : SPEEDS[speed];
  if (intervalUs === undefined) return null;
  return { text, symbol: symbol.toUpperCase(), kind: kind as StreamKind, intervalUs };
}

function defaultIntervalUs(kind: string, market: 'spot' | 'usdm'): number {
  if (kind === 'markPrice') return 3_000_000;
  return market === 'spot' ? 1_000_000 : 250_000;
}

/** Which tier of USD-M serves it. */
export function tierOf(kind: StreamKind): Tier {
  return kind === 'depth' || kind === 'bookTicker' || kind === 'trade' ? 'public' : 'market';
}

/** What the path of a connection says. */
export interface ConnectionPath {
  readonly tier: Tier | 'unrouted';
  readonly isCombined: boolean;
  readonly isMicroseconds: boolean;
  readonly streams: readonly string[];
}

/** Null for a path that Binance does not serve. @param path - with its query */
export function parsePath(path: string, market: 'spot' | 'usdm'): ConnectionPath | null {
  const url = new URL(path, 'ws://venue');
  const parts = url.pathname.split('/').filter((part) => part !== '');
  const isRouted = market === 'usdm' && ['public', 'market', 'private'].includes(parts[0] ?? '');
  const tier = market === 'spot' ? 'all' : isRouted ? (parts[0] as Tier) : 'unrouted';
  const [form, ...streams] = isRouted ? parts.slice(1) : parts;
  if (form !== 'ws' && form !== 'stream') return null;
  const isMicroseconds = market === 'spot' && /^microsecond$/i.test(url.searchParams.get('timeUnit') ?? '');
  const asked = url.searchParams.get('streams') ?? '';
  if (form === 'ws') return { tier, isCombined: false, isMicroseconds, streams };
  return { tier, isCombined: true, isMicroseconds, streams: asked.split('/').filter((text) => text !== '') };
}
