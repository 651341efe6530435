/** The automatic triggers one by one: what each reads, its limit, and what it says. Knows no time: holding is elsewhere. */

import type { TriggerConfig, TriggersConfig } from '../ops-config.ts';
import type { TriggerFacts } from './trigger-facts.ts';

/** In the runbook's order, then ours. As in the file, in the audit and in every output. */
export const TRIGGER_NAMES = [
  'health_grade_f',
  'data_pipeline_silent',
  'critical_errors',
  'memory',
  'disk_free',
  'event_loop_stall',
  'clock_skew',
  'audit_chain_broken',
] as const;
export type TriggerName = (typeof TRIGGER_NAMES)[number];

/** `kind` `no_reading`: nothing can be said, which is neither good nor bad. `evidence`: the figure and its limit, in words. */
export type Judgement = { readonly kind: 'no_reading' } | { readonly kind: 'good' | 'bad'; readonly evidence: string };

export interface TriggerRule {
  readonly settings: (config: TriggersConfig) => TriggerConfig;
  readonly judge: (facts: TriggerFacts, config: TriggersConfig) => Judgement;
}

const NO_READING: Judgement = { kind: 'no_reading' };

/** A limit itself is still good: all of the runbook's triggers say "more than", or "less than". */
export const TRIGGER_RULES: Readonly<Record<TriggerName, TriggerRule>> = {
  health_grade_f: {
    settings: (config) => config.healthGradeF,
    judge: ({ grade }) => (grade === null ? NO_READING : judged(grade === 'F', `health grade ${grade}`)),
  },
  data_pipeline_silent: {
    settings: (config) => config.dataPipelineSilent,
    judge: ({ dataSilentMs }, { dataPipelineSilent: { silentSeconds } }) =>
      above(
        dataSilentMs === null ? null : dataSilentMs / 1000,
        silentSeconds,
        'no data for',
        (s) => `${oneDecimal(s)} s`,
      ),
  },
  critical_errors: {
    settings: (config) => config.criticalErrors,
    judge: ({ criticalErrorsPerMinute }, { criticalErrors: { errorsPerMinute } }) =>
      above(criticalErrorsPerMinute, errorsPerMinute, 'critical errors', (rate) => `${oneDecimal(rate)}/min`),
  },
  memory: {
    settings: (config) => config.memory,
    judge: ({ memoryUsedRatio }, { memory: { usedRatio } }) =>
      above(memoryUsedRatio, usedRatio, 'memory used', (ratio) => `${oneDecimal(ratio * 100)}%`),
  },
  disk_free: {
    settings: (config) => config.diskFree,
    judge: ({ diskFreeBytes }, { diskFree: { freeBytes } }) => {
      if (!isReading(diskFreeBytes)) return NO_READING;
      return judged(diskFreeBytes < freeBytes, `disk free ${gib(diskFreeBytes)}, limit >= ${gib(freeBytes)}`);
    },
  },
  event_loop_stall: {
    settings: (config) => config.eventLoopStall,
    judge: ({ eventLoopLagMs }, { eventLoopStall: { lagMs } }) =>
      above(eventLoopLagMs, lagMs, 'event loop late by', ms),
  },
  clock_skew: {
    settings: (config) => config.clockSkew,
    judge: ({ clockSkewMs }, { clockSkew: { skewMs } }) =>
      above(clockSkewMs === null ? null : Math.abs(clockSkewMs), skewMs, 'clock off by', ms),
  },
  audit_chain_broken: {
    settings: (config) => config.auditChainBroken,
    judge: ({ auditChain }) =>
      auditChain === 'unknown' ? NO_READING : judged(auditChain === 'broken', `audit chain ${auditChain}`),
  },
};

/** 1024^3 bytes, two decimals: what the disk limits are set in. */
export function gib(bytes: number): string {
  return `${(bytes / 1_073_741_824).toFixed(2)} GiB`;
}

function above(value: number | null, limit: number, what: string, text: (value: number) => string): Judgement {
  if (!isReading(value)) return NO_READING;
  return judged(value > limit, `${what} ${text(value)}, limit <= ${text(limit)}`);
}

function judged(isBad: boolean, evidence: string): Judgement {
  return { kind: isBad ? 'bad' : 'good', evidence };
}

/** NaN is no reading: it would be good by every comparison. */
function isReading(value: number | null): value is number {
  return value !== null && !Number.isNaN(value);
}

/** Whole numbers as they are, all others with a decimal: `90.0%` against a limit of `90%` is a little more than it. */
function oneDecimal(value: number): string {
  return Number.isInteger(value) ? `${value}` : value.toFixed(1);
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}
