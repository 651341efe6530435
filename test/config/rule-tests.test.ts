/** The rule tests of our own alerts.yaml: all pass, and each type is seen to fire and to resolve in one of them. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { type RuleTest, runRuleTest } from '../../src/core/signal/detect/rule-test.ts';
import { loadFullConfig } from '../../src/shell/config/load-full-config.ts';
import { problemText } from '../../src/shell/config/problem.ts';
import { readRuleTests } from '../../src/shell/run/alerts/rule-test-file.ts';
import { rowWords } from '../core/signal/alert-support.ts';
import { PROJECT, requestIn } from './support.ts';

const FOLDER = join(PROJECT, 'config', 'rule-tests');

function ownConfig() {
  const loaded = loadFullConfig(requestIn(PROJECT));
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.problems.map(problemText).join('\n'));
  return loaded.config.alerts;
}

function ownTests(): RuleTest[] {
  return readdirSync(FOLDER).flatMap((file) => {
    const read = readRuleTests(readFileSync(join(FOLDER, file), 'utf8'), file);
    assert.ok(read.ok, read.ok ? '' : read.problems.map(problemText).join('\n'));
    return read.tests;
  });
}

const config = ownConfig();
const tests = ownTests();

for (const one of tests) {
  test(`rule test: ${one.name}`, () => {
    const { rows, isPassed } = runRuleTest(one, config);
    const failed = rows.filter(({ kind }) => kind !== 'met').map(rowWords);
    assert.deepEqual(failed, []);
    assert.equal(isPassed, true);
  });
}

test('each type of alerts.yaml fires and resolves in a rule test', () => {
  for (const change of ['fired', 'resolved'] as const) {
    const covered = new Set(
      tests.flatMap(({ expected }) => expected.filter((one) => one.change === change).map(({ type }) => type)),
    );
    assert.deepEqual(
      config.rules.map(({ type }) => type).filter((type) => !covered.has(type)),
      [],
      `never ${change}`,
    );
  }
});
