/** Who may do what: one table from act to role, and what is wrong with a token. Makes and stores no token. */

import { isoText } from '../../base/time.ts';
import { type ControlDocument, ROLES, type Role, type TokenRecord } from './control.ts';

/** One line of the table. `role` null: nobody is asked for a token. A higher role may do what a lower one may. */
interface Authority {
  readonly act: string;
  readonly role: Role | null;
  /** As a refusal says it: `<what> needs the role operator: ...`. */
  readonly what: string;
}

/**
 * The table that the README shows. Safe directions need nothing, so that nobody is ever too weak to stop something.
 *
 * `first_admin_token` holds only while no admin token is valid: see `actOf` in `decide-token.ts`.
 */
export const AUTHORITY = [
  { act: 'engage', role: null, what: 'engaging the kill switch, at any level' },
  { act: 'release', role: 'admin', what: 'releasing the kill switch' },
  { act: 'switch_off', role: null, what: 'turning a switch off' },
  { act: 'switch_on', role: null, what: 'turning a switch on that is no emergency switch' },
  { act: 'emergency_on', role: 'operator', what: 'turning an emergency switch on' },
  { act: 'emergency_on_sooner', role: 'operator', what: 'shortening the time for which an emergency switch is off' },
  { act: 'forget_settings', role: null, what: 'dropping settings that equal config' },
  { act: 'isolate_breaker', role: null, what: 'isolating a breaker' },
  { act: 'release_breaker', role: 'operator', what: 'releasing a breaker' },
  { act: 'mode_stricter', role: null, what: 'changing to a stricter mode' },
  { act: 'mode_looser', role: 'operator', what: 'changing to a looser mode' },
  { act: 'first_admin_token', role: null, what: 'making an admin token while none is valid' },
  { act: 'create_token', role: 'admin', what: 'making a token' },
  { act: 'revoke_own_token', role: null, what: 'revoking the very token that came' },
  { act: 'revoke_token', role: 'admin', what: 'revoking a token' },
  { act: 'alert_acknowledge', role: null, what: 'acknowledging an alert, with a reason' },
  { act: 'alert_resolve', role: null, what: 'resolving an alert by hand, with a reason' },
  { act: 'silence_add', role: null, what: 'silencing alerts, with a reason and an end' },
  { act: 'silence_end', role: null, what: 'ending a silence' },
  { act: 'expire', role: null, what: 'writing down what has run out' },
  { act: 'record', role: null, what: 'adding a record to the audit' },
] as const satisfies readonly Authority[];

export type Act = (typeof AUTHORITY)[number]['act'];

/**
 * What came with a command.
 *
 * - `none`: no token; `unknown`: a token that this store never made, or that was made before a restore
 * - `revoked`, `expired`: one that was valid once
 * - `valid`: its role counts
 */
export type TokenStanding =
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'revoked' | 'expired' | 'valid'; readonly token: TokenRecord };

export function tokenStanding(document: ControlDocument, tokenHash: string | null, nowMs: number): TokenStanding {
  if (tokenHash === null) return { kind: 'none' };
  const token = document.tokens.find((each) => each.hash === tokenHash);
  return token === undefined ? { kind: 'unknown' } : { kind: standingOf(token, nowMs), token };
}

/** How a token itself stands, for `token list`. */
export function standingOf(token: TokenRecord, nowMs: number): 'revoked' | 'expired' | 'valid' {
  if (token.revokedAtMs !== null) return 'revoked';
  return nowMs >= token.expiresAtMs ? 'expired' : 'valid';
}

/**
 * Why this act is not allowed to who sent it; null: it is allowed.
 *
 * @returns a text for the operator, which names the token by its id, never by its hash
 */
export function refusalOf(act: Act, standing: TokenStanding): string | null {
  const { role, what } = AUTHORITY.find((line) => line.act === act)!;
  if (role === null) return null;
  const lack = lackOf(standing, role);
  return lack === null ? null : `${what}${NEEDS_ROLE}${role}: ${lack}`;
}

const NEEDS_ROLE = ' needs the role ';
const NO_TOKEN = 'no token came';

/**
 * What the problems of a refused command say of its token, as the audit has them.
 *
 * @returns `absent`: none was presented; `refused`: one was, and was not enough; `good`: it was refused for something else
 */
export function tokenVerdict(problems: readonly string[]): 'absent' | 'refused' | 'good' {
  const denial = problems.find((problem) => problem.includes(NEEDS_ROLE));
  if (denial === undefined) return 'good';
  return denial.endsWith(NO_TOKEN) ? 'absent' : 'refused';
}

function lackOf(standing: TokenStanding, role: Role): string | null {
  if (standing.kind === 'none') return NO_TOKEN;
  if (standing.kind === 'unknown') return 'the token that came is not known here';
  const { id, role: actual, revokedAtMs, expiresAtMs } = standing.token;
  if (standing.kind === 'revoked') return `the token ${id} was revoked at ${isoText(revokedAtMs!)}`;
  if (standing.kind === 'expired') return `the token ${id} expired at ${isoText(expiresAtMs)}`;
  return ROLES.indexOf(actual) >= ROLES.indexOf(role) ? null : `the token ${id} has the role ${actual}`;
}
