/** What a row is called in outputs of one row a line. Knows no format. */

import type { StatusRow } from '../ops/status.ts';

/** The category and name of the CSV. */
export interface RowName {
  readonly category: string;
  readonly name: string;
}

/**
 * Switches of providers and venues keep the guide's category and names: `switch`, `provider_kraken_rest`. Every other row
 * has its own category and its name with its part: `venue`, `kraken_spread_bps`.
 */
export function rowName({ category, name, part }: StatusRow): RowName {
  const whole = part === null ? name : `${name}_${part}`;
  if (category === 'provider') return { category: 'switch', name: `provider_${whole}` };
  if (category === 'venue' && part === null) return { category: 'switch', name: `venue_${whole}` };
  return { category, name: whole };
}
