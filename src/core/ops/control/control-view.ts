/** The control document as the core asks it: what operators and config allow, at one moment. Decides nothing about guards. */

import type { Transport } from '../facts.ts';
import type { ControlDefaults, ControlDocument, KillState, RunMode } from './control.ts';
import { detectorSwitch, isOnUnlisted, providerSwitch, venueSwitch } from './switch-names.ts';
import { isAllowedBy, nextExpiryMs, switchStates } from './switch-states.ts';

/** Plain and cheap to ask. It holds for its revision, until `validUntilMs`. */
export interface ControlView {
  readonly revision: number;
  readonly kill: KillState;
  readonly mode: RunMode;
  /** Each switch's own state by canonical name, sorted. */
  readonly switches: ReadonlyMap<string, boolean>;
  readonly isolatedBreakers: ReadonlySet<string>;
  /** From then on a setting has run out, and a new view is due; null: not before the next revision. */
  readonly validUntilMs: number | null;
}

export function controlView(document: ControlDocument, defaults: ControlDefaults, nowMs: number): ControlView {
  const { revision, kill, mode } = document;
  const switches = new Map(switchStates(document, defaults, nowMs).map(({ name, isOn }) => [name, isOn]));
  const isolatedBreakers = new Set(Object.keys(document.isolatedBreakers));
  return { revision, kill, mode, switches, isolatedBreakers, validUntilMs: nextExpiryMs(document, nowMs) };
}

/** By canonical name, with the switch that stands over it. What nobody lists is off, but for detectors. */
export function isAllowed(view: ControlView, name: string): boolean {
  return isAllowedBy(name, (asked) => view.switches.get(asked) ?? isOnUnlisted(asked));
}

/** @param transport - null: the provider as such */
export function isProviderAllowed(view: ControlView, provider: string, transport: Transport | null): boolean {
  return isAllowed(view, providerSwitch(provider, transport ?? 'enabled'));
}

/**
 * The key of venue and quote (`kraken_usd`), where listed, wins over its venue's, either way.
 *
 * @param quote - `USD` or `usd`; null: the venue as such, which is off when only its quotes are listed
 */
export function isVenueAllowed(view: ControlView, venue: string, quote: string | null): boolean {
  const ofQuote = quote === null ? undefined : view.switches.get(venueSwitch(`${venue}_${quote.toLowerCase()}`));
  return ofQuote ?? isAllowed(view, venueSwitch(venue));
}

export function isDetectorAllowed(view: ControlView, id: string): boolean {
  return isAllowed(view, detectorSwitch(id));
}
