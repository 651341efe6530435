/** Looks at the paths of a replay and opens what they are: recordings, or a journal. Refuses a mix of the two. */

import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { StartInput } from '../../core/scan/input.ts';
import { CryptorunError } from '../errors.ts';
import { SEGMENT_EXTENSION, SEGMENT_MAGIC } from '../journal/format.ts';
import { JournalError } from '../journal/journal-error.ts';
import { type JournalSession, openJournal } from '../journal/open-journal.ts';
import type { LineFormat } from '../recording/format/detect.ts';
import { openRecordings } from '../recording/open.ts';
import { type InputSource, JournalSource, RecordingSource } from './input-source.ts';

export interface SourceRequest {
  readonly paths: readonly string[];
  readonly format: LineFormat | 'auto' | 'journal';
  /** `--venue venue=PATH`: venue by path. */
  readonly venues: ReadonlyMap<string, string>;
  readonly session: string | null;
  /** Only these symbols, as the venues write them; null: all. */
  readonly symbols: readonly string[] | null;
  readonly fromMs: number | null;
  /** The `start` of a run over recordings; its receive time is filled in. A journal brings its own. */
  readonly start: Omit<StartInput, 'receiveTimeMs'>;
  readonly signal: AbortSignal;
}

/** @throws CryptorunError `bad_input`, `unsupported_venue`, `usage` when nothing can be read; else problems are in the source */
export async function openSource(request: SourceRequest): Promise<InputSource> {
  const journals = request.paths.filter(isJournal);
  if (journals.length === 0 && request.format !== 'journal') return openRecordingSource(request);
  if (request.paths.length > 1) {
    const others = request.paths.filter((path) => !journals.includes(path));
    const what = others.length > 0 ? `${others[0]} is none` : `${journals.length} were given`;
    throw new CryptorunError('usage', `a journal is replayed alone: ${what}; give one journal folder or segment`);
  }
  return openJournalSource(request.paths[0]!, request);
}

async function openRecordingSource(request: SourceRequest): Promise<InputSource> {
  const { paths, venues, signal } = request;
  const format = request.format as LineFormat | 'auto';
  const recordings = await openRecordings(paths, { format, venues, signal });
  const readable = recordings.files.filter((file) => file.format !== 'journal');
  if (readable.length === 0) {
    const { problems } = recordings;
    await recordings.close();
    const isVenue = problems.length > 0 && problems.every(({ kind }) => kind === 'unsupported_venue');
    const message = problems.map((problem) => problem.message).join('\n');
    throw new CryptorunError(isVenue ? 'unsupported_venue' : 'bad_input', message || 'no recording in these paths');
  }
  const firsts = readable.flatMap(({ first }) =>
    first === null ? [] : [first.seconds * 1000 + Math.floor(first.nanoseconds / 1e6)],
  );
  const start: StartInput = { ...request.start, receiveTimeMs: firsts.length === 0 ? 0 : Math.min(...firsts) };
  const names = readable.map((file) => basename(file.path));
  return new RecordingSource(recordings, start, names.length === 1 ? names[0]! : `${names.length} recordings`);
}

function openJournalSource(path: string, request: SourceRequest): InputSource {
  try {
    const journal = openJournal(path);
    const session = chooseSession(path, journal.sessions, request.session);
    return new JournalSource(journal, session, { ...request, strangers: strangersIn(path) });
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    throw new CryptorunError('bad_input', error.message, { cause: error });
  }
}

function chooseSession(path: string, sessions: readonly JournalSession[], wanted: string | null): JournalSession {
  const names = sessions.map(({ session }) => session);
  if (wanted !== null) {
    const found = sessions.find(({ session }) => session === wanted);
    if (found !== undefined) return found;
    throw new CryptorunError('usage', `--session ${wanted}: ${path} has ${names.join(', ') || 'no session'}`);
  }
  if (sessions.length === 1) return sessions[0]!;
  const advice = sessions.length === 0 ? 'no session can be read' : `choose one with --session: ${names.join(', ')}`;
  throw new CryptorunError(sessions.length === 0 ? 'bad_input' : 'usage', `${path}: ${advice}`);
}

/** Other files in a journal's folder; hidden ones do not count. */
function strangersIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [];
  const names = readdirSync(path).filter((name) => !name.startsWith('.') && !name.endsWith(SEGMENT_EXTENSION));
  return names.sort().map((name) => join(path, name));
}

/** A journal segment, or a folder with one in it. Anything that cannot be looked at is left to the recordings' messages. */
function isJournal(path: string): boolean {
  try {
    if (statSync(path).isDirectory()) return readdirSync(path).some((name) => name.endsWith(SEGMENT_EXTENSION));
    return path.endsWith(SEGMENT_EXTENSION) || firstBytes(path).startsWith(SEGMENT_MAGIC);
  } catch {
    return false;
  }
}

function firstBytes(path: string): string {
  const bytes = Buffer.alloc(SEGMENT_MAGIC.length);
  const file = openSync(path, 'r');
  try {
    return bytes.toString('latin1', 0, readSync(file, bytes));
  } finally {
    closeSync(file);
  }
}
