/** The port of the control store: where the control document and its audit live. Types only. */

import type { AuditRecord } from '../../../core/ops/audit/audit-record.ts';
import type {
  ControlDefaults,
  ControlOutcome,
  ControlRequest,
  ControlSnapshot,
} from '../../../core/ops/control/control.ts';

/**
 * One contract for all implementations, held by `test/contract/control-store.test.ts`.
 *
 * Synchronous: the transactions are tiny, and a scanner must know at once. Every method throws `CryptorunError`:
 * `state_unreadable` when the store is damaged, missing though it was initialised, or of a newer version;
 * `state_busy` (retryable) when another writer holds it longer than `busyTimeoutMs`; `disk_full` as elsewhere.
 */
export interface ControlStore {
  /** A consistent look at document and audit head. */
  read(): ControlSnapshot;
  /** Cheap enough to ask every 25 ms: the document's revision. */
  revision(): number;
  /** Decides and writes in one transaction: the change and its audit records are there together, or not at all. */
  change(request: ControlRequest, defaults: ControlDefaults): ControlChange;
  /** Records after `afterSeq`, oldest first, at most `limit`. */
  auditAfter(afterSeq: number, limit: number): readonly AuditRecord[];
  close(): void;
}

export interface ControlChange {
  readonly outcome: ControlOutcome;
  readonly snapshot: ControlSnapshot;
  /** What was appended to the audit by it. */
  readonly appended: readonly AuditRecord[];
  /**
   * Why the audit's export lags: the change stands all the same, and the next writer catches up. Null: it does not lag, or
   * the store has none.
   */
  readonly exportProblem: string | null;
}
