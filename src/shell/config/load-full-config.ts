/**
 * Makes all five configuration files one checked, frozen value, or says everything that is wrong with them at once. For what scans,
 * replays or checks: other commands take `loadConfig`, which reads three, because they are run each minute and start in milliseconds.
 */

import type { Checks } from './check/all-problems.ts';
import { ALL_SECTION_NAMES, type SectionName } from './check/section.ts';
import { signalProblems } from './check/signal-checks.ts';
import { type FullConfig, type FullValues, fullConfig } from './full-config.ts';
import { BASE_CHECKS, readChecked } from './load-config.ts';
import type { ConfigProblem } from './problem.ts';
import { type ConfigRequest, signalFiles } from './resolve-home.ts';
import { validateAlerts, validateScanner } from './signal-validators.generated.mjs';

/** `values` are the same settings in the words of the files (snake case), for printing. */
export type LoadedFullConfig =
  | { readonly ok: true; readonly config: FullConfig; readonly values: FullValues }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** As `loadConfig`, with alerts.yaml and scanner.yaml; where a home has none of them, the package's own hold. Never throws. */
export function loadFullConfig(request: ConfigRequest, texts?: ReadonlyMap<string, string>): LoadedFullConfig {
  const read = readChecked<SectionName>(request, ALL_SECTION_NAMES, fullChecks(request), texts);
  if (!read.ok) return read;
  return { ok: true, config: fullConfig(read.values, request), values: read.values };
}

function fullChecks(request: ConfigRequest): Checks<SectionName> {
  const packageFiles = signalFiles({ ...request, flags: {}, env: {}, cwd: request.packageRoot });
  const isOwn = signalFiles(request).alerts !== packageFiles.alerts;
  return {
    validators: { ...BASE_CHECKS.validators, alerts: validateAlerts, scanner: validateScanner },
    cross: (sections) => [...BASE_CHECKS.cross(sections), ...signalProblems(sections, isOwn)],
  };
}
