import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Coverage, MAX_BLANKS } from '../../../src/core/market/bars/coverage.ts';

type Call = readonly ['coverFrom' | 'uncover', number] | readonly ['hole', number, number];

function apply(coverage: Coverage, call: Call): void {
  if (call[0] === 'hole') coverage.hole(call[1], call[2]);
  else coverage[call[0]](call[1]);
}

const END = 60;
const time = fc.nat(END);
/** Covered and uncovered in turn at rising times, holes anywhere. */
const calls = fc
  .tuple(
    fc.uniqueArray(time, { maxLength: 6 }),
    fc.array(fc.tuple(time, time), { maxLength: 6 }),
    fc.infiniteStream(fc.nat(20)),
  )
  .map(([turns, holes, order]): Call[] => {
    turns.sort((a, b) => a - b);
    const list = turns.map((ms, i): Call => [i % 2 === 0 ? 'coverFrom' : 'uncover', ms]);
    for (const [from, to] of holes) list.splice(order.next().value % (list.length + 1), 0, ['hole', from, to]);
    return list;
  });

/** One flag a millisecond. */
function naiveCovered(list: readonly Call[], from: number, to: number): number {
  const covered = new Array<boolean>(END + 2).fill(false);
  for (const call of list) {
    if (call[0] !== 'hole') covered.fill(call[0] === 'coverFrom', call[1]);
  }
  for (const call of list) {
    if (call[0] === 'hole') covered.fill(false, Math.min(call[1], call[2]), Math.max(call[1], call[2]) + 1);
  }
  return covered.slice(from, to).filter(Boolean).length;
}

describe('coverage', () => {
  it('is what flags for every millisecond say', () => {
    fc.assert(
      fc.property(calls, time, time, (list, x, y) => {
        const [from, to] = [Math.min(x, y), Math.max(x, y)];
        const coverage = new Coverage();
        for (const call of list) apply(coverage, call);
        assert.equal(coverage.coveredMs(from, to), naiveCovered(list, from, to));
      }),
      { numRuns: 500 },
    );
  });

  const cases: readonly (readonly [string, readonly Call[], number])[] = [
    ['is nothing before it begins', [], 0],
    ['is all after it began', [['coverFrom', -5]], 100],
    ['cuts off a fraction', [['coverFrom', 0.25]], 99],
    [
      'loses a millisecond to a hole between two trades of one time',
      [
        ['coverFrom', 0],
        ['hole', 7, 7],
      ],
      99,
    ],
    [
      'counts overlapping holes once',
      [
        ['coverFrom', 0],
        ['hole', 10, 19],
        ['hole', 15, 29],
        ['hole', 5, 8],
      ],
      76,
    ],
    [
      'keeps a hole that reaches past a reconnect',
      [
        ['coverFrom', 0],
        ['uncover', 20],
        ['hole', 10, 49],
        ['coverFrom', 30],
      ],
      60,
    ],
    [
      'takes the earlier of two ends',
      [
        ['coverFrom', 0],
        ['uncover', 50],
        ['uncover', 40],
        ['uncover', 60],
      ],
      40,
    ],
    [
      'stays as it is when covered again',
      [
        ['coverFrom', 10],
        ['coverFrom', 50],
      ],
      90,
    ],
  ];
  for (const [name, list, covered] of cases) {
    it(name, () => {
      const coverage = new Coverage();
      for (const call of list) apply(coverage, call);
      assert.equal(coverage.coveredMs(0, 100), covered);
    });
  }

  it('holds a bounded number of blanks, and then denies rather than claims', () => {
    const coverage = new Coverage();
    coverage.coverFrom(0);
    for (let i = 0; i < 2 * MAX_BLANKS; i++) coverage.hole(i * 10, i * 10 + 1);
    assert.equal(coverage.save().blanks.length, MAX_BLANKS);
    const end = 2 * MAX_BLANKS * 10;
    assert.equal(coverage.coveredMs(end - 100, end), 80);
    assert.ok(coverage.coveredMs(0, end) < 0.8 * end);
  });

  it('forgets only what lies before', () => {
    const coverage = new Coverage();
    coverage.coverFrom(0);
    coverage.hole(10, 19);
    coverage.hole(30, 39);
    coverage.forgetBefore(20);
    assert.equal(coverage.coveredMs(20, 50), 20);
    assert.equal(coverage.save().blanks.length, 1);
  });

  it('goes on from a saved state', () => {
    fc.assert(
      fc.property(calls, fc.nat(), (list, x) => {
        const cut = x % (list.length + 1);
        const coverage = new Coverage();
        for (const call of list.slice(0, cut)) apply(coverage, call);
        const restored = new Coverage();
        restored.restore(JSON.parse(JSON.stringify(coverage.save())));
        for (const call of list.slice(cut)) {
          apply(coverage, call);
          apply(restored, call);
        }
        assert.deepEqual(restored.save(), coverage.save());
        assert.equal(restored.coveredMs(0, END), coverage.coveredMs(0, END));
      }),
    );
  });

  it('refuses a time that is not known', () => {
    assert.throws(() => new Coverage().coverFrom(Number.NaN), /known exchange time/);
    assert.throws(() => new Coverage().uncover(Number.NaN), /known exchange time/);
    assert.throws(() => new Coverage().hole(0, Number.NaN), /known exchange times/);
  });
});
