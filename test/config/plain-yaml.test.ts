/** The plain reader: wherever it answers at all, the `yaml` package says the same. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { parseAllDocuments } from 'yaml';
import { parsePlainYaml } from '../../src/shell/config/yaml/plain-yaml.ts';
import { GOLDEN, PROJECT } from './support.ts';

const FILES = ['ops', 'venues', 'instruments'].map((name) =>
  readFileSync(join(PROJECT, 'config', `${name}.yaml`), 'utf8'),
);

/** The oracle: plain values, or null where the text has faults. */
function parsedByPackage(text: string): unknown[] | null {
  const documents = parseAllDocuments(text, { prettyErrors: false, logLevel: 'silent', stringKeys: true });
  if (!Array.isArray(documents) || documents.some(({ errors, warnings }) => errors.length + warnings.length > 0))
    return null;
  return documents.map((document) => document.toJS() as unknown);
}

test('the files of the project and the guide are plain, so that loading them is cheap', () => {
  for (const text of [...FILES, readFileSync(join(GOLDEN, 'guide', 'ops.yaml'), 'utf8')]) {
    assert.notEqual(parsePlainYaml(text), null);
    assert.deepEqual(parsePlainYaml(text), parsedByPackage(text));
  }
});

const READ: readonly [text: string, values: unknown[]][] = [
  ['a: 1 # one', [{ a: 1 }]],
  ['a:\n  b: true\n\n# c\n  c: ./x/y\nd: -0.5\r\n', [{ a: { b: true, c: './x/y' }, d: -0.5 }]],
  ['a:\nb: null\n', [{ a: null, b: null }]],
  ['a: { b: [1, "x y", \'#\'], c: {} } # end', [{ a: { b: [1, 'x y', '#'], c: {} } }]],
  ['u: wss://x.org:9443/a-b', [{ u: 'wss://x.org:9443/a-b' }]],
  ['---\na: 1\n---\nb: yes\n', [{ a: 1 }, { b: 'yes' }]],
  ['a: []', [{ a: [] }]],
];

test('what it reads', () => {
  for (const [text, values] of READ) assert.deepEqual(parsePlainYaml(text), values, text);
});

const LEFT_TO_THE_PACKAGE = [
  '',
  '# only a comment',
  '- a',
  'a: b c',
  'a: True',
  'a: ~',
  'a: 007',
  'a: 1e3',
  'a: 0x1f',
  'a: .inf',
  'a: "b\\n"',
  "a: 'it''s'",
  'a: |\n  text',
  'a: &x 1\nb: *x',
  'a: !!str 1',
  'a: 1\na: 2',
  'a: { b: 1, b: 2 }',
  'a: [1,\n  2]',
  'a: 1#no comment',
  'a: "b"#c',
  'a: b:',
  'a: b: c',
  'a:1',
  'a: 1\n  b: 2',
  'a:\n    b: 1\n  c: 2',
  '\ta: 1',
  'a: {b:1}',
  'a: [1 2]',
  'a: {',
  'null: 1',
  '__proto__: 1',
  '? a\n: b',
  'a: 1\n...\n',
  '%YAML 1.1\n---\na: 1',
  '\ufeffa: 1',
  'a: 1\u0085b: 2',
];

test('what it leaves to the package', () => {
  for (const text of LEFT_TO_THE_PACKAGE) assert.equal(parsePlainYaml(text), null, JSON.stringify(text));
});

/** Pieces of our files that are documents of their own: small, so that many changes can be tried. */
const PIECES = FILES.flatMap((text) => [
  ...text.split(/\n(?=\S)/),
  ...text
    .slice(text.search(/^ {2}\S/m))
    .split(/\n(?= {2}\S)/)
    .map((piece) => piece.replaceAll(/^ {2}/gm, '')),
]).filter((piece) => parsePlainYaml(piece) !== null);

test('a file with one character or line changed: same values, or left to the package', () => {
  const snippet = fc.constantFrom(
    ...Array.from(' :#{}[],"\'-.0e\n\t&*!|~xX\\@`%?'),
    '  ',
    ': ',
    ' #',
    '---\n',
    'true',
    'null',
    '1.',
    '\r\n',
  );
  let read = 0;
  fc.assert(
    fc.property(fc.constantFrom(...PIECES), fc.nat(), fc.nat(3), snippet, (piece, seed, cut, inserted) => {
      const at = seed % piece.length;
      const changed = piece.slice(0, at) + inserted + piece.slice(at + cut);
      const values = parsePlainYaml(changed);
      if (values === null) return;
      read += 1;
      assert.deepEqual(values, parsedByPackage(changed));
    }),
    { numRuns: 3000 },
  );
  assert.ok(read > 300, `only ${read} of the changed texts were still plain`);
});

test('lines put together at random: same values, or left to the package', () => {
  const word = fc.constantFrom(
    'a',
    'b',
    'ab',
    '"a b"',
    'true',
    '1',
    '-1.50',
    'x:y',
    'x:',
    '{ a: 1 }',
    '[a, 2]',
    '{a: b}',
    '',
    "'q'",
    'yes',
    'a-b',
    '.5',
  );
  const line = fc.tuple(
    fc.nat(3),
    fc.constantFrom('a', 'b', 'c', 'd1', '"e"'),
    word,
    fc.constantFrom('', ' # c', '#c', ' '),
  );
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 7 }), (lines) => {
      const text = lines.map(([indent, key, value, end]) => `${' '.repeat(indent)}${key}: ${value}${end}`).join('\n');
      const values = parsePlainYaml(text);
      if (values !== null) assert.deepEqual(values, parsedByPackage(text), text);
    }),
    { numRuns: 5000 },
  );
});
