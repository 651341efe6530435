/** JSON as a tree of its own text: numbers, strings and keys stay as written, so that a mutation changes only what it means to. */

/** `raw`: a scalar's text; `members`: key texts with their quotes. */
export type Node =
  | { readonly kind: 'raw'; text: string }
  | { readonly kind: 'array'; items: Node[] }
  | { readonly kind: 'object'; members: [key: string, value: Node][] };

/** Deeper text is not taken apart. */
const MAX_DEPTH = 64;

/** The tree of a JSON text, each byte a character; null when it is none or too deep. */
export function parseText(text: string): Node | null {
  const cursor = { text, at: 0 };
  const node = parseValue(cursor, 0);
  skipSpace(cursor);
  return node !== null && cursor.at === text.length ? node : null;
}

export function printText(node: Node): string {
  if (node.kind === 'raw') return node.text;
  if (node.kind === 'array') return `[${node.items.map(printText).join(',')}]`;
  return `{${node.members.map(([key, value]) => `${key}:${printText(value)}`).join(',')}}`;
}

/** All nodes, parents first. */
export function nodesOf(root: Node): Node[] {
  const nodes = [root];
  for (const node of nodes) {
    if (node.kind === 'array') nodes.push(...node.items);
    else if (node.kind === 'object') nodes.push(...node.members.map(([, value]) => value));
  }
  return nodes;
}

interface Cursor {
  readonly text: string;
  at: number;
}

const STRING = /"(?:[^"\\]|\\.)*"/y;
const SCALAR = /[^\s,:[\]{}"]+/y;

function parseValue(cursor: Cursor, depth: number): Node | null {
  skipSpace(cursor);
  const first = cursor.text[cursor.at];
  if (depth > MAX_DEPTH) return null;
  if (first === '{') return parseObject(cursor, depth);
  if (first === '[') return parseArray(cursor, depth);
  const text = take(cursor, first === '"' ? STRING : SCALAR);
  return text === null ? null : { kind: 'raw', text };
}

function parseArray(cursor: Cursor, depth: number): Node | null {
  const items: Node[] = [];
  cursor.at += 1;
  if (passes(cursor, ']')) return { kind: 'array', items };
  do {
    const item = parseValue(cursor, depth + 1);
    if (item === null) return null;
    items.push(item);
  } while (passes(cursor, ','));
  return passes(cursor, ']') ? { kind: 'array', items } : null;
}

function parseObject(cursor: Cursor, depth: number): Node | null {
  const members: [string, Node][] = [];
  cursor.at += 1;
  if (passes(cursor, '}')) return { kind: 'object', members };
  do {
    skipSpace(cursor);
    const key = take(cursor, STRING);
    if (key === null || !passes(cursor, ':')) return null;
    const value = parseValue(cursor, depth + 1);
    if (value === null) return null;
    members.push([key, value]);
  } while (passes(cursor, ','));
  return passes(cursor, '}') ? { kind: 'object', members } : null;
}

function take(cursor: Cursor, pattern: RegExp): string | null {
  pattern.lastIndex = cursor.at;
  const match = pattern.exec(cursor.text);
  if (match === null) return null;
  cursor.at = pattern.lastIndex;
  return match[0];
}

function passes(cursor: Cursor, character: string): boolean {
  skipSpace(cursor);
  if (cursor.text[cursor.at] !== character) return false;
  cursor.at += 1;
  return true;
}

function skipSpace(cursor: Cursor): void {
  while (' \t\n\r'.includes(cursor.text[cursor.at] ?? '-')) cursor.at += 1;
}
