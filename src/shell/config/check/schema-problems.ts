/** Holds a section against its schema, fills in defaults, and says in plain words what does not fit. Compares no sections. */

import type { ConfigProblem } from '../problem.ts';
import { quoted, valueText } from '../problem.ts';
import type { SchemaError, Validator } from '../validators.generated.mjs';
import { nearestWord } from './did-you-mean.ts';
import type { Finding, Section } from './section.ts';
import { problemAt } from './section.ts';

/** Checks one section; its data then holds all defaults, also where something else in it is wrong. */
export function schemaProblems(section: Section, validate: Validator): ConfigProblem[] {
  if (section.data === undefined || validate(section.data)) return [];
  const problems = new Map<string, ConfigProblem>();
  for (const error of validate.errors ?? []) {
    const finding = findingOf(error);
    if (finding === null) continue;
    // Several keywords may refuse one value (type, minimum): they make one sentence.
    const key = `${JSON.stringify(finding.path)} ${finding.found}`;
    if (error.keyword === 'required' || !problems.has(key))
      problems.set(`${key} ${finding.wanted}`, problemAt(section, finding));
  }
  return [...problems.values()];
}

function findingOf(error: SchemaError): Finding | null {
  const path = pointerKeys(error.instancePath);
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(path, error);
    case 'required':
      return {
        path,
        on: 'key',
        wanted: `the key ${quoted(String(error.params['missingProperty']))}`,
        found: 'no such key',
      };
    case 'propertyNames': {
      const key = String(error.params['propertyName']);
      return { path: [...path, key], on: 'key', wanted: wantedText(error.schema), found: quoted(key) };
    }
    case 'minProperties':
      return { path, on: 'value', wanted: 'at least one entry', found: 'an empty mapping' };
    default:
      // What is wrong with a key comes once more as `propertyNames`, above.
      return error.propertyName === undefined ? wrongValue(path, error) : null;
  }
}

function unknownKey(path: readonly string[], error: SchemaError): Finding {
  const key = String(error.params['additionalProperty']);
  const known = Object.keys((error.parentSchema['properties'] ?? {}) as object);
  const near = nearestWord(key, known);
  return {
    path: [...path, key],
    on: 'key',
    wanted: near === null ? `one of the keys ${known.join(', ')}` : 'a known key',
    found: quoted(key),
    hint: near,
  };
}

function wrongValue(path: readonly string[], error: SchemaError): Finding {
  const allowed = error.parentSchema['enum'];
  const near =
    Array.isArray(allowed) && typeof error.data === 'string' ? nearestWord(error.data, allowed.map(String)) : null;
  const { 'x-found': found = valueText(error.data) } = error.parentSchema;
  return { path, on: 'value', wanted: wantedText(error.parentSchema), found: String(found), hint: near };
}

/** What a schema asks for, in words. */
function wantedText(schema: unknown): string {
  const rule = schema as { readonly [name: string]: unknown };
  if (typeof rule['x-wanted'] === 'string') return rule['x-wanted'];
  if (Array.isArray(rule['enum'])) return `one of ${rule['enum'].join(', ')}`;
  const types = [rule['type']].flat();
  const wanted = typeText(
    types.find((type) => type !== 'null'),
    rule,
  );
  return types.includes('null') ? `${wanted}, or null` : wanted;
}

function typeText(type: unknown, rule: { readonly [name: string]: unknown }): string {
  switch (type) {
    case 'number':
      return `a number${rangeText(rule)}`;
    case 'integer':
      return `a whole number${rangeText(rule)}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'a list';
    case 'object':
      return 'a mapping';
    default:
      return 'text';
  }
}

function rangeText(rule: { readonly [name: string]: unknown }): string {
  const { minimum, exclusiveMinimum, maximum } = rule;
  if (minimum !== undefined) return maximum === undefined ? ` of ${minimum} or more` : ` from ${minimum} to ${maximum}`;
  if (exclusiveMinimum === undefined) return maximum === undefined ? '' : ` of ${maximum} or less`;
  return ` above ${exclusiveMinimum}${maximum === undefined ? '' : `, up to ${maximum}`}`;
}

/** The keys of a JSON pointer. */
function pointerKeys(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}
