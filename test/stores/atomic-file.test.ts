import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CryptorunError } from '../../src/shell/errors.ts';
import { makePrivateDirectory, storeError, writeFileAtomic } from '../../src/shell/stores/atomic-file.ts';

const root = mkdtempSync(join(tmpdir(), 'cryptorun-atomic-'));
after(() => rmSync(root, { recursive: true, force: true }));

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

test('a new file is whole, private and alone in its folder', () => {
  const dir = mkdtempSync(join(root, 'a-'));
  writeFileAtomic(join(dir, 'x.csv'), 'one\n');
  assert.equal(readFileSync(join(dir, 'x.csv'), 'utf8'), 'one\n');
  assert.equal(modeOf(join(dir, 'x.csv')), '600');
  assert.deepEqual(readdirSync(dir), ['x.csv']);
});

test('an old file is replaced, not written into: who has it open reads the old one to its end', () => {
  const dir = mkdtempSync(join(root, 'a-'));
  const path = join(dir, 'x');
  writeFileSync(path, 'old and long');
  chmodSync(path, 0o644);
  const before = statSync(path).ino;
  writeFileAtomic(path, new Uint8Array([110, 101, 119]));
  assert.equal(readFileSync(path, 'utf8'), 'new');
  assert.notEqual(statSync(path).ino, before);
  assert.equal(modeOf(path), '600');
});

test('the mode is exactly the one asked for, whatever the umask', () => {
  const dir = mkdtempSync(join(root, 'a-'));
  const umask = process.umask(0o077);
  try {
    writeFileAtomic(join(dir, 'x'), '', { mode: 0o644 });
  } finally {
    process.umask(umask);
  }
  assert.equal(modeOf(join(dir, 'x')), '644');
});

test('after a failure the target is untouched and no temporary file stays', () => {
  const dir = mkdtempSync(join(root, 'a-'));
  mkdirSync(join(dir, 'taken/inside'), { recursive: true });
  assert.throws(() => writeFileAtomic(join(dir, 'taken'), 'x'), {
    name: 'CryptorunError',
    code: 'io_failed',
    exitCode: 1,
  });
  assert.deepEqual(readdirSync(dir), ['taken']);
  assert.throws(
    () => writeFileAtomic(join(dir, 'missing/x'), 'x'),
    /^CryptorunError: cannot write .*missing\/x: ENOENT/,
  );
});

test('the system errors that an operator can act on have their own codes', () => {
  const system = (code: string) => storeError('cannot write x', Object.assign(new Error(`${code}: no`), { code }));
  assert.equal(system('ENOSPC').code, 'disk_full');
  assert.equal(system('ENOSPC').isRetryable, true);
  assert.equal(system('EACCES').code, 'permission_denied');
  assert.equal(system('EROFS').exitCode, 4);
  assert.equal(system('EIO').code, 'io_failed');
  assert.equal(system('ENOSPC').message, 'cannot write x: ENOSPC: no');
  assert.ok(storeError('cannot write x', 'odd') instanceof CryptorunError);
});

test('a real full disk is told as such', { skip: existsDevFull() ? false : 'no /dev/full here' }, () => {
  assert.throws(
    () => {
      try {
        writeFileSync('/dev/full', 'x');
      } catch (cause) {
        throw storeError('cannot write x', cause);
      }
    },
    { code: 'disk_full' },
  );
});

test('folders are made private, existing ones left as they are', () => {
  const dir = mkdtempSync(join(root, 'a-'));
  chmodSync(dir, 0o755);
  makePrivateDirectory(join(dir, 'b/c'));
  makePrivateDirectory(dir);
  assert.deepEqual([modeOf(dir), modeOf(join(dir, 'b')), modeOf(join(dir, 'b/c'))], ['755', '700', '700']);
});

function existsDevFull(): boolean {
  try {
    return statSync('/dev/full').isCharacterDevice();
  } catch {
    return false;
  }
}
