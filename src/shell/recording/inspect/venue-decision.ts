/** Decides the venue of each connection of a file: by its URL, else by the shape of its frames, else by `--venue`. Reads nothing. */

import { VENUES } from '../../../core/market/venues/registry.ts';
import { problemOf, type RecordingProblem } from '../facts.ts';
import type { ConnectionSeen } from '../format/source-line.ts';
import { fits, shapeOfFrame } from './frame-shape.ts';
import { isSupportedVenue, venueOfUrl } from './venues.ts';

/** Frames are looked at until one tells its venue, but no further than this. */
const MAX_FRAMES = 2000;
const MAX_BYTES = 4 * 1024 * 1024;
/** So many are looked at in any case, to notice two venues on one connection. */
const MIN_FRAMES = 64;

/** Listens to the frames whose connection has no URL. */
export class VenueGuess {
  venue: string | null = null;
  /** A second venue, when frames of two are found. */
  other: string | null = null;
  isSomeBinance = false;
  #frames = 0;
  #bytes = 0;

  get isSettled(): boolean {
    return this.#frames >= (this.venue === null ? MAX_FRAMES : MIN_FRAMES) || this.#bytes >= MAX_BYTES;
  }

  observe(bytes: Buffer, from: number, to: number): void {
    this.#frames += 1;
    this.#bytes += to - from;
    const shape = shapeOfFrame(bytes, from, to);
    if (shape === null) return;
    if (shape.kind === 'some_binance') this.isSomeBinance = true;
    else if (this.venue === null) this.venue = shape.venue;
    else if (this.venue !== shape.venue) this.other ??= shape.venue;
  }
}

/** A venue for each connection, in their order (null: not decided), and what is wrong. A problem that loses the file ends it. */
export interface VenueDecision {
  readonly venues: readonly (string | null)[];
  readonly problems: readonly RecordingProblem[];
}

/**
 * Decides.
 *
 * @param wanted - what `--venue` says of this path; null when it says nothing
 */
export function decideVenues(
  path: string,
  connections: readonly ConnectionSeen[],
  guess: VenueGuess,
  wanted: string | null,
): VenueDecision {
  const byUrl = connections.map((connection) => (connection.url === null ? null : venueOfUrl(connection.url)));
  const seen = [
    ...new Set([...byUrl.filter((venue) => venue !== null), ...(guess.venue === null ? [] : [guess.venue])]),
  ];
  const problem = contradiction(path, seen, guess, wanted) ?? openQuestion(path, byUrl, guess, wanted);
  if (problem !== null) return { venues: [], problems: [problem] };
  const venues = byUrl.map((venue) => narrowed(venue ?? guess.venue, wanted));
  return { venues, problems: unsupported(path, venues) };
}

/** Content says less than `--venue` only for families: Bybit without a product, Binance spot that may be the US one. */
function narrowed(venue: string | null, wanted: string | null): string | null {
  if (wanted === null) return venue;
  return venue === null || fits(venue, wanted) ? wanted : venue;
}

function contradiction(
  path: string,
  seen: readonly string[],
  guess: VenueGuess,
  wanted: string | null,
): RecordingProblem | null {
  if (guess.other !== null) {
    return problemOf(
      'mixed_venues',
      path,
      'file',
      `frames of ${guess.venue} and ${guess.other} on one connection`,
      'give a file a venue',
    );
  }
  if (wanted === null) return null;
  if (!isSupportedVenue(wanted)) {
    return problemOf(
      'unsupported_venue',
      path,
      'file',
      `--venue says ${wanted}, an unsupported venue`,
      supportedText(),
    );
  }
  const isOpen =
    seen.length === 0
      ? !guess.isSomeBinance || wanted.startsWith('binance')
      : seen.some((venue) => fits(venue, wanted));
  if (isOpen) return null;
  const content = seen.length === 0 ? 'binance or binance_usdm' : seen.join(', ');
  return problemOf(
    'venue_contradiction',
    path,
    'file',
    `--venue says ${wanted}, but its content is of ${content}`,
    'drop that --venue',
  );
}

/** A connection without a URL, and frames that do not tell. */
function openQuestion(
  path: string,
  byUrl: readonly (string | null)[],
  guess: VenueGuess,
  wanted: string | null,
): RecordingProblem | null {
  if (wanted !== null || guess.venue !== null || !byUrl.includes(null)) return null;
  if (guess.isSomeBinance) {
    const what = 'Binance frames that spot and futures send alike';
    return problemOf(
      'open_venue',
      path,
      'file',
      what,
      `say which by --venue binance=${path} or --venue binance_usdm=${path}`,
    );
  }
  const advice = `${supportedText()}; if it is one of them, say which by --venue VENUE=${path}`;
  return problemOf('unsupported_venue', path, 'file', 'unsupported venue unknown', advice);
}

function unsupported(path: string, venues: readonly (string | null)[]): RecordingProblem[] {
  const names = [...new Set(venues.filter((venue) => venue !== null && !isSupportedVenue(venue)))];
  if (names.length === 0) return [];
  const isAll = venues.every((venue) => venue === null || !isSupportedVenue(venue));
  const what = isAll
    ? `unsupported venue ${names.join(', ')}`
    : `some connections are of the unsupported venue ${names.join(', ')}`;
  return [problemOf('unsupported_venue', path, isAll ? 'file' : 'part', what, supportedText())];
}

function supportedText(): string {
  return `supported: ${VENUES.join(', ')}`;
}
