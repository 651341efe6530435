/** Compiles config/schema/*.schema.json into plain validation code, so that no start pays for ajv. Validates nothing itself. */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Ajv2020 from 'ajv/dist/2020.js';
import standaloneCode from 'ajv/dist/standalone/index.js';

const SCHEMAS = { validateOps: 'ops', validateVenues: 'venues', validateInstruments: 'instruments' };
const TARGET = fileURLToPath(new URL('../src/shell/config/validators.generated.mjs', import.meta.url));

/** Our own annotations: the unit of a number, and what to call a value that a pattern describes. */
const ANNOTATIONS = ['x-unit', 'x-wanted'];

function schemaText(name) {
  return readFileSync(new URL(`../config/schema/${name}.schema.json`, import.meta.url), 'utf8');
}

function validatorCode(schemaTexts) {
  const ajv = new Ajv2020({
    allErrors: true,
    useDefaults: true,
    verbose: true,
    strict: true,
    code: { source: true, esm: true, lines: true },
  });
  for (const name of ANNOTATIONS) ajv.addKeyword({ keyword: name, schemaType: 'string' });
  for (const text of schemaTexts) ajv.addSchema(JSON.parse(text));
  const ids = Object.entries(SCHEMAS).map(([validator, name]) => [validator, `${name}.schema.json`]);
  return standaloneCode(ajv, Object.fromEntries(ids));
}

/**
 * Writes src/shell/config/validators.generated.mjs; leaves it alone when it is current.
 *
 * @returns the path of the file
 * @throws when the generated code would need ajv at run time
 */
export function compileSchemas() {
  const schemaTexts = Object.values(SCHEMAS).map(schemaText);
  const digest = createHash('sha256').update(schemaTexts.join('\n')).digest('hex');
  const code = validatorCode(schemaTexts);
  if (/\brequire\(|\bimport\b/.test(code))
    throw new Error('a schema uses a keyword whose compiled code needs ajv at run time');
  const text = `// Made by bin/compile-schemas.mjs from config/schema; do not edit.\n${code}\nexport const schemaDigest = '${digest}';\n`;
  if (existsSync(TARGET) && readFileSync(TARGET, 'utf8') === text) return TARGET;
  const temporary = `${TARGET}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, TARGET);
  return TARGET;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) compileSchemas();
