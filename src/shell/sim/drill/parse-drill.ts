/** Turns a drill's YAML into a checked drill, or into everything that is wrong with it. Reads no file. */

import { LineCounter, parseDocument } from 'yaml';
import type { Fault, FaultKind } from '../world/fault.ts';
import type { CountRange, Drill, DrillExpectation, DrillWorld, ExpectedAlert } from './drill.ts';
import {
  ALERT_FIELDS,
  COMMON_FIELDS,
  COUNT_FIELDS,
  COUNTS,
  EXPECT_FIELDS,
  FAULT_FIELDS,
  type Field,
  type Fields,
  WORLD_FIELDS,
} from './fields.ts';

export type ParsedDrill =
  | { readonly kind: 'drill'; readonly drill: Drill }
  /** `file:line:column path: wanted …, found …`, one a problem. */
  | { readonly kind: 'problems'; readonly problems: readonly string[] };

type Path = readonly (string | number)[];
type Values = Record<string, unknown>;

/**
 * Checks and converts one drill.
 *
 * @param name - the file's name without `.yaml`
 * @param file - how problems name it
 */
export function parseDrill(text: string, name: string, file: string): ParsedDrill {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, version: '1.2', stringKeys: true });
  if (document.errors.length > 0) {
    return { kind: 'problems', problems: document.errors.map((error) => `${file}: ${error.message.split('\n')[0]}`) };
  }
  const checker = new Checker((path) => {
    const node = document.getIn(path, true) as { range?: readonly number[] } | undefined;
    const offset = node?.range?.[0];
    if (offset === undefined) return file;
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  });
  const drill = checker.drill(document.toJS() as unknown, name);
  return checker.problems.length === 0 ? { kind: 'drill', drill } : { kind: 'problems', problems: checker.problems };
}

/** Notes every problem and goes on with something harmless in its place. */
class Checker {
  readonly problems: string[] = [];
  readonly #place: (path: Path) => string;

  constructor(place: (path: Path) => string) {
    this.#place = place;
  }

  drill(value: unknown, name: string): Drill {
    const top = this.#mapping(value, []);
    this.#onlyKeys(top, ['about', 'world', 'duration_s', 'faults', 'expect'], []);
    const fields: Fields = { about: { type: 'text' }, duration_s: { type: 'seconds', least: 1, most: 86_400 } };
    const { about, durationMs } = this.#fields(pick(top, fields), fields, []);
    return {
      name,
      about: about as string,
      durationMs: durationMs as number,
      world: this.#section(top['world'] ?? {}, WORLD_FIELDS, ['world']) as unknown as DrillWorld,
      faults: this.#list(top['faults'], ['faults']).map((fault, i) => this.#fault(fault, ['faults', i])),
      expect: this.#expect(top['expect'], ['expect']),
    };
  }

  #fault(value: unknown, path: Path): Fault {
    const fault = this.#mapping(value, path);
    const { kind, ...rest } = fault;
    const fields = FAULT_FIELDS[kind as FaultKind];
    if (typeof kind === 'string' && fields !== undefined) {
      return { kind, ...this.#section(rest, { ...COMMON_FIELDS, ...fields }, path) } as unknown as Fault;
    }
    this.#wrong([...path, 'kind'], `one of ${Object.keys(FAULT_FIELDS).join(', ')}`, kind);
    return { kind: 'stale', atMs: 0, forMs: 0, venue: null, symbol: null, channel: null };
  }

  #expect(value: unknown, path: Path): DrillExpectation {
    const { counts = {}, alerts, ...rest } = this.#mapping(value, path);
    const expected = this.#section(rest, EXPECT_FIELDS, path);
    return {
      ...expected,
      counts: this.#counts(counts, [...path, 'counts']),
      alerts: alerts === undefined ? null : this.#alerts(alerts, [...path, 'alerts']),
    } as unknown as DrillExpectation;
  }

  #alerts(value: unknown, path: Path): readonly ExpectedAlert[] {
    return this.#list(value, path).map(
      (alert, i) => this.#section(alert, ALERT_FIELDS, [...path, i]) as unknown as ExpectedAlert,
    );
  }

  #counts(value: unknown, path: Path): DrillExpectation['counts'] {
    const counts = this.#mapping(value, path);
    this.#onlyKeys(counts, COUNTS, path);
    const ranges = Object.entries(counts).map(([name, range]): [string, CountRange] => {
      const { atLeast, atMost } = this.#section(range, COUNT_FIELDS, [...path, name]);
      return [
        name,
        { atLeast: atLeast === -1 ? null : (atLeast as number), atMost: atMost === -1 ? null : (atMost as number) },
      ];
    });
    return Object.fromEntries(ranges);
  }

  /** A mapping of these fields and no others, with camel-case keys and defaults filled in. */
  #section(value: unknown, fields: Fields, path: Path): Values {
    const section = this.#mapping(value, path);
    this.#onlyKeys(section, Object.keys(fields), path);
    return this.#fields(section, fields, path);
  }

  #fields(section: Values, fields: Fields, path: Path): Values {
    const result: Values = {};
    for (const [key, field] of Object.entries(fields)) {
      const value = section[key];
      const isGiven = value !== undefined && value !== null;
      if (isGiven && !fits(value, field)) this.#wrong([...path, key], wanted(field), value);
      if (!isGiven && field.default === undefined) this.#wrong([...path, key], wanted(field), value);
      result[camelCase(key, field)] = convert(isGiven ? value : field.default, field);
    }
    return result;
  }

  #mapping(value: unknown, path: Path): Values {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Values;
    this.#wrong(path, 'a mapping', value);
    return {};
  }

  #list(value: unknown, path: Path): readonly unknown[] {
    if (Array.isArray(value)) return value;
    this.#wrong(path, 'a list', value);
    return [];
  }

  #onlyKeys(section: Values, known: readonly string[], path: Path): void {
    for (const key of Object.keys(section)) {
      if (!known.includes(key)) this.#wrong([...path, key], `one of the keys ${known.join(', ')}`, key);
    }
  }

  #wrong(path: Path, what: string, found: unknown): void {
    const shown = found === undefined ? 'nothing' : JSON.stringify(found);
    this.problems.push(`${this.#place(path)} ${pathText(path)}: wanted ${what}, found ${shown}`);
  }
}

function pick(section: Values, fields: Fields): Values {
  return Object.fromEntries(Object.keys(fields).map((key) => [key, section[key]]));
}

function fits(value: unknown, field: Field): boolean {
  switch (field.type) {
    case 'number':
    case 'seconds':
      return typeof value === 'number' && value >= field.least && value <= field.most;
    case 'whole':
      return Number.isInteger(value) && (value as number) >= field.least && (value as number) <= field.most;
    case 'text':
      return typeof value === 'string' && value !== '';
    case 'flag':
      return typeof value === 'boolean';
    case 'word':
      return field.of.includes(value as string);
    case 'words':
      return Array.isArray(value) && value.every((word) => field.of.includes(word as string));
  }
}

function wanted(field: Field): string {
  switch (field.type) {
    case 'number':
      return `a number from ${field.least} to ${field.most}`;
    case 'seconds':
      return `seconds from ${field.least} to ${field.most}`;
    case 'whole':
      return `a whole number from ${field.least} to ${field.most}`;
    case 'text':
      return 'a text';
    case 'flag':
      return 'true or false';
    case 'word':
      return `one of ${field.of.join(', ')}`;
    case 'words':
      return `a list of ${field.of.join(', ')}`;
  }
}

function convert(value: unknown, field: Field): unknown {
  return field.type === 'seconds' && typeof value === 'number' ? Math.round(value * 1_000) : value;
}

function camelCase(key: string, field: Field): string {
  const name = field.type === 'seconds' ? key.replace(/_s$/, '_ms') : key;
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function pathText(path: Path): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');
}
