/** What each provider takes, as JSON Schema: validates a body, and says what is wrong with it. */

import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';

export type Provider = 'pagerduty-v2' | 'slack-webhook' | 'alertmanager-v2' | 'cloudevents-1.0';

const ajv = new Ajv2020({ allErrors: true, strict: false });

/** @returns every problem, as `path: what`; none: it is taken */
export function problemsOf(provider: Provider, body: unknown): string[] {
  const id = `${provider}.schema.json`;
  if (ajv.getSchema(id) === undefined) {
    ajv.addSchema(JSON.parse(readFileSync(new URL(`../schemas/${id}`, import.meta.url), 'utf8')), id);
  }
  const validate = ajv.getSchema(id)!;
  if (validate(body) === true) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
}
