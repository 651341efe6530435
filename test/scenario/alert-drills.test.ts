/** The drills about alerts: each market type fires and resolves at its second, replays to the same, and is missed when it is off. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { FullConfig } from '../../src/shell/config/full-config.ts';
import { loadFullConfig } from '../../src/shell/config/load-full-config.ts';
import { type DrillResult, DrillRun } from '../../src/shell/run/drill/run-drill.ts';
import type { Drill } from '../../src/shell/sim/drill/drill.ts';
import { drillNames, readDrill } from '../../src/shell/sim/drill/read-drills.ts';

const PACKAGE_ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = join(PACKAGE_ROOT, 'config', 'drills');
const CONFIG = shippedConfig();
const DRILLS = drillNames(FOLDER)
  .map((name) => readDrill(FOLDER, name))
  .filter(({ expect }) => expect.alerts !== null);

function shippedConfig(): FullConfig {
  const loaded = loadFullConfig({ flags: {}, env: {}, cwd: PACKAGE_ROOT, packageRoot: PACKAGE_ROOT });
  if (!loaded.ok) throw new Error('the shipped configuration has problems');
  return loaded.config;
}

test('the eleven market types of the guide are all among them', () => {
  const types = new Set(DRILLS.flatMap(({ expect }) => expect.alerts!.map(({ type }) => type)));
  const market = CONFIG.alerts.rules.filter(({ source }) => source === 'seed 4').map(({ type }) => type);
  const known = market.filter((type) => types.has(type));
  assert.equal(known.length, 11, `missing: ${market.filter((type) => !types.has(type)).join(', ')}`);
});

describe('as shipped', () => {
  for (const drill of DRILLS) {
    test(`${drill.name}: at the expected seconds, and a replay says the same`, () => {
      const { result, replayed } = played(drill, CONFIG);
      assert.deepEqual(
        result.checks.filter(({ isMet }) => !isMet),
        [],
      );
      assert.equal(replayed, result.digest);
    });
  }
});

describe('with a part missing the drill fails', () => {
  const first = (name: string): Drill => DRILLS.find((drill) => drill.name === name)!;
  const rows: readonly (readonly [drill: string, missing: string, FullConfig])[] = [
    ['alerts-mark', 'the rule', withoutRule('mark_deviation_warning')],
    ['alerts-mark', 'what carries a warning on', withRules((rule) => ({ ...rule, escalatesTo: null }))],
    ['alerts-basis', 'persistence', withRules((rule) => ({ ...rule, persistenceMs: 0 }))],
    ['alerts-divergence', 'hysteresis and keep-firing', withRules((rule) => ({ ...rule, keepFiringMs: 0 }))],
    ['alerts-liquidity', 'full windows in time', withWindows(200)],
  ];
  for (const [name, missing, config] of rows) {
    test(`${name}: ${missing}`, () => {
      const { result } = played(first(name), config);
      assert.equal(result.isMet, false);
    });
  }
});

function played(drill: Drill, config: FullConfig): { readonly result: DrillResult; readonly replayed: string } {
  const run = new DrillRun(drill, config);
  const result = run.finish();
  return { result, replayed: run.scan.tape.replay().closing().digest };
}

type Rule = FullConfig['alerts']['rules'][number];

function withRules(change: (rule: Rule) => Rule): FullConfig {
  return { ...CONFIG, alerts: { ...CONFIG.alerts, rules: CONFIG.alerts.rules.map(change) } };
}

function withoutRule(type: string): FullConfig {
  return withRules((rule) => (rule.type === type ? { ...rule, isEnabled: false } : rule));
}

function withWindows(minSamples: number): FullConfig {
  const { surveillance } = CONFIG;
  return { ...CONFIG, surveillance: { ...surveillance, zscore: { ...surveillance.zscore, minSamples } } };
}
