/** Random and hand-made audit chains. */

import fc from 'fast-check';
import type { Json } from '../../../../src/core/base/json.ts';
import type { AuditEntry, AuditRecord } from '../../../../src/core/ops/audit/audit-record.ts';
import { sealAll } from '../../../../src/core/ops/audit/chain.ts';

export const T0 = 1_723_161_300_000; // 2024-08-08T23:55:00Z

export function entry(parts: Partial<AuditEntry> = {}): AuditEntry {
  return {
    timeMs: T0,
    actor: { user: 'ann', host: 'box', via: 'cli' },
    action: 'set_switch',
    target: 'alerts',
    from: { isOn: true, setBy: 'config' },
    to: { isOn: false, setBy: 'operator', expiresAtMs: null, revertsTo: false },
    revision: 1,
    reason: 'noise',
    result: 'done',
    recordedLate: false,
    ...parts,
  };
}

/** `count` records whose targets are `t1`, `t2` and so on. */
export function chainOf(count: number): AuditRecord[] {
  const entries = Array.from({ length: count }, (_, i) => entry({ target: `t${i + 1}`, revision: i + 1 }));
  return sealAll(entries, null);
}

const text = fc.string({ unit: 'binary', maxLength: 12 });

export const anyEntry: fc.Arbitrary<AuditEntry> = fc.record({
  timeMs: fc.double({ min: 0, max: 4e12, noNaN: true }),
  actor: fc.record({ user: text, host: text, via: text }),
  action: text,
  target: text,
  from: fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
  to: fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
  revision: fc.nat(),
  reason: text,
  result: fc.constantFrom('done', 'refused'),
  recordedLate: fc.boolean(),
});

export const anyChain = (minLength: number): fc.Arbitrary<AuditRecord[]> =>
  fc.array(anyEntry, { minLength, maxLength: 8 }).map((entries) => sealAll(entries, null));
