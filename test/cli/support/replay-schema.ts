/** The published schema of `replay --json`, compiled. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';

const SCHEMA = new URL('../../../docs/schema/cryptorun.replay.v1.schema.json', import.meta.url);
const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
const validate = ajv.compile(JSON.parse(readFileSync(SCHEMA, 'utf8')) as object);

/** stdout is one JSON document that the schema allows, and nothing else. */
export function assertDocument(stdout: string): void {
  const document: unknown = JSON.parse(stdout);
  assert.ok(validate(document), ajv.errorsText(validate.errors));
  assert.equal(stdout, `${JSON.stringify(document, null, 2)}\n`);
}
