// What every build here shares: one file of a program and all it imports, in which a constant stays a constant.
//
// esbuild makes each `const` of a module a `var` of the bundle, and V8 reads a `var` of an outer function from memory and looks
// at its type each time: a fifth of the time of reading a book level (ADR 5). So numbers that have a name, and tables of them, are
// declared again as constants before everything else, where a minified bundle has them as literals.
import { build, transform } from 'esbuild';

const NAME = '[A-Z][A-Za-z0-9_$]*';
/** An initialiser of one line, where a module is loaded at once (`var`) and where it is loaded by `import()`. */
const NUMBER_LINE = new RegExp(`^(?:var|   ) (${NAME}) = ([-+*/%<>|&^~() \\w.]+);\\n`, 'gm');
const TABLE_LINES = new RegExp(
  `^(?:var|   ) (${NAME}) = (\\{(?:\\s+\\w+: -?\\d+,?)+\\s*\\}|\\[[-+\\s\\d.,e]+\\]);\\n`,
  'gm',
);
const NAMES_LINE = /^var ([\w$]+(?:, [\w$]+)*);\n/gm;
const WORD = /[A-Za-z_$][\w$]*/g;

/**
 * @param options - esbuild's; `outfile` or `outdir` say which paths come back
 * @param shape - is the code minified, and what stands around it then
 * @returns the files, not written
 */
export async function bundle(options, { head = '', foot = '', minify = false } = {}) {
  const { outputFiles } = await build({
    bundle: true,
    platform: 'node',
    logLevel: 'warning',
    ...options,
    write: false,
  });
  const { format, target } = options;
  return Promise.all(
    outputFiles.map(async ({ path, text }) => {
      const constant = keepConstants(text);
      if (!minify) return { path, text: constant };
      const { code } = await transform(constant, { format, target, minify, legalComments: 'none' });
      return { path, text: head + code + foot };
    }),
  );
}

/** Declares named numbers, and tables of them, as constants before everything else. */
function keepConstants(text) {
  const late = new Set(Array.from(text.matchAll(NAMES_LINE), ([, names]) => names.split(', ')).flat());
  const values = new Map();
  for (const lines of [NUMBER_LINE, TABLE_LINES]) {
    for (const [line, name, value] of text.matchAll(lines)) {
      const isOfModule = line.startsWith('var') || late.has(name);
      if (isOfModule && !isVariable(text, name)) values.set(name, value);
    }
  }
  // A constant may be made of others; what is made of anything else stays where it is.
  const kept = new Map();
  for (let before = -1; before < kept.size; ) {
    before = kept.size;
    for (const [name, value] of values) if (!kept.has(name) && isKnown(value, kept)) kept.set(name, value);
  }
  const drop = (line, name) => (kept.has(name) ? '' : line);
  const rest = text
    .replace(NUMBER_LINE, drop)
    .replace(TABLE_LINES, drop)
    .replace(NAMES_LINE, (_, names) => {
      const others = names.split(', ').filter((name) => !kept.has(name));
      return others.length === 0 ? '' : `var ${others.join(', ')};\n`;
    });
  return Array.from(kept, ([name, value]) => `const ${name} = ${value};\n`).join('') + rest;
}

function isVariable(text, name) {
  const changes = new RegExp(
    `(?<![\\w.$])${name.replaceAll('$', '\\$')}(?: (?:[-+*/%|&^]|<<|>>>?|\\*\\*|\\?\\?)?=(?!=)|\\+\\+|--)`,
    'g',
  );
  return text.match(changes)?.length !== 1;
}

function isKnown(value, kept) {
  if (/^[{[]/.test(value)) return true;
  const words = value.replace(/(?<![\w$])[\d.][\w.]*/g, '').match(WORD) ?? [];
  return words.every((word) => kept.has(word));
}
