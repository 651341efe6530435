/**
 * cryptofeed's v3 recordings: one flat JSON object a line, the payload escaped in `data`. Does not order its connections.
 *
 *     {"t":"header","format":2,"exchange":"BYBIT","config":{...}}
 *     {"t":"http","conn":"BYBIT.http.1","ts":1786310817.601629,"url":"https://...","data":"{\"retCode\":0..."}
 *     {"t":"connect","conn":"BYBIT.ws.2","ts":1786310818.2235148,"addr":"wss://stream.bybit.com/v5/public/linear"}
 *     {"t":"send","conn":"BYBIT.ws.2","ts":...,"addr":"wss://...","data":"..."}
 *     {"t":"recv","conn":"BYBIT.ws.2","ts":1786310819.526357,"data":"{\"topic\":..."}
 */

import { StringReader } from './json-string.ts';
import {
  ConnectionTable,
  type LineKind,
  type LineParser,
  parseUnixSeconds,
  type SourceLine,
  startsWith,
} from './source-line.ts';

const HEADER = '{"t":"header"';

/** What the fields of a line say; null for one that is not there. */
interface Fields {
  t: string | null;
  conn: string | null;
  url: string | null;
  hasTime: boolean;
  hasData: boolean;
}

/** Reads the fields in any order; a `header` line is known by its beginning, and its nested config is not read. */
export class CryptofeedJsonlParser implements LineParser {
  readonly #table = new ConnectionTable();
  readonly connections = this.#table.list;
  readonly #strings = new StringReader();
  readonly #fields: Fields = { t: null, conn: null, url: null, hasTime: false, hasData: false };

  parse(bytes: Buffer, from: number, to: number, into: SourceLine): LineKind {
    if (startsWith(bytes, from, to, HEADER)) return 'ignored';
    return this.#readFields(bytes, from, to, into) && this.#fields.hasTime ? this.#decide(into) : 'misfit';
  }

  #decide(into: SourceLine): LineKind {
    const { t, conn, url, hasData } = this.#fields;
    if (t === 'send') return 'sent';
    if (t === 'http')
      return url !== null && hasData ? this.#payload(into, this.#table.indexOf(url, url, 'rest')) : 'misfit';
    if (conn === null) return 'misfit';
    if (t === 'recv') return hasData ? this.#payload(into, this.#table.indexOf(conn, null, 'websocket')) : 'misfit';
    return t === 'connect' || t === 'disconnect'
      ? into.takeLink(t, this.#table.indexOf(conn, url, 'websocket'))
      : 'misfit';
  }

  #payload(into: SourceLine, connection: number): LineKind {
    const { bytes, from, to } = this.#strings;
    return into.takeFrame(connection, bytes, from, to);
  }

  /** Reads `{"name":value,...}` with values that are strings or plain numbers; false for anything else. */
  #readFields(bytes: Buffer, from: number, to: number, into: SourceLine): boolean {
    const fields = this.#fields;
    fields.t = fields.conn = fields.url = null;
    fields.hasTime = fields.hasData = false;
    if (bytes[from] !== 123 || bytes[to - 1] !== 125) return false;
    let at = from + 1;
    for (;;) {
      at = skipSpaces(bytes, at, to);
      const nameEnd = plainStringEnd(bytes, at, to);
      if (nameEnd < 0) return false;
      const name = bytes.toString('latin1', at + 1, nameEnd);
      at = skipSpaces(bytes, nameEnd + 1, to);
      if (bytes[at] !== 58) return false;
      at = this.#readValue(name, bytes, skipSpaces(bytes, at + 1, to), to, into);
      if (at < 0) return false;
      at = skipSpaces(bytes, at, to);
      if (bytes[at] === 125) return at === to - 1;
      if (bytes[at] !== 44) return false;
      at += 1;
    }
  }

  /** Returns where the value ends; -1 when it is none that we read. */
  #readValue(name: string, bytes: Buffer, at: number, to: number, into: SourceLine): number {
    if (bytes[at] !== 34) {
      const end = parseUnixSeconds(bytes, at, to, into);
      if (end === at || name !== 'ts') return -1;
      this.#fields.hasTime = true;
      return end;
    }
    if (name !== 'data') return this.#readName(name, bytes, at, to);
    const end = this.#strings.read(bytes, at, to);
    if (end < 0) return -1;
    this.#fields.hasData = true;
    return end;
  }

  #readName(name: string, bytes: Buffer, at: number, to: number): number {
    const end = plainStringEnd(bytes, at, to);
    if (end < 0) return -1;
    if (name === 't') this.#fields.t = bytes.toString('latin1', at + 1, end);
    else if (name === 'conn') this.#fields.conn = bytes.toString('latin1', at + 1, end);
    else if (name === 'url' || name === 'addr') this.#fields.url = bytes.toString('latin1', at + 1, end);
    return end + 1;
  }
}

/** The closing quote of the string at `at`; -1 when there is none, or when it holds an escape. */
function plainStringEnd(bytes: Buffer, at: number, to: number): number {
  if (bytes[at] !== 34) return -1;
  for (let i = at + 1; i < to; i++) {
    if (bytes[i] === 34) return i;
    if (bytes[i] === 92) return -1;
  }
  return -1;
}

function skipSpaces(bytes: Buffer, from: number, to: number): number {
  let at = from;
  while (at < to && (bytes[at] === 32 || bytes[at] === 9)) at += 1;
  return at;
}
