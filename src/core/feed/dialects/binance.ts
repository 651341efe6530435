/**
 * How Binance is subscribed to: spot, Binance US, USD-M and COIN-M by combined streams. One acknowledgement a request, and an
 * unknown symbol is acknowledged like a good one: only missing data tells.
 */

import type { InstrumentSpec } from '../../market/instrument.ts';
import { TickKind } from '../../market/tick.ts';
import type { Dialect, PollRequest, Stream, Tier } from '../dialect.ts';
import type { VenueFeedConfig } from '../feed-config.ts';
import { asObject, idOf, OTHER, objectOf, reasonOf } from './control-json.ts';

/** One row a stream: `channel` of its name, what it is, where USD-M serves it, whether it may be silent. */
type Row = readonly [channel: string, kind: TickKind, tier: Tier, isSparse: boolean];

const SPOT_ROWS: readonly Row[] = [
  ['trade', TickKind.trade, 'public', true],
  ['depth@100ms', TickKind.depthDelta, 'public', false],
  ['bookTicker', TickKind.bbo, 'public', false],
];

/** On the wrong tier the handshake and the acknowledgement succeed, and nothing ever arrives (protocol sheet, section 4). */
const FUTURES_ROWS: readonly Row[] = [
  ['depth@100ms', TickKind.depthDelta, 'public', false],
  ['bookTicker', TickKind.bbo, 'public', false],
  ['markPrice@1s', TickKind.ticker, 'market', false],
  ['forceOrder', TickKind.liquidation, 'market', true],
];

/** The venue's own trade channel is the documented one; `trade` is served with the books. */
const FUTURES_TRADES: Readonly<Record<string, Row>> = {
  aggTrade: ['aggTrade', TickKind.trade, 'market', true],
  trade: ['trade', TickKind.trade, 'public', true],
};

/** Of the REST interface: its path, and what the newest trades, and aggregated ones, cost [assumed]. */
interface RestSide {
  readonly path: string;
  readonly weights: { readonly trades: number; readonly aggTrades: number };
}

const REST: Readonly<Record<string, RestSide>> = {
  binance_usdm: { path: '/fapi/v1', weights: { trades: 5, aggTrades: 20 } },
  binance_coinm: { path: '/dapi/v1', weights: { trades: 5, aggTrades: 20 } },
};
const SPOT_REST: RestSide = { path: '/api/v3', weights: { trades: 25, aggTrades: 4 } };
/** Who asks spot for more levels gets these, without a word [docs]; futures refuse what is not one of their depths. */
const MOST_LEVELS = 5000;
/** The most that one answer holds on all of them. */
const MOST_TRADES = 500;

function rowsOf({ venue, tradeChannel }: InstrumentSpec): readonly Row[] {
  if (REST[venue] === undefined) return SPOT_ROWS;
  return [FUTURES_TRADES[tradeChannel ?? ''] ?? FUTURES_TRADES['aggTrade']!, ...FUTURES_ROWS];
}

export const binanceDialect: Dialect = {
  streams(spec) {
    return rowsOf(spec).map(([channel, kind, tier, isSparse]) => ({
      topic: `${spec.symbol.toLowerCase()}@${channel}`,
      symbol: spec.symbol,
      kind,
      tier,
      requestKey: '',
      isSparse,
    }));
  },

  subscribe: (streams, requestId) => requestText('SUBSCRIBE', streams, requestId),
  unsubscribe: (streams, requestId) => requestText('UNSUBSCRIBE', streams, requestId),
  ping: () => null,

  /** `{"result":null,"id":1}`, `{"code":2,"msg":…,"id":…}`, `{"error":{"code":2,"msg":…},"id":…}`, `{"e":"serverShutdown",…}` */
  read(text) {
    const message = objectOf(text);
    if (message === null) return OTHER;
    if (message['e'] === 'serverShutdown' || asObject(message['data'])?.['e'] === 'serverShutdown')
      return { kind: 'closing_soon', reason: 'serverShutdown' };
    const answered = { requestId: idOf(message['id']), topics: [], symbol: null };
    const error = asObject(message['error']) ?? message;
    if ('code' in error) return { kind: 'refused', reason: reasonOf(error['msg']), ...answered };
    // One word for both: whoever asked knows what for.
    return 'result' in message && message['result'] === null ? { kind: 'acked', ...answered } : OTHER;
  },

  depthUrl,

  snapshotLevels: ({ rest }) =>
    rest.depthSnapshotLevels === undefined ? null : Math.min(rest.depthSnapshotLevels, MOST_LEVELS),

  polls(config, spec): readonly PollRequest[] {
    const depth = depthUrl(config, spec);
    if (depth === null) return [];
    const { path, weights } = REST[spec.venue] ?? SPOT_REST;
    // Bars fold the trades of one channel: the one that the stream has.
    const trades = rowsOf(spec).some(([channel]) => channel === 'aggTrade') ? 'aggTrades' : 'trades';
    const url = `${config.rest.url}${path}/${trades}?symbol=${spec.symbol}&limit=${MOST_TRADES}`;
    return [
      { what: 'depth_snapshot', url: depth, weight: config.rest.depthSnapshotWeight },
      { what: 'trades', url, weight: weights[trades] },
    ];
  },
};

function depthUrl(config: VenueFeedConfig, { venue, symbol }: InstrumentSpec): string | null {
  const levels = config.rest.depthSnapshotLevels;
  if (levels === undefined) return null;
  return `${config.rest.url}${(REST[venue] ?? SPOT_REST).path}/depth?symbol=${symbol}&limit=${levels}`;
}

/** `{"method":"SUBSCRIBE","params":["btcusdt@trade","btcusdt@depth@100ms"],"id":1}` */
function requestText(method: string, streams: readonly Stream[], requestId: number): string {
  return JSON.stringify({ method, params: streams.map((stream) => stream.topic), id: requestId });
}
