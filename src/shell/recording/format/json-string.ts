/** Turns an escaped JSON string back into the exact bytes it stands for. Copies only strings that hold an escape. */

const QUOTE = 34;
const BACKSLASH = 92;
const SHORT_ESCAPES = new Map<number, number>([
  [QUOTE, QUOTE],
  [BACKSLASH, BACKSLASH],
  [47, 47],
  [98, 8],
  [102, 12],
  [110, 10],
  [114, 13],
  [116, 9],
]);
/** By the letter behind the backslash; 0 where there is no such escape. */
const ESCAPED = new Uint8Array(256);
for (const [letter, code] of SHORT_ESCAPES) ESCAPED[letter] = code;

/** Reads one string after the other into the same room; `bytes[from, to)` is valid until the next `read`. */
export class StringReader {
  bytes: Buffer = Buffer.alloc(0);
  from = 0;
  to = 0;
  #room = Buffer.alloc(64 * 1024);

  /**
   * Reads the string whose opening quote is at `at`.
   *
   * @returns where the text goes on behind the closing quote; -1 when the string is not closed, or an escape is not one
   */
  read(source: Buffer, at: number, limit: number): number {
    let i = at + 1;
    while (i < limit && source[i] !== QUOTE && source[i] !== BACKSLASH) i += 1;
    if (i >= limit) return -1;
    this.bytes = source;
    this.from = at + 1;
    this.to = i;
    return source[i] === QUOTE ? i + 1 : this.#unescape(source, at + 1, i, limit);
  }

  /** `escapeAt`: where the first backslash is. Text never grows by unescaping, so room for the rest of the line is enough. */
  #unescape(source: Buffer, from: number, escapeAt: number, limit: number): number {
    if (this.#room.length < limit - from) this.#room = Buffer.alloc(2 * (limit - from));
    const room = this.#room;
    source.copy(room, 0, from, escapeAt);
    let to = escapeAt - from;
    let i = escapeAt;
    for (; i < limit; i++) {
      const code = source[i]!;
      if (code === QUOTE) break;
      if (code !== BACKSLASH) {
        room[to++] = code;
        continue;
      }
      const letter = source[i + 1]!;
      const plain = i + 1 < limit ? ESCAPED[letter]! : 0;
      if (plain !== 0) {
        room[to++] = plain;
        i += 1;
        continue;
      }
      const units = letter === 117 ? unicodeEscapes(source, i, limit) : null;
      if (units === null) return -1;
      to += room.write(units.text, to, 'utf8');
      i += units.length - 1;
    }
    if (i >= limit) return -1;
    this.bytes = room;
    this.from = 0;
    this.to = to;
    return i + 1;
  }
}

/** Reads `\uXXXX`, and the second half of a surrogate pair with it. Null when it is not one. */
function unicodeEscapes(source: Buffer, at: number, limit: number): { text: string; length: number } | null {
  const first = unitAt(source, at, limit);
  if (first < 0) return null;
  const second = first >= 0xd800 && first < 0xdc00 ? unitAt(source, at + 6, limit) : -1;
  if (second >= 0xdc00 && second < 0xe000) return { text: String.fromCharCode(first, second), length: 12 };
  return { text: String.fromCharCode(first), length: 6 };
}

function unitAt(source: Buffer, at: number, limit: number): number {
  if (at + 6 > limit || source[at] !== BACKSLASH || source[at + 1] !== 117) return -1;
  const digits = source.toString('latin1', at + 2, at + 6);
  return /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : -1;
}
