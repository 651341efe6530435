import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AuditRecord } from '../../../../src/core/ops/audit/audit-record.ts';
import { auditLine, seal } from '../../../../src/core/ops/audit/chain.ts';
import {
  type ChainEvidence,
  type ChainVerdict,
  MAX_FINDINGS,
  verifyChain,
} from '../../../../src/core/ops/audit/verify-chain.ts';
import { anyChain, chainOf, entry } from './records.ts';

const RECORDS = chainOf(5);
const LINES = RECORDS.map(auditLine);
const HEAD = { seq: 5, hash: RECORDS[4]!.hash };
const [L1, L2, L3, L4, L5] = LINES as [string, string, string, string, string];
const OTHER_HASH = 'f'.repeat(64);

/** A record written anew with a right hash and a right `prev`, as somebody would who knows how. */
const FORGED_3 = auditLine(seal(entry({ target: 'forged' }), RECORDS[1]!));

test('each way to tamper has its finding, and what is no tampering is only noted', () => {
  const table: [string, string[], ChainEvidence, string][] = [
    ['whole', LINES, {}, 'intact 5'],
    ['nothing yet', [], {}, 'intact 0'],
    ['whole, at the anchor', LINES, { anchor: HEAD }, 'intact 5'],
    ['whole, grown since the anchor', LINES, { anchor: { seq: 2, hash: RECORDS[1]!.hash } }, 'intact 5'],
    ['an empty end of the file', [...LINES, ''], { anchor: HEAD }, 'intact 5'],
    ['a value edited', [L1, L2.replace('t2', 'tX'), L3, L4, L5], {}, 'edited 2'],
    ['a seq edited', [L1, L2.replace('"seq":2', '"seq":9'), L3, L4, L5], {}, 'edited 9'],
    ['a member added', [L1, L2, L3.replace('{', '{"x":1,'), L4, L5], {}, 'edited null'],
    ['forged with its hash', [L1, L2, FORGED_3, L4, L5], {}, 'broken_link 4'],
    ['the last one forged', [L1, L2, FORGED_3], {}, 'intact 3'],
    [
      'the last one forged, anchored',
      [L1, L2, FORGED_3],
      { anchor: { seq: 3, hash: RECORDS[2]!.hash } },
      'anchor_differs 3',
    ],
    ['one deleted', [L1, L2, L4, L5], {}, 'missing 3-3'],
    ['the first two deleted', [L3, L4, L5], {}, 'missing 1-2'],
    ['two swapped', [L1, L3, L2, L4, L5], {}, 'missing 2-2, out_of_order 2'],
    ['one twice', [L1, L2, L2, L3, L4, L5], {}, 'out_of_order 2'],
    ['garbage in between', [L1, '{{{', L3, L4, L5], {}, 'unreadable'],
    ['an empty line in between', [L1, L2, '', L3, L4, L5], {}, 'unreadable, out_of_order 3'],
    ['the end cut off', [L1, L2, L3], {}, 'intact 3'],
    ['the end cut off, anchored', [L1, L2, L3], { anchor: HEAD }, 'truncated 3<5'],
    ['all gone, anchored', [], { anchor: HEAD }, 'truncated 0<5'],
    ['torn', [L1, L2, L3.slice(0, 50)], {}, 'intact 2 (torn_tail)'],
    ['torn below the anchor', [L1, L2, L3, L4, L5.slice(0, -1)], { anchor: HEAD }, 'truncated 4<5 (torn_tail)'],
    ['as the store', LINES, { storeHead: HEAD }, 'intact 5'],
    ['export lags', [L1, L2, L3], { storeHead: HEAD, storeHashAt: hashAt }, 'intact 3 (export_behind 2)'],
    ['export not begun', [], { storeHead: HEAD, storeHashAt: hashAt }, 'intact 0 (export_behind 5)'],
    ['torn and lagging', [L1, '{"se'], { storeHead: HEAD }, 'intact 1 (torn_tail, export_behind 4)'],
    [
      'lagging, its end forged',
      [L1, L2, FORGED_3],
      { storeHead: HEAD, storeHashAt: hashAt },
      'store_differs 3 (export_behind 2)',
    ],
    ['written anew as a whole', LINES, { storeHead: { seq: 5, hash: OTHER_HASH } }, 'store_differs 5'],
    ['store cut off', LINES, { storeHead: { seq: 3, hash: RECORDS[2]!.hash } }, 'store_behind 3<5'],
    ['store emptied', LINES, { storeHead: null }, 'store_behind 0<5'],
    ['both empty', [], { storeHead: null }, 'intact 0'],
  ];
  for (const [name, lines, evidence, expected] of table) {
    assert.equal(verdictText(verifyChain(lines, evidence)), expected, name);
  }
});

test('records of a store are verified as lines are', () => {
  assert.equal(verdictText(verifyChain(RECORDS, { anchor: HEAD })), 'intact 5');
  const edited = RECORDS.map((record, i) => (i === 2 ? { ...record, reason: 'other' } : record));
  assert.equal(verdictText(verifyChain(edited)), 'edited 3');
  for (const timeMs of [RECORDS[2]!.timeMs + 0.5, Number.NaN, 1e300]) {
    assert.equal(verdictText(verifyChain(RECORDS.map((r, i) => (i === 2 ? { ...r, timeMs } : r)))), 'edited 3');
  }
});

test('findings are counted, and only the first are kept', () => {
  const verdict = verifyChain(Array.from({ length: 3 * MAX_FINDINGS }, () => 'garbage'));
  assert.ok(verdict.kind === 'broken');
  assert.deepEqual([verdict.findings.length, verdict.findingCount], [MAX_FINDINGS, 3 * MAX_FINDINGS - 1]);
});

test('property: a chain as it was written is intact, alone, against any anchor of it and against its store', () => {
  fc.assert(
    fc.property(anyChain(0), fc.nat(), (records, at) => {
      const lines = records.map(auditLine);
      const head = records.at(-1) ?? null;
      const anchor = records[at % Math.max(1, records.length)] ?? null;
      for (const items of [records, lines, [...lines, '']]) {
        const verdict = verifyChain(items, { anchor, storeHead: head });
        assert.deepEqual(verdict, {
          kind: 'intact',
          head: head === null ? null : { seq: head.seq, hash: head.hash },
          count: records.length,
          notes: [],
        });
      }
    }),
  );
});

test('property: no change of a character below the anchor goes unseen', () => {
  const edit = fc.record({
    at: fc.nat(),
    removed: fc.nat({ max: 1 }),
    added: fc.oneof(fc.constant(''), fc.string({ maxLength: 2 }), fc.constantFrom('\n', '"', '0', ' ', '}')),
  });
  fc.assert(
    fc.property(anyChain(1), edit, (records, { at, removed, added }) => {
      const whole = records.map(auditLine).join('\n');
      const from = at % whole.length;
      const edited = whole.slice(0, from) + added + whole.slice(from + removed);
      fc.pre(edited !== whole);
      assert.equal(verifyChain(edited.split('\n'), { anchor: records.at(-1)! }).kind, 'broken');
    }),
    { numRuns: 500 },
  );
});

test('property: no deletion, swap, repetition or cut below the anchor goes unseen', () => {
  fc.assert(
    fc.property(anyChain(2), fc.nat(), fc.nat(), (records, a, b) => {
      const i = a % records.length;
      const j = b % records.length;
      const anchor = records.at(-1)!;
      const isBroken = (items: AuditRecord[]): void => {
        assert.equal(verifyChain(items, { anchor }).kind, 'broken');
        assert.equal(verifyChain(items.map(auditLine), { anchor }).kind, 'broken');
      };
      isBroken(records.toSpliced(i, 1));
      isBroken(records.slice(0, i));
      isBroken(records.toSpliced(j, 0, records[i]!));
      if (i !== j) isBroken(records.with(i, records[j]!).with(j, records[i]!));
    }),
  );
});

function hashAt(seq: number): string | null {
  return RECORDS[seq - 1]?.hash ?? null;
}

/** `intact 3 (torn_tail)`; `missing 2-2, out_of_order 2`. */
function verdictText(verdict: ChainVerdict): string {
  const notes = verdict.notes.map((note) => (note.kind === 'torn_tail' ? note.kind : `${note.kind} ${note.count}`));
  const tail = notes.length === 0 ? '' : ` (${notes.join(', ')})`;
  if (verdict.kind === 'intact') return `intact ${verdict.count}${tail}`;
  const findings = verdict.findings.map((finding) => {
    switch (finding.kind) {
      case 'unreadable':
        return finding.kind;
      case 'missing':
        return `missing ${finding.fromSeq}-${finding.toSeq}`;
      case 'truncated':
        return `truncated ${finding.lastSeq}<${finding.anchorSeq}`;
      case 'store_behind':
        return `store_behind ${finding.storeSeq}<${finding.lastSeq}`;
      default:
        return `${finding.kind} ${finding.seq}`;
    }
  });
  return findings.join(', ') + tail;
}
