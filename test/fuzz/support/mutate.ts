/**
 * Damaged copies of frames, each byte a character. Bytes are cut, flipped and spliced; JSON is reshaped in ways that a
 * decoder by shape might overlook: keys doubled, moved or nested, constants that vary, numbers written in other ways.
 */

import type { Prng } from '../../../src/core/base/prng.ts';
import { type Node, nodesOf, parseText, printText } from './json-text.ts';

/** Numbers as a venue would not write them, or no numbers at all. */
const NUMBERS = [
  '9007199254740993',
  '9007199254740992',
  '9007199254740991',
  '90071992547409910',
  '18446744073709551616',
  '123456789012345678901234567890',
  '90071992547409.91',
  '0',
  '1',
  '-0',
  '-1',
  '00',
  '007',
  '0123.5',
  '1e5',
  '1E-3',
  '1e400',
  '1.',
  '.5',
  '0.0',
  '1.0000000000000000001',
  '0.123456789012345678',
  '0.1234567891',
  '61800.10000000000000000000',
  '999999999',
  '1000000000',
  '999999999999999',
  '17863108181.690142',
  '1786310818.6901420',
  'NaN',
  '+1',
];
const SCALARS = [
  'null',
  'true',
  'false',
  '""',
  '[]',
  '{}',
  '[[]]',
  '"x"',
  '"Buy"',
  '"SELL"',
  '"b"',
  '-5',
  '1.5',
  '"\\u0031"',
];
/** Keys that some decoder might mistake for another, or for JavaScript's own. */
const KEYS = [
  '"__proto__"',
  '"constructor"',
  '"toString"',
  '""',
  '"data.p"',
  '"data.0.px"',
  '"data"',
  '"p"',
  '"b"',
  '"x"',
  '"\\u0070"',
];
const SPACES = [' ', '\n', '\t', '\r\n', '   ', '\u00a0', '\ufeff'];
const JUNK = [
  '\u0000',
  '\u00ff',
  '\u00c3\u0028',
  '\u00c3\u00a9',
  '\u00ed\u00a0\u0080',
  '\u00ef\u00bb\u00bf',
  '\\',
  '"',
  '\\u0000',
  '\u007f',
];

/** How deep the deepest mutation nests. */
const DEEP = 100_000;
/** One mutation in so many nests deeply; the others cost microseconds. */
const DEEP_ONE_IN = 4000;

/** A mutated frame; `other` lends its parts. Never longer than the frame, a few parts of `other`, and 2 x DEEP. */
export function mutate(frame: string, other: string, prng: Prng): string {
  if (prng.int(DEEP_ONE_IN) === 0) return nestDeeply(frame, prng);
  let text = frame;
  if (prng.int(4) === 0) {
    for (let digits = 1 + prng.int(4); digits > 0; digits--) text = otherDigit(text, prng.int(text.length + 1), prng);
    return text;
  }
  for (let round = prng.int(4) === 0 ? 2 : 1; round > 0; round--) {
    text = prng.int(5) < 2 ? mutateBytes(text, other, prng) : mutateTree(text, other, prng);
  }
  return text.length > 4 * (frame.length + other.length) + 1000 ? frame.slice(0, -1) : text;
}

function mutateBytes(text: string, other: string, prng: Prng): string {
  const at = prng.int(text.length + 1);
  const length = prng.int(12);
  switch (prng.int(11)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(at);
    case 2:
      return splice(text, at, length, '');
    case 3:
      return splice(text, at, 0, text.slice(at, at + length));
    case 4:
      return splice(text, at, 1, String.fromCharCode(prng.int(256)));
    case 5:
      return splice(text, at, 1, String.fromCharCode((text.charCodeAt(at) || 0) ^ (1 << prng.int(8))));
    case 6:
      return splice(text, at, 0, latin1(prng.pick(SPACES)));
    case 7:
      return splice(text, at, prng.int(2), prng.pick(JUNK));
    case 8:
      return text.slice(0, at) + other.slice(prng.int(other.length + 1));
    case 9:
      return text + (prng.chance(0.5) ? other : prng.pick(['}', ']', ',', '0', '"', ' ']));
    default:
      return otherDigit(text, at, prng);
  }
}

/** Keeps the JSON whole in most cases. */
function mutateTree(text: string, other: string, prng: Prng): string {
  const root = parseText(text);
  if (root === null) return otherDigit(text, prng.int(text.length + 1), prng);
  const node = prng.pick(nodesOf(root));
  if (node.kind === 'raw') node.text = mutateScalar(node.text, prng);
  else if (node.kind === 'array') mutateArray(node, other, prng);
  else mutateObject(node, other, prng);
  return printText(root);
}

function mutateScalar(text: string, prng: Prng): string {
  const isQuoted = text.startsWith('"');
  switch (prng.int(8)) {
    case 0:
      return isQuoted ? text.slice(1, -1) || '0' : `"${text}"`;
    case 1:
      return isQuoted ? `"${prng.pick(NUMBERS)}"` : prng.pick(NUMBERS);
    case 2:
      return prng.pick(SCALARS);
    case 3:
      return flipCase(text, prng);
    case 4:
      return isQuoted ? text.replace(/[a-zA-Z0-9]/, escaped) : `-${text}`;
    case 5:
      return grow(text, isQuoted, prng);
    default:
      return otherDigit(text, prng.int(text.length + 1), prng);
  }
}

/** More zeros or digits before, behind or in the middle. */
function grow(text: string, isQuoted: boolean, prng: Prng): string {
  const [from, to] = isQuoted ? [1, text.length - 1] : [0, text.length];
  const more = prng.pick(['0', '00000000', '9', '123456789', '.', '.0', '.5', ' ', 'e1', '-']);
  return splice(text, prng.pick([from, to, prng.int(text.length + 1)]), 0, more);
}

function mutateArray(node: Node & { kind: 'array' }, other: string, prng: Prng): void {
  const { items } = node;
  const at = prng.int(items.length + 1);
  const item = items[prng.int(Math.max(items.length, 1))];
  switch (prng.int(7)) {
    case 0:
      items.length = 0;
      return;
    case 1:
      items.splice(at, 1);
      return;
    case 2:
      if (item !== undefined) items.splice(at, 0, item);
      return;
    case 3:
      items.reverse();
      return;
    case 4:
      items.push({ kind: 'raw', text: prng.pick([...SCALARS, '"0"', '"4"', '7']) });
      return;
    case 5:
      if (item !== undefined) items.splice(at, 0, ...Array.from({ length: 1 + prng.int(30) }, () => item));
      return;
    default:
      items.splice(at, 0, anyNodeOf(other, prng));
  }
}

function mutateObject(node: Node & { kind: 'object' }, other: string, prng: Prng): void {
  const { members } = node;
  const at = prng.int(members.length + 1);
  const from = prng.int(Math.max(members.length, 1));
  const member = members[from];
  if (member === undefined) {
    members.push([prng.pick(KEYS), { kind: 'raw', text: prng.pick(SCALARS) }]);
    return;
  }
  const [key, value] = member;
  switch (prng.int(10)) {
    case 0:
      members.splice(at, 0, [key, value]);
      return;
    case 1:
      members.splice(at, 0, [key, changed(value, prng)]);
      return;
    case 2:
      members.splice(from, 1);
      members.splice(prng.int(members.length + 1), 0, member);
      return;
    case 3:
      members.splice(from, 1);
      return;
    case 4:
      members.splice(at, 0, [prng.pick(KEYS), { kind: 'raw', text: prng.pick([...SCALARS, '7', '"7"']) }]);
      return;
    case 5:
      // Itself again, inside itself or under a key that reads like a path: rules by path might find its numbers twice.
      members.splice(at, 0, [prng.pick(KEYS), copyOf({ kind: 'object', members: [...members] }, prng)]);
      return;
    case 6:
      members[from] = [key, anyNodeOf(other, prng)];
      return;
    case 7:
      members[from] = [prng.pick(KEYS), value];
      return;
    case 8:
      members.splice(at, 0, [`${prng.pick(['"data.', '"data.0.', '"arg.', '"'])}${key.slice(1)}`, copyOf(value, prng)]);
      return;
    default:
      members.sort(() => prng.next() - 0.5);
  }
}

/** A copy; half of the time with one scalar changed. */
function copyOf(node: Node, prng: Prng): Node {
  return prng.chance(0.5) ? (parseText(printText(node)) ?? node) : changed(node, prng);
}

/** A copy with one scalar changed. */
function changed(node: Node, prng: Prng): Node {
  const copy = parseText(printText(node)) ?? node;
  const scalars = nodesOf(copy).filter((part) => part.kind === 'raw');
  const scalar = scalars[prng.int(Math.max(scalars.length, 1))];
  if (scalar !== undefined && scalar.kind === 'raw') scalar.text = mutateScalar(scalar.text, prng);
  return copy;
}

function anyNodeOf(text: string, prng: Prng): Node {
  const root = parseText(text);
  return root === null ? { kind: 'raw', text: prng.pick(NUMBERS) } : prng.pick(nodesOf(root));
}

/** Brackets or objects, 100,000 deep: in the place of a value, around the frame, or never closed. */
function nestDeeply(frame: string, prng: Prng): string {
  const [open, close] = prng.pick([['[', ']'] as const, ['{"a":', '}'] as const]);
  const deep = open.repeat(DEEP) + prng.pick(['1', '{}', '[]']) + (prng.chance(0.8) ? close.repeat(DEEP) : '');
  if (prng.chance(0.2)) return deep;
  const comma = frame.lastIndexOf('}');
  return comma < 0 ? deep : `${frame.slice(0, comma)},"zz":${deep}${frame.slice(comma)}`;
}

function otherDigit(text: string, at: number, prng: Prng): string {
  let digit = at;
  while (digit < text.length && !/[0-9]/.test(text[digit]!)) digit += 1;
  return digit === text.length ? text : splice(text, digit, 1, String(prng.int(10)));
}

function flipCase(text: string, prng: Prng): string {
  const at = prng.int(text.length + 1);
  const letter = text.slice(at).search(/[a-zA-Z]/);
  if (letter < 0) return text;
  const found = text[at + letter]!;
  const flipped = found === found.toLowerCase() ? found.toUpperCase() : found.toLowerCase();
  return splice(text, at + letter, 1, flipped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function splice(text: string, at: number, removed: number, inserted: string): string {
  return text.slice(0, at) + inserted + text.slice(at + removed);
}

function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
