/** Reads the matchers of a silence as operators type them. Matches nothing itself. */

import type { SilenceMatcher } from '../../../core/signal/detect/alert-effect.ts';
import { CryptorunError } from '../../errors.ts';

const LABELS: readonly SilenceMatcher['label'][] = ['type', 'priority', 'severity', 'venue', 'instrument'];
const MATCHER = /^([a-z]+)(!?=)(.+)$/;

/**
 * `venue=okx` is the whole value, `type!=data_gap` anything else, `instrument=BTC-*` its beginning.
 *
 * @throws CryptorunError `usage`, naming every one that cannot be read
 */
export function silenceMatchers(texts: readonly string[]): SilenceMatcher[] {
  const read = texts.map((text) => [text, matcherOf(text)] as const);
  const bad = read.filter(([, matcher]) => matcher === null).map(([text]) => `"${text}"`);
  if (bad.length > 0) {
    const wanted = `label=value, label!=value or label=begin*, with a label of ${LABELS.join(', ')}`;
    throw new CryptorunError('usage', `silence: wanted ${wanted}; found ${bad.join(', ')}`);
  }
  return read.map(([, matcher]) => matcher!);
}

/** The matcher as it is typed. */
export function matcherText({ label, kind, value, isNegated }: SilenceMatcher): string {
  return `${label}${isNegated ? '!=' : '='}${value}${kind === 'prefix' ? '*' : ''}`;
}

function matcherOf(text: string): SilenceMatcher | null {
  const parts = MATCHER.exec(text);
  const label = LABELS.find((one) => one === parts?.[1]);
  if (parts === null || label === undefined) return null;
  const [, , sign, typed] = parts;
  const isPrefix = typed!.endsWith('*');
  const value = isPrefix ? typed!.slice(0, -1) : typed!;
  // A star alone would be everything of that label; a star inside is no pattern of ours.
  if (value === '' || value.includes('*')) return null;
  return { label, kind: isPrefix ? 'prefix' : 'equals', value, isNegated: sign === '!=' };
}
