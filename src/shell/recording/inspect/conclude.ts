/** Draws the conclusions from one look through a file: its facts, its connections, its problems. Reads nothing. */

import type { DecodeError } from '../bytes/packing.ts';
import { type FileFacts, type Packing, problemOf, type RecordingProblem } from '../facts.ts';
import { FORMATS, type LineFormat } from '../format/detect.ts';
import type { ConnectionSeen } from '../format/source-line.ts';
import type { RecordedConnection } from '../record.ts';
import type { StreamSymbol } from './stream-symbol.ts';
import type { Tally } from './tally.ts';
import { decideVenues, type VenueGuess } from './venue-decision.ts';
import { isSupportedVenue, symbolOfUrl } from './venues.ts';

/** A file that exists and has bytes. */
export interface FoundFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface InspectOptions {
  readonly format: LineFormat | 'auto';
  /** What `--venue` says of this path; null when nothing. */
  readonly venue: string | null;
  readonly signal: AbortSignal | undefined;
  /** Told how many more bytes were read from disk. */
  readonly onRead: ((bytes: number) => void) | undefined;
}

/** A file that can be read, at least in part. */
export interface InspectedFile {
  /** The ranks of its connections are not known yet: -1. */
  readonly facts: FileFacts;
  /** By the parser's connection index; null for one whose records are skipped. */
  readonly bySource: readonly (RecordedConnection | null)[];
}

export interface Inspection {
  /** Null when nothing of it can be read. */
  readonly file: InspectedFile | null;
  readonly problems: readonly RecordingProblem[];
}

/** What listens while the lines go by. */
export interface Watch {
  readonly connections: readonly ConnectionSeen[];
  readonly tally: Tally;
  readonly guess: VenueGuess;
  readonly symbol: StreamSymbol;
}

/** What it heard in one pass. */
export interface Look extends Watch {
  /** Null: no format that we know. */
  readonly format: LineFormat | null;
  /** What the file begins with. */
  readonly sample: string;
  readonly lines: number;
  readonly damage: DecodeError | null;
}

const NO_MISFITS = { count: 0, firstLine: 0, sample: '' };

/** A journal is only recognised here. */
export function journalOf(found: FoundFile): Inspection {
  const facts: FileFacts = {
    ...found,
    format: 'journal',
    packing: 'plain',
    venues: [],
    connections: [],
    lines: 0,
    websocketFrames: 0,
    restFrames: 0,
    sent: 0,
    unsupportedFrames: 0,
    misfits: NO_MISFITS,
    first: null,
    last: null,
    timesFrom: 'receive',
    backwards: 0,
    sorted: false,
    damaged: false,
  };
  return { file: { facts, bySource: [] }, problems: [] };
}

/** What one look through a file comes to. */
export function conclude(found: FoundFile, packing: Packing, options: InspectOptions, look: Look): Inspection {
  const { path } = found;
  const wrong = undecodable(path, look) ?? formatProblem(path, options.format, look);
  if (wrong !== null) return { file: null, problems: [wrong] };
  const decision = decideVenues(path, look.connections, look.guess, options.venue);
  const problems = [...damageProblems(path, look), ...decision.problems];
  if (problems.some((problem) => problem.lost === 'file')) return { file: null, problems };
  const bySource = connectionsOf(found, look, decision.venues);
  const facts = factsOf(found, packing, look, bySource);
  return { file: { facts, bySource }, problems: [...problems, ...misfitProblems(facts)] };
}

/** Nothing came out of it. */
function undecodable(path: string, { damage, tally }: Look): RecordingProblem | null {
  if (damage?.kind === 'unsupported') {
    return problemOf('unsupported_packing', path, 'file', damage.message, 'unpack it and give the files in it');
  }
  if (damage === null || tally.fitting > 0) return null;
  return problemOf(damage.kind, path, 'file', `${damage.message} before the first whole line`, 'give a whole copy');
}

function damageProblems(path: string, { damage, lines }: Look): RecordingProblem[] {
  if (damage === null || damage.kind === 'unsupported') return [];
  const what = `${damage.message}: only its first ${lines} whole lines are read`;
  return [problemOf(damage.kind, path, 'part', what, 'give a whole copy to have the rest')];
}

function formatProblem(path: string, wanted: LineFormat | 'auto', look: Look): RecordingProblem | null {
  const { format, tally, sample } = look;
  if (format === null) {
    const what = `not a recording of frames (it begins ${JSON.stringify(sample)})`;
    return problemOf('wrong_format', path, 'file', what, `known formats: ${FORMATS.join(', ')}`);
  }
  const { misfits, other } = tally;
  if (tally.fitting + misfits.count === 0)
    return problemOf('empty', path, 'file', 'no lines in it', 'give another file');
  if (tally.isMostlyMisfits) return mostlyMisfits(path, format, wanted, tally);
  if (other === null || !tally.isMixed) return null;
  const what = `${format} lines, but line ${other.line} is ${other.format}: two formats in one file`;
  return problemOf('mixed_formats', path, 'file', what, 'split it, one file a format');
}

function mostlyMisfits(path: string, format: LineFormat, wanted: LineFormat | 'auto', tally: Tally): RecordingProblem {
  const { count, firstLine, sample } = tally.misfits;
  const all = count + tally.fitting;
  const what = `not ${format}: ${count} of ${all} lines do not fit, first line ${firstLine} (${JSON.stringify(sample)})`;
  const other = wanted === 'auto' ? null : tally.other;
  const advice = other === null ? 'give a recording in one format' : `it looks like ${other.format}: drop --format`;
  return problemOf('wrong_format', path, 'file', what, advice);
}

function misfitProblems({ path, format, misfits }: FileFacts): RecordingProblem[] {
  const { count, firstLine, sample } = misfits;
  if (count === 0) return [];
  const what = `${count} line${count === 1 ? ' does' : 's do'} not fit ${format}, first line ${firstLine} (${JSON.stringify(sample)})`;
  return [problemOf('misfit_lines', path, 'part', what, 'they are skipped; look at that line')];
}

/** Connections that are read, by the parser's index. One that was never used, or whose venue has no decoder, is null. */
function connectionsOf(
  { sha256 }: FoundFile,
  { connections, tally, symbol }: Look,
  venues: readonly (string | null)[],
): (RecordedConnection | null)[] {
  return connections.map(({ name, url, transport }, index) => {
    const venue = venues[index] ?? null;
    const isUsed = name !== '' || tally.frames[index] !== undefined;
    if (venue === null || !isSupportedVenue(venue) || !isUsed) return null;
    const asked = url === null ? symbol.symbol : symbolOfUrl(url);
    return {
      key: `${sha256.slice(0, 12)}:${index}`,
      venue,
      transport,
      symbol: transport === 'rest' ? asked : null,
      name: name === '' ? symbol.streamName : name,
      rank: -1,
    };
  });
}

function factsOf(found: FoundFile, packing: Packing, look: Look, bySource: InspectedFile['bySource']): FileFacts {
  const { tally } = look;
  const connections = bySource.filter((connection) => connection !== null);
  const format = look.format!;
  const hasEventTimes = format === 'ndjson' || format === 'json';
  const count = (wanted: 'websocket' | 'rest' | undefined): number =>
    tally.frames.reduce((sum, frames, index) => sum + (bySource[index]?.transport === wanted ? frames : 0), 0);
  return {
    ...found,
    format,
    packing,
    venues: [...new Set(connections.map(({ venue }) => venue))].sort(),
    connections,
    lines: look.lines,
    websocketFrames: count('websocket'),
    restFrames: count('rest'),
    sent: tally.sent,
    unsupportedFrames: count(undefined),
    misfits: tally.misfits,
    first: tally.first,
    last: tally.last,
    timesFrom: hasEventTimes ? (tally.first === null ? 'none' : 'event') : 'receive',
    backwards: tally.backwards,
    sorted: tally.backwards > 0,
    damaged: look.damage !== null,
  };
}
