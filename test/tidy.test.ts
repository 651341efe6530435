/**
 * Keeps the rooms in order: who may import whom, what the core may not use, how long a file may be, and what no file may
 * name. Reads source text with a small tokenizer of its own; judges nothing that the compiler or the linter judges.
 */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The core's rooms in order: a file imports from its own room or an earlier one. The longest path that fits names the room. */
const CORE_ROOMS = [
  'base',
  'market', // instrument, tick
  'market/venues',
  'market/book',
  'market/bars',
  'signal/surveillance',
  'signal/features',
  'signal/detect',
  'signal/microtape',
  'signal/momentum',
  'signal/plan',
  'ops', // the row model, config and facts
  'ops/kpi',
  'ops/breakers',
  'ops/guards',
  'ops/audit',
  'ops/control',
  'ops/kill-switch',
  'ops/health',
  'ops/replay',
  'ops/run', // the wiring of all of the above
  'feed',
  'scan',
  'render',
] as const;

/** Neighbours in the order that do not know each other all the same. */
const STRANGERS: readonly (readonly [from: string, to: string])[] = [
  ['market/book', 'market/venues'],
  ['market/bars', 'market/venues'],
  ['market/bars', 'market/book'],
  ['render', 'scan'],
  ['render', 'feed'],
  ['ops', 'market'],
];

/** The shell's rooms do not import each other. `run` composes them all; `cli` may load any, but only by `import()`. */
const SHELL_ROOMS = [
  'config',
  'feeds',
  'journal',
  'recording',
  'stores',
  'log',
  'notify',
  'http',
  'sim',
  'cli',
  'run',
] as const;
const COMPOSER = 'run';
const LAZY = 'cli';
/** What stands beside the rooms, for all of them. */
const SHELL_COMMON = ['src/shell/errors.ts', 'src/shell/context.ts'];

/** What the core may not use: clocks, chance, waiting, locale, the machine. `**` and Math.pow differ between Node versions. */
const NOT_IN_CORE =
  /\b(?:Date|Promise|async|await|Intl|process|Buffer|console|TextDecoder|TextEncoder|performance|globalThis|setTimeout|setInterval|setImmediate|queueMicrotask|structuredClone)\b|\bMath\s*\.\s*(?:random|pow)\b|\blocaleCompare\b|\btoLocale\w*|\*\*/g;

const MAX_LINES = 400;
/** Longer files, and why. */
const LONG_FILES: Readonly<Record<string, string>> = {
  'src/core/market/book/book.ts': 'one state machine over flat arrays, with its save and restore',
  'src/core/scan/scanner.ts': 'the one room that wires all others',
};

/** Names of the machine that this was written on. In halves, so that this file does not name them itself. */
const NOT_TO_NAME = ['/wo' + 'rk/', '/ro' + 'ot/', '/home/' + 'user', '/tmp/' + 'bash_jobs', '/tmp/' + 'brief'];

interface Source {
  readonly path: string;
  readonly text: string;
  /** The text with comments and the insides of strings blanked. */
  readonly code: string;
}

interface Import {
  readonly from: string;
  readonly to: string;
  readonly kind: 'static' | 'type' | 'dynamic';
}

/** Blanks comments and the insides of strings, regular expressions and templates (what stands in `${}` stays). */
function codeOf(text: string): string {
  let code = '';
  let at = 0;
  /** Braces open in each template that we are inside of. */
  const templates: number[] = [];
  const take = (end: number, isCode: boolean): void => {
    code += isCode ? text.slice(at, end) : text.slice(at, end).replace(/[^\n]/g, ' ');
    at = end;
  };
  const endOf = (pattern: RegExp): number => {
    pattern.lastIndex = at;
    return pattern.exec(text) === null ? text.length : pattern.lastIndex;
  };
  while (at < text.length) {
    const two = text.slice(at, at + 2);
    const one = two[0]!;
    if (two === '//') take(endOf(/(?=\n)/g), false);
    else if (two === '/*') take(endOf(/\*\//g), false);
    else if (one === "'" || one === '"')
      take(endOf(one === "'" ? /'(?:[^'\\\n]|\\.)*'/y : /"(?:[^"\\\n]|\\.)*"/y), false);
    else if (one === '`' || (one === '}' && templates.at(-1) === 0)) {
      if (one === '}') templates.pop();
      at += 1;
      code += ' ';
      take(endOf(/(?:[^`\\$]|\\.|\$(?!\{))*/y), false);
      if (text[at] === '`') take(at + 1, false);
      else {
        templates.push(0);
        take(at + 2, false);
      }
    } else if (one === '/' && /(?:^|[(,=:[!&|?{};+\n]|\breturn)\s*$/.test(code.slice(-40))) {
      take(endOf(/\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y), false);
    } else {
      if (templates.length > 0 && one === '{') templates[templates.length - 1]! += 1;
      if (templates.length > 0 && one === '}') templates[templates.length - 1]! -= 1;
      take(at + 1, true);
    }
  }
  return code;
}

function sourcesUnder(folder: string): Source[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true });
  return files
    .filter((entry) => entry.isFile() && /\.m?ts$/.test(entry.name) && !entry.name.includes('.generated.'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort()
    .map((path) => {
      const text = readFileSync(join(ROOT, path), 'utf8');
      return { path, text, code: codeOf(text) };
    });
}

/** All imports of a file. Found in the text where the code has the words, so that comments and strings do not count. */
function importsOf({ path, text, code }: Source): Import[] {
  const found: Import[] = [];
  const add = (at: number, length: number, kind: Import['kind']): void => {
    const specifier = /['"]([^'"]+)['"]\s*\)?$/.exec(text.slice(at, at + length))?.[1];
    if (specifier === undefined) return;
    const to = specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier;
    found.push({ from: path, to, kind });
  };
  // In the blanked code a specifier is spaces; the text at the same place has it.
  for (const { index, 1: head } of code.matchAll(/^(import|export)\b(?=[^;]*$|[^;]*;)/gm)) {
    const statement = /^(?:import|export)\b(\s+type\b)?(?:[^'";]*?\bfrom\b)?\s*(['"])[^'"]+\2/.exec(text.slice(index));
    if (statement === null || (head === 'export' && !/\bfrom\b/.test(statement[0]))) continue;
    add(index, statement[0].length, statement[1] === undefined ? 'static' : 'type');
  }
  for (const { index } of code.matchAll(/\bimport\s*\(/g)) {
    const call = /^import\s*\(\s*(['"])[^'"]+\1\s*\)/.exec(text.slice(index));
    if (call !== null) add(index, call[0].length, 'dynamic');
  }
  return found;
}

/** Import cycles, each as the files along it. */
function cyclesOf(imports: readonly Import[]): string[] {
  const targets = new Map<string, string[]>();
  // A type leaves nothing at run time, and one loaded later is no cycle of loading.
  for (const { from, to, kind } of imports)
    if (kind === 'static') targets.set(from, [...(targets.get(from) ?? []), to]);
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): void => {
    const seen = trail.indexOf(file);
    if (seen >= 0) cycles.push([...trail.slice(seen), file].join(' -> '));
    if (seen >= 0 || done.has(file)) return;
    for (const target of targets.get(file) ?? []) visit(target, [...trail, file]);
    done.add(file);
  };
  for (const file of targets.keys()) visit(file, []);
  return cycles;
}

/** The room of a core file: the longest that its folder begins with. */
function coreRoomOf(path: string): string | null {
  const folder = posix.dirname(path.slice('src/core/'.length));
  const rooms = CORE_ROOMS.filter((room) => folder === room || folder.startsWith(`${room}/`));
  return rooms.sort((a, b) => b.length - a.length)[0] ?? null;
}

/** What is wrong with an import of a core file; null when nothing is. */
function coreFault({ from, to }: Import): string | null {
  if (!to.startsWith('src/')) return `${from} imports ${to}: the core imports nothing from outside`;
  if (!to.startsWith('src/core/')) return `${from} imports ${to}: the core does not know the shell`;
  const [own, other] = [coreRoomOf(from), coreRoomOf(to)];
  if (own === null || other === null) return `${own === null ? from : to} is in no room of CORE_ROOMS`;
  const order = CORE_ROOMS as readonly string[];
  if (order.indexOf(other) > order.indexOf(own)) return `${from} imports ${to}: ${own} stands before ${other}`;
  if (STRANGERS.some(([a, b]) => a === own && b === other))
    return `${from} imports ${to}: ${own} does not know ${other}`;
  return null;
}

/** What is wrong with an import of a shell file; null when nothing is. */
function shellFault({ from, to, kind }: Import): string | null {
  if (!to.startsWith('src/shell/')) return null;
  const [own = '', other = ''] = [from, to].map((path) => path.split('/')[2]);
  if (SHELL_COMMON.includes(to)) return null;
  if (SHELL_COMMON.includes(from)) return `${from} imports ${to}: what all rooms share knows none of them`;
  for (const room of [own, other]) {
    if (!(SHELL_ROOMS as readonly string[]).includes(room))
      return `${from} imports ${to}: ${room} is in no room of SHELL_ROOMS`;
  }
  if (own === other || own === COMPOSER) return null;
  if (own === LAZY) return kind === 'static' ? `${from} imports ${to}: cli loads other rooms by import() only` : null;
  return `${from} imports ${to}: sibling rooms of the shell do not know each other`;
}

function forbiddenWords({ path, code }: Source): string[] {
  return code
    .split('\n')
    .flatMap((line, i) => Array.from(line.matchAll(NOT_IN_CORE), ([word]) => `${path}:${i + 1} ${word}`));
}

const sources = sourcesUnder('src');
const imports = sources.flatMap(importsOf);

test('core: imports go one way, and nowhere else', () => {
  assert.deepEqual(
    imports.filter(({ from }) => from.startsWith('src/core/')).flatMap((found) => coreFault(found) ?? []),
    [],
  );
});

test('shell: sibling rooms do not import each other', () => {
  assert.deepEqual(
    imports.filter(({ from }) => from.startsWith('src/shell/')).flatMap((found) => shellFault(found) ?? []),
    [],
  );
});

test('no import cycles', () => {
  assert.deepEqual(cyclesOf(imports), []);
});

test('core: no clock, no chance, nothing asynchronous, no locale, nothing of the machine', () => {
  assert.deepEqual(sources.filter(({ path }) => path.startsWith('src/core/')).flatMap(forbiddenWords), []);
});

test(`no source file over ${MAX_LINES} lines but those with a reason, and no reason without need`, () => {
  const long = sources.filter(({ text }) => text.split('\n').length - 1 > MAX_LINES).map(({ path }) => path);
  assert.deepEqual(
    long.filter((path) => !(path in LONG_FILES)),
    [],
  );
  assert.deepEqual(
    Object.keys(LONG_FILES).filter((path) => !long.includes(path)),
    [],
    'allowed, but gone or short',
  );
});

test('every source file begins with a sentence on what it is for', () => {
  assert.deepEqual(
    sources.filter(({ text }) => !text.startsWith('/**')).map(({ path }) => path),
    [],
  );
});

function committedFiles(): string[] | null {
  try {
    return execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .split('\0')
      .filter((path) => path !== '');
  } catch {
    return null;
  }
}

const committed = committedFiles();

test('no committed file names the machine that it was written on', {
  skip: committed === null ? 'no git here' : false,
}, () => {
  const naming = committed!.flatMap((path) => {
    let text = '';
    try {
      text = readFileSync(join(ROOT, path), 'latin1');
    } catch {
      return []; // deleted, but not yet from the index
    }
    return NOT_TO_NAME.filter((word) => text.includes(word)).map((word) => `${path}: ${word}`);
  });
  assert.deepEqual(naming, []);
});

// The checks above pass on tidy code; these show that they would not on other code.
const pretend = (path: string, text: string): Source => ({ path, text, code: codeOf(text) });

test('the tokenizer: comments, strings, templates and patterns are no code; what stands in a template is', () => {
  for (const text of [
    '// Date\nx',
    '/* await\nDate */',
    "const a = 'Date ** \\' Date';",
    'const a = "new Date()";',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template in the code under test
    'const a = `Date ${b} Date`;',
    'const a = /Date\\/[/"]Date/;',
    '/** 10^2, not 10 ** 2 */',
  ]) {
    assert.deepEqual(forbiddenWords(pretend('a.ts', text)), [], text);
  }
  for (const [text, word] of [
    ['const a = Date.now();', 'Date'],
    ["'x'; new Date()", 'Date'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template in the code under test
    ['`a ${Date.now()} b`', 'Date'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template in the code under test
    ['`a ${`${x}` + Date} b`', 'Date'],
    ['`{` + Math.random()', 'Math.random'],
    ['const a = b / c; Date; d / e', 'Date'],
    ['a ** b', '**'],
    ['const a = /"/; Date', 'Date'],
    ['async function f() {}', 'async'],
    ['n.toLocaleString()', 'toLocaleString'],
  ] as const) {
    assert.deepEqual(forbiddenWords(pretend('a.ts', text)), [`a.ts:1 ${word}`], text);
  }
});

test('the import reader: every form, and none from comments or strings', () => {
  const text = [
    "import a from './a.ts';",
    "import type { B } from '../b.ts';",
    "import {\n  c,\n  d,\n} from './c.ts';",
    "import 'side';",
    "export { e } from './e.ts';",
    "export * from './f.ts';",
    "// import g from './g.ts';",
    'const h = "import h from \'./h.ts\'";',
    "const i = await import('./i.ts');",
    "export const j = 'from';",
  ].join('\n');
  assert.deepEqual(
    importsOf(pretend('src/x/y.ts', text)).map(({ to, kind }) => `${kind} ${to}`),
    [
      'static src/x/a.ts',
      'type src/b.ts',
      'static src/x/c.ts',
      'static side',
      'static src/x/e.ts',
      'static src/x/f.ts',
      'dynamic src/x/i.ts',
    ],
  );
});

test('faults are found', () => {
  const core = (from: string, to: string): string | null => coreFault({ from: `src/core/${from}`, to, kind: 'type' });
  assert.match(core('base/a.ts', 'src/core/market/tick.ts') ?? '', /base stands before market/);
  assert.match(core('market/tick.ts', 'src/core/market/book/book.ts') ?? '', /market stands before market\/book/);
  assert.match(core('market/venues/a.ts', 'src/core/market/book/book.ts') ?? '', /stands before/);
  assert.match(core('market/book/a.ts', 'src/core/market/venues/codec.ts') ?? '', /does not know/);
  assert.match(core('scan/a.ts', 'src/shell/errors.ts') ?? '', /does not know the shell/);
  assert.match(core('scan/a.ts', 'node:fs') ?? '', /nothing from outside/);
  assert.match(core('misc/a.ts', 'src/core/base/a.ts') ?? '', /in no room/);
  assert.equal(core('market/book/a.ts', 'src/core/market/tick.ts'), null);
  const shell = (from: string, to: string, kind: Import['kind'] = 'static'): string | null =>
    shellFault({ from: `src/shell/${from}`, to: `src/shell/${to}`, kind });
  assert.match(shell('journal/a.ts', 'stores/b.ts') ?? '', /sibling rooms/);
  assert.match(shell('journal/a.ts', 'stores/b.ts', 'dynamic') ?? '', /sibling rooms/);
  assert.match(shell('cli/a.ts', 'stores/b.ts') ?? '', /import\(\) only/);
  assert.equal(shell('cli/a.ts', 'stores/b.ts', 'dynamic'), null);
  assert.equal(shell('run/a.ts', 'stores/b.ts'), null);
  assert.equal(shell('stores/a.ts', 'errors.ts'), null);
  const arrow = (from: string, to: string): Import => ({ from, to, kind: 'static' });
  assert.deepEqual(cyclesOf([arrow('a', 'b'), arrow('b', 'c'), arrow('c', 'b')]), ['b -> c -> b']);
});
