/** Watches which symbol a file's stream frames are about, because bare REST snapshots among them do not say it. Decodes nothing else. */

import { startsWith } from '../format/source-line.ts';

const WRAPPED = '{"stream":"';
const FIELD = '"s":"';
/** `s` stands within this many bytes in every raw Binance frame. */
const FIELD_REACH = 120;
const QUOTE = 34;
const AT = 64;

/** Binance writes stream names in lower case and symbols in upper case. */
export class StreamSymbol {
  #name: Buffer | null = null;
  #isMixed = false;

  /** The one symbol as its stream names write it (`btcusd_perp`); empty when there is none, or more than one. */
  get streamName(): string {
    return this.#name === null || this.#isMixed ? '' : this.#name.toString('latin1');
  }

  /** The same as payloads write it (`BTCUSD_PERP`); null when there is none, or more than one. */
  get symbol(): string | null {
    return this.streamName === '' ? null : this.streamName.toUpperCase();
  }

  /** Looks at the stream frame `bytes[from, to)`. */
  observe(bytes: Buffer, from: number, to: number): void {
    if (this.#isMixed) return;
    const isWrapped = startsWith(bytes, from, to, WRAPPED);
    const at = isWrapped ? from + WRAPPED.length : fieldAt(bytes, from, Math.min(to, from + FIELD_REACH));
    if (at < 0 || this.#isKnown(bytes, at, isWrapped)) return;
    let end = at;
    while (end < to && bytes[end] !== QUOTE && bytes[end] !== AT) end += 1;
    if (end === at || bytes[at] === 33) return; // `!ticker@arr`: a stream of all symbols
    const name = Buffer.from(bytes.toString('latin1', at, end).toLowerCase(), 'latin1');
    if (this.#name === null) this.#name = name;
    else this.#isMixed = !this.#name.equals(name);
  }

  /** The quick answer for nearly all frames. */
  #isKnown(bytes: Buffer, at: number, isWrapped: boolean): boolean {
    const name = this.#name;
    if (name === null || !isWrapped) return false;
    for (let i = 0; i < name.length; i++) if (bytes[at + i] !== name[i]) return false;
    return bytes[at + name.length] === AT;
  }
}

function fieldAt(bytes: Buffer, from: number, to: number): number {
  for (let at = from; at < to - FIELD.length; at++) {
    if (bytes[at] === QUOTE && startsWith(bytes, at, to, FIELD)) return at + FIELD.length;
  }
  return -1;
}
