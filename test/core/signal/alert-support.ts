/** What the tests of the alerts share: rules, an engine that writes down its effects in words, series of samples. */

import type { AlertEffect } from '../../../src/core/signal/detect/alert-effect.ts';
import { type AlertScope, Alerts } from '../../../src/core/signal/detect/alerts.ts';
import type { AlertRule, AlertsConfig, LadderStep } from '../../../src/core/signal/detect/alerts-config.ts';
import type { RuleTestRow } from '../../../src/core/signal/detect/rule-test.ts';

export const SCOPE: AlertScope = { venue: 'okx', instrument: 'BTC-USDT' };

const RULE: AlertRule = {
  type: 'warning',
  description: 'a test',
  metric: 'm',
  priority: 'P2',
  severity: 'warning',
  condition: 'gt',
  requiresZscore: false,
  persistenceMs: 0,
  throttleMs: 0,
  cooldownMs: 0,
  maxGapMs: 5000,
  keepFiringMs: 0,
  hysteresisRatio: 0,
  timeoutMs: 60_000,
  escalatesTo: null,
  escalateAfterMs: null,
  isEnabled: true,
  thresholds: { '*': { threshold: 3, zscore: null } },
  source: 'none',
};

/** Fires above 3, resolves at 3, at once, asks for no z-score; but for what is given. */
export function rule(changes: Partial<AlertRule> = {}): AlertRule {
  return { ...RULE, ...changes };
}

export const CRITICAL = rule({
  type: 'critical',
  priority: 'P1',
  severity: 'critical',
  thresholds: { '*': { threshold: 5, zscore: null } },
});

export function config(rules: readonly AlertRule[], ladder: readonly LadderStep[] = []): AlertsConfig {
  const none = { acknowledgeMs: null, resolveMs: null };
  return { rules, ladder, targets: { P1: none, P2: none, P3: none } };
}

/** `warning fired`, `warning resolved auto`; `*` after what somebody is told. */
export function words({ change, alert, isNotified }: AlertEffect): string {
  const how = change === 'resolved' ? ` ${alert.resolution?.kind}` : '';
  return `${alert.type} ${change}${how}${isNotified ? '*' : ''}`;
}

/** Alerts of a few rules on one series, in seconds. */
export class Bench {
  readonly effects: AlertEffect[] = [];
  /** Venues that operators keep closed. */
  readonly closed = new Set<string>();
  alerts: Alerts;
  readonly #config: AlertsConfig;
  readonly #scope: AlertScope;

  constructor(of: AlertsConfig, scope: AlertScope = SCOPE) {
    this.#config = of;
    this.#scope = scope;
    this.alerts = this.#made();
  }

  /** One sample; what it made happen, in words. */
  observe(second: number, value: number, zscore = Number.NaN): string[] {
    return this.#told(() => {
      const series = this.alerts.series('m', this.#scope)!;
      this.alerts.observe(series, value, zscore, second * 1000, second * 1000);
    });
  }

  /** Time alone. */
  pass(second: number): string[] {
    return this.#told(() => this.alerts.onTime(second * 1000));
  }

  /** Anything else. */
  run(act: (alerts: Alerts) => void): string[] {
    return this.#told(() => act(this.alerts));
  }

  /** The program is killed, and begins anew with what was stored of each alert, as the last effect said. */
  restart(second: number): string[] {
    const stored = new Map<string, AlertEffect>();
    for (const effect of this.effects) {
      if (effect.change === 'dropped') stored.delete(effect.alert.id);
      else stored.set(effect.alert.id, effect);
    }
    const silences = this.alerts.silences();
    this.alerts = this.#made();
    const alerts = [...stored.values()].map(({ alert }) => alert);
    return this.#told(() => this.alerts.restore(alerts, silences, second * 1000));
  }

  /** As a checkpoint does it. */
  saveAndRestore(): void {
    const saved = JSON.parse(JSON.stringify(this.alerts.save()));
    this.alerts = this.#made();
    this.alerts.restoreState(saved);
  }

  #made(): Alerts {
    const push = (effect: AlertEffect) => void this.effects.push(effect);
    return new Alerts(this.#config, push, ({ venue }) => venue !== null && this.closed.has(venue));
  }

  #told(act: () => void): string[] {
    const before = this.effects.length;
    act();
    return this.effects.slice(before).map(words);
  }
}

/** `met: warning fired 1`, as kind, type, change and second. */
export function rowWords(row: RuleTestRow): string {
  if (row.kind === 'idle') return `idle: ${row.series.metric}`;
  const { type, change, atMs } = row.kind === 'unexpected' ? { ...row.seen, type: row.seen.alert.type } : row.expected;
  return `${row.kind}: ${type} ${change} ${atMs / 1000}`;
}
