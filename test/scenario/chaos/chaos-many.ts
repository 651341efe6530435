/** Many seeds of chaos, one after the other, and what they come to. Runs no clock but for its own limit. */

import { fileURLToPath } from 'node:url';
import type { EffectiveConfig } from '../../../src/shell/config/effective-config.ts';
import { loadConfig } from '../../../src/shell/config/load-config.ts';
import { type ChaosReport, ChaosRun } from './chaos-run.ts';

/** The configuration that we ship. */
export function shippedConfig(): EffectiveConfig {
  const packageRoot = fileURLToPath(new URL('../../..', import.meta.url));
  const loaded = loadConfig({ flags: {}, env: {}, cwd: packageRoot, packageRoot });
  if (!loaded.ok) throw new Error('the shipped configuration has problems');
  return loaded.config;
}

/**
 * @param seeds - in this order
 * @param limitMs - of wall clock: no further seed begins after it
 * @throws ChaosFailure at the first invariant that does not hold
 */
export function runChaos(seeds: readonly number[], limitMs = Number.POSITIVE_INFINITY): ChaosReport[] {
  const config = shippedConfig();
  const startMs = performance.now();
  const reports: ChaosReport[] = [];
  for (const seed of seeds) {
    if (performance.now() - startMs > limitMs) break;
    reports.push(new ChaosRun(seed, config).run());
  }
  return reports;
}

/** One line for people. */
export function chaosSummary(reports: readonly ChaosReport[], wallMs: number): string {
  const sum = (value: (report: ChaosReport) => number): number =>
    reports.reduce((total, report) => total + value(report), 0);
  const recoveries = reports.flatMap(({ recoveriesMs }) => recoveriesMs).sort((a, b) => a - b);
  const quantile = (q: number): string => {
    const at = Math.min(recoveries.length - 1, Math.floor(q * recoveries.length));
    return `${((recoveries[at] ?? 0) / 1000).toFixed(1)} s`;
  };
  const killed = reports.filter(({ killedAtMs }) => killedAtMs !== null).length;
  return [
    `${reports.length} seeds of 30 virtual minutes in ${(wallMs / 1000).toFixed(0)} s`,
    `${sum(({ steps }) => steps)} steps`,
    `${sum(({ faults }) => faults)} faults that struck ${sum(({ struck }) => struck)} times`,
    `${sum(({ recovered }) => recovered)} recovered`,
    `time to recover p50 ${quantile(0.5)}, p99 ${quantile(0.99)}`,
    `${killed} runs killed`,
  ].join('; ');
}
