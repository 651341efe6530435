/** Facts and config that the status tests share: small, round numbers whose results can be worked out by hand. */

import type { OpsConfig } from '../../../src/core/ops/ops-config.ts';
import type { InstrumentFacts, ReplayFacts, VenueFacts } from '../../../src/core/ops/replay-facts.ts';

/** 2024-08-09T00:00:00Z, the end of every test recording. */
export const END_MS = 1_723_161_600_000;

/** The operations guide's own config. */
export const GUIDE_CONFIG: OpsConfig = {
  kpi: { windows: { requestsPerMin: 60 }, thresholds: { requestsPerMinWarn: 100, requestsPerMinCritical: 200 } },
  guards: {
    budget: { enabled: true, hourlyLimit: 3600, softWarnPercent: 0.8, hardStopPercent: 0.95 },
    callQuota: {
      enabled: true,
      providers: { okx: { callsPerMinute: 600, burstLimit: 30 }, kraken: { callsPerMinute: 60, burstLimit: 10 } },
    },
    correlation: { enabled: true },
    venueHealth: { enabled: true, minUptimePercent: 0.95, minDepthUsd: 50_000, maxSpreadBps: 100 },
  },
  switches: {
    emergency: { disableAllScanners: false, disableLiveData: false, readOnlyMode: false },
    providers: {
      okx: { enabled: true, allowWebsocket: true, allowRest: false },
      kraken: { enabled: true, allowWebsocket: true, allowRest: true },
    },
    venues: { kraken_usd: true, binance_usd: false },
  },
};

export function instrument(venue: string, symbol: string, facts: Partial<InstrumentFacts> = {}): InstrumentFacts {
  return {
    venue,
    symbol,
    frames: 1000,
    trades: 300,
    bbo: 200,
    depthUpdates: 500,
    depthSnapshots: 1,
    gaps: 0,
    resyncs: 0,
    checksumOk: 0,
    checksumBad: 0,
    bars: 60,
    mid: 61_234.5,
    spreadBps: 1.25,
    bookState: 'live',
    coveredMs: 3_600_000,
    liveMs: 3_600_000,
    depthUsd: null,
    ...facts,
  };
}

export function venue(name: string, facts: Partial<VenueFacts> = {}): VenueFacts {
  return { venue: name, provider: name, offsetMs: 12, lastEventMs: END_MS, malformed: 0, unknown: 0, ...facts };
}

/** One hour of a healthy venue with one live book. */
export function recording(facts: Partial<ReplayFacts> = {}): ReplayFacts {
  return {
    firstReceiveMs: END_MS - 3_600_000,
    lastReceiveMs: END_MS,
    messages: 360_000,
    venues: [venue('kraken')],
    instruments: [instrument('kraken', 'XBT/USD')],
    restRequests: [],
    ...facts,
  };
}

/** A bad hour: a stale book, a gap, a wide spread, checksum mismatches, bad frames and too many REST calls. */
export function badRecording(): ReplayFacts {
  return recording({
    venues: [venue('okx', { unknown: 7 }), venue('kraken', { malformed: 2, offsetMs: -1480.25 }), venue('coinbase')],
    instruments: [
      instrument('kraken', 'XBT/USD', {
        gaps: 1,
        checksumOk: 14_000,
        checksumBad: 3,
        bookState: 'stale',
        mid: null,
        spreadBps: null,
        liveMs: 1_800_000,
      }),
      instrument('kraken', 'ETH/USD', { depthUsd: 125_000.4 }),
      instrument('okx', 'BTC-USDT', { spreadBps: 250 }),
      instrument('coinbase', 'BTC-USD', {
        bookState: 'empty',
        depthUpdates: 0,
        depthSnapshots: 0,
        coveredMs: null,
        liveMs: null,
      }),
    ],
    restRequests: [{ provider: 'kraken', timesMs: Array.from({ length: 50 }, (_, i) => END_MS - i * 1000) }],
  });
}
