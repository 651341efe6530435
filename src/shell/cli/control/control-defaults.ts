/** Every switch and breaker that a configuration knows, for the reducer of the control document. Reads no file. */

import { breakerNames } from '../../../core/ops/breakers/breakers.ts';
import type { ControlDefaults } from '../../../core/ops/control/control.ts';
import { defaultSwitches, quoteSwitches } from '../../../core/ops/control/switch-names.ts';
import { compareText } from '../../../core/ops/status.ts';
import type { EffectiveConfig } from '../../config/effective-config.ts';

/** Providers are those of ops.yaml and those that a venue of venues.yaml names. */
export function controlDefaults({ ops, venues }: Pick<EffectiveConfig, 'ops' | 'venues'>): ControlDefaults {
  const named = [...Object.keys(ops.switches.providers), ...Object.values(venues).map((venue) => venue.provider)];
  const providers = [...new Set(named)].sort(compareText);
  const known = { providers, venues: Object.keys(venues) };
  const switches = defaultSwitches(ops.switches, known);
  return { switches, breakers: breakerNames(providers), quotes: quoteSwitches(ops.switches, known.venues) };
}
