/** Looks through one file once, as a stream, and says what it is and what is wrong with it. Keeps none of its lines. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { readHead } from '../bytes/head.ts';
import { DocumentCutter, LineCutter } from '../bytes/line-cutter.ts';
import { LineSource } from '../bytes/line-source.ts';
import { type DecodeOptions, decodedChunks, packingOf } from '../bytes/packing.ts';
import type { FileFacts, Packing } from '../facts.ts';
import { JOURNAL_MAGIC, type LineFormat, parserFor } from '../format/detect.ts';
import type { LineParser, SourceLine } from '../format/source-line.ts';
import {
  conclude,
  type FoundFile,
  type Inspection,
  type InspectOptions,
  journalOf,
  type Look,
  type Watch,
} from './conclude.ts';
import { StreamSymbol } from './stream-symbol.ts';
import { Tally } from './tally.ts';
import { VenueGuess } from './venue-decision.ts';

/** SHA-256 of a file's bytes, hex. */
export async function sha256OfFile(path: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256');
  const options = signal === undefined ? {} : { signal };
  for await (const chunk of createReadStream(path, { ...options, highWaterMark: 1024 * 1024 }))
    hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/**
 * Looks through a file.
 *
 * @throws the file system's errors, and the signal's reason; everything about the content is in the result
 */
export async function inspectFile(found: FoundFile, options: InspectOptions): Promise<Inspection> {
  const head = await firstBytes(found.path);
  if (head.toString('latin1').startsWith(JOURNAL_MAGIC)) return journalOf(found);
  const packing = packingOf(head);
  const look = await lookThrough(found, packing, options, false);
  const isCutShort = look.damage?.kind === 'truncated' && packing !== 'zstd';
  if (!isCutShort) return conclude(found, packing, options, look);
  // zlib throws away what it decoded last when the end is missing; told not to look for the end, it gives it all.
  const again = await lookThrough(found, packing, options, true);
  return conclude(found, packing, options, { ...again, damage: look.damage });
}

async function lookThrough(
  found: FoundFile,
  packing: Packing,
  options: InspectOptions,
  isCutShort: boolean,
): Promise<Look> {
  const decode: DecodeOptions = { isCutShort, signal: options.signal, onRead: options.onRead };
  const head = await readHead(decodedChunks(found.path, packing, decode));
  const format = options.format === 'auto' ? head.format : options.format;
  const source = openLines(head.chunks, format ?? 'ndjson', null, isCutShort);
  const look: Watch = {
    connections: source.parser.connections,
    tally: new Tally(format ?? 'ndjson'),
    guess: new VenueGuess(),
    symbol: new StreamSymbol(),
  };
  // Of no known format: one chunk shows whether the stream is damaged.
  if (format === null) await source.lines.fill();
  else await takeAll(source.lines, look);
  await source.lines.close();
  const { lines, damage } = source.lines;
  return { ...look, format, sample: head.sample, lines, damage };
}

/** The lines of a decoded stream, by the rules of that format. */
export function openLines(
  chunks: AsyncGenerator<Buffer>,
  format: LineFormat,
  firstTime: FileFacts['first'],
  isCutShort: boolean,
): { lines: LineSource; parser: LineParser } {
  const parser = parserFor(format, firstTime);
  const cutter = format === 'json' ? new DocumentCutter() : new LineCutter();
  return { lines: new LineSource(chunks, cutter, parser, isCutShort), parser };
}

async function takeAll(lines: LineSource, look: Watch): Promise<void> {
  for (;;) {
    const step = lines.step();
    if (step === 'ended') return;
    if (step === 'starved') await lines.fill();
    else takeLine(lines.current, look);
  }
}

function takeLine(line: SourceLine, { tally, guess, symbol, connections }: Watch): void {
  tally.add(line);
  if (line.kind !== 'frame') return;
  const seen = connections[line.connection]!;
  if (seen.url !== null || seen.transport === 'rest') return;
  if (!guess.isSettled) guess.observe(line.bytes, line.from, line.to);
  if (seen.name === '') symbol.observe(line.bytes, line.from, line.to);
}

async function firstBytes(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const bytes = Buffer.alloc(JOURNAL_MAGIC.length);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
