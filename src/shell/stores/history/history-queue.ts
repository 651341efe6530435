/** Rows that wait for the history, in a bounded number: when there are too many, what can best be spared goes. Stores nothing. */

import { METRICS, type MetricName, type Sample } from '../../../core/signal/surveillance/metric.ts';
import {
  HISTORY_KINDS,
  type HistoryBatch,
  type HistoryKind,
  type MetricChunk,
  rowWidth,
  VALUES_AT,
} from './history-rows.ts';

/** Rows by kind. */
export type KindCounts = Readonly<Record<HistoryKind, number>>;

type RowKind = Exclude<HistoryKind, 'metrics'>;
type RowOf<Kind extends RowKind> = HistoryBatch[Kind][number];

/** Samples that are packed and spared together. */
const CHUNK_ROWS = 250;

/** A chunk that still takes samples. */
interface OpenChunk {
  readonly venues: string[];
  readonly instruments: string[];
  readonly numbers: Float64Array;
}

export class HistoryQueue {
  #zscoreMetrics: readonly MetricName[] = [];
  #width = 0;
  readonly #chunkRows: number;
  #open: OpenChunk | null = null;
  #chunks: MetricChunk[] = [];
  #rows: { [Kind in RowKind]: RowOf<Kind>[] } = noRows();
  #size = 0;
  readonly #dropped: Record<HistoryKind, number> = { ...NO_ROWS };

  /**
   * @param zscoreMetrics - what a sample's z-scores are of, in their order
   * @param maxRows - a smaller number packs fewer samples together
   */
  constructor(zscoreMetrics: readonly MetricName[], maxRows: number) {
    this.#chunkRows = Math.max(1, Math.min(CHUNK_ROWS, Math.floor(maxRows / 4)));
    this.rescore(zscoreMetrics);
  }

  /** From now on the samples' z-scores are of these metrics. */
  rescore(zscoreMetrics: readonly MetricName[]): void {
    this.#closeChunk();
    this.#zscoreMetrics = zscoreMetrics;
    this.#width = rowWidth(zscoreMetrics);
  }

  /** Rows that wait. */
  get size(): number {
    return this.#size;
  }

  /** Rows that had to go, since the start. */
  get dropped(): KindCounts {
    return this.#dropped;
  }

  addSample({ venue, instrument, timeMs, truncated, values, zscores }: Sample): void {
    const chunk = this.#openChunk();
    const at = chunk.venues.length * this.#width;
    chunk.numbers[at] = timeMs;
    chunk.numbers[at + 1] = truncated;
    chunk.numbers.set(values, at + VALUES_AT);
    const scoresAt = at + VALUES_AT + METRICS.length;
    // Scores of nobody knows what are not kept.
    if (zscores.length === this.#zscoreMetrics.length) chunk.numbers.set(zscores, scoresAt);
    else chunk.numbers.fill(Number.NaN, scoresAt, at + this.#width);
    chunk.venues.push(venue);
    chunk.instruments.push(instrument);
    this.#size += 1;
    if (chunk.venues.length === this.#chunkRows) this.#closeChunk();
  }

  add<Kind extends RowKind>(kind: Kind, row: RowOf<Kind>): void {
    (this.#rows[kind] as RowOf<Kind>[]).push(row);
    this.#size += 1;
  }

  /** Takes out some `maxRows` rows, the oldest of each kind: alerts and gaps first, so that the last to go are the first to be safe. */
  take(maxRows: number): HistoryBatch {
    this.#closeChunk();
    let room = maxRows;
    const taken: { [Kind in RowKind]: RowOf<Kind>[] } = noRows();
    for (const kind of [...ROW_KINDS].reverse()) {
      const rows = this.#rows[kind].splice(0, Math.max(0, room));
      (taken[kind] as unknown[]) = rows;
      room -= rows.length;
    }
    const metrics: MetricChunk[] = [];
    for (; room > 0 && this.#chunks.length > 0; room -= metrics.at(-1)!.venues.length)
      metrics.push(this.#chunks.shift()!);
    this.#size -= maxRows - room;
    return { ...taken, metrics };
  }

  /** Lets the rows go that can best be spared, oldest first, until no more than `maxRows` wait. */
  drop(maxRows: number): void {
    while (this.#size > maxRows) {
      const kind = HISTORY_KINDS.find((one) => this.#count(one) > 0)!;
      const gone = kind === 'metrics' ? this.#dropChunk() : this.#rows[kind].splice(0, this.#size - maxRows).length;
      this.#dropped[kind] += gone;
      this.#size -= gone;
    }
  }

  #count(kind: HistoryKind): number {
    return kind === 'metrics' ? this.#chunks.length + (this.#open?.venues.length ?? 0) : this.#rows[kind].length;
  }

  #dropChunk(): number {
    if (this.#chunks.length === 0) this.#closeChunk();
    return this.#chunks.shift()!.venues.length;
  }

  #openChunk(): OpenChunk {
    this.#open ??= { venues: [], instruments: [], numbers: new Float64Array(this.#chunkRows * this.#width) };
    return this.#open;
  }

  #closeChunk(): void {
    if (this.#open === null) return;
    this.#chunks.push({ zscoreMetrics: this.#zscoreMetrics, ...this.#open });
    this.#open = null;
  }
}

const ROW_KINDS = HISTORY_KINDS.filter((kind) => kind !== 'metrics');

const NO_ROWS: KindCounts = { metrics: 0, books: 0, tickers: 0, health: 0, bars: 0, gaps: 0, alerts: 0 };

function noRows(): { [Kind in RowKind]: RowOf<Kind>[] } {
  return { books: [], tickers: [], health: [], bars: [], gaps: [], alerts: [] };
}
