/**
 * cryptofeed's raw recordings (2.x). Not JSONL: a received line does not say which connection it came by.
 *
 *     configuration: {...}                                      the recorder's own
 *     wss://ws.kraken.com <-> 1617666422.653664                 connect
 *     wss://ws.kraken.com <- 1617666423.123373: {...}           sent
 *     1617666423.1245198: {...}                                 received
 *     https://host/path?symbol=DOTUSDT -> 1617566592.1065369: {...}    HTTP reply
 */

import {
  ConnectionTable,
  isDigit,
  type LineKind,
  type LineParser,
  parseUnixSeconds,
  type SourceLine,
  startsWith,
} from './source-line.ts';

const SPACE = 32;
const COLON = 58;
const CONFIGURATION = 'configuration: ';
/** A URL longer than this is not one. Bittrex's, with its token, has 300 bytes; Binance's combined streams a few thousand. */
const MAX_URL_BYTES = 16_384;

/** A received line belongs to the most recent connect above it; with none above it (a continued file), to a nameless connection. */
export class CryptofeedRawParser implements LineParser {
  readonly #table = new ConnectionTable();
  readonly connections = this.#table.list;
  #current = -1;

  parse(bytes: Buffer, from: number, to: number, into: SourceLine): LineKind {
    if (from < to && isDigit(bytes[from]!)) return this.#received(bytes, from, to, into);
    if (startsWith(bytes, from, to, CONFIGURATION)) return 'ignored';
    return this.#withUrl(bytes, from, to, into);
  }

  #received(bytes: Buffer, from: number, to: number, into: SourceLine): LineKind {
    const payload = afterTime(bytes, from, to, into);
    if (payload < 0) return 'misfit';
    if (this.#current < 0) this.#current = this.#table.indexOf('', null, 'websocket');
    return into.takeFrame(this.#current, bytes, payload, to);
  }

  /** `<url> <sign> <time>`, where the sign says what happened. */
  #withUrl(bytes: Buffer, from: number, to: number, into: SourceLine): LineKind {
    const limit = Math.min(to, from + MAX_URL_BYTES);
    let urlEnd = from;
    while (urlEnd < limit && bytes[urlEnd] !== SPACE) urlEnd += 1;
    if (urlEnd === from || urlEnd === limit) return 'misfit';
    if (startsWith(bytes, urlEnd, to, ' <-> ')) return this.#connect(bytes, from, urlEnd, to, into);
    if (startsWith(bytes, urlEnd, to, ' -> ')) return this.#reply(bytes, from, urlEnd, to, into);
    return startsWith(bytes, urlEnd, to, ' <- ') && afterTime(bytes, urlEnd + 4, to, into) > 0 ? 'sent' : 'misfit';
  }

  #connect(bytes: Buffer, from: number, urlEnd: number, to: number, into: SourceLine): LineKind {
    if (parseUnixSeconds(bytes, urlEnd + 5, to, into) !== to) return 'misfit';
    const url = bytes.toString('latin1', from, urlEnd);
    this.#current = this.#table.indexOf(url, url, 'websocket');
    return into.takeLink('connect', this.#current);
  }

  #reply(bytes: Buffer, from: number, urlEnd: number, to: number, into: SourceLine): LineKind {
    const payload = afterTime(bytes, urlEnd + 4, to, into);
    if (payload < 0) return 'misfit';
    const url = bytes.toString('latin1', from, urlEnd);
    return into.takeFrame(this.#table.indexOf(url, url, 'rest'), bytes, payload, to);
  }
}

/** Where the payload behind `<time>: ` begins; -1 when there is no such thing. */
function afterTime(bytes: Buffer, from: number, to: number, into: SourceLine): number {
  const end = parseUnixSeconds(bytes, from, to, into);
  return end > from && end + 1 < to && bytes[end] === COLON && bytes[end + 1] === SPACE ? end + 2 : -1;
}
