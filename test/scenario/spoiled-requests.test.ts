/** Coinbase and Bybit fail a request as a whole: what was good in it is asked for again at once, and lives; what was bad says so. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../../src/core/scan/effect.ts';
import { simulatedScan } from '../../src/shell/run/drill/simulated-scan.ts';
import { VirtualScan } from '../../src/shell/run/drill/virtual-scan.ts';
import type { Fault } from '../../src/shell/sim/world/fault.ts';
import { type SimVenueName, SimWorld } from '../../src/shell/sim/world/sim-world.ts';
import { shippedConfig } from './chaos/chaos-many.ts';

const START_MS = 1_793_610_890_000;
const CONFIG = shippedConfig();

/** A scan of quiet markets of BTC and ETH and, if told so, of something that the venue does not list. */
function scanOf(venue: SimVenueName, unlisted: string | null, faults: readonly Fault[] = []) {
  const effects: Effect[] = [];
  const world = new SimWorld({ seed: 4, startMs: START_MS, assets: 2, venues: [venue], activity: 0.05, faults });
  const options = simulatedScan(world, CONFIG, 'spoiled');
  const { instruments } = options.start;
  const more = unlisted === null ? [] : [{ ...instruments[0]!, id: 'FOO-BAR', symbol: unlisted }];
  const start = { ...options.start, instruments: [...instruments, ...more] };
  const scan = new VirtualScan({ ...options, start, onEffect: (effect) => effects.push(effect) });
  scan.begin();
  const statesOf = () =>
    new Map(scan.scanner.instruments.map(({ instrument, book }) => [instrument.symbol, book.state]));
  const refused = () => effects.flatMap((one) => (one.kind === 'stream_changed' && one.to !== 'live' ? [one] : []));
  const feed = () => scan.scanner.feeds!.venues[0]!;
  return { scan, world, statesOf, refused, feed };
}

for (const [venue, symbol, streams] of [
  ['coinbase', 'FOO-BAR', 4],
  ['bybit_spot', 'FOOUSDT', 4],
  ['bybit_linear', 'FOOUSDT', 5],
] as const) {
  test(`${venue}: an unlisted symbol costs the others no second, and no connection`, () => {
    const { scan, world, statesOf, refused, feed } = scanOf(venue, symbol);
    scan.advanceTo(2_000);
    const states = statesOf();
    assert.equal(states.get(symbol), 'empty');
    states.delete(symbol);
    assert.deepEqual([...new Set(states.values())], ['live']);
    assert.deepEqual(new Set(refused().map(({ to }) => to)), new Set(['refused']));
    assert.equal(refused().length, streams);
    assert.ok(refused().every(({ stream, reason }) => stream.includes(symbol) && reason.includes(symbol)));
    scan.advanceTo(900_000);
    assert.deepEqual([feed().lines[0]!.reconnects, world.venue(venue).sessions], [0, 1]);
    assert.equal(feed().streams.wanted - feed().streams.live, streams, 'and it is still asked for');
    const { messagesIn, refusedMessages } = world.venue(venue).counts;
    assert.ok(messagesIn < 250 && refusedMessages === 0, `${messagesIn} messages in a quarter of an hour`);
  });
}

/** No answer comes through at first; data does. */
const deaf = (forMs: number): Fault => ({
  kind: 'drop',
  chance: 1,
  atMs: 0,
  forMs,
  venue: null,
  symbol: null,
  channel: 'control',
});

for (const venue of ['coinbase', 'bybit_spot', 'bybit_linear'] as const) {
  for (const [seconds, reconnects, told] of [
    // Asked for again, and there already: that is as good as an answer.
    [3, 0, []],
    // A quiet stream that is never confirmed may be told as silent for a moment.
    [15, 1, ['silent']],
  ] as const) {
    test(`${venue}: ${seconds} s without confirmations leave nothing refused, and everything live`, () => {
      const { scan, statesOf, refused, feed } = scanOf(venue, null, [deaf(seconds * 1_000)]);
      scan.advanceTo(60_000);
      assert.deepEqual([...new Set(statesOf().values())], ['live']);
      assert.deepEqual([feed().state, feed().streams.live], ['live', feed().streams.wanted]);
      assert.deepEqual(
        refused().filter(({ to }) => !(told as readonly string[]).includes(to)),
        [],
      );
      assert.ok(feed().lines[0]!.reconnects <= reconnects, `${feed().lines[0]!.reconnects}`);
    });
  }
}
