/** One of the configuration documents on its way through the checks: its values, and how to point into it. */

import type { ConfigProblem, Position } from '../problem.ts';
import { pathText } from '../problem.ts';

/** What each command needs. */
export const SECTION_NAMES = ['ops', 'venues', 'instruments'] as const;
/** What only scanners, replays and `config check` load. A home without one of these takes the package's own. */
export const SIGNAL_SECTION_NAMES = ['alerts', 'scanner'] as const;
export const ALL_SECTION_NAMES = [...SECTION_NAMES, ...SIGNAL_SECTION_NAMES] as const;
export type SectionName = (typeof ALL_SECTION_NAMES)[number];

export interface Section {
  /** The file it stands in, as reports name it. */
  readonly file: string;
  /** What the YAML says; `undefined` when it could not be read, which another problem then tells. */
  readonly data: unknown;
  readonly locate: (path: readonly string[], on: 'key' | 'value') => Position | null;
  /** False where a default was filled in. */
  readonly isWritten: (path: readonly string[]) => boolean;
}

export type SectionsOf<Name extends SectionName> = { readonly [name in Name]: Section };
export type Sections = SectionsOf<(typeof SECTION_NAMES)[number]>;
export type AllSections = SectionsOf<SectionName>;

/** What a check says of a place in a section. */
export interface Finding {
  readonly path: readonly string[];
  readonly on: 'key' | 'value';
  readonly wanted: string;
  readonly found: string;
  readonly hint?: string | null;
}

/** A finding with its place in the file. */
export function problemAt(section: Section, finding: Finding): ConfigProblem {
  const { path, on, wanted, found, hint = null } = finding;
  return {
    file: section.file,
    position: section.locate(path, on),
    path: pathText(path, listIndices(section.data, path)),
    wanted,
    found,
    hint,
  };
}

/** The value at a path; undefined when anything on the way is missing or no mapping. */
export function valueAt(data: unknown, path: readonly string[]): unknown {
  let value = data;
  for (const key of path) value = isMapping(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return value;
}

export function numberAt(data: unknown, path: readonly string[]): number | null {
  const value = valueAt(data, path);
  return typeof value === 'number' ? value : null;
}

export function textAt(data: unknown, path: readonly string[]): string | null {
  const value = valueAt(data, path);
  return typeof value === 'string' ? value : null;
}

/** Keys of the mapping at a path; none when there is no mapping. */
export function keysAt(data: unknown, path: readonly string[]): string[] {
  const value = valueAt(data, path);
  return isMapping(value) ? Object.keys(value) : [];
}

export function isMapping(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listIndices(data: unknown, path: readonly string[]): Set<number> {
  const indices = new Set<number>();
  let value = data;
  path.forEach((key, i) => {
    if (Array.isArray(value)) {
      indices.add(i);
      value = value[Number(key)];
    } else value = valueAt(value, [key]);
  });
  return indices;
}
