/** One act that changed something, as it is chained and stored. Types only; the chain itself is in `chain.ts`. */

import type { Json } from '../../base/json.ts';

/** Who did it. `via`: `cli`, `signal`, `file`, `trigger`, `expiry`, `scanner`, `doctor`. */
export interface Actor {
  readonly user: string;
  readonly host: string;
  readonly via: string;
}

/** What is to be recorded; `seq`, `prev` and `hash` come when it is chained. No secret ever stands in it. */
export interface AuditEntry {
  /** When it happened, ms since the epoch (for a late record: the engagement's own time). */
  readonly timeMs: number;
  readonly actor: Actor;
  /** Lower snake case: `set_switch`, `engage_kill_switch`, `break_glass` ... */
  readonly action: string;
  /** What it was done to: a switch's name, `kill_switch`, a breaker, a token's id. */
  readonly target: string;
  readonly from: Json;
  readonly to: Json;
  /** The control document's revision after it. */
  readonly revision: number;
  readonly reason: string;
  readonly result: 'done' | 'refused';
  /** True when it was written after the fact, by the first process that could. */
  readonly recordedLate: boolean;
}

/**
 * One link of the chain. As JSON: `{seq, ts, actor, action, target, from, to, revision, reason, result, recordedLate, prev, hash}`,
 * `ts` RFC 3339 UTC with ms. `hash` is the SHA-256 of `prev` and of the canonical JSON of all other members.
 */
export interface AuditRecord extends AuditEntry {
  /** From 1, without holes. */
  readonly seq: number;
  /** The previous record's hash; 64 zeros for the first. Lower-case hex. */
  readonly prev: string;
  readonly hash: string;
}

/** The newest record's place: enough to tell later whether anything before it was changed or cut off. */
export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
}
