/** Every drill that we ship passes; with the handling that it is about taken away it fails; and a drill's record replays. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { VenueFeedConfig } from '../../src/core/feed/feed-config.ts';
import type { Effect } from '../../src/core/scan/effect.ts';
import { main } from '../../src/shell/cli/main.ts';
import type { EffectiveConfig } from '../../src/shell/config/effective-config.ts';
import { JournalWriter } from '../../src/shell/journal/journal-writer.ts';
import { DrillRun } from '../../src/shell/run/drill/run-drill.ts';
import type { Sabotage } from '../../src/shell/run/drill/virtual-scan.ts';
import type { Drill } from '../../src/shell/sim/drill/drill.ts';
import { drillNames, readDrill } from '../../src/shell/sim/drill/read-drills.ts';
import { tempFolder } from '../cli/support/cryptorun.ts';
import { PACKAGE_ROOT } from '../run/scan-support.ts';
import { shippedConfig } from './chaos/chaos-many.ts';

const FOLDER = fileURLToPath(new URL('../../config/drills', import.meta.url));
const CONFIG = shippedConfig();
/** A seed that a drill failed with can be given to all of them. */
const SEED = process.env['SIM_SEED'];

function drillOf(name: string): Drill {
  const drill = readDrill(FOLDER, name);
  return SEED === undefined ? drill : { ...drill, world: { ...drill.world, seed: Number(SEED) } };
}

/** What was not as expected, one line each. */
function failures(name: string, config = CONFIG, sabotage: Sabotage = {}): string[] {
  const { checks } = new DrillRun(drillOf(name), config, sabotage).finish();
  return checks
    .filter(({ isMet }) => !isMet)
    .map((check) => `${check.name}: wanted ${check.expected}, saw ${check.seen}`);
}

describe('every drill ends as it expects', () => {
  for (const name of drillNames(FOLDER)) test(name, () => assert.deepEqual(failures(name), []));
});

type Change = (venue: VenueFeedConfig) => Partial<VenueFeedConfig>;

/** The same of every venue. */
function withVenues(change: Change): EffectiveConfig {
  const venues = Object.entries(CONFIG.venues).map(([name, venue]) => [name, { ...venue, ...change(venue) }]);
  return { ...CONFIG, venues: Object.fromEntries(venues) };
}

const patience = (heartbeat: Partial<VenueFeedConfig['heartbeat']>): EffectiveConfig =>
  withVenues((venue) => ({ heartbeat: { ...venue.heartbeat, ...heartbeat } }));

const DAY_MS = 86_400_000;
const DEAF = { silenceTimeoutMs: DAY_MS, channelSilenceMs: DAY_MS, instrumentSilenceMs: DAY_MS };
/** Before every drill's first fault, after every cold start. */
const SET_UP_MS = 20_000;

const never = (...kinds: readonly Effect['kind'][]): Sabotage => ({
  mayPerform: ({ kind }, atMs) => atMs < SET_UP_MS || !kinds.includes(kind),
});

const withDeviation = (maxEventTimeDeviationMs: number): EffectiveConfig => ({
  ...CONFIG,
  ops: { ...CONFIG.ops, scanner: { ...CONFIG.ops.scanner, maxEventTimeDeviationMs } },
});

const withoutTriggers: EffectiveConfig = {
  ...CONFIG,
  ops: {
    ...CONFIG.ops,
    killSwitch: { ...CONFIG.ops.killSwitch, triggers: { ...CONFIG.ops.killSwitch.triggers, enabled: false } },
  },
};

const DEAF_TO_RETRY_AFTER: Sabotage = {
  hear: (input) => (input.kind === 'call' ? { ...input, call: { ...input.call, retryAfterMs: null } } : input),
};

describe('a drill fails without the handling that it is about', () => {
  const rows: readonly (readonly [drill: string, missing: string, EffectiveConfig, Sabotage, seen: RegExp])[] = [
    ['gap', 'resyncs', CONFIG, never('rest_request', 'send_text'), /^recovery/],
    ['drop', 'resyncs', CONFIG, never('rest_request', 'send_text'), /^recovery/],
    ['reorder', 'resyncs', CONFIG, never('rest_request', 'send_text'), /^recovery/],
    ['wrong-checksum', 'resyncs', CONFIG, never('rest_request', 'send_text'), /^recovery/],
    ['rest-failure', 'asking again', CONFIG, onlyRequests(2), /^recovery/],
    ['half-open', 'the clocks of silence', patience(DEAF), {}, /^recovery|^reconnects/],
    ['stale-channel', 'the clock of a channel', patience({ channelSilenceMs: DAY_MS }), {}, /^reconnects/],
    ['ack-without-data', 'the deadline of first data', patience({ firstDataTimeoutMs: DAY_MS }), {}, /^feed degraded/],
    [
      'outage',
      'polling',
      withVenues((venue) => ({ fallback: { ...venue.fallback, afterMs: 0 } })),
      {},
      /^feed polling/,
    ],
    ['disconnect-storm', 'reconnecting', CONFIG, never('open_connection'), /^recovery/],
    ['maintenance', 'reconnecting', CONFIG, never('open_connection'), /^recovery/],
    ['slow-reader', 'reconnecting', CONFIG, never('open_connection'), /^recovery/],
    ['oversize', 'reconnecting', CONFIG, never('open_connection'), /^recovery/],
    ['bad-day', 'reconnecting', CONFIG, never('open_connection'), /^recovery/],
    ['oversize', 'a largest message', withVenues(unlimited), {}, /^reconnects/],
    ['rate-limit-ban', 'Retry-After', CONFIG, DEAF_TO_RETRY_AFTER, /^recovery/],
    ['delay', 'patience', patience({ silenceTimeoutMs: 1_000 }), {}, /^reconnects/],
    ['thin-market', 'patience', patience({ silenceTimeoutMs: 1_000 }), {}, /^reconnects/],
    ['clock-jump', 'the check of event times', withDeviation(DAY_MS), {}, /^bad event times/],
    ['clock-skew', 'a wide enough check of event times', withDeviation(500), {}, /^bad event times/],
    ['overwhelmed', 'automatic triggers', withoutTriggers, {}, /^kill switch/],
  ];
  for (const [name, missing, config, sabotage, seen] of rows) {
    test(`${name} without ${missing}`, () => {
      const failed = failures(name, config, sabotage);
      assert.ok(
        failed.some((line) => seen.test(line)),
        failed.join('\n') || 'it passed',
      );
    });
  }
});

/** As many requests after the cold start, and no more. */
function onlyRequests(count: number): Sabotage {
  let left = count;
  return {
    mayPerform: ({ kind }, atMs) => {
      if (kind !== 'rest_request' || atMs < SET_UP_MS) return true;
      left -= 1;
      return left >= 0;
    },
  };
}

function unlimited({ websocket }: VenueFeedConfig): Partial<VenueFeedConfig> {
  return { websocket: { ...websocket, maxMessageBytes: 100_000_000 } };
}

test('a channel that is judged dead takes its books with it, though its socket lives', () => {
  const run = new DrillRun(drillOf('stale-channel'), CONFIG);
  const states = (atMs: number): string[] => {
    run.scan.advanceTo(atMs);
    const books = run.scan.scanner.instruments.filter(({ instrument }) => instrument.venue === 'kraken');
    return [...new Set(books.map(({ book }) => book.state))];
  };
  // Stale from 30 s on; the clock of a channel allows 60 s.
  assert.deepEqual([states(85_000), states(92_000)], [['live'], ['stale']]);
});

describe('a recorded drill replays: bars, gaps, what operations and feeds decided, digest', () => {
  for (const name of ['bad-day', 'outage', 'overwhelmed']) {
    test(name, () => {
      const live: Effect[] = [];
      const run = new DrillRun(drillOf(name), CONFIG, {
        mayPerform: (effect) => {
          live.push(effect);
          return true;
        },
      });
      const { digest } = run.finish();
      const replayed: Effect[] = [];
      const scanner = run.scan.tape.replay((effect) => replayed.push(effect));
      assert.deepEqual(kindsOf(replayed), kindsOf(live));
      for (const kind of ['bar', 'gap_opened', 'feed_changed']) assert.ok(kindsOf(live)[kind]! > 0, kind);
      assert.equal(linesOf(replayed), linesOf(live));
      assert.equal(scanner.closing().digest, digest);
      assert.deepEqual(scanner.save(), run.scan.scanner.save(), 'the final state');
    });
  }
});

test('the journal of a drill replays by `cryptorun replay --verify` to the same digest', async () => {
  const run = new DrillRun(drillOf('gap'), CONFIG);
  const { digest } = run.finish();
  const home = tempFolder();
  const folder = join(home, 'journal');
  const [start, ...inputs] = run.scan.tape;
  assert.ok(start?.kind === 'start');
  const checkpoint = () => assert.fail('a drill is shorter than a segment');
  const journal = JournalWriter.create(folder, { session: 'drill', start, checkpoint });
  for (const input of inputs) journal.append(input);
  journal.close();
  assert.equal(journal.failure, null);
  let [code, said] = [0, ''];
  const write = (text: string) => (said += text);
  await main(['replay', folder, '-q', '--verify', digest], {
    env: {},
    cwd: home,
    packageRoot: PACKAGE_ROOT,
    stdout: { write },
    stderr: { write },
    setExitCode: (to) => {
      code = to;
    },
  });
  assert.deepEqual([code, said], [0, '']);
});

function kindsOf(effects: readonly Effect[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of effects) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

function linesOf(effects: readonly Effect[]): string {
  return effects.map((effect) => JSON.stringify(effect)).join('\n');
}
