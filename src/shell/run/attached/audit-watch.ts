/** Verifies the audit chain as it grows, and counts the tokens that came with commands. Reads the store; repairs nothing. */

import type { AuditRecord } from '../../../core/ops/audit/audit-record.ts';
import { hashOf, NO_HASH } from '../../../core/ops/audit/chain.ts';
import { tokenVerdict } from '../../../core/ops/control/authority.ts';
import type { HostFact } from '../../../core/ops/facts.ts';
import type { ControlStore } from '../../stores/control/control-store.ts';

export type AuditReading = Pick<HostFact, 'auditChain' | 'authAttempts24h' | 'authRefusals24h'>;

const DAY_MS = 86_400_000;
/** Records looked at in one reading: a few ms. A long audit takes some seconds to be known. */
const BATCH = 1000;
/** What takes a token; refusals of these are on record too. */
const TAKES_TOKEN = new Set(['release_kill_switch', 'create_token', 'revoke_token', 'release_breaker', 'set_mode']);

const UNKNOWN: AuditReading = { auditChain: 'unknown', authAttempts24h: null, authRefusals24h: null };

export class AuditWatch {
  #seq = 0;
  #hash = NO_HASH;
  #isBroken = false;
  #isKnown = false;
  /** Attempts of the last day, oldest first. */
  #attempts: { readonly timeMs: number; readonly isRefused: boolean }[] = [];

  /** @param store - null: it cannot be read */
  read(store: ControlStore | null, nowMs: number): AuditReading {
    if (store === null) return UNKNOWN;
    try {
      const records = store.auditAfter(this.#seq, BATCH);
      for (const record of records) this.#add(record);
      if (records.length < BATCH) this.#isKnown = true;
    } catch {
      // Busy, or damaged: the session tells of it when it reads the document.
      return this.#isBroken ? this.#reading(nowMs) : UNKNOWN;
    }
    return this.#isKnown || this.#isBroken ? this.#reading(nowMs) : UNKNOWN;
  }

  #add(record: AuditRecord): void {
    const { hash, ...link } = record;
    const isNext = record.seq === this.#seq + 1 && record.prev === this.#hash && hashOf(link) === hash;
    if (!isNext) this.#isBroken = true;
    this.#seq = record.seq;
    this.#hash = hash;
    if (!TAKES_TOKEN.has(record.action)) return;
    const verdict = record.result === 'refused' ? tokenVerdict(problemsOf(record)) : 'good';
    // Who presents no token has not tried to pass for anybody.
    if (verdict !== 'absent') this.#attempts.push({ timeMs: record.timeMs, isRefused: verdict === 'refused' });
  }

  #reading(nowMs: number): AuditReading {
    this.#attempts = this.#attempts.filter(({ timeMs }) => nowMs - timeMs < DAY_MS);
    return {
      auditChain: this.#isBroken ? 'broken' : 'ok',
      authAttempts24h: this.#attempts.length,
      authRefusals24h: this.#attempts.filter(({ isRefused }) => isRefused).length,
    };
  }
}

/** Of a refused command, as the reducer wrote them. */
function problemsOf({ to }: AuditRecord): string[] {
  const list = typeof to === 'object' && to !== null && !Array.isArray(to) ? to['refused'] : null;
  return Array.isArray(list) ? list.map(String) : [];
}
