/** Opens recordings: looks through each file, decides the order of ties, and gives all records merged by receive time. */

import { tmpdir } from 'node:os';
import { resolve, sep } from 'node:path';
import { type FileFacts, problemOf, type ReceiveTime, type RecordingProblem } from './facts.ts';
import { accessProblem, type Candidate, findFiles } from './find-files.ts';
import type { LineFormat } from './format/detect.ts';
import type { FoundFile, InspectedFile, Inspection, InspectOptions } from './inspect/conclude.ts';
import { inspectFile, sha256OfFile } from './inspect/inspect.ts';
import { FileCursor } from './merge/file-cursor.ts';
import { Merge } from './merge/merge.ts';
import type { RecordedConnection, RecordedRecord } from './record.ts';

/** Files looked through at a time: zlib works on four threads. */
const CONCURRENCY = 4;

export interface OpenOptions {
  readonly format?: LineFormat | 'auto';
  /** `--venue`: venue by path, of a file or of a folder above it. Used only where content leaves the venue open. */
  readonly venues?: ReadonlyMap<string, string>;
  readonly signal?: AbortSignal;
  /** Told how far the first look through the files is: it takes about as long as reading them. */
  readonly onInspect?: (progress: Progress) => void;
  /** Where a file whose times run backwards is sorted; the system's temporary folder when not given. */
  readonly tempDir?: string;
}

export interface Progress {
  readonly readBytes: number;
  readonly totalBytes: number;
}

/** The merged records of several files. */
export interface Recordings {
  /** Files that can be read, at least in part, in the order given; journals too, which are not read here. */
  readonly files: readonly FileFacts[];
  /** What is wrong, in the order of the paths; grows while records are read. */
  readonly problems: readonly RecordingProblem[];
  /** All connections by rank. */
  readonly connections: readonly RecordedConnection[];
  /** The next record, valid until the next call of `next` or `ready`; null when `ready` must be awaited first. */
  next(): RecordedRecord | null;
  /** Waits until `next` can go on; false at the end. Throws the signal's reason once it is aborted; all is closed then. */
  ready(): Promise<boolean>;
  /** Packed bytes read so far, and of all files. */
  progress(): Progress;
  /** Closes files and removes temporary folders. Call it in any case. */
  close(): Promise<void>;
}

/**
 * Opens the recordings at these paths.
 *
 * Records come by receive time to the nanosecond; of equal times by venue, then the stream's symbol or the connection as
 * recorded, then the file's content hash, then the line. Neither paths nor their order enter.
 *
 * @throws the signal's reason when it is aborted; everything else is in `problems`
 */
export async function openRecordings(paths: readonly string[], options: OpenOptions = {}): Promise<Recordings> {
  const found = await findFiles(paths);
  const problems = [...found.problems];
  const unique = await withoutDuplicates(found.files, options.signal, problems);
  const onRead = counterOf(unique, options.onInspect);
  const inspections = await mapSome(unique, (file) => inspect(file, options, onRead));
  for (const inspection of inspections) problems.push(...inspection.problems);
  problems.push(...idleVenues(options.venues ?? new Map(), found.files));
  const files = ranked(inspections.map(({ file }) => file).filter((file) => file !== null));
  return new MergedRecordings(files, problems, options);
}

/** Hashes all files, and leaves out those that were seen before. */
async function withoutDuplicates(
  files: readonly Candidate[],
  signal: AbortSignal | undefined,
  problems: RecordingProblem[],
): Promise<FoundFile[]> {
  const hashes = await mapSome(files, ({ path }) => orProblem(path, signal, () => sha256OfFile(path, signal)));
  const firsts = new Map<string, FoundFile>();
  for (const [index, file] of files.entries()) {
    const sha256 = hashes[index]!;
    const first = typeof sha256 === 'string' ? firsts.get(sha256) : undefined;
    if (typeof sha256 !== 'string') problems.push(sha256);
    else if (first === undefined) firsts.set(sha256, { ...file, sha256 });
    else problems.push(problemOf('duplicate', file.path, 'nothing', `the same bytes as ${first.path}`, 'give it once'));
  }
  return [...firsts.values()];
}

async function inspect(file: FoundFile, options: OpenOptions, onRead: InspectOptions['onRead']): Promise<Inspection> {
  const { format = 'auto', signal, venues = new Map() } = options;
  const venue = venueFor(file.path, venues);
  const look = () => inspectFile(file, { format, venue, signal, onRead });
  const inspection = await orProblem(file.path, signal, look);
  return 'file' in inspection ? inspection : { file: null, problems: [inspection] };
}

/** Adds up what is read of these files. */
function counterOf(files: readonly FoundFile[], tell: OpenOptions['onInspect']): InspectOptions['onRead'] {
  const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let readBytes = 0;
  if (tell === undefined) return undefined;
  return (bytes) => {
    readBytes = Math.min(totalBytes, readBytes + bytes); // a file that is cut short is read twice
    tell({ readBytes, totalBytes });
  };
}

async function orProblem<T>(
  path: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T | RecordingProblem> {
  signal?.throwIfAborted();
  try {
    return await work();
  } catch (error) {
    signal?.throwIfAborted();
    return accessProblem(path, error);
  }
}

/** `--venue` of the file itself, else of the nearest folder above it. */
function venueFor(path: string, venues: ReadonlyMap<string, string>): string | null {
  let nearest = '';
  let venue: string | null = null;
  for (const [given, name] of venues) {
    const whole = resolve(given);
    if (whole.length >= nearest.length && isAtOrBelow(resolve(path), whole)) [nearest, venue] = [whole, name];
  }
  return venue;
}

function isAtOrBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function idleVenues(venues: ReadonlyMap<string, string>, files: readonly Candidate[]): RecordingProblem[] {
  const idle = [...venues.keys()].filter(
    (given) => !files.some(({ path }) => isAtOrBelow(resolve(path), resolve(given))),
  );
  return idle.map((path) =>
    problemOf('missing', path, 'nothing', '--venue names it, but it is not read', 'give it as a path too'),
  );
}

/** Gives every connection its rank among all: by venue, name, content hash, number in its file. Code units, no locale. */
function ranked(files: readonly InspectedFile[]): InspectedFile[] {
  const all = files.flatMap(({ facts, bySource }) =>
    bySource.map((connection) => ({ connection, sha256: facts.sha256 })),
  );
  const used = all.filter(({ connection }) => connection !== null) as {
    connection: RecordedConnection;
    sha256: string;
  }[];
  used.sort(
    (a, b) =>
      order(a.connection.venue, b.connection.venue) ||
      order(a.connection.name, b.connection.name) ||
      order(a.sha256, b.sha256),
  );
  const ranks = new Map(used.map(({ connection }, rank) => [connection, { ...connection, rank }]));
  return files.map(({ facts, bySource }) => ({
    facts: { ...facts, connections: facts.connections.map((connection) => ranks.get(connection)!) },
    bySource: bySource.map((connection) => (connection === null ? null : ranks.get(connection)!)),
  }));
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Runs `work` over `items`, a few at a time; results in their order. */
async function mapSome<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(items.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index]!);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return results;
}

class MergedRecordings implements Recordings {
  readonly files: readonly FileFacts[];
  readonly problems: RecordingProblem[];
  readonly connections: readonly RecordedConnection[];
  readonly #merge: Merge<RecordedRecord>;
  readonly #signal: AbortSignal | undefined;
  readonly #totalBytes: number;
  #readBytes = 0;

  constructor(files: readonly InspectedFile[], problems: RecordingProblem[], options: OpenOptions) {
    this.files = files.map(({ facts }) => facts);
    this.problems = problems;
    this.connections = this.files.flatMap(({ connections }) => connections).sort((a, b) => a.rank - b.rank);
    this.#signal = options.signal;
    const readable = files.filter(({ facts }) => facts.format !== 'journal');
    this.#totalBytes = readable.reduce((sum, { facts }) => sum + facts.bytes, 0);
    const context = {
      signal: options.signal,
      onRead: (bytes: number) => {
        this.#readBytes += bytes;
      },
      onProblem: (problem: RecordingProblem) => {
        problems.push(problem);
      },
      fallbackTime: earliest(this.files),
      tempDir: options.tempDir ?? tmpdir(),
    };
    const cursors = readable.map((file) => new FileCursor(file, context));
    this.#merge = new Merge(cursors, (a, b) => a.connection.rank - b.connection.rank);
  }

  next(): RecordedRecord | null {
    return this.#merge.next();
  }

  async ready(): Promise<boolean> {
    try {
      this.#signal?.throwIfAborted();
      return await this.#merge.ready();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  progress(): Progress {
    return { readBytes: this.#readBytes, totalBytes: this.#totalBytes };
  }

  close(): Promise<void> {
    return this.#merge.close();
  }
}

/** The earliest time of all files; the epoch when none has one. */
function earliest(files: readonly FileFacts[]): ReceiveTime {
  let best: ReceiveTime | null = null;
  for (const { first } of files) {
    if (first === null) continue;
    if (
      best === null ||
      first.seconds < best.seconds ||
      (first.seconds === best.seconds && first.nanoseconds < best.nanoseconds)
    )
      best = first;
  }
  return best ?? { seconds: 0, nanoseconds: 0 };
}
