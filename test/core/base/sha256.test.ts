import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Sha256, sha256Hex } from '../../../src/core/base/sha256.ts';

const nodeHex = (input: Uint8Array | string) => createHash('sha256').update(input).digest('hex');
/** Any UTF-16 code units, lone surrogates among them. */
const anyText = fc.array(fc.oneof(fc.nat(0xffff), fc.integer({ min: 0xd7f0, max: 0xe010 }), fc.nat(127)), {
  maxLength: 150,
});

describe('sha256', () => {
  it('gives the vectors of FIPS 180-4', () => {
    assert.equal(sha256Hex(''), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    assert.equal(sha256Hex('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    assert.equal(
      sha256Hex('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'),
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    );
  });

  it('is node:crypto at every length around a block', () => {
    for (let length = 0; length <= 200; length++) {
      const bytes = new Uint8Array(length).fill(length);
      assert.equal(sha256Hex(bytes), nodeHex(bytes), `length ${length}`);
    }
  });

  it('is node:crypto for bytes that come in pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 150 }), { maxLength: 8 }), (pieces) => {
        const hash = new Sha256();
        for (const piece of pieces) hash.update(piece);
        assert.equal(hash.digestHex(), nodeHex(Buffer.concat(pieces)));
      }),
    );
  });

  it('is node:crypto for any text, lone surrogates too', () => {
    fc.assert(
      fc.property(anyText, (units) => {
        const text = String.fromCharCode(...units);
        assert.equal(sha256Hex(text), nodeHex(text));
      }),
    );
    assert.equal(sha256Hex('é€😀\ud800x\udc00'), nodeHex('é€😀\ud800x\udc00'));
  });

  it('goes on from a saved state', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(), (bytes, x) => {
        const cut = x % (bytes.length + 1);
        const saved = JSON.stringify(new Sha256().update(bytes.subarray(0, cut)).save());
        const restored = new Sha256();
        restored.restore(JSON.parse(saved));
        assert.equal(restored.update(bytes.subarray(cut)).digestHex(), nodeHex(bytes));
      }),
    );
  });

  it('cannot be used after its end', () => {
    const hash = new Sha256();
    hash.digestHex();
    assert.throws(() => hash.update('x'), /finished/);
    assert.throws(() => hash.digestHex(), /finished/);
  });
});
