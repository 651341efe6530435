/** Guesses for mistyped words. */

import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { editDistance, nearestWord } from '../../src/shell/config/check/did-you-mean.ts';

const KEYS = ['error_rate', 'cache_hit_rate', 'requests_per_min'];
const GUESSES: readonly [word: string, guess: string | null][] = [
  ['eror_rate', 'error_rate'],
  ['error_rates', 'error_rate'],
  ['errro_rate', 'error_rate'],
  ['request_per_min', 'requests_per_min'],
  ['error', null],
  ['zzz', null],
  ['', null],
];

test('near words are guessed, far ones are not', () => {
  for (const [word, guess] of GUESSES) assert.equal(nearestWord(word, KEYS), guess, word);
  assert.equal(nearestWord('okx', []), null);
});

test('of equally near words the first in the alphabet is taken, whatever the order', () => {
  assert.equal(nearestWord('bat', ['cat', 'bad', 'hat']), 'bad');
  assert.equal(nearestWord('bat', ['hat', 'bad', 'cat']), 'bad');
});

test('a swap of neighbours costs one, and distance is symmetric', () => {
  assert.equal(editDistance('limit', 'limti'), 1);
  assert.equal(editDistance('', 'abc'), 3);
  fc.assert(fc.property(fc.string(), fc.string(), (a, b) => editDistance(a, b) === editDistance(b, a)));
  fc.assert(fc.property(fc.string(), (a) => editDistance(a, a) === 0));
});
