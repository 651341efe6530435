/** Opens what a scan keeps beside its journal: the alerts with who is told of them, and the history. Decides nothing of either. */

import { hostname } from 'node:os';
import type { Scanner } from '../../../core/scan/scanner.ts';
import type { FullConfig } from '../../config/full-config.ts';
import { systemClock } from '../../feeds/clocks.ts';
import { openReceivers } from '../../notify/receiver.ts';
import { openRunAlerts } from '../../stores/alerts/open-alerts.ts';
import { AlertDesk } from '../alerts/alert-desk.ts';
import { httpPost } from '../alerts/http-post.ts';
import { RunHistory } from '../history/run-history.ts';

export interface Keeping {
  readonly config: FullConfig;
  readonly stateDir: string;
  readonly env: NodeJS.ProcessEnv;
  /** One line of a console receiver. */
  readonly print: (line: string) => void;
  /** One line for people: what could not be kept or told. */
  readonly onProblem: (text: string) => void;
}

export function openAlertDesk({ config, stateDir, env, print, onProblem }: Keeping): AlertDesk {
  const place = { env, home: config.paths.home };
  const { receivers, problems } = openReceivers(config.notify, place, hostname());
  for (const problem of problems) onProblem(`alerts.yaml ${problem}: nobody is told by it`);
  return new AlertDesk({
    openStore: (busyTimeoutMs) => openRunAlerts(stateDir, busyTimeoutMs),
    routing: { routes: config.notify.routes, ladder: config.alerts.ladder },
    receivers,
    post: httpPost,
    clock: systemClock(),
    random: Math.random,
    print,
    onProblem,
  });
}

/** What is simulated is told to nobody but the console: a demo's outage must neither wake people nor end a real incident. */
export function consoleOnly(config: FullConfig): FullConfig {
  const { receivers, routes } = config.notify;
  const own = Object.fromEntries(Object.entries(receivers).filter(([, { kind }]) => kind === 'console'));
  const kept = (names: readonly string[]): string[] => names.filter((name) => Object.hasOwn(own, name));
  const ladder = config.alerts.ladder.map((step) => ({ ...step, receivers: kept(step.receivers) }));
  return {
    ...config,
    notify: { receivers: own, routes: routes.map((route) => ({ ...route, receivers: kept(route.receivers) })) },
    alerts: { ...config.alerts, ladder },
  };
}

/** Null: the configuration wants none. @param scanner - as it is now: a reload makes another */
export function openHistory({ config, stateDir, onProblem }: Keeping, scanner: () => Scanner): RunHistory | null {
  const { history, surveillance } = config;
  if (!history.enabled) return null;
  const { metrics: zscoreMetrics } = surveillance.zscore;
  return new RunHistory({ stateDir, config: history, zscoreMetrics, scanner, onProblem });
}
