/** Turns checked values from the words of the files into those of the program, and makes their hash. Checks nothing. */

import { createHash } from 'node:crypto';

/** Mappings whose keys are names of things, not words of ours: they stay as they are. `*` is any such name. */
const NAMED_BY_OPERATORS = new Set([
  'ops.guards.budget.providers',
  'ops.guards.call_quota.providers',
  'ops.switches.providers',
  'ops.switches.venues',
  'ops.switches.detectors',
  'ops.breakers.providers',
  'ops.health.weights',
  'venues',
  'instruments',
  'instruments.*.venues',
  'alerts.types',
  'alerts.types.*.thresholds',
  'alerts.ladder',
  'alerts.receivers',
  'alerts.receivers.*.headers',
  'alerts.receivers.*.headers_env',
  'alerts.receivers.*.headers_file',
  'alerts.routes',
]);

/** SHA-256, in hexadecimal, of the canonical JSON (sorted keys, no spaces) of values in the words of the files. */
export function hashOf(values: object): string {
  return createHash('sha256').update(canonicalJson(values)).digest('hex');
}

/** Keys in camel case, but for those that are names. `path`: where the value stands, such as `ops.kpi`. */
export function camelCased(value: unknown, path: string): unknown {
  if (Array.isArray(value)) return value.map((item) => camelCased(item, path));
  if (typeof value !== 'object' || value === null) return value;
  const keepsKeys = NAMED_BY_OPERATORS.has(path);
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) =>
      keepsKeys ? [key, camelCased(part, `${path}.*`)] : [camelCase(key), camelCased(part, `${path}.${key}`)],
    ),
  );
}

/** Frozen all through, in place. */
export function deepFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFrozen);
  }
  return value;
}

function camelCase(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

/** JSON with sorted keys and no spaces. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => compareText(a, b)))
      : part,
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
