/** Compiles config/schema/*.schema.json into plain validation code, so that no start pays for ajv. Validates nothing itself. */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Ajv2020 from 'ajv/dist/2020.js';
import standaloneCode from 'ajv/dist/standalone/index.js';

/** By generated file in src/shell/config: each command needs the first, only what runs alerts the second. */
const TARGETS = {
  'validators.generated.mjs': { validateOps: 'ops', validateVenues: 'venues', validateInstruments: 'instruments' },
  'signal-validators.generated.mjs': {
    validateAlerts: 'alerts',
    validateScanner: 'scanner',
    validateRuleTest: 'rule-test',
  },
};

/** Our own annotations: the unit of a number, what to call a value that a pattern describes, what to say in place of a secret. */
const ANNOTATIONS = ['x-unit', 'x-wanted', 'x-found'];

function schemaText(name) {
  return readFileSync(new URL(`../config/schema/${name}.schema.json`, import.meta.url), 'utf8');
}

function validatorCode(schemas, schemaTexts) {
  const ajv = new Ajv2020({
    allErrors: true,
    useDefaults: true,
    verbose: true,
    strict: true,
    code: { source: true, esm: true, lines: true },
  });
  for (const name of ANNOTATIONS) ajv.addKeyword({ keyword: name, schemaType: 'string' });
  for (const text of schemaTexts) ajv.addSchema(JSON.parse(text));
  const ids = Object.entries(schemas).map(([validator, name]) => [validator, `${name}.schema.json`]);
  return standaloneCode(ajv, Object.fromEntries(ids));
}

/**
 * Writes the generated files in src/shell/config; leaves alone those that are current.
 *
 * @throws when the generated code would need ajv at run time
 */
export function compileSchemas() {
  for (const [file, schemas] of Object.entries(TARGETS)) {
    const target = fileURLToPath(new URL(`../src/shell/config/${file}`, import.meta.url));
    replaceIfOther(target, generatedText(schemas));
  }
}

function generatedText(schemas) {
  const schemaTexts = Object.values(schemas).map(schemaText);
  const digest = createHash('sha256').update(schemaTexts.join('\n')).digest('hex');
  const code = validatorCode(schemas, schemaTexts);
  if (/\brequire\(|\bimport\b/.test(code))
    throw new Error('a schema uses a keyword whose compiled code needs ajv at run time');
  return `// Made by bin/compile-schemas.mjs from config/schema; do not edit.\n${code}\nexport const schemaDigest = '${digest}';\n`;
}

function replaceIfOther(target, text) {
  if (existsSync(target) && readFileSync(target, 'utf8') === text) return;
  const temporary = `${target}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, target);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) compileSchemas();
