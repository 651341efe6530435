/** Finds the switch that an operator named. Guesses only in the error that it throws. */

import type { ControlDefaults, ControlDocument } from '../../../core/ops/control/control.ts';
import { readSwitchName } from '../../../core/ops/control/switch-names.ts';
import { switchNames } from '../../../core/ops/control/switch-states.ts';
import { CryptorunError } from '../../errors.ts';

/**
 * The canonical name.
 *
 * @throws CryptorunError `usage` for a name that is unknown (with what was probably meant) or whose ON would mean forbidden
 */
export async function namedSwitch(text: string, document: ControlDocument, defaults: ControlDefaults): Promise<string> {
  const reading = readSwitchName(text);
  if (reading.kind === 'negative') throw new CryptorunError('usage', `switch: ${reading.message}`);
  const names = switchNames(document, defaults);
  if (reading.kind === 'name' && names.includes(reading.name)) return reading.name;
  const { nearestWord } = await import('../../config/check/did-you-mean.ts');
  const nearest = nearestWord(text, names);
  const hint = nearest === null ? 'see `cryptorun switch list`' : `did you mean ${nearest}?`;
  throw new CryptorunError('usage', `switch: no switch is named ${text}; ${hint}`);
}
