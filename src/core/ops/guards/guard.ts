/** What every guard answers, and what its answer refuses. Types, and the row that is made of an answer. */

import type { Json } from '../../base/json.ts';
import { type StatusGrade, type StatusRow, statusRow } from '../status.ts';

/**
 * What a `BLOCK` refuses; every other status refuses nothing.
 *
 * - `calls`: calls to the provider; null: to every provider
 * - `signals`: letting candidates out; events tell what happened, and are not held back
 */
export type Gate = { readonly kind: 'calls'; readonly provider: string | null } | { readonly kind: 'signals' };

export interface GuardResult {
  /** `budget`, `budget_<provider>`, `<provider>` for its quota, `correlation`, `venue_health`. */
  readonly name: string;
  /** Null: disabled, or there is nothing to judge on purpose. */
  readonly status: StatusGrade | null;
  /** For people: the figure and its limit. */
  readonly message: string;
  /** The figures themselves, snake case; times in ms since the epoch. */
  readonly metadata: Readonly<Record<string, Json>>;
  readonly gate: Gate;
}

/** One thing that gates. `results` may throw: `Guards` makes a `BLOCK` of it. */
export interface Guard {
  readonly name: string;
  readonly gate: Gate;
  results(nowMs: number): readonly GuardResult[];
}

export function disabledResult(name: string, gate: Gate): GuardResult {
  return { name, status: null, message: 'disabled in config', metadata: {}, gate };
}

export function guardRow({ name, status, message }: GuardResult): StatusRow {
  return statusRow({ category: 'guard', name, status, message });
}
