// Stands in, in the bundle, for `@neon-rs/load` and `detect-libc`, by which libsql finds its native package: they make a
// diagnostic report of the process for it, which takes 8 ms of each command. Knows the platforms that libsql is built for.
'use strict';
const { closeSync, openSync, readSync } = require('node:fs');

const GLIBC = 'glibc';
const MUSL = 'musl';

/** Where the name of the program's loader stands in its file; detect-libc looks there first, too. */
const HEAD_BYTES = 2048;

/** By the loader that this very Node names: `/lib64/ld-linux-x86-64.so.2` or `/lib/ld-musl-x86_64.so.1`. */
function familySync() {
  if (process.platform !== 'linux') return null;
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    const file = openSync('/proc/self/exe', 'r');
    readSync(file, head, 0, HEAD_BYTES, 0);
    closeSync(file);
    return head.includes('/ld-musl-') ? MUSL : GLIBC;
  } catch {
    return GLIBC;
  }
}

/** The package's name behind `@libsql/`; of a platform without one, a name that is not found. */
function currentTarget() {
  const { platform, arch } = process;
  if (platform === 'win32') return `win32-${arch}-msvc`;
  if (platform !== 'linux') return `${platform}-${arch}`;
  if (arch === 'arm') return 'linux-arm-gnueabihf';
  return `linux-${arch}-${familySync() === MUSL ? 'musl' : 'gnu'}`;
}

/** Only for those who develop libsql itself. */
function load() {
  throw new Error('LIBSQL_JS_DEV is not supported here');
}

module.exports = { GLIBC, MUSL, currentTarget, familySync, load };
