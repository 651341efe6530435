/** The one question `isAllowed`: mode, kill switch, switches, guards, breakers, in this order. Counts and changes nothing. */

import type { Breakers } from '../breakers/breakers.ts';
import { breakerName } from '../breakers/breakers.ts';
import type { RunMode } from '../control/control.ts';
import { type ControlView, isAllowed, venueStop } from '../control/control-view.ts';
import { detectorSwitch, providerSwitch } from '../control/switch-names.ts';
import type { Transport, VenueFact } from '../facts.ts';
import type { Guards } from '../guards/guards.ts';
import { type KillLatch, levelOf } from '../kill-switch/latch.ts';
import { type Activity, KILL_LEVEL_EFFECTS } from '../kill-switch/levels.ts';
import { type Action, ALLOWED, activityOf, type Permission, type Refuser } from './action.ts';
import type { Refusal } from './refusals.ts';

/** Everything that may refuse. */
export interface Authorities {
  readonly latch: KillLatch;
  readonly view: ControlView;
  readonly guards: Guards;
  readonly breakers: Breakers;
}

/** The first refusal and its reason, or that there is none. */
export function permissionFor(action: Action, authorities: Authorities, nowMs: number): Permission {
  return (
    refusedByOperators(action, authorities) ??
    refusedByGuard(action, authorities.guards, nowMs) ??
    refusedByBreaker(action, authorities.breakers, nowMs) ??
    ALLOWED
  );
}

/**
 * As `permissionFor`, without guards and breakers: mode, kill switch and switches, which change when somebody changes them and
 * not by themselves. The same latch and view give the same answer. Null: none of them refuses.
 */
export function refusedByOperators(
  action: Action,
  { latch, view }: Pick<Authorities, 'latch' | 'view'>,
): Refusal | null {
  return refusedByMode(action, view.mode) ?? refusedByKillSwitch(action, latch) ?? refusedBySwitch(action, view);
}

/** Why a venue's sockets are kept closed on purpose. Guards protect, they switch nothing off. Null: they are not. */
export function reasonClosed(
  { venue, provider }: Pick<VenueFact, 'venue' | 'provider'>,
  authorities: Pick<Authorities, 'latch' | 'view'>,
): string | null {
  return refusedByOperators({ kind: 'subscribe', provider, venue, quote: null }, authorities)?.reason ?? null;
}

/** What each mode refuses, in the kill switch's words; `normal` nothing. Audit, state, heartbeat and status ask nobody. */
const MODE_REFUSES: Readonly<Record<RunMode, readonly Activity[]>> = {
  normal: [],
  observe: ['publish_events', 'publish_candidates', 'market_alerts'],
  halted: ['publish_events', 'publish_candidates', 'market_alerts', 'detectors', 'calls', 'sockets'],
};

function refusedByMode(action: Action, mode: RunMode): Refusal | null {
  return MODE_REFUSES[mode].includes(activityOf(action)) ? refusal('mode', mode, `the mode is ${mode}`) : null;
}

/** An action begins something new, so what only `finishes` is refused too. */
function refusedByKillSwitch(action: Action, latch: KillLatch): Refusal | null {
  const level = levelOf(latch);
  if (level === null || latch.kind === 'released') return null;
  if (KILL_LEVEL_EFFECTS[activityOf(action)][level] === 'goes_on') return null;
  return refusal('kill_switch', level, `the kill switch is at ${level}: ${latch.reason}`);
}

function refusedBySwitch(action: Action, view: ControlView): Refusal | null {
  const isOff = (name: string): boolean => !isAllowed(view, name);
  const off =
    switchesOver(action).find(isOff) ?? ('venue' in action ? venueStop(view, action.venue, action.quote) : null);
  return off === null ? null : refusal('switch', off, `the switch ${off} is off`);
}

/** The switches that must be on, the widest first. */
function switchesOver(action: Action): string[] {
  switch (action.kind) {
    case 'call':
    case 'connect':
    case 'subscribe':
      return [
        'emergency.live_data',
        providerSwitch(action.provider, 'enabled'),
        providerSwitch(action.provider, transportOf(action)),
      ];
    case 'detect':
      return ['emergency.scanners', detectorSwitch(action.detector)];
    case 'publish':
      return ['emergency.scanners', 'publish'];
    case 'alert':
      return ['alerts'];
    case 'write':
      return ['emergency.writes'];
  }
}

function refusedByGuard(action: Action, guards: Guards, nowMs: number): Refusal | null {
  const isCandidate = action.kind === 'publish' && action.what === 'candidate';
  if (!('provider' in action) && !isCandidate) return null;
  const guard = guards.firstBlock(nowMs, 'provider' in action ? action.provider : null);
  return guard === null ? null : refusal('guard', guard.name, guard.message);
}

function refusedByBreaker(action: Action, breakers: Breakers, nowMs: number): Refusal | null {
  const name = breakerOf(action);
  if (name === null || breakers.permits(name, nowMs)) return null;
  const state = breakers.stateOf(name, nowMs);
  return refusal('breaker', name, `the breaker ${name} is ${state?.kind ?? 'unknown'}`);
}

/** Subscribing uses a connection that is open: only opening one is the breaker's business. */
export function breakerOf(action: Action): string | null {
  if (action.kind !== 'call' && action.kind !== 'connect') return null;
  return breakerName(action.provider, transportOf(action));
}

function transportOf(action: Action): Transport {
  return action.kind === 'call' ? 'rest' : 'websocket';
}

function refusal(refusedBy: Refuser, name: string, reason: string): Refusal {
  return { isAllowed: false, refusedBy, name, reason };
}
