/** Prints effective values as YAML that loads again, with the unit of each number behind it. Reads only the schemas. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { numberText } from '../../core/base/decimal.ts';
import { ALL_SECTION_NAMES, isMapping, type SectionName } from './check/section.ts';
import { wordText } from './yaml/word-text.ts';

interface Schema {
  readonly $ref?: string;
  readonly properties?: { readonly [key: string]: Schema };
  readonly additionalProperties?: Schema | boolean;
  readonly 'x-unit'?: string;
}
interface RootSchema extends Schema {
  readonly $defs?: { readonly [name: string]: Schema };
}

/**
 * The sections as YAML documents of one text. Given as `--config FILE` it has the same hash.
 *
 * @param values - checked, in the words of the files
 * @param packageRoot - where `config/schema` is, for the units and the order of keys
 */
export function effectiveYaml(values: { readonly [name in SectionName]?: unknown }, packageRoot: string): string {
  const names = ALL_SECTION_NAMES.filter((name) => values[name] !== undefined);
  const documents = names.map((name) => {
    const path = join(packageRoot, 'config', 'schema', `${name}.schema.json`);
    const schema = JSON.parse(readFileSync(path, 'utf8')) as RootSchema;
    return `# ${name}.yaml\n${mappingLines(values[name], schema, schema, '').join('\n')}\n`;
  });
  return documents.join('---\n');
}

function mappingLines(value: unknown, schema: Schema, root: RootSchema, indent: string): string[] {
  if (!isMapping(value)) return [];
  return orderedKeys(value, schema).flatMap((key) => {
    const own = propertySchema(schema, key, root);
    const part = value[key];
    const start = `${indent}${wordText(key)}:`;
    if (isMapping(part) && Object.keys(part).length > 0)
      return [start, ...mappingLines(part, own, root, `${indent}  `)];
    const unit = own['x-unit'] === undefined ? '' : ` # ${own['x-unit']}`;
    return [`${start} ${valueText(part)}${unit}`];
  });
}

/** Keys of the schema in its order, then names that operators gave, in theirs. */
function orderedKeys(value: { [key: string]: unknown }, schema: Schema): string[] {
  const known = Object.keys(schema.properties ?? {}).filter((key) => Object.hasOwn(value, key));
  return [...known, ...Object.keys(value).filter((key) => !known.includes(key))];
}

function propertySchema(schema: Schema, key: string, root: RootSchema): Schema {
  const others = schema.additionalProperties;
  const own = schema.properties?.[key] ?? (typeof others === 'object' ? others : {});
  const target = own.$ref === undefined ? undefined : root.$defs?.[own.$ref.replace('#/$defs/', '')];
  return { ...target, ...own };
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  if (isMapping(value)) return '{}';
  if (typeof value === 'string') return wordText(value);
  return typeof value === 'number' ? (numberText(value) ?? 'null') : String(value);
}
