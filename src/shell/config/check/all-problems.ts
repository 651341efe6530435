/** Puts all that is wrong with some sections into one report: their YAML, their schemas, and how they fit together. */

import { applyOverrides } from '../overrides.ts';
import type { ConfigProblem } from '../problem.ts';
import type { ReadSections } from '../read-sections.ts';
import type { ConfigRequest } from '../resolve-home.ts';
import type { Validator } from '../validators.generated.mjs';
import { schemaProblems } from './schema-problems.ts';
import type { Section, SectionName, SectionsOf } from './section.ts';

/** What holds sections of these names against something. */
export interface Checks<Name extends SectionName> {
  /** In the order of the report. */
  readonly validators: { readonly [name in Name]: Validator };
  readonly cross: (sections: SectionsOf<Name>) => readonly ConfigProblem[];
}

/** All problems, in the order of section, line and column. The sections have their defaults afterwards. */
export function allProblems<Name extends SectionName>(
  read: ReadSections<Name | 'ops'>,
  checks: Checks<Name | 'ops'>,
  request: ConfigRequest,
): ConfigProblem[] {
  const names = Object.keys(checks.validators) as (Name | 'ops')[];
  const problems = [...read.problems, ...valueProblems(read, names, checks, request)];
  return inReadingOrder(
    problems,
    names.map((name) => read.sections[name].file),
  );
}

function valueProblems<Name extends SectionName>(
  { sections, brokenFrom }: ReadSections<Name | 'ops'>,
  names: readonly (Name | 'ops')[],
  { validators, cross }: Checks<Name | 'ops'>,
  request: ConfigRequest,
): ConfigProblem[] {
  const schema = names.flatMap((name) => schemaProblems(sections[name], validators[name]));
  const overrides = applyOverrides(sections.ops.data, request);
  const crossed = cross(withoutBroken(sections, names, brokenFrom));
  // A value that its schema refuses as well needs no second sentence.
  const told = new Set(schema.map(valueKey));
  return [...schema, ...overrides, ...crossed.filter((problem) => !told.has(valueKey(problem)))].filter(
    ({ file, position }) => (position?.line ?? 0) < (brokenFrom.get(file) ?? Number.POSITIVE_INFINITY),
  );
}

function valueKey({ file, path, found }: ConfigProblem): string {
  return JSON.stringify([file, path, found]);
}

/** What a broken file declares is not known whole, so nothing is compared with it. */
function withoutBroken<Name extends SectionName>(
  sections: SectionsOf<Name>,
  names: readonly Name[],
  brokenFrom: ReadonlyMap<string, number>,
): SectionsOf<Name> {
  const whole = (section: Section): Section =>
    brokenFrom.has(section.file) ? { ...section, data: undefined } : section;
  return Object.fromEntries(names.map((name) => [name, whole(sections[name])])) as SectionsOf<Name>;
}

function inReadingOrder(problems: readonly ConfigProblem[], files: readonly string[]): ConfigProblem[] {
  const rank = ({ file }: ConfigProblem) => (files.includes(file) ? files.indexOf(file) : files.length);
  return [...problems].sort(
    (a, b) =>
      rank(a) - rank(b) ||
      (a.position?.line ?? 0) - (b.position?.line ?? 0) ||
      (a.position?.column ?? 0) - (b.position?.column ?? 0) ||
      (a.path < b.path ? -1 : a.path > b.path ? 1 : 0),
  );
}
