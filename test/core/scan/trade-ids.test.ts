/** Which trade is new: by id, after a loss of the channel by id and time, and where ids are missing. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tick } from '../../../src/core/market/tick.ts';
import { TradeIds } from '../../../src/core/scan/trade-ids.ts';

type Event =
  | readonly ['trade', id: number, ms: number, judged: 'new' | 'repeat' | 'hole']
  | readonly ['uncover']
  | readonly ['forget']
  | readonly ['restart'];

const HISTORIES: readonly (readonly [name: string, events: readonly Event[]])[] = [
  [
    'one after the other',
    [
      ['trade', 1, 10, 'new'],
      ['trade', 2, 10, 'new'],
      ['trade', 3, 11, 'new'],
    ],
  ],
  [
    'twice, and an older one',
    [
      ['trade', 5, 10, 'new'],
      ['trade', 5, 10, 'repeat'],
      ['trade', 4, 9, 'repeat'],
    ],
  ],
  [
    'some are missing',
    [
      ['trade', 5, 10, 'new'],
      ['trade', 8, 12, 'hole'],
      ['trade', 9, 12, 'new'],
    ],
  ],
  ['what lies between two connections is no hole', [['trade', 5, 10, 'new'], ['uncover'], ['trade', 90, 50, 'new']]],
  [
    'a history that is asked for begins before the loss',
    [
      ['trade', 5, 10, 'new'],
      ['uncover'],
      ['trade', 4, 9, 'repeat'],
      ['trade', 5, 10, 'repeat'],
      ['trade', 6, 11, 'new'],
    ],
  ],
  ['the same after a restart', [['trade', 5, 10, 'new'], ['uncover'], ['restart'], ['trade', 5, 10, 'repeat']]],
  ['ids that begin anew are known by their time', [['trade', 900, 10, 'new'], ['uncover'], ['trade', 1, 11, 'new']]],
  ['lost twice', [['trade', 5, 10, 'new'], ['uncover'], ['uncover'], ['trade', 5, 10, 'repeat']]],
  ['after a long silence nothing is known', [['trade', 5, 10, 'new'], ['forget'], ['trade', 3, 5, 'new']]],
  [
    'without ids every one is new',
    [
      ['trade', Number.NaN, 10, 'new'],
      ['trade', Number.NaN, 10, 'new'],
    ],
  ],
];

for (const [name, events] of HISTORIES) {
  test(name, () => {
    let ids = new TradeIds();
    for (const [i, event] of events.entries()) {
      if (event[0] === 'uncover') ids.uncover();
      else if (event[0] === 'forget') ids.forget();
      else if (event[0] === 'restart') {
        const saved = JSON.parse(JSON.stringify(ids.save()));
        ids = new TradeIds();
        ids.restore(saved);
      } else assert.equal(judged(ids, event[1], event[2]), event[3], `event ${i}`);
    }
  });
}

function judged(ids: TradeIds, id: number, ms: number): 'new' | 'repeat' | 'hole' {
  const tick = Object.assign(new Tick(), { tradeId: id, eventTimeMs: ms, isIdSequential: !Number.isNaN(id) });
  if (ids.isRepeat(tick)) return 'repeat';
  const isAfterHole = ids.isAfterHole(tick);
  ids.take(tick);
  return isAfterHole ? 'hole' : 'new';
}
