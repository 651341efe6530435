/**
 * Price levels by sort key in flat arrays, ascending, so that the best level is last: what it costs to change one is how near
 * it stands to either end. Knows no side and no units; keeps a note with each level for whoever writes it as text.
 */

/** Room at first; grows. */
const FIRST_ROOM = 64;
/** As near as this to either end levels are looked for first: most changes are there. */
const NEAR = 16;
/** A loop over so few levels is faster than four calls of `copyWithin`. */
const FEW = 48;

/** Levels are `[from, end)` of the arrays. A key stands once; sizes are not 0. */
export class SortedLevels {
  keys = new Float64Array(FIRST_ROOM);
  sizes = new Float64Array(FIRST_ROOM);
  /** Note: the CRC of the level's text in a checksum, and that text's length; length 0: not known, or not any more. */
  crcs: Int32Array;
  lengths: Uint8Array;
  readonly #isNoted: boolean;
  from = FIRST_ROOM >> 1;
  end = FIRST_ROOM >> 1;

  /** @param notes - `none`: nobody keeps any, and there is no room for them */
  constructor(notes: 'kept' | 'none') {
    this.#isNoted = notes === 'kept';
    this.crcs = new Int32Array(this.#isNoted ? FIRST_ROOM : 0);
    this.lengths = new Uint8Array(this.#isNoted ? FIRST_ROOM : 0);
  }

  get count(): number {
    return this.end - this.from;
  }

  clear(): void {
    this.from = this.end = this.keys.length >> 1;
  }

  /** The first index whose key is not below `key`: where it stands, or would. */
  find(key: number): number {
    const { keys, from, end } = this;
    let low = from;
    let high = end;
    if (end - from > 2 * NEAR) {
      if (keys[end - NEAR]! < key) low = end - NEAR + 1;
      else if (keys[from + NEAR]! >= key) high = from + NEAR;
      else {
        low = from + NEAR + 1;
        high = end - NEAR;
        // Then in steps that double, from the best on.
        let step = 2 * NEAR;
        while (high - step > low && keys[high - step]! >= key) {
          high -= step;
          step *= 2;
        }
        if (high - step > low) low = high - step + 1;
      }
    }
    while (low < high) {
      const middle = (low + high) >> 1;
      if (keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Puts a level in before index `at`; moves the worse levels down or the better ones up, whichever are fewer. */
  insert(at: number, key: number, size: number): void {
    const worse = at - this.from;
    const better = this.end - at;
    if (worse < better ? this.from === 0 : this.end === this.keys.length) {
      this.#makeRoom();
      at = this.from + worse;
    }
    if (worse < better) {
      this.#move(this.from, at, -1);
      this.from -= 1;
      at -= 1;
    } else {
      this.#move(at, this.end, 1);
      this.end += 1;
    }
    this.keys[at] = key;
    this.sizes[at] = size;
    if (this.#isNoted) this.lengths[at] = 0;
  }

  /** Takes the level at index `at` out. */
  remove(at: number): void {
    if (at - this.from < this.end - at) {
      this.#move(this.from, at, 1);
      this.from += 1;
    } else {
      this.#move(at + 1, this.end, -1);
      this.end -= 1;
    }
  }

  /** Makes room for so many levels in all, and forgets those that there are. */
  reserve(count: number): void {
    if (count * 2 > this.keys.length) this.#allocate(count * 2);
    this.clear();
    this.from = this.end = (this.keys.length - count) >> 1;
  }

  /** Moves `[first, last)` one place up (1) or down (-1). */
  #move(first: number, last: number, by: 1 | -1): void {
    const { keys, sizes, crcs, lengths } = this;
    const isNoted = this.#isNoted;
    if (last - first > FEW) {
      keys.copyWithin(first + by, first, last);
      sizes.copyWithin(first + by, first, last);
      if (!isNoted) return;
      crcs.copyWithin(first + by, first, last);
      lengths.copyWithin(first + by, first, last);
      return;
    }
    // What moves up is moved from its end on, or it would write over itself.
    const begin = by > 0 ? last - 1 : first;
    for (let left = last - first, i = begin; left > 0; left--, i -= by) {
      keys[i + by] = keys[i]!;
      sizes[i + by] = sizes[i]!;
      if (!isNoted) continue;
      crcs[i + by] = crcs[i]!;
      lengths[i + by] = lengths[i]!;
    }
  }

  /** Puts the levels in the middle of arrays that are at least twice as long. */
  #makeRoom(): void {
    const { keys, sizes, crcs, lengths, from, end, count } = this;
    if (count * 2 > keys.length) this.#allocate(keys.length * 2);
    const to = (this.keys.length - count) >> 1;
    // `set` copies as if by way of a third array: the two may be the same.
    this.keys.set(keys.subarray(from, end), to);
    this.sizes.set(sizes.subarray(from, end), to);
    if (this.#isNoted) {
      this.crcs.set(crcs.subarray(from, end), to);
      this.lengths.set(lengths.subarray(from, end), to);
    }
    this.from = to;
    this.end = to + count;
  }

  #allocate(room: number): void {
    this.keys = new Float64Array(room);
    this.sizes = new Float64Array(room);
    this.crcs = new Int32Array(this.#isNoted ? room : 0);
    this.lengths = new Uint8Array(this.#isNoted ? room : 0);
  }
}
