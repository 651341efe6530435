/** Finds the switch that an operator named. Guesses only in the error that it throws. */

import type { ControlDefaults, ControlDocument } from '../../../core/ops/control/control.ts';
import { detectorSwitch, readSwitchName } from '../../../core/ops/control/switch-names.ts';
import { switchNames } from '../../../core/ops/control/switch-states.ts';
import type { ConfigRequest } from '../../config/resolve-home.ts';
import { CryptorunError } from '../../errors.ts';

const DETECTOR = 'detector.';

/**
 * With the switch of an alert type that is named here, though nobody has set it yet. The types stand in a file that other
 * switches can do without, so it is read only for these; where it cannot be read, the name is believed: stopping must work.
 */
export async function withAlertType(
  text: string,
  defaults: ControlDefaults,
  request: ConfigRequest,
): Promise<ControlDefaults> {
  if (!text.startsWith(DETECTOR) || defaults.switches.has(text)) return defaults;
  const { loadFullConfig } = await import('../../config/load-full-config.ts');
  const loaded = loadFullConfig(request);
  const types = loaded.ok ? loaded.config.alerts.rules.map(({ type }) => type) : [text.slice(DETECTOR.length)];
  return {
    ...defaults,
    switches: new Map([...defaults.switches, ...types.map((type) => [detectorSwitch(type), true] as const)]),
  };
}

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
