// What every build here shares: one file of a program and all it imports, in which a constant stays a constant.
//
// esbuild makes each `const` of a module a `var` of the bundle, and V8 reads a `var` of an outer function from memory and looks
// at its type each time: a fifth of the time of reading a book level (ADR 5). So numbers that have a name, and tables of them, are
// declared again as constants before everything else, where a minified bundle has them as literals.
import { build, transform } from 'esbuild';

const NAME = '[A-Z][A-Za-z0-9_$]*';
const NUMBER = '[-+*/%<>|&^~() \\w.]+';
const TABLE = '\\{(?:\\s+\\w+: -?\\d+,?)+\\s*\\}|\\[[-+\\s\\d.,e]+\\]';
/** Of a module that is loaded at once; and of one that is loaded by `import()`, inside the function that does it. */
const AT_ONCE = new RegExp(`^var (${NAME}) = (${NUMBER}|${TABLE});\\n`, 'gm');
const LATE = new RegExp(`^ {4}(${NAME}) = (${NUMBER}|${TABLE});\\n`, 'gm');
const LOADER = /(^ {2}"[^"\n]+"\(\) \{\n[\s\S]*?^ {2}\}\n)/m;
const NAMES_LINE = /^var ([\w$]+(?:, [\w$]+)*);\n/gm;
/** esbuild writes the path of each module above it. */
const MODULE = /^\/\/ (\S+\.[cm]?[jt]s)\n/gm;
const WORD = /[A-Za-z_$][\w$]*/g;
const STRICT = '"use strict";\n';

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
      const strict = text.startsWith(STRICT) ? STRICT : '';
      const { constant, code } = await withConstants(text.slice(strict.length), { format, target, minify });
      return { path, text: minify ? `${head}${strict}${code}${foot}` : strict + constant };
    }),
  );
}

/** esbuild knows every way to write to a name: what is written again was a variable, and stays one. */
async function withConstants(text, options) {
  const variables = new Set();
  for (;;) {
    const constant = keepConstants(text, variables);
    const { code, warnings } = await transform(constant, { ...options, legalComments: 'none' });
    const written = warnings.filter(({ id }) => id === 'assign-to-constant');
    if (written.length === 0) return { constant, code };
    for (const { text: said } of written) variables.add(/"([^"]+)"/.exec(said)[1]);
  }
}

/** Declares named numbers, and tables of them, of our own modules as constants before everything else. */
function keepConstants(text, variables) {
  const late = new Set(Array.from(text.matchAll(NAMES_LINE), ([, names]) => names.split(', ')).flat());
  const parts = modulesOf(text);
  const values = new Map();
  const note = (_, name, value) => {
    if (!variables.has(name)) values.set(name, value);
  };
  const noteLate = (line, name, value) => late.has(name) && note(line, name, value);
  for (const { code, isOurs } of parts) if (isOurs) replaceConstants(code, note, noteLate);
  // A constant may be made of others; what is made of anything else stays where it is.
  const kept = new Map();
  for (let before = -1; before < kept.size; ) {
    before = kept.size;
    for (const [name, value] of values) if (!kept.has(name) && isKnown(value, kept)) kept.set(name, value);
  }
  const drop = (line, name) => (kept.has(name) ? '' : line);
  const rest = parts
    .map(({ code, isOurs }) => (isOurs ? replaceConstants(code, drop, drop) : code))
    .join('')
    .replace(NAMES_LINE, (_, names) => {
      const others = names.split(', ').filter((name) => !kept.has(name));
      return others.length === 0 ? '' : `var ${others.join(', ')};\n`;
    });
  return Array.from(kept, ([name, value]) => `const ${name} = ${value};\n`).join('') + rest;
}

/** Lines outside of functions, and those of a function that loads the module. */
function replaceConstants(code, atOnce, late) {
  return code
    .split(LOADER)
    .map((part) => (part.startsWith('  "') ? part.replace(LATE, late) : part.replace(AT_ONCE, atOnce)))
    .join('');
}

/** The bundle in pieces: what esbuild put before all modules, and each module. */
function modulesOf(text) {
  const heads = [{ index: 0, 1: 'node_modules/' }, ...text.matchAll(MODULE)];
  return heads.map(({ index, 1: path }, i) => ({
    code: text.slice(index, heads[i + 1]?.index),
    isOurs: !path.includes('node_modules/'),
  }));
}

function isKnown(value, kept) {
  if (/^[{[]/.test(value)) return true;
  const words = value.replace(/(?<![\w$])[\d.][\w.]*/g, '').match(WORD) ?? [];
  return words.every((word) => kept.has(word));
}
