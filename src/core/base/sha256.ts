/** SHA-256 (FIPS 180-4) in plain arithmetic, because core may not import node:crypto. For ids and digests, not for secrets. */

import { assert } from './assert.ts';

const FIRST_STATE = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

// biome-ignore format: eight a line, as in FIPS 180-4 section 4.2.2
const K = new Int32Array([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

/** The message schedule. Shared by all hashers: it lives only inside one `compress`. */
const schedule = new Int32Array(64);

const BLOCK = 64;
/** Where the message's length begins in the last block. */
const LENGTH_AT = 56;
const REPLACEMENT_CHARACTER = 0xfffd;

/** A hash under way, as plain JSON: eight signed 32-bit words, the bytes of the unfinished block, all bytes so far. */
export type SavedSha256 = { words: number[]; pending: number[]; length: number };

/** One running hash. `digestHex` ends it. */
export class Sha256 {
  readonly #state = new Int32Array(FIRST_STATE);
  readonly #block = new Uint8Array(BLOCK);
  #used = 0;
  #length = 0;
  #isFinished = false;

  /**
   * Adds bytes, or a string as its UTF-8 bytes.
   *
   * As with TextEncoder a lone surrogate counts as U+FFFD; so a surrogate pair must not be split over two calls.
   */
  update(input: Uint8Array | string): this {
    assert(!this.#isFinished, 'a finished hash takes no more input');
    if (typeof input === 'string') this.#addText(input);
    else this.#addBytes(input);
    return this;
  }

  /** Ends the hash. @returns 64 lower-case hex digits */
  digestHex(): string {
    assert(!this.#isFinished, 'a hash is finished once');
    const length = this.#length;
    this.#addByte(0x80);
    while (this.#used !== LENGTH_AT) this.#addByte(0);
    // The length in bits, 64 bits big-endian. Bytes stay below 2^53, so its top word is exact as a double.
    this.#addWord(Math.floor(length / 0x20000000));
    this.#addWord(length << 3);
    this.#isFinished = true;
    let hex = '';
    for (const word of this.#state) hex += (word >>> 0).toString(16).padStart(8, '0');
    return hex;
  }

  save(): SavedSha256 {
    assert(!this.#isFinished, 'a finished hash is not saved');
    return { words: [...this.#state], pending: [...this.#block.subarray(0, this.#used)], length: this.#length };
  }

  restore(saved: SavedSha256): void {
    this.#state.set(saved.words);
    this.#block.set(saved.pending);
    this.#used = saved.pending.length;
    this.#length = saved.length;
    this.#isFinished = false;
  }

  #addBytes(bytes: Uint8Array): void {
    let at = 0;
    if (this.#used > 0) {
      at = Math.min(bytes.length, BLOCK - this.#used);
      this.#block.set(bytes.subarray(0, at), this.#used);
      this.#used += at;
      if (this.#used < BLOCK) {
        this.#length += bytes.length;
        return;
      }
      compress(this.#state, this.#block, 0);
      this.#used = 0;
    }
    for (; at + BLOCK <= bytes.length; at += BLOCK) compress(this.#state, bytes, at);
    this.#block.set(bytes.subarray(at));
    this.#used = bytes.length - at;
    this.#length += bytes.length;
  }

  #addText(text: string): void {
    const block = this.#block;
    let used = this.#used;
    let more = 0;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit >= 0x80) {
        this.#used = used;
        this.#length += more;
        const point = wellFormed(text.codePointAt(i)!);
        this.#addCodePoint(point);
        if (point > 0xffff) i += 1;
        used = this.#used;
        more = 0;
        continue;
      }
      block[used++] = unit;
      more += 1;
      if (used < BLOCK) continue;
      compress(this.#state, block, 0);
      used = 0;
    }
    this.#used = used;
    this.#length += more;
  }

  /** UTF-8 of a code point from U+0080 on. */
  #addCodePoint(point: number): void {
    if (point < 0x800) {
      this.#addByte(0xc0 | (point >> 6));
    } else {
      if (point < 0x10000) {
        this.#addByte(0xe0 | (point >> 12));
      } else {
        this.#addByte(0xf0 | (point >> 18));
        this.#addByte(0x80 | ((point >> 12) & 63));
      }
      this.#addByte(0x80 | ((point >> 6) & 63));
    }
    this.#addByte(0x80 | (point & 63));
  }

  #addWord(word: number): void {
    for (let shift = 24; shift >= 0; shift -= 8) this.#addByte((word >>> shift) & 255);
  }

  #addByte(byte: number): void {
    this.#block[this.#used] = byte;
    this.#used += 1;
    this.#length += 1;
    if (this.#used < BLOCK) return;
    compress(this.#state, this.#block, 0);
    this.#used = 0;
  }
}

/** The SHA-256 of bytes, or of a string's UTF-8 bytes, as 64 lower-case hex digits. */
export function sha256Hex(input: Uint8Array | string): string {
  return new Sha256().update(input).digestHex();
}

function wellFormed(point: number): number {
  return point >= 0xd800 && point <= 0xdfff ? REPLACEMENT_CHARACTER : point;
}

/** Works one 64-byte block, `bytes[at, at + 64)`, into the state (FIPS 180-4 section 6.2.2; its letters a to h). */
function compress(state: Int32Array, bytes: Uint8Array, at: number): void {
  fillSchedule(bytes, at);
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  for (let i = 0; i < 64; i++) {
    const sum1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + sum1 + (g ^ (e & (f ^ g))) + K[i]! + schedule[i]!) | 0;
    const sum0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (sum0 + ((a & b) | (c & (a | b)))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
  state[5]! += f;
  state[6]! += g;
  state[7]! += h;
}

function fillSchedule(bytes: Uint8Array, at: number): void {
  for (let i = 0; i < 16; i++) {
    const from = at + i * 4;
    schedule[i] = (bytes[from]! << 24) | (bytes[from + 1]! << 16) | (bytes[from + 2]! << 8) | bytes[from + 3]!;
  }
  for (let i = 16; i < 64; i++) {
    const x = schedule[i - 15]!;
    const y = schedule[i - 2]!;
    const sigma0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const sigma1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    schedule[i] = schedule[i - 16]! + sigma0 + schedule[i - 7]! + sigma1;
  }
}
