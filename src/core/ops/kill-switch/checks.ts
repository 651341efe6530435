/**
 * The pre-activation checks: what must be true before the kill switch is released. Releases nothing and measures nothing.
 *
 * What is unknown fails. The one exception: while no scanner runs, there is no grade, alert, guard or data to judge; those
 * checks pass and say so, and what the command line measures of the host itself must hold all the more. The next scanner
 * is then judged afresh, by triggers that arm after its own readiness.
 */

import type { CheckResult } from '../control/control.ts';
import type { OpsConfig } from '../ops-config.ts';
import { type HealthGrade, isWorse } from './health-grade.ts';
import { gib } from './trigger-table.ts';

/** The last grade with automatic trading in the runbook's matrix. It is the held one that counts. */
const WORST_GRADE: HealthGrade = 'B';
/** How many guards an evidence names before it says how many more there are. */
const LISTED = 3;
/** What drain and kill close stays closed until the release, so a scanner in that state cannot become fresh. */
const STOP_FIRST = 'where drain or kill closed its sockets, stop the scanner and check again';

export interface CheckFacts {
  readonly scanner: ScannerFacts;
  /** What the command line measures of this host, now. Null: it could not tell. */
  readonly memoryUsedRatio: number | null;
  readonly diskFreeBytes: number | null;
  /** With a scanner: its clock error (`clockErrorMs`). Without: how far now lies before the newest audit record; 0 if it does not. */
  readonly clockSkewMs: number | null;
  readonly auditChain: 'ok' | 'broken' | 'unknown';
}

/**
 * - `none`: nobody holds the scanner's lock
 * - `silent`: somebody holds it, but does not answer: nothing of it is known, so all that asks about it fails
 * - `running`: answers; `statusAgeMs` is the age of the figures
 */
export type ScannerFacts =
  | { readonly kind: 'none' }
  | { readonly kind: 'silent'; readonly heartbeatAgeMs: number | null }
  | ({ readonly kind: 'running'; readonly statusAgeMs: number } & RunningFacts);

/** What a running scanner last said. Null: it did not know. */
export interface RunningFacts {
  /** The held one. */
  readonly grade: HealthGrade | null;
  readonly score: number | null;
  /** P1 alerts that fire; `no_rules`: this scanner judges no alerts, so none can fire. */
  readonly activeP1: number | 'no_rules' | null;
  /** Age of the newest market data, when the figures were made. */
  readonly dataAgeMs: number | null;
  readonly blockingGuards: readonly string[] | null;
}

type Running = Extract<ScannerFacts, { kind: 'running' }>;
type Verdict = Omit<CheckResult, 'name'>;

/** All eight, in this order, whatever their outcome. The release is refused unless every one has passed. */
export function preActivationChecks(facts: CheckFacts, config: OpsConfig): CheckResult[] {
  const { triggers } = config.killSwitch;
  const ofScanner = (judge: (running: Running) => Verdict) =>
    judgeScanner(facts.scanner, config.health.statusStaleSeconds, judge);
  const checks: Readonly<Record<string, Verdict>> = {
    health_grade: ofScanner(gradeVerdict),
    p1_alerts: ofScanner(alertVerdict),
    data_fresh: ofScanner((running) => dataVerdict(running, config.health.caps.dataLagCSeconds)),
    guards: ofScanner(guardVerdict),
    disk_free: diskVerdict(facts.diskFreeBytes, triggers.diskFree.freeBytes),
    memory: memoryVerdict(facts.memoryUsedRatio, triggers.memory.usedRatio),
    clock: clockVerdict(facts.clockSkewMs, triggers.clockSkew.skewMs),
    audit_chain: auditVerdict(facts.auditChain),
  };
  return Object.entries(checks).map(([name, verdict]) => ({ name, ...verdict }));
}

function judgeScanner(scanner: ScannerFacts, staleSeconds: number, judge: (running: Running) => Verdict): Verdict {
  if (scanner.kind === 'none') return passed('not applicable: no scanner is running');
  if (scanner.kind === 'silent') {
    const age =
      scanner.heartbeatAgeMs === null ? 'has no heartbeat' : `last beat ${seconds(scanner.heartbeatAgeMs)} ago`;
    return unknown(`a scanner is there but does not answer, it ${age}; stop it, or wait for it`);
  }
  if (!(scanner.statusAgeMs <= staleSeconds * 1000)) {
    return unknown(`the scanner's figures are ${seconds(scanner.statusAgeMs)} old, limit ${staleSeconds} s`);
  }
  return judge(scanner);
}

function gradeVerdict({ grade, score, statusAgeMs }: Running): Verdict {
  if (grade === null) return unknown(`the scanner has no grade yet; ${STOP_FIRST}`);
  const of = score === null ? '' : ` (score ${score.toFixed(1)})`;
  const evidence = `grade ${grade}${of}, wanted ${WORST_GRADE} or better, ${seconds(statusAgeMs)} ago`;
  return { isPassed: !isWorse(grade, WORST_GRADE), evidence };
}

function alertVerdict({ activeP1, statusAgeMs }: Running): Verdict {
  if (activeP1 === 'no_rules') return passed('not applicable: this scanner judges no alerts');
  if (!isKnown(activeP1)) return unknown('the scanner does not know its alerts');
  return { isPassed: activeP1 === 0, evidence: `${activeP1} active P1 alerts, wanted 0, ${seconds(statusAgeMs)} ago` };
}

/** Aged by the figures' own age: data that was fresh then may have stopped since. */
function dataVerdict({ dataAgeMs, statusAgeMs }: Running, limitSeconds: number): Verdict {
  if (!isKnown(dataAgeMs)) return unknown(`the scanner has had no data; ${STOP_FIRST}`);
  const ageMs = dataAgeMs + statusAgeMs;
  const isPassed = ageMs < limitSeconds * 1000;
  const advice = isPassed ? '' : `; ${STOP_FIRST}`;
  return { isPassed, evidence: `newest data ${seconds(ageMs)} old, limit < ${limitSeconds} s${advice}` };
}

function guardVerdict({ blockingGuards, statusAgeMs }: Running): Verdict {
  if (blockingGuards === null) return unknown('the scanner does not know its guards');
  const count = blockingGuards.length;
  if (count === 0) return passed(`no guard blocks, ${seconds(statusAgeMs)} ago`);
  const more = count > LISTED ? ` and ${count - LISTED} more` : '';
  return { isPassed: false, evidence: `blocking: ${blockingGuards.slice(0, LISTED).join(', ')}${more}` };
}

/** Host limits are those of the triggers: what would fire again at once is not released. */
function diskVerdict(freeBytes: number | null, limit: number): Verdict {
  if (!isKnown(freeBytes)) return unknown('free disk space could not be measured');
  return { isPassed: freeBytes >= limit, evidence: `${gib(freeBytes)} free, limit >= ${gib(limit)}` };
}

function memoryVerdict(usedRatio: number | null, limit: number): Verdict {
  if (!isKnown(usedRatio)) return unknown('memory could not be measured');
  return { isPassed: usedRatio <= limit, evidence: `${percent(usedRatio)} used, limit <= ${percent(limit)}` };
}

function clockVerdict(skewMs: number | null, limit: number): Verdict {
  if (!isKnown(skewMs)) return unknown('nothing to compare the clock with');
  const off = Math.abs(skewMs);
  return { isPassed: off <= limit, evidence: `clock off by ${off.toFixed(0)} ms, limit <= ${limit} ms` };
}

function auditVerdict(chain: CheckFacts['auditChain']): Verdict {
  if (chain === 'unknown') return unknown('the audit could not be verified');
  return {
    isPassed: chain === 'ok',
    evidence: chain === 'ok' ? 'the audit chain verifies' : 'the audit chain is broken',
  };
}

function passed(evidence: string): Verdict {
  return { isPassed: true, evidence };
}

function unknown(why: string): Verdict {
  return { isPassed: false, evidence: `unknown: ${why}` };
}

/** NaN is not known: by comparison it would be neither good nor bad. */
function isKnown(value: number | null): value is number {
  return value !== null && !Number.isNaN(value);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)}%`;
}
