/** Makes the table's rows of the rounds' outcomes: medians, ratios paired by round, and what the peers' books say. Prints nothing. */

import { BASE_CASE } from './cases/index.ts';
import type { Kind } from './kinds.ts';
import { median } from './median.ts';
import type { Clock } from './options.ts';
import type { Outcome } from './rounds.ts';
import type { WorkerReport } from './worker.ts';

export interface Row {
  readonly venue: string;
  readonly kind: string;
  readonly case: string;
  /** Median of the rounds; null where the case could not run. */
  readonly nsPerMessage: number | null;
  readonly minNs: number | null;
  readonly maxNs: number | null;
  /** Median of the ratios, each within its round. */
  readonly ratioToJsonParse: number | null;
  /** Each round's figure, in ns, for ratios between other cases; NaN for a round that failed. */
  readonly rounds: readonly number[];
  /** Rounds in which other processes took much of the machine: elapsed time says little then. */
  readonly busyRounds: number;
  readonly notes: readonly string[];
}

/** Less CPU time than this share of the elapsed time: something else was running. */
const IDLE_SHARE = 0.85;

type Measured = Extract<WorkerReport, { nsPerMessage: number }>;

/** Time of `a` over time of `b`, round by round, and the median of that; null where one of them did not run. */
export function pairedRatio(a: Row, b: Row): number | null {
  const ratios = a.rounds.map((ns, round) => ns / b.rounds[round]!).filter(Number.isFinite);
  return ratios.length === 0 ? null : median(ratios);
}

/** @param outcomes - of each case, one a round */
export function rowsOf(kind: Kind, outcomes: ReadonlyMap<string, readonly Outcome[]>, clock: Clock): Row[] {
  const nsOf = clock === 'cpu' ? cpuNsOf : elapsedNsOf;
  const base = outcomes.get(BASE_CASE)!;
  const pipeline = outcomes.get('pipeline')?.find(isMeasured) ?? null;
  return Array.from(outcomes, ([name, reports]) => {
    const rounds = reports.map(nsOf);
    const measured = rounds.filter(Number.isFinite);
    const ratios = rounds.map((ns, round) => ns / nsOf(base[round])).filter(Number.isFinite);
    return {
      venue: kind.venue,
      kind: kind.name,
      case: name,
      nsPerMessage: measured.length === 0 ? null : median(measured),
      minNs: measured.length === 0 ? null : Math.min(...measured),
      maxNs: measured.length === 0 ? null : Math.max(...measured),
      ratioToJsonParse: ratios.length === 0 ? null : median(ratios),
      rounds,
      busyRounds: reports.filter((report) => isMeasured(report) && report.cpuShare < IDLE_SHARE).length,
      notes: notesOf(reports, name === 'pipeline' ? null : pipeline),
    };
  });
}

function isMeasured(outcome: Outcome | undefined): outcome is Measured {
  return outcome !== undefined && 'nsPerMessage' in outcome;
}

function elapsedNsOf(outcome: Outcome | undefined): number {
  return isMeasured(outcome) ? outcome.nsPerMessage : Number.NaN;
}

function cpuNsOf(outcome: Outcome | undefined): number {
  return isMeasured(outcome) ? outcome.cpuNsPerMessage : Number.NaN;
}

function notesOf(reports: readonly Outcome[], pipeline: Measured | null): string[] {
  const notes = reports.flatMap((report) => ('unable' in report ? [report.unable] : []));
  const last = reports.findLast(isMeasured);
  if (last !== undefined) notes.push(...last.evidence.notes);
  if (last !== undefined && pipeline !== null) notes.push(...compared(last, pipeline));
  return [...new Set(notes)];
}

/** Whether a peer did the same work: its best prices and its number of trades at the end, beside ours. */
function compared({ evidence }: Measured, { evidence: ours }: Measured): string[] {
  const notes: string[] = [];
  if (evidence.trades !== null && evidence.trades !== ours.trades) {
    notes.push(`${evidence.trades} trades where we have ${ours.trades}`);
  }
  const { tops } = evidence;
  if (tops === null || ours.tops === null) return notes;
  const books = Object.entries(ours.tops);
  const same = books.filter(([key, [bid, ask]]) => tops[key]?.[0] === bid && tops[key][1] === ask);
  notes.push(`best prices equal ours in ${same.length} of ${books.length} books`);
  return notes;
}
