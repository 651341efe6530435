/** What an operator sees at chosen moments of the hour of `hour-script.ts`, by hand; the test that holds it is `ops-hour.test.ts`. */

import { allRefused, allTriggers, type Different, OFF_KPIS, REST_OFF } from './hour-moment.ts';

export const TABLE: readonly { readonly at: string; readonly happens: string; readonly expected: Different }[] = [
  {
    at: '0:05',
    happens: 'both books live since the first second',
    // Ready after five seconds of that: at 0:06.
    expected: { grade: 'NO DATA', trigger: allTriggers('disarmed: not ready yet') },
  },
  {
    at: '0:30',
    happens: 'ready since 0:06',
    // Armed after 60 s, at 1:06.
    expected: { trigger: allTriggers('disarmed: warming 36 s') },
  },
  { at: '1:05', happens: 'one second before', expected: { trigger: allTriggers('disarmed: warming 1 s') } },
  { at: '1:06', happens: 'all is well, and watched', expected: {} },
  {
    at: '3:30',
    happens: 'processing lags: p95 150 ms, p99 600 ms',
    // Limits 100 and 500. The grade reads p95: 100 * 850/900 = 94.4 of 100 points for 6 % of the score.
    expected: { kpi: { lag_p95_ms: 'WARN', lag_p99_ms: 'CRITICAL' } },
  },
  {
    at: '6:30',
    happens: 'misses since 5:01, one look a second',
    // 90 of the last 300: 70 % hits. Limits 75 and 50.
    expected: { kpi: { cache_hit_rate_percent: 'WARN' } },
  },
  {
    at: '7:45',
    happens: 'misses go on',
    // 165 of 300: 45 %.
    expected: { kpi: { cache_hit_rate_percent: 'CRITICAL' } },
  },
  {
    at: '9:45',
    happens: 'no frame since 8:59.75',
    // (8:45, 9:45]: 15 s of 12 frames are 180, 3 a second; limits 10 and 1. Data 45 s old: cap C from 30 s on.
    // Not 300 s: the trigger stays armed, and the venues are not called silent. Hits: 180 misses of 300, 40 %.
    expected: { kpi: { message_rate_per_second: 'WARN', cache_hit_rate_percent: 'CRITICAL' }, grade: 'C' },
  },
  {
    at: '10:10',
    happens: 'still none',
    // Nothing in the last minute. Data 70 s old: cap D above 60 s. Hits: 171 misses of 300, 43 %.
    expected: { kpi: { message_rate_per_second: 'CRITICAL', cache_hit_rate_percent: 'CRITICAL' }, grade: 'D' },
  },
  {
    at: '12:00',
    happens: 'frames since 10:15, hits since 8:01',
    // Hits: 60 misses of (7:00, 12:00], 80 %. The data is fresh, but a better grade has to hold.
    expected: { grade: 'D' },
  },
  {
    at: '15:15',
    happens: 'nothing, and all is well',
    // Judged well first at 10:16, so for 299 s.
    expected: { grade: 'D' },
  },
  { at: '15:16', happens: 'held for 300 s', expected: {} },
  { at: '16:30', happens: "Binance's REST is switched off for five minutes at 16:00", expected: { ask: REST_OFF } },
  {
    at: '17:30',
    happens: 'an operator pauses at 17:00',
    // Nothing is let out, books go on; the triggers too, to the harsher levels.
    expected: { kill: 'pause', ask: { ...REST_OFF, 'publish event': 'kill_switch pause' } },
  },
  {
    at: '18:30',
    happens: 'released at 18:00, after that second was judged',
    // Warming anew from 18:01: 31 s left of 60.
    expected: { trigger: allTriggers('disarmed: warming 31 s'), ask: REST_OFF },
  },
  { at: '20:59', happens: 'one second before', expected: { ask: REST_OFF } },
  { at: '21:00', happens: 'the five minutes are over', expected: {} },
  {
    at: '23:30',
    happens: 'suspended from 22:00 to 23:00',
    // Judged again at 23:02, when everything is told anew: the triggers warm from then, 32 s left. The data is fresh by
    // then, so the grade stays. Frames of the last 60 s: 3 left from 22:00, 30 * 12 since: 363, 6.05 a second.
    expected: { kpi: { message_rate_per_second: 'WARN' }, trigger: allTriggers('disarmed: warming 32 s') },
  },
  {
    at: '25:05',
    happens: 'fourteen calls to Kraken at 25:00',
    // Burst: 14 of 10. Its counter: 14 - 5 * 0.33 = 12.35 of 15, 82.3 %: over 80. The minute: 14 of 60.
    // The fullest budget, 82.3 %, costs 62 % of the 4.6 points that it is worth in the score.
    expected: { guard: { kraken: 'BLOCK', budget_kraken: 'WARN' }, ask: { 'call kraken': 'guard kraken' } },
  },
  { at: '25:15', happens: 'ten seconds later the burst is over', expected: {} },
  {
    at: '28:01',
    happens: 'two calls to Kraken timed out',
    // Two in a row, three open it. 2 of 302 calls: 0.7 %.
    expected: {},
  },
  {
    at: '28:30',
    happens: 'a third one did, at 28:02',
    // Open for 60 s +-20 %: until 28:50 at the earliest, 29:14 at the latest. 3 errors in the hour: no cap under 5.
    expected: {
      kpi: { open_breaker_count: 'WARN' },
      breaker: { 'kraken.rest': 'open' },
      ask: { 'call kraken': 'breaker kraken.rest' },
    },
  },
  { at: '29:15', happens: 'its open time is over', expected: { breaker: { 'kraken.rest': 'half_open' } } },
  {
    at: '29:45',
    happens: 'an operator isolates it at 29:30',
    expected: {
      kpi: { open_breaker_count: 'WARN' },
      breaker: { 'kraken.rest': 'isolated' },
      ask: { 'call kraken': 'breaker kraken.rest' },
    },
  },
  {
    at: '30:20',
    happens: 'given back at 29:50; five calls to Binance time out, 30:00 to 30:04',
    // Open for 30 s +-20 %: until 30:28 to 30:40. 8 errors in the hour: cap C from 5 on. 8 of 308 calls: 2.6 %.
    expected: {
      kpi: { open_breaker_count: 'WARN' },
      breaker: { 'binance.rest': 'open' },
      grade: 'C',
      ask: { 'call binance': 'breaker binance.rest' },
    },
  },
  { at: '30:44', happens: 'its open time is over', expected: { breaker: { 'binance.rest': 'half_open' }, grade: 'C' } },
  {
    at: '31:30',
    happens: "Binance's book lost an update at 30:45; the snapshot that it asks for fails at 30:46",
    // Open for twice as long, 48 to 72 s: 30 s +-20 % would have ended at 31:22. Without a book its depth and spread are
    // unknown: one venue of two healthy, 0.5: under 0.8, not under 0.5. One gap; 9 of 309 calls: 2.9 %.
    expected: {
      kpi: { open_breaker_count: 'WARN', healthy_venue_count: 'WARN' },
      guard: { venue_health: 'WARN' },
      breaker: { 'binance.rest': 'open' },
      grade: 'C',
      ask: { 'call binance': 'breaker binance.rest' },
    },
  },
  {
    at: '32:05',
    happens: 'over at 31:58 at the latest',
    expected: {
      kpi: { healthy_venue_count: 'WARN' },
      guard: { venue_health: 'WARN' },
      breaker: { 'binance.rest': 'half_open' },
      grade: 'C',
    },
  },
  {
    at: '33:00',
    happens: 'a new connection at 32:10, and its probe succeeds',
    // The book was dead for 85 of 1980 s: 95.7 % up, limit 95. 9 errors in the hour.
    expected: { grade: 'C' },
  },
  {
    at: '36:30',
    happens: 'every fifth call fails since 35:05',
    // 18 of the last 301: 5.98 %. Limits 5 and 15. 9 + 18 errors in the hour: cap D above 15.
    // 20 % in the minute of Coinbase's breaker: under 30.
    expected: { kpi: { error_rate_percent: 'WARN' }, grade: 'D' },
  },
  {
    at: '39:00',
    happens: 'and until now',
    // 48 of 300: 16 %.
    expected: { kpi: { error_rate_percent: 'CRITICAL' }, grade: 'D' },
  },
  {
    at: '42:00',
    happens: 'Binance bans us at 41:00, for two minutes',
    // (37:00, 42:00]: 24 errors and the ban of 301 calls: 8.3 %.
    expected: {
      kpi: { error_rate_percent: 'WARN', open_breaker_count: 'WARN' },
      guard: { budget_binance: 'BLOCK' },
      breaker: { 'binance.rest': 'open' },
      grade: 'D',
      ask: { 'call binance': 'guard budget_binance' },
    },
  },
  {
    at: '44:30',
    happens: 'the ban is over',
    // (39:30, 44:30]: 1 of 301 calls.
    expected: { breaker: { 'binance.rest': 'half_open' }, grade: 'D' },
  },
  {
    at: '45:16',
    happens: 'memory 91 % since 45:00',
    // Judged first at 45:01; limit 90, held for 15 of 30 s.
    expected: {
      kpi: { memory_used_percent: 'CRITICAL' },
      breaker: { 'binance.rest': 'half_open' },
      trigger: { memory: 'holding: 15/30 s' },
      grade: 'D',
    },
  },
  {
    at: '45:31',
    happens: 'held for 30 s',
    // The trigger latches in the second in which it fires, before the shell knows of it.
    expected: {
      kpi: { memory_used_percent: 'CRITICAL' },
      breaker: { 'binance.rest': 'half_open' },
      trigger: { memory: 'fired' },
      grade: 'D',
      kill: 'drain',
      ask: allRefused('kill_switch drain'),
    },
  },
  {
    at: '46:30',
    happens: 'the sockets are closed at 45:32',
    // The last call was at 45:30. Both venues are off on purpose: nothing of them is judged.
    expected: {
      kpi: { requests_per_minute: 'NO DATA', ...OFF_KPIS },
      guard: { venue_health: 'off' },
      breaker: { 'binance.rest': 'half_open' },
      trigger: { ...allTriggers('disarmed: kill switch at drain'), memory: 'fired' },
      grade: 'D',
      kill: 'drain',
      ask: allRefused('kill_switch drain'),
    },
  },
  {
    at: '49:30',
    happens: 'released at 49:00; connected again; the probe of 49:01 succeeds',
    // Delivering since 49:01, ready at 49:06, as after a start; warming from then: 36 s left. Judged anew from 49:02 on: 28 s of
    // 12 frames, and nothing of the drain is in the uptime.
    expected: { trigger: allTriggers('disarmed: warming 36 s'), grade: 'D' },
  },
  {
    at: '51:30',
    happens: 'calls of the hour so far',
    // 3090 s, less 59 asleep and 210 drained: 2821, and 17 to Kraken, 9 to Binance: 2847 of 3600, 79.1 %. Limit 80.
    expected: { grade: 'D' },
  },
  {
    at: '54:00',
    happens: '150 calls more',
    // 2997: 83.3 %.
    expected: { guard: { budget: 'WARN' }, grade: 'D' },
  },
  {
    at: '55:00',
    happens: 'eight calls a second since 54:01',
    // 2997 + 480 = 3477: 96.6 %, stop at 95. 480 in the minute, limits 100 and 200; 80 to Coinbase in ten seconds, burst 50.
    expected: {
      kpi: { requests_per_minute: 'CRITICAL' },
      guard: { budget: 'BLOCK', coinbase: 'BLOCK' },
      grade: 'D',
      ask: { 'call binance': 'guard budget', 'call kraken': 'guard budget' },
    },
  },
  {
    at: '57:30',
    happens: 'no calls since; somebody touches KILL at 57:00',
    expected: {
      kpi: { requests_per_minute: 'NO DATA', ...OFF_KPIS },
      guard: { budget: 'BLOCK', venue_health: 'off' },
      trigger: allTriggers('disarmed: kill switch at kill'),
      grade: 'D',
      kill: 'kill',
      ask: allRefused('kill_switch kill'),
    },
  },
  {
    at: '60:00',
    happens: 'a new hour of the budget begins; the latch does not care',
    // The last call was at 55:00: none in (55:00, 60:00].
    expected: {
      kpi: {
        requests_per_minute: 'NO DATA',
        error_rate_percent: 'NO DATA',
        ...OFF_KPIS,
        response_p95_ms: 'NO DATA',
      },
      guard: { venue_health: 'off' },
      trigger: allTriggers('disarmed: kill switch at kill'),
      grade: 'D',
      kill: 'kill',
      ask: allRefused('kill_switch kill'),
    },
  },
];
