/** Finds and reads the sections, with one parser or the other. Says what cannot be read; does not look at values. */

import { readFileSync } from 'node:fs';
import { isAbsolute, relative } from 'node:path';
import type { Section, SectionName, SectionsOf } from './check/section.ts';
import { ALL_SECTION_NAMES, isMapping } from './check/section.ts';
import type { ConfigProblem } from './problem.ts';
import { valueText } from './problem.ts';
import type { ConfigRequest } from './resolve-home.ts';
import { configFiles, signalFiles } from './resolve-home.ts';
import type { LocatedDocument, ParsedYaml } from './yaml/full-yaml.ts';

/** Turns a text into documents; `file` is how problems name it. */
export type ParseYaml = (text: string, file: string) => ParsedYaml;

export interface ReadSections<Name extends SectionName> {
  readonly sections: SectionsOf<Name>;
  readonly problems: readonly ConfigProblem[];
  /** By file: the first line from which on the YAML is broken, so that what was read below it is guesswork. */
  readonly brokenFrom: ReadonlyMap<string, number>;
}

/** Reads files at most once, so that both passes over a configuration see the same bytes. */
export class ConfigReader {
  readonly #texts = new Map<string, FileText>();
  readonly #request: ConfigRequest;

  /** @param texts - by path: what to take in place of a file's own text */
  constructor(request: ConfigRequest, texts: ReadonlyMap<string, string> = new Map()) {
    this.#request = request;
    for (const [path, text] of texts) this.#texts.set(path, { text });
  }

  /** An ops.yaml may carry the others as further documents; their own files are then not read. */
  read<Name extends SectionName>(parse: ParseYaml, names: readonly Name[]): ReadSections<Name> {
    const problems: ConfigProblem[] = [];
    const brokenFrom = new Map<string, number>();
    const documentsOf = (path: string) => this.#documents(path, parse, problems, brokenFrom);
    const opsPath = configFiles(this.#request).ops;
    const opsFile = this.#shown(opsPath);
    const [ops, ...others] = documentsOf(opsPath);
    const carried = carriedSections(others, opsFile, problems);
    carried.set('ops', section(opsFile, ops));
    const sections = names.map((name) => {
      const path = this.#pathOf(name);
      return [name, carried.get(name) ?? onlySection(this.#shown(path), documentsOf(path), problems)];
    });
    return { sections: Object.fromEntries(sections) as SectionsOf<Name>, problems, brokenFrom };
  }

  #pathOf(name: SectionName): string {
    const files = name === 'alerts' || name === 'scanner' ? signalFiles(this.#request) : configFiles(this.#request);
    return (files as { readonly [name in SectionName]?: string })[name]!;
  }

  #documents(
    path: string,
    parse: ParseYaml,
    problems: ConfigProblem[],
    brokenFrom: Map<string, number>,
  ): readonly LocatedDocument[] {
    const file = this.#shown(path);
    const content = this.#text(path);
    if ('problem' in content) {
      problems.push({ file, position: null, path: '', ...content.problem, hint: null });
      return [];
    }
    const { documents, problems: faults, brokenFromLine } = parse(content.text, file);
    problems.push(...faults);
    if (brokenFromLine !== null) brokenFrom.set(file, brokenFromLine);
    else if (documents.length === 0 && faults.length === 0) problems.push(notAMapping(file, undefined));
    else problems.push(...documents.filter((one) => !isMapping(one.data)).map((one) => notAMapping(file, one)));
    return documents.filter(({ data }) => isMapping(data));
  }

  #text(path: string): FileText {
    const known = this.#texts.get(path);
    const content = known ?? readText(path);
    this.#texts.set(path, content);
    return content;
  }

  #shown(path: string): string {
    return shownPath(path, this.#request.cwd);
  }
}

/** A path as an operator would type it: relative where it lies inside the current folder. */
export function shownPath(path: string, cwd: string): string {
  const shown = relative(cwd, path);
  return shown === '' || shown.startsWith('..') || isAbsolute(shown) ? path : shown;
}

type FileText = { readonly text: string } | { readonly problem: Pick<ConfigProblem, 'wanted' | 'found'> };

function section(file: string, document: LocatedDocument | undefined): Section {
  return {
    file,
    data: document?.data,
    locate: document?.locate ?? (() => null),
    isWritten: document?.isWritten ?? (() => true),
  };
}

function onlySection(
  file: string,
  [document, ...more]: readonly LocatedDocument[],
  problems: ConfigProblem[],
): Section {
  for (const extra of more) problems.push(furtherDocument(extra, file));
  return section(file, document);
}

/** What a further document of an ops.yaml is known by; the first one is ops itself. */
const KEYS_OF_CARRIED: { readonly [name in SectionName]: readonly string[] } = {
  ops: [],
  venues: ['venues'],
  instruments: ['instruments'],
  alerts: ['types'],
  scanner: ['surveillance', 'history'],
};

/** The further documents of an ops.yaml, each known by a top-level key. */
function carriedSections(
  documents: readonly LocatedDocument[],
  file: string,
  problems: ConfigProblem[],
): Map<SectionName, Section> {
  const carried = new Map<SectionName, Section>();
  for (const document of documents) {
    const name = ALL_SECTION_NAMES.find((one) =>
      KEYS_OF_CARRIED[one].some((key) => isMapping(document.data) && Object.hasOwn(document.data, key)),
    );
    if (name === undefined || carried.has(name)) problems.push(furtherDocument(document, file));
    else carried.set(name, section(file, document));
  }
  return carried;
}

function furtherDocument(document: LocatedDocument, file: string): ConfigProblem {
  const position = document.locate([], 'value');
  return { file, position, path: '', wanted: 'one YAML document', found: 'a further one', hint: null };
}

/** An emptied file must not pass for "all defaults", since its switches may have been off. `{}` says that on purpose. */
function notAMapping(file: string, document: LocatedDocument | undefined): ConfigProblem {
  const position = document?.locate([], 'value') ?? null;
  return {
    file,
    position,
    path: '',
    wanted: 'a mapping ({} for all defaults)',
    found: valueText(document?.data),
    hint: null,
  };
}

function readText(path: string): FileText {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)) };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'ENOENT' || code === 'ENOTDIR') return { problem: { wanted: 'a file', found: 'none' } };
    if (code === 'EISDIR') return { problem: { wanted: 'a file', found: 'a folder' } };
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      return { problem: { wanted: 'UTF-8 text', found: 'other bytes' } };
    return { problem: { wanted: 'a readable file', found: `an error (${code || String(error)})` } };
  }
}
