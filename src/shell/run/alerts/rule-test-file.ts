/** Makes the YAML of a rule test file the tests themselves, or says everything that is wrong with it. Opens no file, runs no test. */

import { SECOND_MS } from '../../../core/base/time.ts';
import type { AlertChange } from '../../../core/signal/detect/alert-effect.ts';
import type { AlertPriority, ResolutionKind } from '../../../core/signal/detect/alert-record.ts';
import type { ExpectedChange, RuleTest, TestOrder, TestSeries } from '../../../core/signal/detect/rule-test.ts';
import { readSeries } from '../../../core/signal/detect/series-shorthand.ts';
import { schemaProblems } from '../../config/check/schema-problems.ts';
import { isMapping, problemAt, type Section } from '../../config/check/section.ts';
import { type ConfigProblem, quoted, valueText } from '../../config/problem.ts';
import { validateRuleTest } from '../../config/signal-validators.generated.mjs';
import { type LocatedDocument, parseFullYaml } from '../../config/yaml/full-yaml.ts';

export type ReadRuleTests =
  | { readonly ok: true; readonly tests: readonly RuleTest[] }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** What the schema (config/schema/rule-test.schema.json) has let through, its defaults filled in. */
interface TestFile {
  readonly interval_seconds: number;
  readonly tests: readonly {
    readonly name: string;
    readonly input_series: readonly SeriesValues[];
    readonly orders: readonly {
      readonly at_seconds: number;
      readonly order: TestOrder['kind'];
      readonly alert: string;
    }[];
    readonly expect: readonly ChangeValues[];
  }[];
}
interface SeriesValues {
  readonly metric: string;
  readonly venue: string | null;
  readonly instrument: string | null;
  readonly values: string;
  readonly zscore?: string;
}
interface ChangeValues {
  readonly at_seconds: number;
  readonly alert: string;
  readonly change: AlertChange;
  readonly priority?: AlertPriority;
  readonly as?: ResolutionKind;
  readonly peak?: number;
  readonly venue?: string;
  readonly instrument?: string;
}

/**
 * Reads the text of one file.
 *
 * @param file - how problems name it
 * @returns the tests, or all problems in reading order; never throws on what somebody wrote
 */
export function readRuleTests(text: string, file: string): ReadRuleTests {
  const { documents, problems } = parseFullYaml(text, file);
  const [document] = documents;
  if (problems.length > 0) return { ok: false, problems };
  if (document === undefined || !isMapping(document.data) || documents.length > 1)
    return notOneMapping(file, document, documents.length);
  const section: Section = { file, ...document };
  const schema = schemaProblems(section, validateRuleTest);
  if (schema.length > 0) return { ok: false, problems: schema };
  return madeTests(section, section.data as TestFile);
}

function notOneMapping(file: string, document: LocatedDocument | undefined, count: number): ReadRuleTests {
  const position = document?.locate([], 'value') ?? null;
  const found = count > 1 ? `${count} documents` : valueText(document?.data);
  return { ok: false, problems: [{ file, position, path: '', wanted: 'one mapping', found, hint: null }] };
}

function madeTests(section: Section, { tests, interval_seconds }: TestFile): ReadRuleTests {
  const problems: ConfigProblem[] = [];
  const made = tests.map((test, i): RuleTest => {
    const read = (series: SeriesValues, j: number) =>
      testSeries(series, (text, key) =>
        seriesValues(section, ['tests', String(i), 'input_series', String(j), key], text, problems),
      );
    return {
      name: test.name,
      intervalMs: interval_seconds * SECOND_MS,
      series: test.input_series.map(read),
      orders: test.orders.map(({ at_seconds, order, alert }) => ({
        atMs: at_seconds * SECOND_MS,
        kind: order,
        type: alert,
      })),
      expected: test.expect.map(expectedChange),
    };
  });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, tests: made };
}

function testSeries(
  { metric, venue, instrument, values, zscore }: SeriesValues,
  valuesOf: (text: string, key: string) => readonly number[],
): TestSeries {
  const zscores = zscore === undefined ? [] : valuesOf(zscore, 'zscore');
  return { metric, venue, instrument, values: valuesOf(values, 'values'), zscores };
}

function seriesValues(
  section: Section,
  path: readonly string[],
  text: string,
  problems: ConfigProblem[],
): readonly number[] {
  const read = readSeries(text);
  if (read.kind === 'values') return read.values;
  problems.push(problemAt(section, { path, on: 'value', wanted: read.wanted, found: quoted(read.found) }));
  return [];
}

/** Only what is said is looked at, so what is left out is left out here too. */
function expectedChange({ at_seconds, alert, change, as, ...looks }: ChangeValues): ExpectedChange {
  const resolution = as === undefined ? {} : { resolution: as };
  return { atMs: at_seconds * SECOND_MS, type: alert, change, ...resolution, ...looks };
}
