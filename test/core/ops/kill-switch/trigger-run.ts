/** Drives the triggers one pulse a second, as the tests tell their stories. */

import type { TriggerFacts } from '../../../../src/core/ops/kill-switch/trigger-facts.ts';
import { triggerText, triggerView } from '../../../../src/core/ops/kill-switch/trigger-rows.ts';
import type { TriggerName } from '../../../../src/core/ops/kill-switch/trigger-table.ts';
import { INITIAL_TRIGGERS, stepTriggers } from '../../../../src/core/ops/kill-switch/triggers.ts';
import type { TriggersConfig } from '../../../../src/core/ops/ops-config.ts';
import { GUIDE_CONFIG } from '../facts.ts';

export const CONFIG: TriggersConfig = GUIDE_CONFIG.killSwitch.triggers;

export const GOOD: TriggerFacts = {
  isReady: true,
  killLevel: null,
  grade: 'A',
  dataSilentMs: 200,
  criticalErrorsPerMinute: 0,
  memoryUsedRatio: 0.5,
  diskFreeBytes: 100 * 1_073_741_824,
  eventLoopLagMs: 3,
  clockSkewMs: -40,
  auditChain: 'ok',
};

/** Nothing could be read. */
export const UNKNOWN: TriggerFacts = {
  isReady: true,
  killLevel: null,
  grade: null,
  dataSilentMs: null,
  criticalErrorsPerMinute: null,
  memoryUsedRatio: null,
  diskFreeBytes: null,
  eventLoopLagMs: null,
  clockSkewMs: null,
  auditChain: 'unknown',
};

export class TriggerRun {
  state = INITIAL_TRIGGERS;
  nowMs = 0;
  /** `memory drain @90`, in the order fired. */
  readonly fired: string[] = [];
  readonly evidence: string[] = [];
  #config: TriggersConfig;

  constructor(config: TriggersConfig = CONFIG) {
    this.#config = config;
  }

  /** Pulses of these facts, one a second, for so long. */
  pulses(seconds: number, facts: Partial<TriggerFacts> = {}): this {
    for (let i = 0; i < seconds; i++) this.pulse(1, facts);
    return this;
  }

  /** One pulse after so many seconds. */
  pulse(afterSeconds: number, facts: Partial<TriggerFacts> = {}): this {
    this.nowMs += afterSeconds * 1000;
    const { state, fired } = stepTriggers(this.state, { ...GOOD, ...facts }, this.#config, this.nowMs);
    this.state = state;
    this.fired.push(...fired.map(({ name, level, atMs }) => `${name} ${level} @${atMs / 1000}`));
    this.evidence.push(...fired.map(({ evidence }) => evidence));
    return this;
  }

  text(name: TriggerName): string {
    return triggerText(triggerView(this.state, name, this.#config, this.nowMs));
  }
}

/** At second 61, ready since second 1 and armed since this very pulse. */
export function armedRun(config: TriggersConfig = CONFIG): TriggerRun {
  return new TriggerRun(config).pulses(61);
}
