/** Reads recordings the plainest way there is, as the check on our own reader: whole files, lines, JSON.parse. Decodes no venue. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { decompress } from 'fzstd';
import { hasMarketdata, MARKETDATA } from '../../support/marketdata.ts';

/** For `test`: why there is nothing to test, or false. Loud where the recordings must be. */
export const skip = hasMarketdata ? false : 'no recorded market data here';

/** The path of a recording. */
export function at(path: string): string {
  return join(MARKETDATA, path);
}

/** One message received. */
export interface Payload {
  readonly text: string;
  /** Receive time as recorded, ms; 0 where the file has none. */
  readonly receiveMs: number;
  /** Of a REST reply: what was asked; null for a WebSocket message. */
  readonly url: string | null;
  /** Which connection it came over, where the file says so. */
  readonly connection: string;
}

/** All messages of a file in file order, by the form of its lines. */
export function payloadsOf(path: string): Payload[] {
  return textOf(path)
    .split('\n')
    .filter((line) => line !== '')
    .flatMap(payloadOf);
}

/** The files of a folder, one level deep, sorted; a file stands for itself. */
export function filesIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .map((name) => join(path, name));
}

function textOf(path: string): string {
  const bytes = readFileSync(path);
  if (path.endsWith('.gz')) return gunzipSync(bytes).toString('utf8');
  if (path.endsWith('.zst')) return Buffer.from(decompress(bytes)).toString('utf8');
  return bytes.toString('utf8');
}

/** `<ns> <payload>`, `<s>: <payload>`, `<url> -> <s>: <payload>`, or a line of JSON; lines about sending are no messages. */
function payloadOf(line: string): Payload[] {
  const stamped = /^(\d{19}) (.*)$/.exec(line);
  if (stamped !== null) return [payload(stamped[2]!, Number(stamped[1]) / 1e6)];
  const received = /^(\d+\.\d+): (.*)$/.exec(line);
  if (received !== null) return [payload(received[2]!, Number(received[1]) * 1000)];
  const answered = /^(\S+) -> (\d+\.\d+): (.*)$/.exec(line);
  if (answered !== null) return [payload(answered[3]!, Number(answered[2]) * 1000, answered[1]!)];
  return line.startsWith('{"t":') ? jsonlPayload(line) : [];
}

function jsonlPayload(line: string): Payload[] {
  const { t, conn, ts, url, data } = JSON.parse(line) as Record<string, string> & { ts: number };
  if (t !== 'recv' && t !== 'http') return [];
  return [payload(data!, ts * 1000, t === 'http' ? url! : null, conn)];
}

function payload(text: string, receiveMs: number, url: string | null = null, connection = ''): Payload {
  return { text, receiveMs, url, connection };
}
