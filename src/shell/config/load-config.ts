/**
 * Makes the three configuration files one checked, frozen value, or says everything that is wrong with them at once.
 * Watches nothing, keeps nothing, writes nothing.
 */

import { crossProblems } from './check/cross-checks.ts';
import { schemaProblems } from './check/schema-problems.ts';
import type { Section, Sections } from './check/section.ts';
import { SECTION_NAMES } from './check/section.ts';
import type { ConfigValues, EffectiveConfig } from './effective-config.ts';
import { effectiveConfig } from './effective-config.ts';
import { applyOverrides } from './overrides.ts';
import type { ConfigProblem } from './problem.ts';
import type { ParseYaml, ReadSections } from './read-sections.ts';
import { ConfigReader } from './read-sections.ts';
import type { ConfigRequest } from './resolve-home.ts';
import type { ParsedYaml } from './yaml/full-yaml.ts';
import { parseFullYaml } from './yaml/full-yaml.ts';
import { parsePlainYaml } from './yaml/plain-yaml.ts';

/** `values` are the same settings in the words of the files (snake case), for printing. */
export type LoadedConfig =
  | { readonly ok: true; readonly config: EffectiveConfig; readonly values: ConfigValues }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/**
 * Loads what `resolveHome` and `configFiles` find. Never throws on what an operator wrote.
 *
 * An ops.yaml may carry the other two sections as further YAML documents, as `config check --print-effective` prints them.
 *
 * @param texts - by path: a text to take in place of the file's, such as one that is about to be written there
 * @returns the configuration with all defaults, or all problems of all files, in the order of file, line and column
 */
export function loadConfig(request: ConfigRequest, texts?: ReadonlyMap<string, string>): LoadedConfig {
  const reader = new ConfigReader(request, texts);
  const quick = judge(request, reader, plainYaml);
  // Only the full parser knows where things stand, so a report takes a second pass. Most runs need none.
  return quick.ok ? quick : judge(request, reader, parseFullYaml);
}

function judge(request: ConfigRequest, reader: ConfigReader, parse: ParseYaml): LoadedConfig {
  const read = reader.read(parse);
  const problems = [...read.problems, ...valueProblems(read, request)];
  if (problems.length > 0) return { ok: false, problems: inReadingOrder(problems, read.sections) };
  const { ops, venues, instruments } = read.sections;
  const values = { ops: ops.data, venues: venues.data, instruments: instruments.data };
  return { ok: true, config: effectiveConfig(values, request), values };
}

function valueProblems({ sections, brokenFrom }: ReadSections, request: ConfigRequest): ConfigProblem[] {
  const schema = SECTION_NAMES.flatMap((name) => schemaProblems(sections[name]));
  const overrides = applyOverrides(sections.ops.data, request);
  const cross = crossProblems(withoutBroken(sections, brokenFrom));
  // A value that its schema refuses as well needs no second sentence.
  const told = new Set(schema.map(valueKey));
  return [...schema, ...overrides, ...cross.filter((problem) => !told.has(valueKey(problem)))].filter(
    ({ file, position }) => (position?.line ?? 0) < (brokenFrom.get(file) ?? Number.POSITIVE_INFINITY),
  );
}

function valueKey({ file, path, found }: ConfigProblem): string {
  return JSON.stringify([file, path, found]);
}

/** What a broken file declares is not known whole, so nothing is compared with it. */
function withoutBroken(sections: Sections, brokenFrom: ReadonlyMap<string, number>): Sections {
  const whole = (section: Section): Section =>
    brokenFrom.has(section.file) ? { ...section, data: undefined } : section;
  return { ops: whole(sections.ops), venues: whole(sections.venues), instruments: whole(sections.instruments) };
}

function plainYaml(text: string): ParsedYaml {
  const values = parsePlainYaml(text);
  // "Broken" here only means: not for this parser. `loadConfig` then takes the other one.
  if (values === null) return { documents: [], problems: [NOT_PLAIN], brokenFromLine: 0 };
  return {
    documents: values.map((data) => ({ data, locate: () => null, isWritten: () => true })),
    problems: [],
    brokenFromLine: null,
  };
}

const NOT_PLAIN: ConfigProblem = {
  file: '',
  position: null,
  path: '',
  wanted: 'plain YAML',
  found: 'more',
  hint: null,
};

function inReadingOrder(problems: readonly ConfigProblem[], sections: Sections): ConfigProblem[] {
  const files = SECTION_NAMES.map((name) => sections[name].file);
  const rank = ({ file }: ConfigProblem) => (files.includes(file) ? files.indexOf(file) : files.length);
  return [...problems].sort(
    (a, b) =>
      rank(a) - rank(b) ||
      (a.position?.line ?? 0) - (b.position?.line ?? 0) ||
      (a.position?.column ?? 0) - (b.position?.column ?? 0) ||
      (a.path < b.path ? -1 : a.path > b.path ? 1 : 0),
  );
}
