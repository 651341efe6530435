/** The schemas: that they say units, that the generated code is of today, that every number in our files is explained. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { METRICS } from '../../src/core/signal/surveillance/metric.ts';
import { schemaDigest as signalDigest } from '../../src/shell/config/signal-validators.generated.mjs';
import { schemaDigest as baseDigest } from '../../src/shell/config/validators.generated.mjs';
import { PROJECT } from './support.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly properties?: { readonly [key: string]: Schema };
  readonly $defs?: { readonly [name: string]: Schema };
  readonly 'x-unit'?: string;
}

/** Of configuration files, with the validators that are made of each group; and of a file of tests. */
const BASE = ['ops', 'venues', 'instruments'];
const SIGNAL = ['alerts', 'scanner'];
const RULE_TEST = 'rule-test';
const schemaText = (name: string) => readFileSync(join(PROJECT, 'config', 'schema', `${name}.schema.json`), 'utf8');
const SCHEMAS = [...BASE, ...SIGNAL, RULE_TEST].map((name) => JSON.parse(schemaText(name)) as Schema);

/** Every property of a schema with its key, `$ref` resolved. */
function properties(schema: Schema, root: Schema = schema): [key: string, property: Schema, parent: Schema][] {
  const own = Object.entries(schema.properties ?? {}).map(([key, property]): [string, Schema, Schema] => {
    const target = property.$ref === undefined ? {} : root.$defs![property.$ref.replace('#/$defs/', '')]!;
    return [key, { ...target, ...property }, schema];
  });
  const others = typeof schema.additionalProperties === 'object' ? properties(schema.additionalProperties, root) : [];
  const inner = own.flatMap(([, property]) => properties(property, root));
  const shared = schema === root ? Object.values(root.$defs ?? {}).flatMap((one) => properties(one, root)) : [];
  return [...own, ...others, ...inner, ...shared];
}

test('the generated validators were made from these schemas (npm run build)', () => {
  const digestOf = (names: string[]) => createHash('sha256').update(names.map(schemaText).join('\n')).digest('hex');
  assert.equal(baseDigest, digestOf(BASE));
  assert.equal(signalDigest, digestOf([...SIGNAL, RULE_TEST]));
});

test('every number has a unit, unless it is the multiplier of a contract, whose unit is its kind', () => {
  for (const schema of SCHEMAS) {
    for (const [key, property] of properties(schema)) {
      if (![property.type].flat().some((type) => type === 'number' || type === 'integer')) continue;
      assert.ok(property['x-unit'] !== undefined || key === 'multiplier', `${key} has no x-unit`);
    }
  }
});

const SUFFIX_OF_UNIT: { readonly [unit: string]: RegExp } = {
  s: /_seconds$/,
  ms: /_ms$/,
  bytes: /_bytes$/,
  days: /_days$/,
};
const OF_THE_GUIDE = ['requests_per_min', 'error_rate', 'cache_hit_rate'];

test('every key of alerts.yaml, scanner.yaml and rule tests is described', () => {
  for (const schema of SCHEMAS.slice(BASE.length)) {
    for (const [key, property] of properties(schema)) assert.ok(property.description, `${key} has no description`);
  }
});

test('every key of ops.yaml is described, and has a default but where an entry must say it', () => {
  const [ops] = SCHEMAS as [Schema];
  for (const [key, property, parent] of properties(ops)) {
    const isOverride = parent === ops.properties!['breakers']!.properties!['providers']!.additionalProperties;
    if (!isOverride) assert.ok(property.description, `${key} has no description`);
    const isOptional = !isOverride && !parent.required?.includes(key);
    if (isOptional && parent !== ops) assert.notEqual(property.default, undefined, `${key} has no default`);
  }
});

test('keys that are ours end in their unit', () => {
  for (const schema of SCHEMAS) {
    for (const [key, property] of properties(schema)) {
      const suffix = SUFFIX_OF_UNIT[property['x-unit'] ?? ''];
      if (suffix !== undefined && !OF_THE_GUIDE.includes(key)) assert.match(key, suffix);
    }
  }
});

test('no mapping lets unknown keys through', () => {
  for (const schema of SCHEMAS) {
    for (const [key, property] of properties(schema)) {
      if (property.type === 'object') assert.notEqual(property.additionalProperties ?? true, true, key);
    }
  }
});

test('scanner.yaml may name the metrics that there are, and no others', () => {
  const { surveillance } = (JSON.parse(schemaText('scanner')) as Schema).properties!;
  const { metrics } = surveillance!.properties!['zscore']!.properties!;
  assert.deepEqual(metrics!.items?.enum, METRICS);
});

test('each file names its schema for editors', () => {
  for (const name of [...BASE, ...SIGNAL]) {
    const [first] = readFileSync(join(PROJECT, 'config', `${name}.yaml`), 'utf8').split('\n');
    assert.equal(first, `# yaml-language-server: $schema=schema/${name}.schema.json`);
  }
});

test('every figure of venues.yaml says where it is from', () => {
  const lines = readFileSync(join(PROJECT, 'config', 'venues.yaml'), 'utf8').split('\n');
  const defaults =
    /: 60$|weight_window_seconds: |connects_window_seconds: |depth_snapshot_(?:levels: 1000|weight: 1)$|json_ping|text_ping/;
  for (const line of lines) {
    if (!/: [0-9]/.test(line) || line.trimStart().startsWith('#') || defaults.test(line)) continue;
    assert.match(line, /# \[(?:docs|seen|assumed)\]/);
  }
});
