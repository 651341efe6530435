/**
 * Makes the three configuration files that each command needs one checked, frozen value, or says everything that is wrong with them at once.
 * Watches nothing, keeps nothing, writes nothing.
 */

import { allProblems, type Checks } from './check/all-problems.ts';
import { crossProblems } from './check/cross-checks.ts';
import { SECTION_NAMES, type SectionName } from './check/section.ts';
import type { ConfigValues, EffectiveConfig } from './effective-config.ts';
import { effectiveConfig } from './effective-config.ts';
import type { ConfigProblem } from './problem.ts';
import { ConfigReader, type ParseYaml } from './read-sections.ts';
import type { ConfigRequest } from './resolve-home.ts';
import { validateInstruments, validateOps, validateVenues } from './validators.generated.mjs';
import type { ParsedYaml } from './yaml/full-yaml.ts';
import { parseFullYaml } from './yaml/full-yaml.ts';
import { parsePlainYaml } from './yaml/plain-yaml.ts';

/** `values` are the same settings in the words of the files (snake case), for printing. */
export type LoadedConfig =
  | { readonly ok: true; readonly config: EffectiveConfig; readonly values: ConfigValues }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** The three sections that each command needs, and what they are held against. */
export const BASE_CHECKS: Checks<(typeof SECTION_NAMES)[number]> = {
  validators: { ops: validateOps, venues: validateVenues, instruments: validateInstruments },
  cross: crossProblems,
};

/**
 * Loads what `resolveHome` and `configFiles` find. Never throws on what an operator wrote.
 *
 * An ops.yaml may carry the other sections as further YAML documents, as `config check --print-effective` prints them.
 *
 * @param texts - by path: a text to take in place of the file's, such as one that is about to be written there
 * @returns the configuration with all defaults, or all problems of all files, in the order of file, line and column
 */
export function loadConfig(request: ConfigRequest, texts?: ReadonlyMap<string, string>): LoadedConfig {
  const read = readChecked(request, SECTION_NAMES, BASE_CHECKS, texts);
  if (!read.ok) return read;
  return { ok: true, config: effectiveConfig(read.values, request), values: read.values };
}

/** The checked values of some sections in the words of the files, or what is wrong with them. */
export type CheckedValues<Name extends SectionName> =
  | { readonly ok: true; readonly values: { readonly [name in Name]: unknown } }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** Reads and checks sections; which, the caller says. */
export function readChecked<Name extends SectionName>(
  request: ConfigRequest,
  names: readonly (Name | 'ops')[],
  checks: Checks<Name | 'ops'>,
  texts?: ReadonlyMap<string, string>,
): CheckedValues<Name | 'ops'> {
  const reader = new ConfigReader(request, texts);
  const judge = (parse: ParseYaml): CheckedValues<Name | 'ops'> => {
    const read = reader.read(parse, names);
    const problems = allProblems<Name>(read, checks, request);
    if (problems.length > 0) return { ok: false, problems };
    const values = Object.fromEntries(names.map((name) => [name, read.sections[name].data]));
    return { ok: true, values: values as { readonly [name in Name | 'ops']: unknown } };
  };
  const quick = judge(plainYaml);
  // Only the full parser knows where things stand, so a report takes a second pass. Most runs need none.
  return quick.ok ? quick : judge(parseFullYaml);
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
