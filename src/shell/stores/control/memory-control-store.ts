/** A control store in memory: for tests, replays and drills, and for building a document that is stored afterwards. Keeps nothing. */

import type { AuditRecord } from '../../../core/ops/audit/audit-record.ts';
import type {
  ControlDefaults,
  ControlDocument,
  ControlRequest,
  ControlSnapshot,
} from '../../../core/ops/control/control.ts';
import { emptyDocument } from '../../../core/ops/control/decide.ts';
import { CryptorunError } from '../../errors.ts';
import { changeSnapshot } from './change-snapshot.ts';
import type { ControlChange, ControlStore } from './control-store.ts';

export class MemoryControlStore implements ControlStore {
  readonly #records: AuditRecord[];
  #snapshot: ControlSnapshot;
  #isOpen = true;

  /** @param records - the audit so far, from `seq` 1 on without holes */
  constructor(document: ControlDocument = emptyDocument(), records: readonly AuditRecord[] = []) {
    this.#records = [...records];
    const newest = records.at(-1);
    this.#snapshot = { document, auditHead: newest === undefined ? null : { seq: newest.seq, hash: newest.hash } };
  }

  read(): ControlSnapshot {
    this.#checkOpen();
    return this.#snapshot;
  }

  revision(): number {
    return this.read().document.revision;
  }

  change(request: ControlRequest, defaults: ControlDefaults): ControlChange {
    const change = changeSnapshot(this.read(), request, defaults);
    this.#snapshot = change.snapshot;
    this.#records.push(...change.appended);
    return { ...change, exportProblem: null };
  }

  auditAfter(afterSeq: number, limit: number): readonly AuditRecord[] {
    this.#checkOpen();
    return this.#records.slice(afterSeq, afterSeq + limit);
  }

  close(): void {
    this.#isOpen = false;
  }

  #checkOpen(): void {
    if (!this.#isOpen) throw new CryptorunError('internal', 'cannot use the control store: it is closed');
  }
}
