/** A configuration for commands that must work on a bad day. Only to read by: nothing that it starts may rest on it. */

import type { ConfigValues, EffectiveConfig } from './effective-config.ts';
import { effectiveConfig } from './effective-config.ts';
import { loadConfig } from './load-config.ts';
import { applyOverrides } from './overrides.ts';
import type { ConfigProblem } from './problem.ts';
import { type ConfigRequest, configFiles } from './resolve-home.ts';
import { validateOps } from './validators.generated.mjs';

export interface ConfigOrDefaults {
  readonly config: EffectiveConfig;
  /** None: `config` is what the files say. Else it is the defaults, which enable no provider and no venue. */
  readonly problems: readonly ConfigProblem[];
}

/**
 * The configuration as `loadConfig` has it, or else the defaults of the schema, which are part of the program, so that no
 * file can be in the way. Folders (home, artifacts, state) are right either way. Never throws.
 *
 * A broken file costs the slow parser (to say what is wrong with it), so act first where every millisecond counts:
 * `resolveHome` alone says where the state is.
 */
export function configOrDefaults(request: ConfigRequest): ConfigOrDefaults {
  try {
    const loaded = loadConfig(request);
    if (loaded.ok) return { config: loaded.config, problems: [] };
    return { config: defaults(request), problems: loaded.problems };
  } catch (error) {
    return { config: defaults(request), problems: [unforeseen(error, request)] };
  }
}

function defaults(request: ConfigRequest): EffectiveConfig {
  const values: ConfigValues = { ops: {}, venues: { venues: {} }, instruments: { instruments: {} } };
  // The validator fills in what is missing.
  validateOps(values.ops);
  applyOverrides(values.ops, request);
  return effectiveConfig(values, request);
}

function unforeseen(error: unknown, request: ConfigRequest): ConfigProblem {
  const found = `an error (${error instanceof Error ? error.message : String(error)})`;
  return { file: configFiles(request).ops, position: null, path: '', wanted: 'a configuration', found, hint: null };
}
