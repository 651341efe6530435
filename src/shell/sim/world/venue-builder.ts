/** Makes a venue with its markets over a world's prices. The one place that knows all of them; runs nothing. */

import type { Prng } from '../../../core/base/prng.ts';
import { Market, type MarketListener } from '../market.ts';
import { BinanceMarket } from '../venues/binance/binance-market.ts';
import { BinanceVenue } from '../venues/binance/binance-venue.ts';
import type { BybitEdge } from '../venues/bybit/bybit-edge.ts';
import { BybitMarket } from '../venues/bybit/bybit-market.ts';
import { BybitVenue } from '../venues/bybit/bybit-venue.ts';
import { CoinbaseMarket } from '../venues/coinbase/coinbase-market.ts';
import { CoinbaseVenue } from '../venues/coinbase/coinbase-venue.ts';
import { Derivative } from '../venues/derivative.ts';
import { KrakenMarket } from '../venues/kraken/kraken-market.ts';
import { KrakenVenue } from '../venues/kraken/kraken-venue.ts';
import { OkxMarket } from '../venues/okx/okx-market.ts';
import { OkxVenue } from '../venues/okx/okx-venue.ts';
import type { SimVenue, SimVenueName } from '../venues/sim-venue.ts';
import type { AssetPrices } from './asset-prices.ts';
import { binanceListing, bybitListing, okxListing, type SimAsset, specOf, symbolsOf } from './listings.ts';

/** One market of a world, for faults that are about prices. */
export interface ListedMarket {
  readonly venue: SimVenueName;
  readonly market: Market;
  /** Whom changes of its book are told. */
  readonly listener: MarketListener;
  /** From now on it trades so far beside the other venues. */
  divert(bps: number): void;
  /** Its mark price stands so far beside; a market without one has none to move. */
  moveMark(bps: number): void;
}

interface Ground {
  readonly assets: readonly SimAsset[];
  readonly prices: AssetPrices;
  readonly prng: Prng;
  readonly startUs: number;
  readonly servesUnrouted: boolean;
  readonly okxSendsSnapshot: boolean;
  /** Of both of Bybit's products. */
  readonly bybitEdge: BybitEdge;
}

/** Venues differ a little for hours. */
const BASIS_BPS: Readonly<Record<SimVenueName, number>> = {
  binance: 0,
  binance_usdm: 0.1,
  kraken: -1.2,
  okx: 0.3,
  coinbase: -0.8,
  bybit_spot: 0.2,
  bybit_linear: -0.2,
};

export function buildVenue(
  name: SimVenueName,
  ground: Ground,
): { readonly venue: SimVenue; readonly markets: readonly ListedMarket[] } {
  const markets: ListedMarket[] = [];
  const made = ground.assets.flatMap((asset, rank) =>
    symbolsOf(name, asset.name).map((symbol) => makeMarket(name, symbol, asset, rank, ground)),
  );
  const list = <L extends MarketListener>(listen: (one: MadeMarket) => L): L[] =>
    made.map((one) => {
      const listener = listen(one);
      markets.push({
        venue: name,
        market: one.market,
        listener,
        divert: one.divert,
        moveMark: (bps) => one.derivative?.moveMark(bps),
      });
      return listener;
    });
  return { venue: venueOf(name, ground, list), markets };
}

type List = <L extends MarketListener>(listen: (one: MadeMarket) => L) => L[];

function venueOf(name: SimVenueName, ground: Ground, list: List): SimVenue {
  const { prices, startUs } = ground;
  switch (name) {
    case 'binance':
    case 'binance_usdm': {
      const listed = list(
        (one) => new BinanceMarket(binanceListing(name, one.market.spec), one.market, one.derivative, one.prng),
      );
      const kind = name === 'binance' ? 'spot' : 'usdm';
      return new BinanceVenue(kind, listed, prices, startUs, { servesUnrouted: ground.servesUnrouted });
    }
    case 'kraken':
      return new KrakenVenue(
        list((one) => new KrakenMarket(one.market, one.prng, startUs)),
        prices,
        ground.prng.fork('connections'),
        startUs,
      );
    case 'okx': {
      const listed = list(
        (one) => new OkxMarket(okxListing(one.market.spec, one.asset), one.market, one.derivative, one.prng),
      );
      const sendsSnapshot = ground.okxSendsSnapshot;
      return new OkxVenue(listed, prices, ground.prng.fork('connections'), startUs, { sendsSnapshot });
    }
    case 'coinbase':
      return new CoinbaseVenue(
        list((one) => new CoinbaseMarket(one.market, one.prng, startUs)),
        prices,
        startUs,
      );
    case 'bybit_spot':
    case 'bybit_linear': {
      const listed = list(({ asset, market, derivative, prng }) => {
        const listing = bybitListing(name, market.spec, asset);
        return new BybitMarket(listing, market, derivative, prng, startUs);
      });
      const category = name === 'bybit_spot' ? 'spot' : 'linear';
      return new BybitVenue(category, listed, prices, ground.prng.fork('connections'), startUs, ground.bybitEdge);
    }
  }
}

interface MadeMarket {
  readonly asset: SimAsset;
  readonly market: Market;
  readonly derivative: Derivative | null;
  readonly prng: Prng;
  divert(bps: number): void;
}

function makeMarket(name: SimVenueName, symbol: string, asset: SimAsset, rank: number, ground: Ground): MadeMarket {
  const { prices } = ground;
  const prng = ground.prng.fork(symbol);
  const isPerpetual = name === 'binance_usdm' || name === 'bybit_linear' || symbol.endsWith('-SWAP');
  let factor = 1 + BASIS_BPS[name] / 10_000;
  const fairPrice = (): number => (isPerpetual ? prices.perpetualAt(rank) : prices.at(rank)) * factor;
  const market = new Market(specOf(name, symbol, asset, rank, fairPrice), prng.fork('market'), prices);
  const open = 1_000_000 + prng.fork('interest').int(3_000_000);
  const derivative = isPerpetual ? new Derivative(prices, rank, open, prng.fork('positions')) : null;
  const divert = (bps: number): void => {
    factor = 1 + (BASIS_BPS[name] + bps) / 10_000;
  };
  return { asset, market, derivative, prng: prng.fork('ids'), divert };
}
