/** Finds what a question to the desk is about. Guesses only in what it says when there is no such thing. */

import type { InstrumentRun } from '../../../core/scan/instrument-run.ts';
import type { Scanner } from '../../../core/scan/scanner.ts';
import { nearestWord } from '../../config/check/did-you-mean.ts';
import type { Refusal } from './desk-protocol.ts';

type Instruments = Pick<Scanner, 'instruments'>;

/** @param symbol - as the venue writes it, or our id */
export function namedRun(scanner: Instruments, venue: string, symbol: string): InstrumentRun | Refusal {
  const ofVenue = scanner.instruments.filter(({ instrument }) => instrument.venue === venue);
  if (ofVenue.length === 0) return unknownVenue(scanner, venue)!;
  const found = ofVenue.find(({ instrument }) => instrument.symbol === symbol || instrument.spec.id === symbol);
  if (found !== undefined) return found;
  const symbols = ofVenue.map(({ instrument }) => instrument.symbol);
  const ids = ofVenue.map(({ instrument }) => instrument.spec.id);
  return refusal(`${symbol} on ${venue}`, symbol, symbols, ids);
}

/** @returns null: the scan has it */
export function unknownVenue({ instruments }: Instruments, venue: string): Refusal | null {
  const venues = [...new Set(instruments.map(({ instrument }) => instrument.venue))];
  return venues.includes(venue) ? null : refusal(`venue ${venue}`, venue, venues);
}

/** More would not be read. */
const LISTED = 12;

function refusal(what: string, typed: string, names: readonly string[], others: readonly string[] = []): Refusal {
  const nearest = nearestWord(typed, [...names, ...others]);
  const sorted = [...names].sort();
  const more = sorted.length > LISTED ? ` and ${sorted.length - LISTED} more` : '';
  const list = `${sorted.slice(0, LISTED).join(', ')}${more}`;
  const hint = nearest === null ? `it has ${list}` : `did you mean ${nearest}?`;
  const join = nearest === null ? ':' : ';';
  return { kind: 'refused', code: 'usage', reason: `the scan has no ${what}${join} ${hint}` };
}
