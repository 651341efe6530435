/** Each fault, as a client sees it on the wire: there while its window is open, and gone afterwards. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Fault, FaultEffect, FaultTarget } from '../../src/shell/sim/world/fault.ts';
import { SIM_VENUES, type SimVenueName, SimWorld } from '../../src/shell/sim/world/sim-world.ts';
import { CoreReader } from './core-reader.ts';
import { CLIENTS } from './venue-clients.ts';

const START_MS = 1_793_610_890_000;

/** From 10 s to 20 s, for everybody, unless said otherwise. */
function fault(effect: FaultEffect, change: Partial<Fault> = {}): Fault {
  const target: FaultTarget = { venue: null, symbol: null, channel: null };
  return { ...target, atMs: 10_000, forMs: 10_000, ...effect, ...change } as Fault;
}

function world(faults: readonly Fault[], options: Partial<ConstructorParameters<typeof SimWorld>[0]> = {}): SimWorld {
  return new SimWorld({ seed: 3, startMs: START_MS, assets: 2, venues: SIM_VENUES, faults, ...options });
}

/** A client with the book, the trades and the touch of BTC. */
function subscribed(here: SimWorld, venue: SimVenueName): CoreReader {
  const reader = new CoreReader(here, venue, CLIENTS[venue].path);
  subscribe(reader);
  return reader;
}

function subscribe(reader: CoreReader): void {
  for (const request of CLIENTS[reader.venue].subscribe) reader.send(request);
}

/** Messages of the next `ms`. */
function during(reader: CoreReader, ms: number): string[] {
  const before = reader.messages.length;
  reader.run(ms);
  return reader.messages.slice(before);
}

function isTrue(reader: CoreReader): boolean {
  const { symbol } = CLIENTS[reader.venue];
  return JSON.stringify(reader.top(symbol, 10)) === JSON.stringify(reader.truth(symbol, 10));
}

describe('faults on the wire', () => {
  for (const venue of SIM_VENUES.filter((name) => name !== 'coinbase')) {
    test(`gap: ${venue} loses one depth message, and our book notices`, () => {
      const { symbol, rejoin } = CLIENTS[venue];
      const reader = subscribed(world([fault({ kind: 'gap', count: 1 }, { venue, symbol })]), venue);
      reader.run(9_900);
      assert.ok(isTrue(reader));
      assert.deepEqual(reader.gaps, []);
      reader.run(3_000);
      const reason = venue === 'kraken' ? 'checksum_mismatch' : 'sequence_gap';
      assert.deepEqual(reader.gaps, [`${symbol} ${reason}`]);
      assert.equal(reader.world.injected.gap, 1);
      // Some books come back by a new subscription, the others' by a snapshot that the client asks for.
      for (const request of rejoin) reader.send(request);
      reader.run(2_000);
      assert.ok(isTrue(reader));
    });
  }

  test('gap: nothing that Coinbase sends covers a lost message; a new subscription mends the book', () => {
    const { symbol, rejoin } = CLIENTS.coinbase;
    const reader = subscribed(world([fault({ kind: 'gap', count: 3 }, { venue: 'coinbase', symbol })]), 'coinbase');
    reader.run(9_900);
    assert.ok(isTrue(reader));
    reader.run(3_000);
    assert.deepEqual([reader.world.injected.gap, reader.gaps], [3, []]);
    for (const request of rejoin) reader.send(request);
    reader.run(2_000);
    assert.ok(isTrue(reader));
  });

  test('wrong_checksum: two in a row on Kraken, then right again', () => {
    const reader = subscribed(world([fault({ kind: 'wrong_checksum', count: 1 })]), 'kraken');
    reader.run(15_000);
    assert.deepEqual(reader.gaps, ['BTC/USD checksum_mismatch']);
  });

  test('drop: some of everything is missing while it lasts', () => {
    const here = world([fault({ kind: 'drop', chance: 0.5 }, { channel: 'trade' })]);
    const reader = subscribed(here, 'binance');
    reader.run(60_000);
    const ids = reader.messages.flatMap((text) => /"t":(\d+)/.exec(text)?.[1] ?? []).map(Number);
    const holes = ids.filter((id, i) => i > 0 && id !== ids[i - 1]! + 1).length;
    assert.ok(holes > 3, `${holes} holes`);
    assert.equal(ids.at(-1)! - ids[0]! + 1 - ids.length, here.injected.drop);
    assert.ok(isTrue(reader), 'the book is another channel');
  });

  test('duplicate: the same message twice, which no book minds', () => {
    const here = world([fault({ kind: 'duplicate', chance: 1 }, { venue: 'okx' })]);
    const reader = subscribed(here, 'okx');
    reader.run(10_000);
    const messages = during(reader, 9_900);
    assert.ok(messages.length > 50 && messages.length % 2 === 0);
    for (let i = 0; i < messages.length; i += 2) assert.equal(messages[i], messages[i + 1]);
    assert.ok(isTrue(reader));
  });

  test('reorder: a message is overtaken by the next one', () => {
    const here = world([fault({ kind: 'reorder', chance: 0.3 }, { venue: 'binance' })]);
    const reader = subscribed(here, 'binance');
    reader.run(30_000);
    const ids = reader.messages.flatMap((text) => /"u":(\d+)/.exec(text)?.[1] ?? []).map(Number);
    assert.ok(ids.some((id, i) => i > 0 && id < ids[i - 1]!));
    assert.ok(here.injected.reorder! > 3);
  });

  test('reorder: what waits when it ends comes behind the next message, whatever that is', () => {
    const here = world([fault({ kind: 'reorder', chance: 1 }, { venue: 'binance', channel: 'depth', forMs: 5_050 })]);
    const reader = subscribed(here, 'binance');
    reader.run(25_000);
    const spans = reader.messages.flatMap((text) => {
      const [, first, last] = /"U":(\d+),"u":(\d+)/.exec(text) ?? [];
      return first === undefined ? [] : [{ first: Number(first), last: Number(last) }];
    });
    spans.sort((a, b) => a.first - b.first);
    assert.ok(spans.length > 50, `${spans.length} updates`);
    for (const [i, { first }] of spans.entries())
      if (i > 0) assert.equal(first, spans[i - 1]!.last + 1, 'none is missing');
  });

  test('delay: everything comes later, in order', () => {
    const here = world([fault({ kind: 'delay', delayMs: 2_000, jitterMs: 500 }, { venue: 'binance' })]);
    const reader = subscribed(here, 'binance');
    reader.run(10_000);
    assert.ok(isTrue(reader));
    assert.deepEqual(during(reader, 1_900), []);
    assert.ok(during(reader, 6_000).length > 20);
    assert.ok(!isTrue(reader), 'what it shows was true two seconds ago');
    reader.run(10_000);
    assert.deepEqual(reader.gaps, []);
    assert.ok(isTrue(reader));
  });

  test('stale: heartbeats and pongs go on, data does not', () => {
    const reader = subscribed(world([fault({ kind: 'stale' }, { venue: 'kraken' })]), 'kraken');
    reader.run(10_000);
    reader.send({ method: 'ping', req_id: 5 });
    const kinds = new Set(during(reader, 9_900).map((text) => /"channel":"\w+"|"method":"pong"/.exec(text)?.[0]));
    assert.deepEqual([...kinds], ['"channel":"heartbeat"']);
    const texts = reader.messages.slice(-12);
    assert.ok(texts.some((text) => text.includes('pong')));
    assert.ok(texts.filter((text) => text.includes('heartbeat')).length >= 8, 'one a second');
  });

  test('ack_without_data: what was subscribed before goes on, what is new gets its ack and nothing else', () => {
    const here = world([fault({ kind: 'ack_without_data' }, { venue: 'okx' })]);
    const before = subscribed(here, 'okx');
    before.run(11_000);
    const after = subscribed(here, 'okx');
    assert.ok(during(before, 5_000).length > 20);
    assert.deepEqual(Object.keys(after.outcomes), ['ack']);
  });

  test('half_open: nothing arrives in either direction, and nobody is told', () => {
    const here = world([fault({ kind: 'half_open' }, { venue: 'okx' })]);
    const reader = subscribed(here, 'okx');
    reader.run(10_000);
    reader.send('ping');
    assert.deepEqual(during(reader, 9_000), []);
    assert.equal(reader.closedWith, null);
  });

  test('slow: no more than so many a second, and a connection too far behind is cut off', () => {
    const slow = { kind: 'slow', messagesPerSecond: 2, capacity: 60 } as const;
    const reader = subscribed(world([fault(slow, { venue: 'binance', forMs: 60_000 })]), 'binance');
    reader.run(10_000);
    const count = during(reader, 4_000).length;
    assert.ok(count >= 6 && count <= 10, `${count} messages in 4 s`);
    reader.run(20_000);
    assert.equal(reader.closedWith, '1008 slow consumer');
    assert.equal(reader.world.venue('binance').sessions, 0);
  });

  test('garbage: unreadable messages among the others, none of them an exception', () => {
    const here = world([fault({ kind: 'garbage', chance: 0.5 }, { venue: 'kraken' })]);
    const reader = subscribed(here, 'kraken');
    reader.run(30_000);
    const odd = Object.entries(reader.outcomes).filter(([name]) => /^(malformed|unknown)/.test(name));
    const count = odd.reduce((sum, [, n]) => sum + n, 0);
    assert.ok(count > 10 && count <= here.injected.garbage!, JSON.stringify(reader.outcomes));
  });

  test('oversize: one message of that size', () => {
    const here = world([fault({ kind: 'oversize', bytes: 5_000_000, count: 1 }, { venue: 'binance' })]);
    const reader = subscribed(here, 'binance');
    reader.run(12_000);
    const sizes = reader.messages.map((text) => text.length).filter((length) => length > 1_000_000);
    assert.deepEqual(sizes, [5_000_000]);
  });
});

describe('faults of a venue', () => {
  test('disconnect: all connections at once, and again and again', () => {
    const here = world([fault({ kind: 'disconnect', code: 1006, everyMs: 2_000 }, { venue: 'kraken' })]);
    let closed = 0;
    let reader = subscribed(here, 'kraken');
    const other = subscribed(here, 'okx');
    for (let second = 0; second < 30; second++) {
      reader.run(1_000);
      if (reader.closedWith === null) continue;
      closed += 1;
      reader = subscribed(here, 'kraken');
    }
    assert.equal(closed, 5);
    assert.equal(other.closedWith, null);
  });

  test('refuse: handshakes get that status while it lasts', () => {
    const here = world([fault({ kind: 'refuse', status: 503 }, { venue: 'okx' })]);
    here.advance(here.nowUs + 11_000_000);
    assert.throws(() => subscribed(here, 'okx'), /refused with 503/);
    here.advance(here.nowUs + 10_000_000);
    assert.doesNotThrow(() => subscribed(here, 'okx'));
  });

  for (const [venue, notice] of [
    ['binance', /"stream":"!serverShutdown","data":\{"e":"serverShutdown"/],
    ['kraken', /"channel":"status".*"system":"maintenance"/],
    ['okx', /"event":"notice","code":"64008"/],
  ] as const) {
    test(`maintenance: ${venue} says so, then closes`, () => {
      const reader = subscribed(world([fault({ kind: 'maintenance', closeAfterMs: 5_000 }, { venue })]), venue);
      reader.run(10_000);
      const messages = during(reader, 1_000);
      assert.ok(messages.some((text) => notice.test(text)));
      assert.equal(reader.closedWith, null);
      reader.run(5_000);
      assert.match(reader.closedWith!, /^1001/);
      assert.deepEqual(
        Object.keys(reader.outcomes).filter((name) => /^(unknown|malformed)/.test(name)),
        [],
      );
    });
  }

  test('ban: requests and handshakes are answered 418 until it is over', () => {
    const here = world([fault({ kind: 'ban' }, { venue: 'binance' })]);
    const reader = subscribed(here, 'binance');
    reader.run(11_000);
    assert.deepEqual(
      [reader.get('/api/v3/time').status, reader.get('/api/v3/time').headers['retry-after']],
      [418, '9'],
    );
    assert.throws(() => subscribed(here, 'binance'), /418/);
    reader.run(10_000);
    assert.equal(reader.get('/api/v3/time').status, 200);
  });

  test('clock: every time on the wire jumps, and jumps back', () => {
    for (const venue of SIM_VENUES) {
      const reader = subscribed(world([fault({ kind: 'clock', aheadMs: 7_000 }, { venue })]), venue);
      const newest = (ms: number): number => {
        reader.eventTimesMs.length = 0;
        reader.run(ms);
        const times = reader.eventTimesMs.filter((time) => !Number.isNaN(time));
        return Math.max(...times) - reader.world.nowUs / 1_000;
      };
      assert.ok(Math.abs(newest(9_000)) < 500, venue);
      reader.run(1_500);
      assert.ok(Math.abs(newest(5_000) - 7_000) < 500, venue);
      reader.run(5_000);
      assert.ok(Math.abs(newest(5_000)) < 500, venue);
    }
  });

  test('rest_failure: an error, no answer, a late one, a reset', () => {
    const outcomes = (mode: 'error' | 'timeout' | 'late' | 'reset') => {
      const failure = { kind: 'rest_failure', mode, status: 502, delayMs: 3_000, chance: 1 } as const;
      const here = world([fault(failure, { venue: 'binance' })]);
      here.advance(here.nowUs + 12_000_000);
      const seen: string[] = [];
      here.request('binance', 'GET', '/api/v3/ping', {}, (outcome) =>
        seen.push(outcome.kind === 'answered' ? `${outcome.kind} ${outcome.reply.status}` : outcome.kind),
      );
      seen.push('asked');
      here.advance(here.nowUs + 4_000_000);
      return seen.join(', ');
    };
    assert.equal(outcomes('error'), 'answered 502, asked');
    assert.equal(outcomes('timeout'), 'lost, asked');
    assert.equal(outcomes('reset'), 'reset, asked');
    assert.equal(outcomes('late'), 'asked, answered 200');
  });
});

describe('faults of the market', () => {
  test('crossed: best bid above best ask, as the truth has it, for the time it lasts', () => {
    for (const venue of SIM_VENUES) {
      const reader = subscribed(world([fault({ kind: 'crossed', ticks: 5 }, { venue, forMs: 1_000 })]), venue);
      const spread = (): number => {
        const { bids, asks } = reader.top(CLIENTS[venue].symbol, 1)!;
        return Number(asks[0]![0]) - Number(bids[0]![0]);
      };
      reader.run(9_900);
      assert.ok(spread() > 0, venue);
      reader.run(600);
      assert.ok(spread() < 0 && isTrue(reader), venue);
      reader.run(1_500);
      assert.ok(spread() > 0 && isTrue(reader), venue);
    }
  });

  const middle = (reader: CoreReader): number => reader.books.get(CLIENTS[reader.venue].symbol)!.mid!;

  test('shock: prices fall on all venues and come back', () => {
    const shock = { kind: 'shock', asset: null, moveBps: -500, overMs: 4_000, recoverMs: 4_000 } as const;
    const here = world([fault(shock)]);
    const readers = (['binance', 'kraken', 'okx'] as const).map((venue) => subscribed(here, venue));
    readers[0]!.run(9_900);
    const before = readers.map(middle);
    readers[0]!.run(4_400);
    for (const [i, reader] of readers.entries()) assert.ok(middle(reader) / before[i]! < 0.965, reader.venue);
    readers[0]!.run(8_000);
    for (const [i, reader] of readers.entries()) {
      assert.ok(Math.abs(middle(reader) / before[i]! - 1) < 0.01, reader.venue);
      assert.ok(isTrue(reader));
    }
  });

  test('divergence: one venue trades beside the others', () => {
    const here = world([fault({ kind: 'divergence', bps: 80 }, { venue: 'kraken' })]);
    const kraken = subscribed(here, 'kraken');
    const binance = subscribed(here, 'binance');
    const apart = () => (middle(kraken) / middle(binance) - 1) * 10_000;
    binance.run(9_900);
    assert.ok(Math.abs(apart()) < 20);
    binance.run(5_000);
    assert.ok(apart() > 60);
    binance.run(15_000);
    assert.ok(Math.abs(apart()) < 20);
  });

  test('regime: a volatile market says more than a calm one, a thin one less', () => {
    const count = (regime: 'thin' | 'calm' | 'volatile') => {
      const reader = subscribed(world([fault({ kind: 'regime', regime })]), 'binance');
      reader.run(10_500);
      return during(reader, 9_000).length;
    };
    assert.ok(count('volatile') > count('calm') * 1.3);
    assert.ok(count('thin') < count('calm') * 0.6);
  });
});

test('the same seed, messages and times give the same bytes; another seed does not', () => {
  const faults = [
    fault({ kind: 'drop', chance: 0.1 }),
    fault({ kind: 'garbage', chance: 0.1 }),
    fault({ kind: 'delay', delayMs: 50, jitterMs: 100 }),
  ];
  const bytes = (seed: number) => {
    const here = world(faults, { seed });
    const readers = SIM_VENUES.map((venue) => subscribed(here, venue));
    readers[0]!.run(25_000);
    return readers.map((reader) => reader.messages.join('\n')).join('\n');
  };
  assert.equal(bytes(1), bytes(1));
  assert.notEqual(bytes(1), bytes(2));
});
