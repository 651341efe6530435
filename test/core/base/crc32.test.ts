import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { crc32 } from '../../../src/core/base/crc32.ts';

/** Bit by bit, as the definition says: zlib.crc32 does not exist on every Node that we run on. */
function slowCrc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

const ascii = (text: string) => new TextEncoder().encode(text);

describe('crc32', () => {
  it('gives the check value of the standard', () => {
    assert.equal(crc32(ascii('123456789'), 0, 9), 0xcbf43926);
    assert.equal(crc32(new Uint8Array(0), 0, 0), 0);
  });

  it('is the definition, over any range', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), fc.nat(), (bytes, x, y) => {
        const [from = 0, to = 0] = [x % (bytes.length + 1), y % (bytes.length + 1)].sort((a, b) => a - b);
        assert.equal(crc32(bytes, from, to), slowCrc32(bytes.subarray(from, to)));
      }),
    );
  });

  it('is zlib.crc32', { skip: typeof zlib.crc32 === 'function' ? false : 'this Node has no zlib.crc32' }, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), (bytes) => {
        assert.equal(crc32(bytes, 0, bytes.length), zlib.crc32(bytes));
      }),
    );
  });

  it('continues from an earlier result', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(), (bytes, x) => {
        const cut = x % (bytes.length + 1);
        const whole = crc32(bytes, 0, bytes.length);
        assert.equal(crc32(bytes, cut, bytes.length, crc32(bytes, 0, cut)), whole);
      }),
    );
  });

  it('refuses a range outside its bytes', () => {
    assert.throws(() => crc32(new Uint8Array(4), 0, 5), /inside its bytes/);
  });
});
