/** Surveillance by hand: what each metric says of which markets, and when it says nothing. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MetricName } from '../../../src/core/signal/surveillance/metric.ts';
import { CONFIG, isClose, metricOf, START_MS, type TextLevel, World } from './surveillance-world.ts';

const expectClose = (found: number | null, expected: number, what: string): void => {
  assert.notEqual(found, null, `${what}: a sample`);
  assert.ok(isClose(found!, expected), `${what}: ${found}, wanted ${expected}`);
};

describe('one book', () => {
  // Mid 10 000: 5 bps are 5, 10 bps are 10, 25 bps are 25; the levels on the edges count.
  const bids: TextLevel[] = [
    ['9999', '1'],
    ['9995', '2'],
    ['9990', '3'],
    ['9975', '4'],
    ['9974', '50'],
  ];
  const asks: TextLevel[] = [
    ['10001', '3'],
    ['10005', '1'],
    ['10010', '1'],
    ['10025', '1'],
    ['10026', '50'],
  ];
  const linear = { venue: 'okx', type: 'perpetual', depth: 400 } as const;
  const table: readonly (readonly [
    string,
    ConstructorParameters<typeof World>[0][number],
    Partial<Record<MetricName, number>>,
  ])[] = [
    [
      'spot',
      { venue: 'coinbase' },
      {
        mid_price: 10_000,
        spread_abs: 2,
        spread_bps: 2,
        depth_5bps_bid: 9999 + 2 * 9995,
        depth_5bps_ask: 3 * 10_001 + 10_005,
        depth_10bps_bid: 9999 + 2 * 9995 + 3 * 9990,
        depth_10bps_total: 9999 + 2 * 9995 + 3 * 9990 + 3 * 10_001 + 10_005 + 10_010,
        depth_25bps_bid: 9999 + 2 * 9995 + 3 * 9990 + 4 * 9975,
        imbalance: (59_959 - 50_018) / (59_959 + 50_018),
        top_of_book_imbalance: -0.5,
        top_5_notional_imbalance: (99_859 + 498_700 - 60_043 - 501_300) / (99_859 + 498_700 + 60_043 + 501_300),
        basis_abs: Number.NaN,
        funding_rate: Number.NaN,
        cross_exchange_spread_bps: Number.NaN,
      },
    ],
    [
      'contracts of 0.01 base units',
      { ...linear, contract: { kind: 'linear', multiplier: 0.01 } },
      { depth_5bps_bid: 299.89, imbalance: (59_959 - 50_018) / (59_959 + 50_018), top_of_book_imbalance: -0.5 },
    ],
    [
      'contracts of 100 quote units',
      { ...linear, contract: { kind: 'inverse', multiplier: 100 } },
      { depth_5bps_bid: 300, depth_25bps_total: 1600, imbalance: 1 / 11, top_5_notional_imbalance: 4 / 116 },
    ],
    [
      'contracts of nobody knows what: ratios are known all the same',
      { ...linear, contract: { kind: 'linear', multiplier: null } },
      {
        depth_5bps_bid: Number.NaN,
        depth_25bps_total: Number.NaN,
        imbalance: (59_959 - 50_018) / (59_959 + 50_018),
      },
    ],
  ];
  for (const [name, spec, expected] of table) {
    test(name, () => {
      const world = new World([spec]);
      world.markets[0]!.load(bids, asks);
      const sample = world.sample(0, 0)!;
      assert.equal(sample.truncated, 0);
      for (const [metric, value] of Object.entries(expected))
        expectClose(metricOf(sample, metric as MetricName), value, metric);
    });
  }

  test('no live book, one side, crossed, locked: no sample, not a sample of zeros', () => {
    const world = new World([{ venue: 'binance' }]);
    const [market] = world.markets;
    assert.equal(world.sample(0, 0), null);
    market!.load(bids, []);
    assert.equal(world.sample(0, 1), null);
    market!.quote('10001', '10000');
    assert.equal(world.sample(0, 2), null);
    market!.quote('10000', '10000');
    assert.equal(world.sample(0, 3), null);
    market!.load(bids, asks);
    assert.notEqual(world.sample(0, 4), null);
    market!.lose();
    assert.equal(world.sample(0, 5), null);
    market!.poll(bids, asks);
    assert.notEqual(market!.book.mid, null);
    assert.equal(world.sample(0, 6), null, 'an answer to a poll is of another second');
  });

  test('a second is sampled once', () => {
    const world = new World([{ venue: 'coinbase' }]);
    world.markets[0]!.load(bids, asks);
    assert.equal(world.sample(0, 0)!.timeMs, START_MS);
    assert.equal(world.sample(0, 0), null);
    assert.equal(world.sample(0, -1), null);
    assert.equal(world.sample(0, 1)!.timeMs, START_MS + 1000);
  });
});

describe('basis', () => {
  const perp = { venue: 'binance_usdm', type: 'perpetual' } as const;
  const world = new World([
    perp,
    { venue: 'okx' },
    { venue: 'binance', base: 'ETH' },
    { venue: 'binance', quote: 'USDC' },
    { venue: 'binance' },
  ]);
  const [own, otherVenue, otherBase, otherQuote, spot] = world.markets;
  for (const market of [otherVenue, otherBase, otherQuote]) market!.quote('1', '2');
  own!.quote('50049.5', '50050.5');

  // What happens before the second, and the basis in it; NaN: no leg.
  const table: readonly (readonly [number, string, () => void, number])[] = [
    [0, 'other venue, base or quote: no leg', () => {}, Number.NaN],
    [1, 'against its own spot', () => spot!.quote('49999.95', '50000.05'), 50],
    [2, 'the spot moves', () => spot!.quote('50050', '50070'), -10],
    [7, 'not heard of for 5 s', () => {}, -10],
    [8, 'not heard of for longer', () => {}, Number.NaN],
    [9, 'heard of again', () => spot!.hear(), -10],
    [10, 'lost', () => spot!.lose(), Number.NaN],
    [11, 'back', () => spot!.quote('50000', '50001'), 49.5],
  ];
  for (const [second, name, before, expected] of table) {
    test(name, () => {
      own!.hear();
      before();
      const sample = world.sample(0, second)!;
      expectClose(metricOf(sample, 'basis_abs'), expected, 'basis');
      const spotMid = spot!.book.mid ?? Number.NaN;
      expectClose(metricOf(sample, 'basis_bps'), (expected / spotMid) * 10_000, 'in bps');
    });
  }

  test('a spot has none', () => {
    assert.equal(world.metric(4, 12, 'basis_abs'), Number.NaN);
  });
});

describe('mark, index and funding', () => {
  const HOUR = 3600;
  const make = (venue = 'binance_usdm', spot = 'binance'): World => {
    const world = new World([{ venue, type: 'perpetual' }, { venue: spot }]);
    world.markets[0]!.quote('49999', '50001');
    world.markets[1]!.quote('49989', '49991');
    return world;
  };

  test('deviations and funding, and nothing of it once it is old', () => {
    const world = make();
    world.ticker(0, 0, { markPrice: 50_030, indexPrice: 50_005, fundingRate: 0.0001 });
    const sample = world.sample(0, 0)!;
    expectClose(metricOf(sample, 'mark_index_deviation_bps'), (25 / 50_005) * 10_000, 'mark against index');
    expectClose(metricOf(sample, 'mark_mid_deviation_bps'), 6, 'mark against mid');
    expectClose(metricOf(sample, 'funding_rate'), 0.0001, 'funding');
    expectClose(metricOf(sample, 'funding_annual_ratio'), 0.0001 * 3 * 365, 'a year of it, 8 hours assumed');
    expectClose(metricOf(sample, 'funding_basis_divergence'), 0, 'longs pay, perpetual dearer');
    const later = world.sample(0, 6)!;
    assert.equal(metricOf(later, 'mark_index_deviation_bps'), Number.NaN);
    assert.equal(metricOf(later, 'mark_mid_deviation_bps'), Number.NaN);
    expectClose(metricOf(later, 'funding_rate'), 0.0001, 'funding is told more rarely, and holds longer');
    assert.equal(world.metric(0, 121, 'funding_rate'), Number.NaN);
  });

  test('without an index, or with an index of 0, there is no deviation from it', () => {
    const world = make();
    world.ticker(0, 0, { markPrice: 50_030 });
    assert.equal(world.metric(0, 0, 'mark_index_deviation_bps'), Number.NaN);
    world.ticker(0, 1, { markPrice: 50_030, indexPrice: 0 });
    assert.equal(world.metric(0, 1, 'mark_index_deviation_bps'), Number.NaN);
  });

  test('funding against basis: opposite signs only', () => {
    const world = make();
    for (const [second, rate, flag] of [
      [0, -0.0001, 1],
      [1, 0.0001, 0],
      [2, 0, 0],
    ] as const) {
      world.ticker(0, second, { fundingRate: rate });
      assert.equal(world.metric(0, second, 'funding_basis_divergence'), flag);
    }
    assert.equal(world.metric(0, 20, 'funding_basis_divergence'), Number.NaN, 'no basis, no flag');
  });

  test('the interval is learned from the next funding times, not across a silence', () => {
    const world = make();
    const next = (hours: number): number => START_MS + hours * 3_600_000;
    const table: readonly (readonly [number, number, number])[] = [
      // Second, next funding time in hours, hours of the interval.
      [0, 4, 8],
      [60, 8, 4],
      [120, 8, 4],
      [180, 9, 1],
      [240, 9.001, 1],
      [12 * HOUR, 16, 1],
      [12 * HOUR + 60, 24, 8],
    ];
    for (const [second, hours, interval] of table) {
      world.ticker(0, second, { fundingRate: 0.0001, nextFundingTimeMs: next(hours) });
      expectClose(world.metric(0, second, 'funding_annual_ratio'), (0.0001 * 365 * 24) / interval, `at ${second} s`);
    }
  });

  test('what a Bybit delta does not say is unchanged; elsewhere it is only old', () => {
    for (const [venue, spot, isKept] of [
      ['bybit_linear', 'bybit_spot', true],
      ['okx', 'okx', false],
    ] as const) {
      const world = make(venue, spot);
      world.ticker(0, 0, { markPrice: 50_030, indexPrice: 50_005 });
      world.ticker(0, 6, { openInterest: 7 });
      assert.equal(!Number.isNaN(world.metric(0, 6, 'mark_mid_deviation_bps')), isKept, venue);
      assert.equal(world.surveillance.terms(0)!.openInterest, 7);
    }
  });

  test('an index that is told with the spot is the perpetual’s, too', () => {
    const world = make('okx', 'okx');
    world.ticker(0, 0, { markPrice: 50_030 });
    world.ticker(1, 0, { indexPrice: 50_005 });
    expectClose(world.metric(0, 0, 'mark_index_deviation_bps'), (25 / 50_005) * 10_000, 'mark against index');
  });
});

describe('across venues', () => {
  const world = new World([
    { venue: 'okx' },
    { venue: 'kraken', quote: 'USD' },
    { venue: 'bybit_spot' },
    { venue: 'binance' },
    { venue: 'binance_usdm', type: 'perpetual' },
    { venue: 'okx', symbol: 'BTC-USDT-2' },
    { venue: 'okx', type: 'future', symbol: 'BTC-USDT-260925' },
    { venue: 'bybit_linear', type: 'future', symbol: 'BTC-27NOV26' },
  ]);
  const [okx, kraken, bybit, binance, perp, sameVenue, dated, otherDate] = world.markets;

  test('another quote, another type, the same venue, another date: nothing to compare with', () => {
    okx!.quote('100.0', '100.2');
    kraken!.quote('1', '2');
    for (const market of [perp, sameVenue, dated, otherDate]) market!.quote('90', '91');
    for (const market of [0, 4, 5, 6]) {
      const sample = world.sample(market, 0)!;
      for (const name of ['cross_exchange_spread_bps', 'cross_exchange_spread_abs', 'arbitrage'] as const)
        assert.equal(metricOf(sample, name), Number.NaN, `${name} of ${market}`);
    }
  });

  test('the furthest mid counts, own less other; the best bid and ask of all, whatever their decimals', () => {
    sameVenue!.lose();
    bybit!.quote('100.05', '100.15');
    binance!.quote('99.6', '99.9');
    const sample = world.sample(0, 1)!;
    expectClose(
      metricOf(sample, 'cross_exchange_spread_bps'),
      ((100.1 - 99.75) / ((100.1 + 99.75) / 2)) * 10_000,
      'okx',
    );
    expectClose(metricOf(sample, 'cross_exchange_spread_abs'), 0.15, 'bybit bids over binance asks');
    assert.equal(metricOf(sample, 'arbitrage'), 1);
    expectClose(world.metric(3, 1, 'cross_exchange_spread_bps'), ((99.75 - 100.1) / 99.925) * 10_000, 'binance');
  });

  test('a venue that is silent or lost is not compared with', () => {
    okx!.hear();
    bybit!.hear();
    expectClose(world.metric(0, 7, 'cross_exchange_spread_bps'), 0, 'bybit only: binance is old');
    assert.equal(world.metric(0, 8, 'arbitrage'), 0);
    bybit!.lose();
    assert.equal(world.metric(0, 9, 'arbitrage'), Number.NaN);
  });

  test('a book of its own that is silent is compared with nothing', () => {
    bybit!.quote('100.05', '100.15');
    okx!.hear();
    assert.equal(world.metric(0, 20, 'arbitrage'), 0);
    bybit!.hear();
    assert.equal(world.metric(0, 26, 'arbitrage'), Number.NaN);
  });

  test('of two mids equally far the first by venue counts, in whatever order they were registered', () => {
    for (const venues of [
      ['binance', 'coinbase', 'kraken'],
      ['binance', 'kraken', 'coinbase'],
    ]) {
      const three = new World(venues.map((venue) => ({ venue })));
      for (const [i, venue] of venues.entries()) {
        const middle = { binance: 100, coinbase: 99, kraken: 101 }[venue]!;
        three.markets[i]!.quote(`${middle - 0.25}`, `${middle + 0.25}`);
      }
      expectClose(three.metric(0, 0, 'cross_exchange_spread_bps'), (1 / 99.5) * 10_000, `${venues}`);
    }
  });

  test('a bid at another venue’s ask wins nothing', () => {
    okx!.hear();
    bybit!.quote('99.90', '100.00');
    const sample = world.sample(0, 30)!;
    assert.equal(metricOf(sample, 'cross_exchange_spread_abs'), 0);
    assert.equal(metricOf(sample, 'arbitrage'), 0);
  });
});

describe('over time', () => {
  test('depth change is against the sample one minute before, and nothing without it', () => {
    const world = new World([{ venue: 'coinbase' }]);
    const [market] = world.markets;
    const depth = (size: string): void => market!.load([['9999', size]], [['10001', size]]);
    depth('10');
    for (let second = 0; second < 60; second++) {
      if (second === 30) market!.lose();
      if (second === 31) depth('20');
      assert.equal(world.metric(0, second, 'depth_10bps_change_pct'), second === 30 ? null : Number.NaN);
    }
    depth('7');
    expectClose(world.metric(0, 60, 'depth_10bps_change_pct'), -30, 'against second 0');
    assert.equal(world.metric(0, 90, 'depth_10bps_change_pct'), Number.NaN, 'second 30 had no book');
    expectClose(world.metric(0, 91, 'depth_10bps_change_pct'), -65, 'against second 31');
  });

  test('of no depth at all there is no change in percent', () => {
    const world = new World([{ venue: 'coinbase' }]);
    world.markets[0]!.quote('9900', '10100');
    assert.equal(world.metric(0, 0, 'depth_10bps_total'), 0);
    world.markets[0]!.quote('9999', '10001');
    assert.equal(world.metric(0, 60, 'depth_10bps_change_pct'), Number.NaN);
  });

  test('spread over its window: half of it must have been seen; missing seconds weigh nothing', () => {
    const world = new World([{ venue: 'coinbase' }], { ...CONFIG, spreadWindowMs: 4000 });
    const [market] = world.markets;
    // Best bid and ask around 10 000 (null: no book), mean and deviation of the spread in bps.
    const table: readonly (readonly [number | null, number | null, number])[] = [
      [2, Number.NaN, Number.NaN],
      [4, 3, Math.SQRT2],
      [null, null, 0],
      [6, 4, 2],
      [6, 16 / 3, 2 / Math.sqrt(3)],
    ];
    for (const [second, [spread, mean, deviation]] of table.entries()) {
      if (spread === null) market!.lose();
      else market!.quote(`${10_000 - spread / 2}`, `${10_000 + spread / 2}`);
      const sample = world.sample(0, second);
      if (mean === null) assert.equal(sample, null);
      else {
        expectClose(metricOf(sample!, 'time_weighted_spread_bps'), mean, `mean at ${second}`);
        expectClose(metricOf(sample!, 'spread_volatility_bps'), deviation, `deviation at ${second}`);
      }
    }
  });
});
