/** The built program finds libsql's native package by a short way of its own: it must be the one that libsql itself would take. */

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';

const require = createRequire(import.meta.url);
const ours = require('../../bin/libsql-target.cjs');
const theirs = createRequire(require.resolve('libsql'));

test('the native package is the one that libsql takes', () => {
  assert.equal(ours.currentTarget(), theirs('@neon-rs/load').currentTarget());
  const libc = theirs('detect-libc');
  assert.equal(ours.familySync(), libc.familySync());
  assert.deepEqual([ours.GLIBC, ours.MUSL], [libc.GLIBC, libc.MUSL]);
  assert.ok(theirs(`@libsql/${ours.currentTarget()}`), 'and it is installed');
});
