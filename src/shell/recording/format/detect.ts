/** Says of which format a line, or the head of a file, is. Goes by content alone: file names are never asked. */

import type { RecordingFormat } from '../facts.ts';
import { HftbacktestParser, NdjsonParser } from './bare-frames.ts';
import { CryptofeedJsonlParser } from './cryptofeed-jsonl.ts';
import { CryptofeedRawParser } from './cryptofeed-raw.ts';
import type { EventTime } from './event-time.ts';
import type { LineParser } from './source-line.ts';

/** The formats that can be asked for by `--format`, besides `auto`. */
export const FORMATS = ['hftbacktest', 'cryptofeed_raw', 'cryptofeed_jsonl', 'ndjson', 'json'] as const;
export type LineFormat = (typeof FORMATS)[number];

/** Our journal's first bytes. */
export const JOURNAL_MAGIC = 'cryptorun-journal';

const HFTBACKTEST = /^[0-9]{19} \S/;
const RAW_RECEIVED = /^[0-9]{9,11}(?:\.[0-9]+)?: /;
const RAW_WITH_URL = /^(?:wss?|https?):\/\/\S+ (?:<->|<-|->) [0-9]{9,11}(?:\.[0-9]+)?(?::|\r?$)/;
const RAW_CONFIGURATION = /^configuration: \{/;
const JSONL = /^\{"t":"(?:header|http|connect|disconnect|send|recv)"[,}]/;

/**
 * The format that a line fits, null when it fits none. `json` is never said of one line.
 *
 * @param text - the line, or its first 20,000 characters at least
 * @param isWhole - whether `text` is the whole line: only then can it be said to be JSON
 */
export function formatOfLine(text: string, isWhole: boolean): Exclude<RecordingFormat, 'json' | 'journal'> | null {
  if (HFTBACKTEST.test(text)) return 'hftbacktest';
  if (RAW_RECEIVED.test(text) || RAW_WITH_URL.test(text) || RAW_CONFIGURATION.test(text)) return 'cryptofeed_raw';
  if (JSONL.test(text)) return 'cryptofeed_jsonl';
  return isWhole && isJsonFrame(text) ? 'ndjson' : null;
}

/** The format of most of the first lines; of equals, the one that comes first. Null when none of them fits any. */
export function formatOfLines(lines: readonly string[]): LineFormat | null {
  const counts = new Map<LineFormat, number>();
  for (const line of lines) {
    const format = formatOfLine(line, true);
    if (format !== null) counts.set(format, (counts.get(format) ?? 0) + 1);
  }
  let best: LineFormat | null = null;
  for (const [format, count] of counts) if (best === null || count > counts.get(best)!) best = format;
  return best;
}

/** True for a JSON object with a field, or a JSON array with an element: what frames are. */
export function isJsonFrame(text: string): boolean {
  const first = text.trimStart()[0];
  if (first !== '{' && first !== '[') return false;
  try {
    return Object.keys(JSON.parse(text) as object).length > 0;
  } catch {
    return false;
  }
}

/**
 * A new parser for one pass over one file.
 *
 * @param firstTime - see `NdjsonParser`; other formats do without
 */
export function parserFor(format: LineFormat, firstTime: Readonly<EventTime> | null): LineParser {
  switch (format) {
    case 'hftbacktest':
      return new HftbacktestParser();
    case 'cryptofeed_raw':
      return new CryptofeedRawParser();
    case 'cryptofeed_jsonl':
      return new CryptofeedJsonlParser();
    case 'ndjson':
    case 'json':
      return new NdjsonParser(firstTime);
  }
}
