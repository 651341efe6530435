/** The inputs that digests are compared on, and the files that a run leaves. Asserts nothing. */

import { join } from 'node:path';
import {
  cryptorun,
  demoRecording,
  linesOf,
  type RunOptions,
  replayJson,
  tempFolder,
} from '../cli/support/cryptorun.ts';
import { HFTBACKTEST } from '../real/support/hftbacktest.ts';
import { at, filesIn, skip } from '../real/support/payloads.ts';

/** Something to replay. */
export interface ReplayInput {
  readonly name: string;
  /** False, or why it is not there. */
  readonly skip: false | string;
  readonly paths: () => readonly string[];
}

/** The carried recording, many ties on one clock, and venues with checksums, several connections and silences of years. */
export const INPUTS: readonly ReplayInput[] = [
  { name: 'the carried recording', skip: false, paths: () => filesIn(join(demoRecording(), 'frames')) },
  { name: 'the six hftbacktest files', skip, paths: () => HFTBACKTEST.map(({ path }) => path) },
  {
    name: 'Kraken, OKX, Coinbase and Bybit of three years',
    skip,
    paths: () => [
      ...['KRAKEN', 'OKX', 'COINBASE'].flatMap((folder) => filesIn(at(`cryptofeed/raw/${folder}`))),
      at('cryptofeed/v3_jsonl/BYBIT.jsonl.zst'),
    ],
  },
];

/** What must be equal, byte for byte, between two runs over the same input. */
export interface RunFiles {
  readonly digest: string;
  readonly files: Readonly<Record<string, readonly string[]>>;
}

export const FILES = ['bars_1m.csv', 'bars_15m.csv', 'bars_1h.csv', 'gaps.csv', 'digest.ndjson'];

/** Replays into a folder of its own and reads what came out. */
export function filesOf(args: readonly string[], options: RunOptions = {}): RunFiles {
  const out = join(tempFolder(), 'out');
  const { digest } = replayJson([...args, '--out', out], options);
  return { digest, files: Object.fromEntries(FILES.map((name) => [name, linesOf(join(out, name))])) };
}

/** Records a run into a journal with segments of about a fifth of it; returns the journal's folder. */
export function journalOf(paths: readonly string[]): string {
  const journal = join(tempFolder(), 'journal');
  // A frame is 150 to 400 bytes, so this is a handful of segments.
  const bytes = replayJson(paths).totals.messages * 60;
  const ran = cryptorun(['replay', '-q', ...paths, '--record', journal, '--segment-bytes', String(bytes)]);
  if (ran.code !== 0) throw new Error(ran.stderr);
  return journal;
}

/** The close times of a run's minute bars, ms, ascending. */
export function closeTimesMs({ files }: RunFiles): number[] {
  const times = files['bars_1m.csv']!.slice(1).map((row) => Date.parse(row.slice(0, row.indexOf(','))));
  return [...new Set(times)].sort((a, b) => a - b);
}
