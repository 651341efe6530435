/**
 * Sets one `true` or `false` in a YAML text and leaves every other byte as it is: comments, order, quoting, spaces.
 *
 * The `yaml` package could write a changed document itself, but it would set the whole file anew: widths, spaces before
 * comments, line ends. So it is only asked where things stand. Refuses what cannot be changed in one place (anchors).
 */

import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';
import type { EditedLines } from './edited-lines.ts';
import { wordText } from './word-text.ts';

// Loaded when first needed: most commands never write config.
let yamlModule: typeof Yaml | null = null;
function yaml(): typeof Yaml {
  yamlModule ??= createRequire(import.meta.url)('yaml') as typeof Yaml;
  return yamlModule;
}

/**
 * Sets the boolean at `path` in the first document; missing keys and mappings are made, as the last of their mapping.
 *
 * The text must be valid YAML with a mapping at its root, and every mapping on the path that exists must be one.
 *
 * @returns false when an anchor or a merge is on the way, so that the change would not be of this path alone
 */
export function setBoolean(lines: EditedLines, path: readonly string[], value: boolean): boolean {
  const [document] = yaml().parseAllDocuments(lines.text, { stringKeys: true });
  let map: unknown = (document as Yaml.Document.Parsed | undefined)?.contents;
  for (const [depth, key] of path.entries()) {
    if (!yaml().isMap(map) || map.anchor !== undefined) return false;
    const pair: Yaml.Pair | undefined = map.items.find((item) => keyText(item.key) === key);
    if (pair === undefined) return addPath(lines, map, path.slice(depth), value);
    map = pair.value;
  }
  return replaceScalar(lines, map, value);
}

function replaceScalar(lines: EditedLines, node: unknown, value: boolean): boolean {
  if (!yaml().isScalar(node) || node.anchor !== undefined || !node.range) return false;
  if (node.value !== value) lines.replace(node.range[0], node.range[1], String(value));
  return true;
}

function addPath(lines: EditedLines, map: Yaml.YAMLMap, path: readonly string[], value: boolean): boolean {
  if (map.flow) return addInFlow(lines, map, path, value);
  const first = map.items[0];
  const firstStart = first === undefined ? null : startOf(first.key);
  if (firstStart === null) return false;
  const indent = ' '.repeat(columnOf(lines.text, firstStart));
  const added = path.map((key, depth) => `${indent}${'  '.repeat(depth)}${wordText(key)}:`);
  lines.addBehind(lastOffsetOf(map), [...added.slice(0, -1), `${added.at(-1)} ${value}`]);
  return true;
}

function addInFlow(lines: EditedLines, map: Yaml.YAMLMap, path: readonly string[], value: boolean): boolean {
  if (!map.range) return false;
  const entry = path.reduceRight((inner, key, depth) => {
    const text = `${wordText(key)}: ${inner}`;
    return depth === 0 ? text : `{ ${text} }`;
  }, String(value));
  const isEmpty = map.items.length === 0;
  const at = isEmpty ? map.range[0] + 1 : lastOffsetOf(map);
  lines.replace(at, at, isEmpty ? ` ${entry} ` : `, ${entry}`);
  return true;
}

/** Where the last value of a mapping ends, comments behind it left out. Block mappings end only behind those. */
function lastOffsetOf(map: Yaml.YAMLMap): number {
  const last = map.items.at(-1)!;
  if (yaml().isMap(last.value) && !last.value.flow && last.value.items.length > 0) return lastOffsetOf(last.value);
  const node = yaml().isNode(last.value) ? last.value : last.key;
  return yaml().isNode(node) ? (node.range?.[1] ?? 0) : 0;
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}

function startOf(node: unknown): number | null {
  return yaml().isNode(node) ? (node.range?.[0] ?? null) : null;
}

function keyText(key: unknown): string {
  return yaml().isScalar(key) ? String(key.value ?? '') : String(key);
}
