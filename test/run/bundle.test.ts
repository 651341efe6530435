/** What the build does to constants: they are constants in the bundle, in modules that are loaded late, too, and mean the same. */

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import vm from 'node:vm';
import { bundle } from '../../bin/bundle.mjs';

const folder = mkdtempSync(join(tmpdir(), 'cryptorun-bundle-'));
after(() => rmSync(folder, { recursive: true, force: true }));

writeFileSync(join(folder, 'tsconfig.json'), '{"compilerOptions":{"strict":true}}');
writeFileSync(join(folder, 'main.ts'), `export const late = import('./late.ts').then(({ all }) => all());\n`);
writeFileSync(
  join(folder, 'other.ts'),
  `import { QUOTE as OTHER } from './late.ts';\nexport const QUOTE = 1;\nexport const sum = (): number => QUOTE + OTHER;\n`,
);
writeFileSync(
  join(folder, 'late.ts'),
  `import { sum } from './other.ts';
export const QUOTE = 34;
const MASK = (-1 << 4) | 0;
const DOUBLE = QUOTE * 2;
const UNTIL = Number.MAX_SAFE_INTEGER;
const NAMED = 8;
const KINDS = { few: 1, many: 2 } as const;
const TENS: readonly number[] = [1, 10, 1e2];
let Turns = 0;
let Grown = 5;
let Stepped = 0;
let Chosen = 0;
let Taken = 0;
let Once: number | undefined;
function once(): string {
  if (Once === undefined) {
    Once = 7;
    return 'first';
  }
  return 'again';
}
let Kind: number | undefined;
const kindly = () =>
  new (class {
    Kind = 3;
  })();
const LINES = \`
var Other = 5;
\`;
class Field {
  LIMIT = 3;
}
export function all(): unknown[] {
  let FOUND;
  if (QUOTE > 0)
    FOUND = 4;
  Turns += 1;
  if (Turns > 0) Grown = 6;
  const shadowed = ((QUOTE: number) => QUOTE)(7);
  return [QUOTE, MASK, DOUBLE, UNTIL, KINDS.many, TENS[2], Turns, Grown, shadowed, { QUOTE }, sum(), ++Stepped, (Chosen ||= 4), ([Taken] = [5]), Taken, once(), once(), kindly().Kind, Kind, LINES, new Field().LIMIT, FOUND, NAMED, 'NAMED = 9;'];
}
`,
);

const EXPECTED = [
  34,
  -16,
  68,
  Number.MAX_SAFE_INTEGER,
  2,
  100,
  1,
  6,
  7,
  { QUOTE: 34 },
  35,
  1,
  4,
  [5],
  5,
  'first',
  'again',
  3,
  undefined,
  '\nvar Other = 5;\n',
  3,
  4,
  8,
  'NAMED = 9;',
];

for (const minify of [false, true]) {
  test(`a bundle${minify ? ', minified,' : ''} means what its modules mean`, async () => {
    const text = await bundled(minify);
    const around = minify ? text : `(function(){const module={exports:{}};${text}\nreturn module.exports})`;
    const exports = vm.runInThisContext(around)() as { late: Promise<unknown[]> };
    assert.deepEqual(await exports.late, EXPECTED);
  });
}

test('numbers and tables of numbers are constants; what changes is a variable', async () => {
  const text = await bundled(false);
  const head = text.slice(0, text.indexOf('\nvar '));
  for (const line of [
    'const QUOTE = 34;',
    'const MASK = -1 << 4 | 0;',
    'const DOUBLE = QUOTE * 2;',
    'const QUOTE2 = 1;',
  ])
    assert.ok(head.includes(line), `${line}\n${head}`);
  assert.match(head, /^const KINDS = \{/m);
  assert.match(head, /^const TENS = \[/m);
  for (const name of ['Turns', 'Grown', 'Stepped', 'Chosen', 'Taken', 'Once', 'Kind', 'UNTIL']) {
    assert.doesNotMatch(text, new RegExp(`const ${name}\\b`), name);
    assert.match(text, new RegExp(`^var .*\\b${name}\\b`, 'm'), name);
  }
});

test('the directive of strictness stays the first word', async () => {
  assert.match(await bundled(false), /^"use strict";\n/);
  assert.match(await bundled(true), /^\(function\(\)\{const module=\{exports:\{\}\};"use strict";/);
});

test('no text in our modules looks like a declaration of the bundle', () => {
  const root = new URL('../../src/', import.meta.url);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  assert.ok(files.length > 500);
  for (const name of files) assert.doesNotMatch(readFileSync(new URL(name, root), 'utf8'), /^var [A-Z]/m, name);
});

async function bundled(minify: boolean): Promise<string> {
  const [file] = await bundle(
    {
      entryPoints: [join(folder, 'main.ts')],
      outfile: join(folder, 'out.cjs'),
      format: 'cjs',
      target: 'node20.19',
      supported: { 'dynamic-import': false },
    },
    { minify, head: '(function(){const module={exports:{}};', foot: 'return module.exports})' },
  );
  return file!.text;
}
