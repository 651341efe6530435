/** The call quota of one provider: calls in a minute and bursts in ten seconds. Counts calls, whatever they weigh and however they end. */

import { MINUTE_MS, SECOND_MS } from '../../base/time.ts';
import { RollingCounter, type SavedCounter } from '../kpi/rolling-counter.ts';
import type { QuotaConfig } from '../ops-config.ts';
import type { StatusGrade } from '../status.ts';
import type { Gate, Guard, GuardResult } from './guard.ts';

/** The guide's burst window, and the share of the minute's quota from which its program warns. */
const BURST_WINDOW_MS = 10 * SECOND_MS;
const WARN_SHARE = 0.8;

/** Plain JSON. */
export type SavedQuota = { minute: SavedCounter; burst: SavedCounter };

/**
 * A full burst blocks; a full minute is critical and blocks nothing, as in the guide's program: the burst limit is what keeps
 * us under the provider's own.
 */
export class Quota implements Guard {
  /** The provider's, as the guide names this guard. */
  readonly name: string;
  readonly gate: Gate;
  readonly #config: QuotaConfig;
  readonly #minute: RollingCounter;
  readonly #burst: RollingCounter;

  constructor(provider: string, config: QuotaConfig, startMs: number) {
    this.name = provider;
    this.gate = { kind: 'calls', provider };
    this.#config = config;
    this.#minute = new RollingCounter(MINUTE_MS, startMs);
    this.#burst = new RollingCounter(BURST_WINDOW_MS, startMs);
  }

  onCall(timeMs: number): void {
    this.#minute.add(timeMs);
    this.#burst.add(timeMs);
  }

  results(nowMs: number): GuardResult[] {
    const { callsPerMinute, burstLimit } = this.#config;
    const calls = this.#minute.total(nowMs);
    const burst = this.#burst.total(nowMs);
    const [status, verdict] = judge(calls, burst, this.#config);
    const metadata = {
      provider: this.name,
      calls_per_minute: calls,
      minute_limit: callsPerMinute,
      burst_calls: burst,
      burst_limit: burstLimit,
    };
    return [{ name: this.name, status, message: `Provider ${this.name} ${verdict}`, metadata, gate: this.gate }];
  }

  save(): SavedQuota {
    return { minute: this.#minute.save(), burst: this.#burst.save() };
  }

  restore(saved: SavedQuota): void {
    this.#minute.restore(saved.minute);
    this.#burst.restore(saved.burst);
  }
}

function judge(calls: number, burst: number, { callsPerMinute, burstLimit }: QuotaConfig): [StatusGrade, string] {
  const rate = `${calls}/${callsPerMinute} calls/min`;
  if (burst >= burstLimit) return ['BLOCK', `burst limit exceeded: ${burst}/${burstLimit} calls in 10s`];
  if (calls >= callsPerMinute) return ['CRITICAL', `rate limit exceeded: ${rate}`];
  if (calls >= WARN_SHARE * callsPerMinute) return ['WARN', `rate limit warning: ${rate}`];
  return ['OK', `rate OK: ${rate}`];
}
