/** The JSON Schema of drills, made from the table that the parser reads by: so the two cannot say different things. */

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
} from '../../src/shell/sim/drill/fields.ts';

type Schema = Readonly<Record<string, unknown>>;

export function drillSchema(): Schema {
  const counts = Object.fromEntries(COUNTS.map((name) => [name, { $ref: '#/$defs/range' }]));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'drill.schema.json',
    title: 'cryptorun config/drills/*.yaml',
    description:
      'A drill: a simulated world, the faults in it by seconds since it began, and what a scanner is expected to make of them. The name is the file’s.',
    ...mapping(
      {
        about: { type: 'string', minLength: 1, description: 'One line for people.' },
        world: mapping(properties(WORLD_FIELDS), []),
        duration_s: { type: 'number', minimum: 1, maximum: 86_400, 'x-unit': 's', description: 'Recovery included.' },
        faults: {
          type: 'array',
          items: { oneOf: Object.entries(FAULT_FIELDS).map(([kind, fields]) => faultSchema(kind, fields)) },
        },
        expect: mapping(
          {
            ...properties(EXPECT_FIELDS),
            counts: { description: 'Over the whole run.', ...mapping(counts, []) },
            alerts: {
              type: 'array',
              description:
                'Of the types named here, the alerts that fire: these, at these seconds, and no others. Left out: the drill is about something else.',
              items: mapping(properties(ALERT_FIELDS), required(ALERT_FIELDS)),
            },
          },
          required(EXPECT_FIELDS),
        ),
      },
      ['about', 'duration_s', 'faults', 'expect'],
    ),
    $defs: { range: mapping(properties(COUNT_FIELDS), []) },
  };
}

function faultSchema(kind: string, own: Fields): Schema {
  const fields = { ...COMMON_FIELDS, ...own };
  return mapping({ kind: { const: kind }, ...properties(fields) }, ['kind', ...required(fields)]);
}

function mapping(properties: Schema, needed: readonly string[]): Schema {
  return { type: 'object', additionalProperties: false, ...(needed.length > 0 && { required: needed }), properties };
}

function required(fields: Fields): string[] {
  return Object.keys(fields).filter((key) => fields[key]!.default === undefined);
}

function properties(fields: Fields): Schema {
  return Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, fieldSchema(field)]));
}

function fieldSchema(field: Field): Schema {
  const standard =
    field.default === undefined || field.default === null || field.default === -1 ? {} : { default: field.default };
  const orNull = (type: string): unknown => (field.default === undefined ? type : [type, 'null']);
  switch (field.type) {
    case 'number':
      return { type: orNull('number'), minimum: field.least, maximum: field.most, ...standard };
    case 'seconds':
      return { type: orNull('number'), minimum: field.least, maximum: field.most, ...standard, 'x-unit': 's' };
    case 'whole':
      return { type: orNull('integer'), minimum: field.least, maximum: field.most, ...standard };
    case 'text':
      return { type: orNull('string'), minLength: 1, ...standard };
    case 'flag':
      return { type: orNull('boolean'), ...standard };
    case 'word':
      return { enum: field.default === undefined ? field.of : [...field.of, null], ...standard };
    case 'words':
      return { type: orNull('array'), items: { enum: field.of }, ...standard };
  }
}
