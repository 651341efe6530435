/** Finds and reads the three sections, with one parser or the other. Says what cannot be read; does not look at values. */

import { readFileSync } from 'node:fs';
import { isAbsolute, relative } from 'node:path';
import type { Section, SectionName, Sections } from './check/section.ts';
import { isMapping } from './check/section.ts';
import type { ConfigProblem } from './problem.ts';
import { valueText } from './problem.ts';
import type { ConfigRequest } from './resolve-home.ts';
import { configFiles } from './resolve-home.ts';
import type { LocatedDocument, ParsedYaml } from './yaml/full-yaml.ts';

/** Turns a text into documents; `file` is how problems name it. */
export type ParseYaml = (text: string, file: string) => ParsedYaml;

export interface ReadSections {
  readonly sections: Sections;
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

  /** An ops.yaml may carry the other two as further documents; their own files are then not read. */
  read(parse: ParseYaml): ReadSections {
    const files = configFiles(this.#request);
    const problems: ConfigProblem[] = [];
    const brokenFrom = new Map<string, number>();
    const documentsOf = (path: string) => this.#documents(path, parse, problems, brokenFrom);
    const opsFile = this.#shown(files.ops);
    const [ops, ...others] = documentsOf(files.ops);
    const carried = carriedSections(others, opsFile, problems);
    const sectionOf = (name: 'venues' | 'instruments'): Section =>
      carried.get(name) ?? onlySection(name, this.#shown(files[name]), documentsOf(files[name]), problems);
    const sections = {
      ops: section('ops', opsFile, ops),
      venues: sectionOf('venues'),
      instruments: sectionOf('instruments'),
    };
    return { sections, problems, brokenFrom };
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

function section(name: SectionName, file: string, document: LocatedDocument | undefined): Section {
  return {
    name,
    file,
    data: document?.data,
    locate: document?.locate ?? (() => null),
    isWritten: document?.isWritten ?? (() => true),
  };
}

function onlySection(
  name: SectionName,
  file: string,
  [document, ...more]: readonly LocatedDocument[],
  problems: ConfigProblem[],
): Section {
  for (const extra of more) problems.push(furtherDocument(extra, file));
  return section(name, file, document);
}

/** The further documents of an ops.yaml, each known by its one top-level key. */
function carriedSections(
  documents: readonly LocatedDocument[],
  file: string,
  problems: ConfigProblem[],
): Map<SectionName, Section> {
  const carried = new Map<SectionName, Section>();
  for (const document of documents) {
    const name = (['venues', 'instruments'] as const).find(
      (key) => isMapping(document.data) && Object.hasOwn(document.data, key),
    );
    if (name === undefined || carried.has(name)) problems.push(furtherDocument(document, file));
    else carried.set(name, section(name, file, document));
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
