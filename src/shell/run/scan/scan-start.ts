/** What a scan starts from, of the configuration and of what was typed. Starts nothing. */

import { dialectOf } from '../../../core/feed/dialects/registry.ts';
import type { OpsConfig } from '../../../core/ops/ops-config.ts';
import { compareText } from '../../../core/ops/status.ts';
import type { StartInput } from '../../../core/scan/input.ts';
import type { SignalStart } from '../../../core/scan/signal-wiring.ts';
import { type EffectiveConfig, instrumentSpecs, marketConfig } from '../../config/effective-config.ts';
import type { FullConfig } from '../../config/full-config.ts';
import type { QueueLimits } from '../../feeds/driver/frame-queue.ts';
import { chooseInstruments, type InstrumentChoice } from './choose-instruments.ts';

export type ScanStart = Omit<StartInput, 'ops' | 'signal' | 'restoredState' | 'receiveTimeMs'>;

/** Without what the run before left of its alerts. */
export type SignalSettings = Omit<SignalStart, 'stored'>;

export function signalSettings({ surveillance, alerts }: FullConfig): SignalSettings {
  return { surveillance, alerts };
}

/**
 * @param session - names the run; what is left to chance, such as the jitter of reconnects, follows from it
 * @throws CryptorunError `usage` when there is nothing to scan
 */
export function scanStart(
  config: EffectiveConfig,
  choice: InstrumentChoice,
  run: { readonly session: string; readonly codeVersion: string },
): ScanStart {
  const specs = instrumentSpecs(config);
  const order = Object.keys(config.instruments);
  const listed = [...specs].sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id) || compareText(a.venue, b.venue));
  const chosen = chooseInstruments(listed, scannableVenues(config), choice);
  const wanted = [...new Set(chosen.map(({ venue }) => venue))].sort(compareText);
  return {
    kind: 'start',
    config: marketConfig(config, false),
    configHash: config.configHash,
    codeVersion: run.codeVersion,
    instruments: chosen,
    feed: { seed: run.session, venues: Object.fromEntries(wanted.map((name) => [name, config.venues[name]!])) },
  };
}

/** Those that we can subscribe to, and that have an instrument. */
export function scannableVenues(config: EffectiveConfig): string[] {
  const named = new Set(instrumentSpecs(config).map(({ venue }) => venue));
  return Object.keys(config.venues)
    .filter((name) => named.has(name) && dialectOf(name) !== null)
    .sort(compareText);
}

/** The parts of the config that the operations core reads: what is journaled is what is obeyed, and nothing more. */
export function opsCoreConfig({ kpi, guards, switches, breakers, killSwitch, health }: OpsConfig): OpsConfig {
  return { kpi, guards, switches, breakers, killSwitch, health };
}

/** Half a second of the busiest feed that we know how to work: older frames are worth no more than a resync. */
const QUEUED_FRAMES = 65_536;
const LEAST_QUEUED_BYTES = 32 << 20;

/** Room for a few of the largest messages that a venue may send. */
export function queueLimits({ feed }: ScanStart): QueueLimits {
  const largest = Object.values(feed?.venues ?? {}).map(({ websocket }) => websocket.maxMessageBytes);
  return { frames: QUEUED_FRAMES, bytes: Math.max(LEAST_QUEUED_BYTES, ...largest) };
}
