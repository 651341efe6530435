/** The control document as the core asks it: what operators and config allow, at one moment. Decides nothing about guards. */

import type { Transport } from '../facts.ts';
import type { ControlDefaults, ControlDocument, KillState, QuoteSwitches, RunMode } from './control.ts';
import { detectorSwitch, isOnUnlisted, providerSwitch, venueSwitch } from './switch-names.ts';
import { NO_QUOTES, nextExpiryMs, stopOf, switchStates } from './switch-states.ts';

/** Plain and cheap to ask. It holds for its revision, until `validUntilMs`. */
export interface ControlView {
  readonly revision: number;
  readonly kill: KillState;
  readonly mode: RunMode;
  /** Each switch's own state by canonical name, sorted. */
  readonly switches: ReadonlyMap<string, boolean>;
  readonly quotes: QuoteSwitches;
  readonly isolatedBreakers: ReadonlySet<string>;
  /** From then on a setting has run out, and a new view is due; null: not before the next revision. */
  readonly validUntilMs: number | null;
}

export function controlView(document: ControlDocument, defaults: ControlDefaults, nowMs: number): ControlView {
  const { revision, kill, mode } = document;
  const switches = new Map(switchStates(document, defaults, nowMs).map(({ name, isOn }) => [name, isOn]));
  const isolatedBreakers = new Set(Object.keys(document.isolatedBreakers));
  const quotes = defaults.quotes ?? NO_QUOTES;
  return { revision, kill, mode, switches, quotes, isolatedBreakers, validUntilMs: nextExpiryMs(document, nowMs) };
}

/** By canonical name, with the switches that it depends on. What nobody lists is off, but for detectors. */
export function isAllowed(view: ControlView, name: string): boolean {
  const isOn = (asked: string): boolean => view.switches.get(asked) ?? isOnUnlisted(asked);
  return isOn(name) && stopOf(name, isOn, view.quotes) === null;
}

/** @param transport - null: the provider as such */
export function isProviderAllowed(view: ControlView, provider: string, transport: Transport | null): boolean {
  return isAllowed(view, providerSwitch(provider, transport ?? 'enabled'));
}

/** Null: allowed; else the switch that is off, or is listed nowhere. */
export function venueStop(view: ControlView, venue: string, quote: string | null): string | null {
  const own = venueSwitch(venue);
  if (view.switches.get(own) === false) return own;
  if (quote === null) return isAllowed(view, own) ? null : own;
  const ofQuote = venueSwitch(`${venue}_${quote.toLowerCase()}`);
  if (view.switches.has(ofQuote)) return isAllowed(view, ofQuote) ? null : ofQuote;
  return isAllowed(view, own) && !view.quotes.byQuote.has(own) ? null : ofQuote;
}

/**
 * A venue that is off stops all of its quotes; one that is on stops none, and each quote that has a switch goes by it.
 *
 * @param quote - `USD` or `usd`; null: the venue as such
 */
export function isVenueAllowed(view: ControlView, venue: string, quote: string | null): boolean {
  return venueStop(view, venue, quote) === null;
}

export function isDetectorAllowed(view: ControlView, id: string): boolean {
  return isAllowed(view, detectorSwitch(id));
}
