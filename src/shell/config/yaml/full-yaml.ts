/** Reads any YAML by the `yaml` package and knows where each key stands. Slow (some 100 ms cold): for what is not plain and for reports. */

import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';
import type { ConfigProblem, Position } from '../problem.ts';
import { pathText, quoted } from '../problem.ts';

/** One document of a file. */
export interface LocatedDocument {
  readonly data: unknown;
  /** Where the key, or its value, stands; of a path that is not written down, where its nearest parent does. */
  locate(path: readonly string[], on: 'key' | 'value'): Position | null;
  /** True when the text itself has this path. */
  isWritten(path: readonly string[]): boolean;
}

export interface ParsedYaml {
  readonly documents: readonly LocatedDocument[];
  /** What is wrong with the text as YAML; then `documents` are what could be made of it. */
  readonly problems: readonly ConfigProblem[];
  /** The first line from which on `documents` are guesswork; null when the structure is sound. */
  readonly brokenFromLine: number | null;
}

// Loaded when first needed, and not by `import()`: loading config is synchronous.
let yamlModule: typeof Yaml | null = null;
function yaml(): typeof Yaml {
  yamlModule ??= createRequire(import.meta.url)('yaml') as typeof Yaml;
  return yamlModule;
}

/**
 * Reads a YAML text with all its documents.
 *
 * @param file - how problems name it
 */
export function parseFullYaml(text: string, file: string): ParsedYaml {
  const lines = new (yaml().LineCounter)();
  const parsedDocuments = documentsOf(text, lines);
  if (parsedDocuments === null) return tooDeep(file);
  const problems: ConfigProblem[] = [];
  let brokenFromLine: number | null = null;
  for (const document of parsedDocuments) {
    for (const fault of [...document.errors, ...document.warnings]) {
      const problem = syntaxProblem(fault, document, lines, text, file);
      problems.push(problem);
      if (fault.code !== 'DUPLICATE_KEY')
        brokenFromLine = Math.min(problem.position!.line, brokenFromLine ?? Number.POSITIVE_INFINITY);
    }
  }
  const documents = parsedDocuments.map((document) => locatedDocument(document, lines, problems, file));
  return { documents, problems, brokenFromLine };
}

/** Null when it is nested so deeply that the parser runs out of stack. */
function documentsOf(text: string, lines: Yaml.LineCounter): readonly Yaml.Document.Parsed[] | null {
  try {
    const parsed = yaml().parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
    // An empty text comes as an empty stream, not as a document.
    return Array.isArray(parsed) ? parsed : [];
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function tooDeep(file: string): ParsedYaml {
  const position = { line: 1, column: 1 };
  const problem = { file, position, path: '', wanted: 'valid YAML', found: 'a fault: nested too deeply', hint: null };
  return { documents: [], problems: [problem], brokenFromLine: 1 };
}

function locatedDocument(
  document: Yaml.Document.Parsed,
  lines: Yaml.LineCounter,
  problems: ConfigProblem[],
  file: string,
): LocatedDocument {
  let data: unknown = null;
  try {
    data = document.toJS();
  } catch (error) {
    // Aliases that multiply ("billion laughs") or point nowhere.
    const found = error instanceof Error ? error.message : String(error);
    problems.push({
      file,
      position: { line: 1, column: 1 },
      path: '',
      wanted: 'YAML with few aliases',
      found,
      hint: null,
    });
  }
  return {
    data,
    locate: (path, on) => locate(document, lines, path, on),
    isWritten: (path) => document.hasIn(path),
  };
}

function syntaxProblem(
  fault: Yaml.YAMLParseError | Yaml.YAMLWarning,
  document: Yaml.Document.Parsed,
  lines: Yaml.LineCounter,
  text: string,
  file: string,
): ConfigProblem {
  const at = fault.pos[0];
  const path = pathText(pathAt(document.contents, at));
  if (fault.code === 'DUPLICATE_KEY') {
    const key = /^["']?([\w./-]+)/.exec(text.slice(at))?.[1] ?? '';
    return {
      file,
      position: positionOf(lines, at),
      path,
      wanted: 'each key once',
      found: `${quoted(key)} again`,
      hint: null,
    };
  }
  const found = fault.message.replace(/\s+/g, ' ').replace(/[.:]?$/, '');
  return { file, position: positionOf(lines, at), path, wanted: 'valid YAML', found: `a fault: ${found}`, hint: null };
}

function positionOf(lines: Yaml.LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/** Keys of the mappings that enclose an offset. */
function pathAt(root: unknown, offset: number): string[] {
  const path: string[] = [];
  let node = root;
  while (yaml().isMap(node)) {
    const pair: Yaml.Pair | undefined = node.items.find((item) => encloses(item.value, offset));
    if (pair === undefined) break;
    path.push(keyText(pair.key));
    node = pair.value;
  }
  return path;
}

function encloses(node: unknown, offset: number): boolean {
  const range = yaml().isNode(node) ? node.range : null;
  return range !== null && range !== undefined && range[0] <= offset && offset < range[1];
}

function keyText(key: unknown): string {
  return yaml().isScalar(key) ? String(key.value ?? '') : String(key);
}

function locate(
  document: Yaml.Document.Parsed,
  lines: Yaml.LineCounter,
  path: readonly string[],
  on: 'key' | 'value',
): Position | null {
  let node: unknown = document.contents;
  let keyOffset = startOf(node) ?? 0;
  let valueOffset = keyOffset;
  for (const step of path) {
    const next = childOf(document, node, step);
    if (next === null) break;
    keyOffset = startOf(next.key) ?? startOf(next.value) ?? keyOffset;
    valueOffset = startOf(next.value) ?? keyOffset;
    node = next.value;
  }
  return positionOf(lines, on === 'key' ? keyOffset : valueOffset);
}

function childOf(
  document: Yaml.Document.Parsed,
  parent: unknown,
  step: string,
): { key: unknown; value: unknown } | null {
  const node = yaml().isAlias(parent) ? parent.resolve(document) : parent;
  if (yaml().isSeq(node)) {
    const value = node.items[Number(step)];
    return value === undefined ? null : { key: value, value };
  }
  if (!yaml().isMap(node)) return null;
  return node.items.find((item) => keyText(item.key) === step) ?? null;
}

function startOf(node: unknown): number | null {
  return yaml().isNode(node) ? (node.range?.[0] ?? null) : null;
}
