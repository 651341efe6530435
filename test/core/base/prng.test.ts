import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Prng } from '../../../src/core/base/prng.ts';

const take = (prng: Prng, n: number) => Array.from({ length: n }, () => prng.next());

describe('prng', () => {
  it('repeats by its seed, text or number', () => {
    assert.deepEqual(take(new Prng('7'), 5), take(new Prng(7), 5));
    assert.notDeepEqual(take(new Prng(7), 5), take(new Prng(8), 5));
  });

  it('keeps the numbers that it has always given', () => {
    const prng = new Prng('golden');
    assert.deepEqual(
      [prng.int(1000), prng.int(1000), prng.int(1000), prng.normal().toFixed(6)],
      [337, 829, 660, '-1.085848'],
    );
  });

  it('forks by name, whatever was drawn before', () => {
    const prng = new Prng(1);
    const before = take(prng.fork('BTC'), 5);
    take(prng, 10);
    assert.deepEqual(take(prng.fork('BTC'), 5), before);
    assert.notDeepEqual(take(prng.fork('ETH'), 5), before);
    assert.notDeepEqual(take(new Prng(1), 5), before);
  });

  it('stays in its ranges', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 2 ** 53 }), (seed, n) => {
        const prng = new Prng(seed);
        const unit = prng.next();
        const whole = prng.int(n);
        assert.ok(unit >= 0 && unit < 1);
        assert.ok(Number.isInteger(whole) && whole >= 0 && whole < n);
        assert.ok(['a', 'b'].includes(prng.pick(['a', 'b'])));
      }),
    );
  });

  it('is even, and normal() has mean 0 and deviation 1', () => {
    const prng = new Prng('statistics');
    const counts = new Array<number>(10).fill(0);
    let sum = 0;
    let squares = 0;
    const n = 50_000;
    for (let i = 0; i < n; i++) {
      counts[prng.int(10)]! += 1;
      const x = prng.normal();
      sum += x;
      squares += x * x;
    }
    for (const count of counts) assert.ok(Math.abs(count - n / 10) < 350, `${counts}`);
    assert.ok(Math.abs(sum / n) < 0.02);
    assert.ok(Math.abs(squares / n - 1) < 0.03);
  });

  it('goes on from a saved state, forks too', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(20), (seed, steps) => {
        const prng = new Prng(seed);
        take(prng, steps);
        const restored = new Prng('another');
        restored.restore(JSON.parse(JSON.stringify(prng.save())));
        assert.deepEqual(take(restored, 5), take(prng, 5));
        assert.deepEqual(take(restored.fork('x'), 5), take(prng.fork('x'), 5));
      }),
    );
  });
});
