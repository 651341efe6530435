/** `alerts test FILE`: plays rule tests against the configured rules, and says what was not as expected. Changes nothing. */

import { readFileSync } from 'node:fs';
import { SECOND_MS } from '../../../core/base/time.ts';
import {
  type ExpectedChange,
  type RuleTestResult,
  type RuleTestRow,
  runRuleTest,
} from '../../../core/signal/detect/rule-test.ts';
import { printJson } from '../../cli/control/print.ts';
import { configRequest } from '../../cli/place.ts';
import type { FormatOptions, PlaceOptions } from '../../cli/shared-options.ts';
import { loadFullConfig } from '../../config/load-full-config.ts';
import { problemText } from '../../config/problem.ts';
import type { CliContext } from '../../context.ts';
import { CryptorunError } from '../../errors.ts';
import { readRuleTests } from './rule-test-file.ts';

const NOT_AS_EXPECTED = 1;

interface FileResult {
  readonly file: string;
  readonly results: readonly RuleTestResult[];
}

/** Exit 1 when a test is not as expected. @throws CryptorunError `bad_config` for what is wrong with any of the files, all of it */
export async function testRules(
  files: readonly string[],
  options: PlaceOptions & FormatOptions,
  context: CliContext,
): Promise<void> {
  const loaded = loadFullConfig(configRequest(options, context));
  const read = files.map((file) => [file, readRuleTests(textOf(file), file)] as const);
  const problems = [...(loaded.ok ? [] : loaded.problems), ...read.flatMap(([, one]) => (one.ok ? [] : one.problems))];
  if (!loaded.ok || problems.length > 0) throw new CryptorunError('bad_config', problems.map(problemText).join('\n'));
  const played = read.map(([file, one]): FileResult => {
    const tests = one.ok ? one.tests : [];
    return { file, results: tests.map((test) => runRuleTest(test, loaded.config.alerts)) };
  });
  if (options.format === 'json') printJson({ schema: 'cryptorun.rule-tests/v1', files: played.map(fileJson) }, context);
  else for (const line of played.flatMap(linesOf)) context.stdout.write(`${line}\n`);
  if (played.some(({ results }) => results.some(({ isPassed }) => !isPassed))) context.setExitCode(NOT_AS_EXPECTED);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CryptorunError('usage', `cannot read ${file}: ${(cause as Error).message}`, { cause });
  }
}

function linesOf({ file, results }: FileResult): string[] {
  const failed = results.filter(({ isPassed }) => !isPassed);
  const details = failed.flatMap(({ name, rows }) => [
    `  FAILED ${name}`,
    ...rows.filter(({ kind }) => kind !== 'met').map((row) => `    ${rowText(row)}`),
  ]);
  const count = `${results.length - failed.length} of ${results.length} as expected`;
  return [`${file}: ${count}`, ...details];
}

function rowText(row: RuleTestRow): string {
  switch (row.kind) {
    case 'idle':
      return `no rule looks at ${row.series.metric} of ${row.series.venue ?? '-'} ${row.series.instrument ?? '-'}`;
    case 'missing':
      return `expected, never seen: ${expectedText(row.expected)}`;
    case 'unexpected': {
      const { alert, change, atMs } = row.seen;
      const as = alert.resolution === null ? '' : ` as ${alert.resolution.kind}`;
      return `seen, not expected: ${atMs / SECOND_MS} s ${alert.type} ${change}${as}, ${alert.priority}, peak ${alert.peakValue}`;
    }
    case 'met':
      return `as expected: ${expectedText(row.expected)}`;
  }
}

function expectedText({ atMs, type, change, priority, resolution, peak }: ExpectedChange): string {
  const as = resolution === undefined ? '' : ` as ${resolution}`;
  const rest = [priority === undefined ? '' : priority, peak === undefined ? '' : `peak ${peak}`];
  return [`${atMs / SECOND_MS} s ${type} ${change}${as}`, ...rest.filter((part) => part !== '')].join(', ');
}

function fileJson({ file, results }: FileResult) {
  return {
    file,
    tests: results.map(({ name, isPassed, rows }) => ({
      name,
      passed: isPassed,
      problems: rows.filter(({ kind }) => kind !== 'met').map(rowText),
    })),
  };
}
