/** What a configured scan of a simulated world starts from: the operators' own settings, the instruments that the world lists. */

import type { EffectiveConfig } from '../../config/effective-config.ts';
import { CryptorunError } from '../../errors.ts';
import type { SimVenueName, SimWorld } from '../../sim/world/sim-world.ts';
import { opsCoreConfig, type ScanStart, scanStart } from '../scan/scan-start.ts';
import type { VirtualScanOptions } from './virtual-scan.ts';

/** Journals of drills are read by the version that made them: nothing depends on this name. */
const CODE_VERSION = 'drill';

/** @throws CryptorunError `usage` when config has none of the world's instruments */
export function simulatedScan(
  world: SimWorld,
  config: EffectiveConfig,
  seed: string,
): Omit<VirtualScanOptions, 'onInput' | 'onEffect'> {
  const choice = { venues: [...world.venues], symbols: null, top: null };
  const start = listedOnly(world, scanStart(config, choice, { session: seed, codeVersion: CODE_VERSION }));
  return {
    world,
    start,
    ops: opsCoreConfig(config.ops),
    providers: [...new Set(Object.values(config.venues).map((venue) => venue.provider))].sort(),
    venues: Object.keys(config.venues).sort(),
    pulseMs: config.ops.scanner.pulseMs,
    seed,
  };
}

function listedOnly(world: SimWorld, start: ScanStart): ScanStart {
  const instruments = start.instruments.filter(({ venue, symbol }) => world.book(venue as SimVenueName, symbol, 1));
  if (instruments.length === 0)
    throw new CryptorunError('usage', 'instruments.yaml has nothing of what the simulated venues list');
  return { ...start, instruments };
}
