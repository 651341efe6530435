import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { auditLine, canonicalJson, NO_HASH, parseAuditLine, seal } from '../../../../src/core/ops/audit/chain.ts';
import { anyEntry, entry, T0 } from './records.ts';

test('a line shows every member in the documented order, and its hash can be checked with other tools', () => {
  const first = seal(entry({ timeMs: T0 + 7.9, from: 'b', to: { z: 1, a: [true, null] } }), null);
  const second = seal(entry(), first);
  const members =
    '"seq":1,"ts":"2024-08-08T23:55:00.007Z","actor":{"user":"ann","host":"box","via":"cli"},"action":"set_switch",' +
    '"target":"alerts","from":"b","to":{"z":1,"a":[true,null]},"revision":1,"reason":"noise","result":"done","recordedLate":false';
  assert.equal(auditLine(first), `{${members},"prev":"${NO_HASH}","hash":"${first.hash}"}`);
  const canonical =
    '{"action":"set_switch","actor":{"host":"box","user":"ann","via":"cli"},"from":"b","reason":"noise","recordedLate":false,' +
    '"result":"done","revision":1,"seq":1,"target":"alerts","to":{"a":[true,null],"z":1},"ts":"2024-08-08T23:55:00.007Z"}';
  assert.equal(
    first.hash,
    createHash('sha256')
      .update(NO_HASH + canonical)
      .digest('hex'),
  );
  assert.deepEqual([second.seq, second.prev], [2, first.hash]);
});

test('equal values have one canonical text, whatever the order of their keys', () => {
  assert.equal(canonicalJson({ b: [{ y: 1, x: 'é' }], a: null }), '{"a":null,"b":[{"x":"é","y":1}]}');
  const shuffled = fc.dictionary(fc.string(), fc.jsonValue()).map((object) => {
    return [object, Object.fromEntries(Object.entries(object).reverse())] as const;
  });
  fc.assert(
    fc.property(shuffled, ([object, reversed]) => {
      assert.equal(canonicalJson(object as never), canonicalJson(reversed as never));
      assert.deepEqual(JSON.parse(canonicalJson(object as never)), JSON.parse(JSON.stringify(object)));
    }),
  );
});

test('a record survives being written and read', () => {
  fc.assert(
    fc.property(anyEntry, (any) => {
      const record = seal(any, null);
      const line = auditLine(record);
      const read = parseAuditLine(line);
      assert.ok(read !== null && !line.includes('\n'));
      assert.equal(auditLine(read), line);
      assert.deepEqual([read.timeMs, read.hash], [record.timeMs, record.hash]);
    }),
  );
});

test('only the text that we write is taken for a record', () => {
  const line = auditLine(seal(entry(), null));
  const table: [string, string][] = [
    ['a space', line.replace(':', ': ')],
    ['a member more', line.replace('{', '{"note":"x",')],
    ['a member twice', line.replace('"reason":"noise"', '"reason":"calm","reason":"noise"')],
    ['a member less', line.replace('"revision":1,', '')],
    ['another type', line.replace('"revision":1', '"revision":"1"')],
    ['a time without ms', line.replace('.000Z', 'Z')],
    ['no such date', line.replace('2024-08-08', '2024-02-30')],
    ['another result', line.replace('"done"', '"maybe"')],
    ['an actor more', line.replace('"via":"cli"', '"via":"cli","uid":0')],
    ['half a line', line.slice(0, 100)],
    ['nothing', ''],
    ['no object', '[]'],
    ['null', 'null'],
  ];
  for (const [name, text] of table) assert.equal(parseAuditLine(text), null, name);
  assert.notEqual(parseAuditLine(line), null);
});
