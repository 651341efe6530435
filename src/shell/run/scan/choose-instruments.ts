/** Which of the configured instruments a scan is about, from what was typed. Asks no venue. */

import type { InstrumentSpec } from '../../../core/market/instrument.ts';
import { CryptorunError } from '../../errors.ts';

export interface InstrumentChoice {
  /** Venue names; empty: all that can be scanned. */
  readonly venues: readonly string[];
  /** Our ids (`BTC-USD`) or symbols as a venue writes them; null: all. */
  readonly symbols: readonly string[] | null;
  /** So many of each venue, in the order of instruments.yaml; null: all. */
  readonly top: number | null;
}

/**
 * @param specs - all that are configured, by our id in the order of instruments.yaml
 * @param scannable - venues that can be scanned, of those configured
 * @throws CryptorunError `usage`, with everything that was asked for and is not there
 */
export function chooseInstruments(
  specs: readonly InstrumentSpec[],
  scannable: readonly string[],
  choice: InstrumentChoice,
): InstrumentSpec[] {
  const faults: string[] = [];
  for (const venue of choice.venues) {
    if (!scannable.includes(venue)) faults.push(`--venue ${venue}: wanted one of ${scannable.join(', ')}`);
  }
  const venues = choice.venues.length === 0 ? scannable : choice.venues;
  const there = specs.filter(({ venue }) => venues.includes(venue));
  for (const symbol of faults.length > 0 ? [] : (choice.symbols ?? [])) {
    if (!there.some((spec) => isNamed(spec, symbol)))
      faults.push(`--symbols ${symbol}: no instrument of ${venues.join(', ')} has this id or symbol`);
  }
  if (faults.length > 0) throw new CryptorunError('usage', faults.join('\n'));
  const { symbols } = choice;
  const named = symbols === null ? there : there.filter((spec) => symbols.some((symbol) => isNamed(spec, symbol)));
  const chosen = venues.flatMap((venue) =>
    named.filter((spec) => spec.venue === venue).slice(0, choice.top ?? undefined),
  );
  if (chosen.length === 0)
    throw new CryptorunError('usage', `no instrument to scan on ${venues.join(', ')}: see config/instruments.yaml`);
  return chosen;
}

function isNamed({ id, symbol, aliases }: InstrumentSpec, name: string): boolean {
  return id === name || symbol === name || aliases?.includes(name) === true;
}
