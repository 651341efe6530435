/** Decides the commands about tokens. Sees only hashes, and puts none into the audit. */

import { DAY_MS } from '../../base/time.ts';
import { type Act, refusalOf, standingOf, tokenStanding } from './authority.ts';
import { type ControlCommand, type ControlOutcome, ROLES, type TokenRecord } from './control.ts';
import { changed, reasonProblems, refusedOnRecord, type Turn, unchanged } from './outcome.ts';

type CreateToken = Extract<ControlCommand, { kind: 'create_token' }>;
type RevokeToken = Extract<ControlCommand, { kind: 'revoke_token' }>;

/** The longest life of a token: one that is never renewed is one that nobody remembers. */
const MAX_TTL_MS = 366 * DAY_MS;
const SHA256_HEX = /^[0-9a-f]{64}$/;
const TOKEN_ID = /^[\w-]{1,64}$/;

export function createToken(turn: Turn, command: CreateToken): ControlOutcome {
  const { id, role, hash, ttlMs } = command;
  // An id that is no id may be a secret pasted in its place: it stays out of the audit.
  const parts = { action: 'create_token', target: TOKEN_ID.test(id) ? id : 'token', from: null } as const;
  const usage = [...reasonProblems(turn), ...tokenProblems(turn, command)];
  if (usage.length > 0) return refusedOnRecord(turn, 'usage', usage, parts);
  const denial = denialOf(turn, createActOf(turn, command));
  if (denial !== null) return refusedOnRecord(turn, 'permission_denied', [denial], parts);
  const expiresAtMs = turn.nowMs + ttlMs;
  const token: TokenRecord = { id, role, hash, createdAtMs: turn.nowMs, expiresAtMs, revokedAtMs: null };
  return changed(turn, { tokens: [...turn.document.tokens, token] }, [{ ...parts, to: { role, expiresAtMs } }]);
}

export function revokeToken(turn: Turn, { id }: RevokeToken): ControlOutcome {
  const token = turn.document.tokens.find((each) => each.id === id);
  const parts = { action: 'revoke_token', target: token?.id ?? 'token', from: token?.role ?? null } as const;
  const usage = [...reasonProblems(turn), ...(token === undefined ? ['no token has this id'] : [])];
  if (token === undefined || usage.length > 0) return refusedOnRecord(turn, 'usage', usage, parts);
  const denial = denialOf(turn, token.hash === turn.request.tokenHash ? 'revoke_own_token' : 'revoke_token');
  if (denial !== null) return refusedOnRecord(turn, 'permission_denied', [denial], parts);
  if (token.revokedAtMs !== null) return unchanged(turn);
  const tokens = turn.document.tokens.map((each) => (each === token ? { ...each, revokedAtMs: turn.nowMs } : each));
  return changed(turn, { tokens }, [{ ...parts, to: 'revoked' }]);
}

function tokenProblems({ document }: Turn, { id, role, hash, ttlMs }: CreateToken): string[] {
  const problems: string[] = [];
  if (!TOKEN_ID.test(id)) problems.push('the id is not 1 to 64 letters, digits, _ or -');
  if (document.tokens.some((token) => token.id === id)) problems.push('the id is taken');
  if (!ROLES.includes(role)) problems.push(`the role is none of ${ROLES.join(', ')}`);
  if (!SHA256_HEX.test(hash)) problems.push('the hash is no SHA-256 in hex');
  if (document.tokens.some((token) => token.hash === hash)) problems.push('the same secret is already in use');
  if (!(Number.isInteger(ttlMs) && ttlMs >= 1 && ttlMs <= MAX_TTL_MS)) {
    problems.push('the time to live is not between 1 ms and 366 days');
  }
  return problems;
}

/** The first admin token needs none, or nobody could ever release; once one is valid, only an admin makes more. */
function createActOf({ document, nowMs }: Turn, { role }: CreateToken): Act {
  const hasAdmin = document.tokens.some((token) => token.role === 'admin' && standingOf(token, nowMs) === 'valid');
  return role === 'admin' && !hasAdmin ? 'first_admin_token' : 'create_token';
}

function denialOf(turn: Turn, act: Act): string | null {
  return refusalOf(act, tokenStanding(turn.document, turn.request.tokenHash, turn.nowMs));
}
