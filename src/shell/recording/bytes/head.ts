/** Looks at the beginning of a decoded file to decide its format, and gives the bytes back to be read again. */

import { formatOfLine, formatOfLines, isJsonFrame, type LineFormat } from '../format/detect.ts';
import { MAX_LINE_BYTES } from './line-cutter.ts';
import { DecodeError } from './packing.ts';

/** Enough to tell formats apart, even when the first lines are torn. */
const SAMPLE_LINES = 64;
/** A first line may be a long REST body. */
const SAMPLE_BYTES = 4 * 1024 * 1024;

export interface Head {
  /** Null when it is of no format that we know. */
  readonly format: LineFormat | null;
  /** What the file begins with, as text, for messages; up to 80 characters. */
  readonly sample: string;
  /** The whole stream, from its first byte. */
  readonly chunks: AsyncGenerator<Buffer>;
}

/** Reads as much of `chunks` as it takes to tell the format. Damage shows when the chunks are read again, not here. */
export async function readHead(chunks: AsyncGenerator<Buffer>): Promise<Head> {
  const peeked = new Peeked(chunks);
  await peeked.readUntil((bytes, lines) => lines >= SAMPLE_LINES || bytes >= SAMPLE_BYTES);
  const lines = peeked.lines();
  const first = lines[0] ?? '';
  let format = formatOfLines(lines);
  if (formatOfLine(first, true) === null && /^\s*[{[]/.test(first) && (await isDocument(peeked))) format = 'json';
  return { format, sample: first.slice(0, 80), chunks: peeked.replay() };
}

/** True when the whole file is one JSON document. Asked first: a pretty-printed one may hold lines that look like frames. */
async function isDocument(peeked: Peeked): Promise<boolean> {
  await peeked.readUntil((bytes) => bytes > MAX_LINE_BYTES);
  return peeked.isAtEnd && isJsonFrame(peeked.text());
}

class Peeked {
  isAtEnd = false;
  #damage: unknown = null;
  readonly #chunks: AsyncGenerator<Buffer>;
  readonly #seen: Buffer[] = [];
  #bytes = 0;
  #lines = 0;

  constructor(chunks: AsyncGenerator<Buffer>) {
    this.#chunks = chunks;
  }

  async readUntil(isEnough: (bytes: number, lines: number) => boolean): Promise<void> {
    while (!this.isAtEnd && this.#damage === null && !isEnough(this.#bytes, this.#lines)) await this.#readOne();
  }

  async #readOne(): Promise<void> {
    try {
      const next = await this.#chunks.next();
      if (next.done === true) this.isAtEnd = true;
      else this.#keep(next.value);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#damage = error;
    }
  }

  #keep(chunk: Buffer): void {
    this.#seen.push(chunk);
    this.#bytes += chunk.length;
    for (let at = chunk.indexOf(10); at >= 0 && this.#lines < SAMPLE_LINES; at = chunk.indexOf(10, at + 1))
      this.#lines += 1;
  }

  text(): string {
    return Buffer.concat(this.#seen).toString('utf8');
  }

  /** The first lines that are not blank; the last one, perhaps only a piece, counts when there is no other or the file ends. */
  lines(): string[] {
    const all = this.text().split(/\r?\n/, 4 * SAMPLE_LINES);
    if (all.length > 1 && !this.isAtEnd) all.pop();
    return all.filter((line) => line.trim() !== '').slice(0, SAMPLE_LINES);
  }

  async *replay(): AsyncGenerator<Buffer> {
    try {
      yield* this.#seen.splice(0);
      if (this.#damage !== null) throw this.#damage;
      if (!this.isAtEnd) yield* this.#chunks;
    } finally {
      await this.#chunks.return(undefined);
    }
  }
}
