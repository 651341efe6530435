/**
 * Reads the plain part of YAML in about a millisecond: block mappings, one-line values, one-line `{…}` and `[…]`, comments.
 * Whatever else there is (a list over several lines, an anchor, an escape, a repeated key, an error), it gives up on the
 * whole text, and the caller takes the `yaml` package. `ops status` runs from cron every minute; importing that package
 * and parsing with it costs more than the rest of the command. A test holds both equal.
 */

type Mapping = { [key: string]: unknown };

/** Thrown and caught in this file: not plain. */
class NotPlain extends Error {}

interface OpenMapping {
  /** Column of its keys; -1 until the first one is seen. */
  indent: number;
  readonly mapping: Mapping;
}

// Tabs, control characters, byte order marks and the rarer line ends mean things that we leave to the full parser.
const ODD_CHARACTER = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff]/;
const KEY = /([A-Za-z_][A-Za-z0-9_-]*|"[^"\\]+")\s*:(?= |$)/y;
const INTEGER = /^-?(?:0|[1-9][0-9]{0,15})$/;
const DECIMAL = /^-?(?:0|[1-9][0-9]{0,15})\.[0-9]{1,20}$/;
// A colon must have something after it, else it ends a key; so `a:b` is a word and `a:` is not.
const WORD = /^(?:\.{1,2}\/)?[A-Za-z](?:[A-Za-z0-9_./+-]|:(?=[A-Za-z0-9_./+-]))*$/;
const RESERVED = /^(?:true|false|null)$/i;
const BARE = /[A-Za-z0-9_./:+-]+/y;
const QUOTED = /"([^"\\]*)"|'([^']*)'/y;
const SPACES = / */y;
const DEEPEST = 16;

/**
 * The documents of a YAML text as plain values.
 *
 * @returns one value for each document that `---` begins; null when the text is not plain YAML, which says nothing about
 * whether it is good YAML
 */
export function parsePlainYaml(text: string): unknown[] | null {
  const source = text.includes('\r') ? text.replaceAll('\r\n', '\n') : text;
  const lines = source.split('\n');
  try {
    if (lines.some((line) => ODD_CHARACTER.test(line))) return null;
    return splitDocuments(lines).map(parseDocument);
  } catch (error) {
    if (error instanceof NotPlain) return null;
    throw error;
  }
}

function splitDocuments(lines: readonly string[]): string[][] {
  const documents: string[][] = [[]];
  for (const line of lines) {
    if (line === '---') documents.push([]);
    else if (!isBlank(line)) documents.at(-1)!.push(line);
  }
  if (documents.length > 1 && documents[0]!.length === 0) documents.shift();
  return documents;
}

function isBlank(line: string): boolean {
  return /^ *(?:#|$)/.test(line);
}

function parseDocument(lines: readonly string[]): Mapping {
  const root: Mapping = {};
  const open: OpenMapping[] = [{ indent: 0, mapping: root }];
  if (lines.length === 0) throw new NotPlain();
  lines.forEach((line, number) => {
    const indent = indentOf(line);
    closeDeeper(open, indent);
    const top = open.at(-1)!;
    if (top.indent !== indent) throw new NotPlain();
    const [key, from] = readKey(line, indent);
    if (hasKey(top.mapping, key)) throw new NotPlain();
    const next = lines[number + 1];
    if (restIsEmpty(line, from)) top.mapping[key] = openNested(open, indent, next);
    else top.mapping[key] = readLineValue(line, from);
  });
  return root;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** A key without a value on its line holds a mapping when the next line stands deeper, and nothing when it does not. */
function openNested(open: OpenMapping[], indent: number, next: string | undefined): Mapping | null {
  if (next === undefined || indentOf(next) <= indent) return null;
  const mapping: Mapping = {};
  open.push({ indent: indentOf(next), mapping });
  return mapping;
}

function closeDeeper(open: OpenMapping[], indent: number): void {
  while (open.length > 1 && open.at(-1)!.indent > indent) open.pop();
}

function hasKey(mapping: Mapping, key: string): boolean {
  return key === '__proto__' || Object.hasOwn(mapping, key);
}

function readKey(line: string, from: number): [key: string, end: number] {
  const match = matchAt(KEY, line, from);
  if (match === null || RESERVED.test(match[1]!)) throw new NotPlain();
  const written = match[1]!;
  return [written.startsWith('"') ? written.slice(1, -1) : written, from + match[0].length];
}

function readLineValue(line: string, from: number): unknown {
  const reader = new ValueReader(line, from);
  const value = reader.value();
  if (!restIsEmpty(line, reader.at)) throw new NotPlain();
  return value;
}

/** True when nothing but a comment follows; a comment needs a space before it. */
function restIsEmpty(line: string, from: number): boolean {
  return /^(?: *| +#.*)$/.test(line.slice(from));
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Reads one value of a line, nested flow collections included. */
class ValueReader {
  readonly #line: string;
  #depth = 0;
  at: number;

  constructor(line: string, at: number) {
    this.#line = line;
    this.at = at;
  }

  value(): unknown {
    this.#take(SPACES);
    const first = this.#line[this.at];
    if (first === '{') return this.#mapping();
    if (first === '[') return this.#list();
    const text = this.#take(QUOTED);
    return text === null ? bareValue(this.#take(BARE)?.[0] ?? '') : (text[1] ?? text[2]!);
  }

  #mapping(): Mapping {
    const mapping: Mapping = {};
    this.#eachItem('}', () => {
      const [key, end] = readKey(this.#line, this.at);
      if (hasKey(mapping, key)) throw new NotPlain();
      this.at = end;
      mapping[key] = this.value();
    });
    return mapping;
  }

  #list(): unknown[] {
    const list: unknown[] = [];
    this.#eachItem(']', () => list.push(this.value()));
    return list;
  }

  #eachItem(close: string, readItem: () => void): void {
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw new NotPlain();
    this.at += 1;
    this.#take(SPACES);
    while (this.#line[this.at] !== close) {
      readItem();
      this.#take(SPACES);
      const mark = this.#line[this.at];
      if (mark === close) break;
      if (mark !== ',') throw new NotPlain();
      this.at += 1;
      this.#take(SPACES);
    }
    this.at += 1;
    this.#depth -= 1;
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    const match = matchAt(pattern, this.#line, this.at);
    if (match !== null) this.at += match[0].length;
    return match;
  }
}

function bareValue(text: string): unknown {
  if (INTEGER.test(text) || DECIMAL.test(text)) return Number(text);
  if (text === 'true') return true;
  if (text === 'false') return false;
  if (text === 'null') return null;
  if (WORD.test(text) && !RESERVED.test(text)) return text;
  throw new NotPlain();
}
