/**
 * What chaos has to notice: each entry takes one piece of handling away, from the program itself or from what it is started
 * with, and names what is said of it. Runs nothing.
 */

import type { VenueFeedConfig } from '../../../src/core/feed/feed-config.ts';
import { ResyncQueue } from '../../../src/core/feed/resync-queue.ts';
import { Book } from '../../../src/core/market/book/book.ts';
import { SEQUENCE_RULES, type SequenceRule } from '../../../src/core/market/book/sequence.ts';
import { SnapshotReach } from '../../../src/core/market/book/snapshot-reach.ts';
import { Breakers } from '../../../src/core/ops/breakers/breakers.ts';
import { ALLOWED } from '../../../src/core/ops/run/action.ts';
import { OpsRun } from '../../../src/core/ops/run/ops-run.ts';
import type { Input } from '../../../src/core/scan/input.ts';
import { SideDepth } from '../../../src/core/signal/surveillance/depth-bands.ts';
import type { Sabotage } from '../../../src/shell/run/drill/virtual-scan.ts';

export interface Mutation {
  /** What the program does not do any more. */
  readonly name: string;
  /** In which it is wanted, and missed soon: the cheapest first. */
  readonly seeds: readonly number[];
  /** What is said of it. */
  readonly message: RegExp;
  readonly sabotage?: () => Sabotage;
  /** @returns mends it */
  readonly disable?: () => () => void;
}

const WARM_UP_MS = 20_000;
/** Of how many updates one is passed over. */
const SKIPPED_EACH = 100;

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'connect again',
    seeds: [41, 20],
    message: /is \w+ at the end/,
    sabotage: () => {
      let opened = 0;
      return { mayPerform: ({ kind }) => kind !== 'open_connection' || opened++ < 4 };
    },
  },
  {
    name: 'connect again more and more slowly',
    seeds: [54, 1],
    message: /attempts to connect in a minute|refused \d+ times/,
    sabotage: () =>
      startedWith((config) => ({
        ...config,
        limits: { connectsWindowSeconds: config.limits.connectsWindowSeconds },
        reconnect: { ...config.reconnect, initialMs: 0, capMs: 0, minIntervalMs: 0 },
      })),
    // The breaker would stand in for it.
    disable: () => patched(Breakers.prototype, 'permits', () => true),
  },
  {
    name: 'subscribe again',
    seeds: [6, 2],
    message: /at the end|\d+ of \d+ subscriptions/,
    sabotage: () => ({ mayPerform: ({ kind }, atMs) => kind !== 'send_text' || atMs < WARM_UP_MS }),
  },
  {
    name: 'resync a book after a gap',
    seeds: [6, 1],
    message: /not right at the end/,
    disable: () => patched(ResyncQueue.prototype, 'want', () => {}),
  },
  {
    name: 'keep the REST budget',
    seeds: [189, 107],
    message: /weight \d+ in a window/,
    sabotage: () =>
      startedWith(({ rest: { weight: _, ...rest }, ...config }) => ({
        ...config,
        rest: { ...rest, snapshotSpacingMs: 0 },
      })),
  },
  {
    name: 'leave a venue alone that has banned it',
    seeds: [42, 3],
    message: /refused \d+ times in \d+ bans/,
    sabotage: () => ({
      hear: (input: Input): Input =>
        input.kind === 'call' ? { ...input, call: { ...input.call, retryAfterMs: null } } : input,
    }),
  },
  {
    name: 'give up a socket that says nothing',
    seeds: [5, 7],
    message: /a socket that is kept though it said nothing/,
    sabotage: () => startedWith((config) => patient(config, { silenceTimeoutMs: Number.MAX_SAFE_INTEGER })),
  },
  {
    name: 'give up a channel that says nothing',
    seeds: [13, 27],
    message: /live for \d+ s on what it had/,
    sabotage: () => startedWith((config) => patient(config, { channelSilenceMs: Number.MAX_SAFE_INTEGER })),
  },
  {
    name: 'verify checksums',
    seeds: [6, 13],
    message: /never the venue's/,
    disable: () => withRules({ checksum: 'none' }),
  },
  {
    name: 'check sequences',
    seeds: [5, 1],
    message: /lost messages went unnoticed|never the venue's/,
    disable: () => withRules({ continuity: 'none' }),
  },
  {
    name: 'know a book no further than its snapshot reached',
    seeds: [9, 1],
    message: /never the venue's|of the newest state, and not the same/,
    disable: () =>
      patched(SnapshotReach.prototype, 'note', function (this: SnapshotReach) {
        this.bid = Number.NEGATIVE_INFINITY;
        this.ask = Number.POSITIVE_INFINITY;
      }),
  },
  {
    name: 'tell no depth of a band beyond what is known',
    seeds: [96, 128],
    message: /bps of (bids|asks) told/,
    disable: () => {
      const own = SideDepth.prototype.read;
      return patched(SideDepth.prototype, 'read', function (this: SideDepth, ...args) {
        const taken = own.apply(this, args);
        this.edges.fill(Number.POSITIVE_INFINITY);
        return taken;
      });
    },
  },
  {
    name: 'check the sequences of Bybit',
    seeds: [5, 1],
    message: /lost messages went unnoticed|never the venue's/,
    disable: () => withRules({ continuity: 'none' }, isBybit),
  },
  {
    name: 'take in all that comes, where nothing is numbered',
    seeds: [12, 5],
    message: /live, and not what came/,
    disable: () => {
      const own = Book.prototype.applyDelta;
      let count = 0;
      return patched(Book.prototype, 'applyDelta', function (this: Book, tick, batch) {
        if (!isCoinbase(tick.instrument.venue)) return own.call(this, tick, batch);
        count += 1;
        return count % SKIPPED_EACH === 0 ? 'applied' : own.call(this, tick, batch);
      });
    },
  },
  {
    name: 'take a crossed book that nothing numbers for one that lacks something',
    seeds: [12, 9],
    message: /though a message crossed it long ago/,
    disable: () => withRules({ isBlind: false }, isCoinbase),
  },
  {
    name: 'take the book of a lost connection for lost',
    seeds: [5, 3],
    message: /not the venue's|a socket that is kept|live for/,
    disable: () => patched(Book.prototype, 'invalidate', () => 'ignored'),
  },
  {
    name: 'close what is switched off',
    seeds: [9, 5],
    message: /connections though it is switched off/,
    disable: () => patched(OpsRun.prototype, 'refusedByOperators', () => null),
  },
  {
    name: 'be silent after kill',
    seeds: [112, 39],
    message: /after kill/,
    sabotage: () => ({ mayPerform: ({ kind }) => kind !== 'kill_level_changed' }),
    disable: () => {
      const mend = patched(OpsRun.prototype, 'refusedByOperators', () => null);
      const mendToo = patched(OpsRun.prototype, 'isAllowed', () => ALLOWED);
      return () => {
        mendToo();
        mend();
      };
    },
  },
];

/** @returns puts back what was there */
function patched<T extends object, K extends keyof T>(target: T, key: K, value: T[K]): () => void {
  const before = target[key];
  target[key] = value;
  return () => {
    target[key] = before;
  };
}

const isBybit = (venue: string): boolean => venue.startsWith('bybit');
const isCoinbase = (venue: string): boolean => venue === 'coinbase';

/** The venues' rules, changed. @returns puts them back */
function withRules(change: Partial<SequenceRule>, isMeant = (_venue: string): boolean => true): () => void {
  const rules = SEQUENCE_RULES as Record<string, SequenceRule>;
  const before = { ...rules };
  for (const [venue, rule] of Object.entries(before)) if (isMeant(venue)) rules[venue] = { ...rule, ...change };
  return () => void Object.assign(rules, before);
}

function startedWith(change: (config: VenueFeedConfig) => VenueFeedConfig): Sabotage {
  return {
    start: (start) => {
      const feed = start.feed!;
      const venues = Object.entries(feed.venues).map(([name, config]) => [name, change(config)]);
      return { ...start, feed: { ...feed, venues: Object.fromEntries(venues) } };
    },
  };
}

function patient(config: VenueFeedConfig, change: Partial<VenueFeedConfig['heartbeat']>): VenueFeedConfig {
  return { ...config, heartbeat: { ...config.heartbeat, ...change } };
}
