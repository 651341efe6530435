/** The one reducer of the control document: a command in, a new document with its audit entries or a refusal out. Stores nothing. */

import { type Act, refusalOf, tokenStanding } from './authority.ts';
import {
  type ControlCommand,
  type ControlDefaults,
  type ControlDocument,
  type ControlOutcome,
  type ControlRequest,
  RUN_MODES,
  type RunMode,
} from './control.ts';
import { orderAlert } from './decide-alert.ts';
import { engage, release } from './decide-kill.ts';
import { forgetSettings, setSwitch } from './decide-switch.ts';
import { createToken, revokeToken } from './decide-token.ts';
import { changed, reasonProblems, refused, type Turn, turnOf, unchanged } from './outcome.ts';
import { ACTIONS, MODE_TARGET } from './recorded.ts';

/** Before any operator came: everything as config has it. */
export function emptyDocument(): ControlDocument {
  return {
    schemaVersion: 1,
    revision: 0,
    switches: {},
    kill: { kind: 'released', releasedAtMs: null, revision: 0 },
    mode: 'normal',
    isolatedBreakers: {},
    tokens: [],
  };
}

/**
 * Decides one command.
 *
 * A switch whose `--for` has run out counts as reverted, written down or not; it is written down by the next change (orders
 * about alerts excepted), before that change's own entries, with the time at which it ran out. All problems of a command come in one message.
 *
 * Pure: the same three arguments give the same outcome. Requests come in the order in which they are committed; their times
 * need not rise (a late engagement has its own).
 *
 * @param defaults - what names there are, and how config has them; a switch that is still set is known without it
 */
export function decide(document: ControlDocument, request: ControlRequest, defaults: ControlDefaults): ControlOutcome {
  const turn = turnOf(document, request, defaults);
  const { command } = request;
  switch (command.kind) {
    case 'set_switch':
      return setSwitch(turn, command);
    case 'expire':
      return turn.expired.length === 0 ? unchanged(turn) : changed(turn, {}, []);
    case 'forget_settings':
      return forgetSettings(turn, command);
    case 'engage':
      return engage(turn, command);
    case 'release':
      return release(turn, command);
    case 'isolate_breaker':
    case 'release_breaker':
      return setIsolation(turn, command.name, command.kind);
    case 'set_mode':
      return setMode(turn, command.mode);
    case 'create_token':
      return createToken(turn, command);
    case 'revoke_token':
      return revokeToken(turn, command);
    case 'alert_acknowledge':
    case 'alert_resolve':
    case 'silence_add':
    case 'silence_end':
      return orderAlert(turn, command);
    case 'record':
      return record(turn, command);
  }
}

function setIsolation(turn: Turn, name: string, act: 'isolate_breaker' | 'release_breaker'): ControlOutcome {
  const { [name]: isolation, ...others } = turn.document.isolatedBreakers;
  const isIsolated = Object.hasOwn(turn.document.isolatedBreakers, name);
  const usage = reasonProblems(turn);
  // One that config has dropped can still be released.
  if (!isIsolated && !turn.defaults.breakers.includes(name)) usage.unshift(`no breaker is named ${name}`);
  if (usage.length > 0) return refused(turn, 'usage', usage);
  if (isIsolated === (act === 'isolate_breaker')) return unchanged(turn);
  const denial = denialOf(turn, act);
  if (denial !== null) return refused(turn, 'permission_denied', [`${name}: ${denial}`]);
  const { reason, actor } = turn.request;
  const own = isIsolated ? {} : { [name]: { sinceMs: turn.nowMs, reason, actor } };
  const [from, to] = isIsolated ? ['isolated', 'automatic'] : ['automatic', 'isolated'];
  return changed(turn, { isolatedBreakers: { ...others, ...own } }, [{ action: act, target: name, from, to }]);
}

function setMode(turn: Turn, mode: RunMode): ControlOutcome {
  const from = turn.document.mode;
  const usage = reasonProblems(turn);
  if (!RUN_MODES.includes(mode)) usage.unshift(`no mode is named ${mode}`);
  if (usage.length > 0) return refused(turn, 'usage', usage);
  if (mode === from) return unchanged(turn);
  const isLooser = RUN_MODES.indexOf(mode) < RUN_MODES.indexOf(from);
  const denial = denialOf(turn, isLooser ? 'mode_looser' : 'mode_stricter');
  if (denial !== null) return refused(turn, 'permission_denied', [denial]);
  return changed(turn, { mode }, [{ action: 'set_mode', target: MODE_TARGET, from, to: mode }]);
}

const OWN_ACTIONS: readonly string[] = ACTIONS;

/** Refused only for a name of the reducer's own: `restore.ts` would take the record for a change. */
function record(turn: Turn, command: Extract<ControlCommand, { kind: 'record' }>): ControlOutcome {
  const { action, target, from, to } = command;
  if (OWN_ACTIONS.includes(action)) return refused(turn, 'usage', [`${action} is recorded only where it is done`]);
  return changed(turn, {}, [{ action, target, from, to }]);
}

function denialOf(turn: Turn, act: Act): string | null {
  return refusalOf(act, tokenStanding(turn.document, turn.request.tokenHash, turn.nowMs));
}
