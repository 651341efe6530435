/** What chaos lets a book of Coinbase lack, and for how long: what no client could see, and nothing beside. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fault } from '../../src/shell/sim/world/fault.ts';
import { mayLackUnnoticed } from './chaos/excuses.ts';

/** From 100 s to 110 s, on all of Coinbase. */
const WINDOW = { venue: 'coinbase', symbol: null, channel: null, atMs: 100_000, forMs: 10_000 } as const;

function fault(kind: Fault['kind'], change: Partial<Fault> = {}): Fault {
  return { kind, ...WINDOW, ...change } as Fault;
}

const DROP = fault('drop');
const REORDER = fault('reorder');
const LATE = fault('delay');

test('a book of Coinbase may lack what nothing on the wire tells of, until its next snapshot', () => {
  const rows: readonly (readonly [
    what: string,
    faults: readonly Fault[],
    sinceMs: number,
    outOfOrderMs: readonly number[],
    atMs: number,
    mayLack: boolean,
  ])[] = [
    ['nothing happened', [], 0, [], 200_000, false],
    ['not yet', [DROP], 0, [], 99_999, false],
    ['a loss', [DROP], 0, [], 100_000, true],
    ['a loss, long ago', [DROP], 0, [], 1_700_000, true],
    ['a snapshot since', [DROP], 110_001, [], 120_000, false],
    ['at another venue', [fault('drop', { venue: 'kraken' })], 0, [], 105_000, false],
    ['at all venues', [fault('drop', { venue: null })], 0, [], 105_000, true],
    ['of another channel', [fault('stale', { channel: 'trade' })], 0, [], 105_000, false],
    ['unreadable: it is told', [fault('garbage')], 0, [], 105_000, false],
    ['cut off: it is told', [fault('disconnect')], 0, [], 105_000, false],
    ['late, and all of it', [LATE], 0, [], 105_000, false],
    ['one may be held back', [REORDER], 0, [], 111_999, true],
    ['none of its own was swapped', [REORDER], 0, [], 112_001, false],
    ['none yet: it waits in a queue', [REORDER, LATE], 0, [], 125_000, true],
    ['one of its own was swapped', [REORDER], 0, [111_000], 1_700_000, true],
    ['one of its own was swapped, and waited in a queue', [REORDER, LATE], 0, [125_000], 1_700_000, true],
    ['a time went back before the swap', [REORDER], 0, [99_000], 1_700_000, false],
    ['a time went back after the swap', [REORDER], 0, [150_000], 1_700_000, false],
    ['a time that went back by itself', [], 0, [104_000], 105_000, false],
    ['its snapshot may have been overtaken', [REORDER], 105_000, [], 1_700_000, true],
    ['a snapshot since the swap', [REORDER], 110_001, [], 111_000, false],
  ];
  for (const [what, faults, sinceMs, outOfOrderMs, atMs, mayLack] of rows)
    assert.equal(mayLackUnnoticed(faults, { sinceMs, outOfOrderMs }, atMs), mayLack, what);
});
