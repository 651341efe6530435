/**
 * Brings what a scanner sees into the history, and never makes it wait: rows are gathered, given to a sink a batch at a time,
 * and dropped, told and counted, where the sink cannot keep up. Decides nothing of what is worth keeping but how often.
 */

import { SECOND_MS } from '../../../core/base/time.ts';
import type { HealthReport } from '../../../core/ops/health/health-report.ts';
import type { Effect } from '../../../core/scan/effect.ts';
import type { MetricName, Sample } from '../../../core/signal/surveillance/metric.ts';
import { gapRow, healthRow, type VenueHealth, venueRow } from './effect-rows.ts';
import { HistoryQueue } from './history-queue.ts';
import { type BookRow, HISTORY_KINDS, rowsOf, type TickerFacts } from './history-rows.ts';
import type { HistorySink } from './history-store.ts';

export interface HistoryWriterOptions {
  /** What a sample's z-scores are of, in their order (`surveillance.zscore.metrics`). */
  readonly zscoreMetrics: readonly MetricName[];
  /** Every so many ms of exchange time a sample is kept: 1000 is all of them. */
  readonly metricsEveryMs: number;
  /** Rows that may be on their way, the batch that is being written included. */
  readonly maxQueuedRows: number;
  /** How long rows are gathered for one batch, ms. */
  readonly batchMs: number;
  /** Our id of a venue's symbol. */
  readonly instrumentOf: (venue: string, symbol: string) => string;
  /** What the venue last said of the instrument besides its book; null: nothing new. */
  readonly tickerOf: (sample: Sample) => TickerFacts | null;
  /** One line for people: when rows cannot be written or are dropped, once, and when that is over. */
  readonly onProblem: (text: string) => void;
}

/** How the history stands. */
export interface HistoryState {
  readonly writtenRows: number;
  readonly queuedRows: number;
  readonly droppedRows: number;
  /** Why nothing can be written now; null: all is well. */
  readonly problem: string | null;
}

/** Rows of one batch at most: so many block the writer of an SQLite file for some 200 ms. */
const MAX_BATCH_ROWS = 10_000;
/** The first wait before what was refused is given again; each further one is twice as long, up to the longest. */
const FIRST_RETRY_MS = SECOND_MS;
const LONGEST_RETRY_MS = 30 * SECOND_MS;

/** How the end went. */
export interface HistoryEnd {
  /** False: rows were dropped, or are not written. */
  readonly isWhole: boolean;
  readonly writtenRows: number;
  readonly droppedRows: number;
}

export class HistoryWriter {
  readonly #sink: HistorySink;
  readonly #options: HistoryWriterOptions;
  readonly #queue: HistoryQueue;
  readonly #timer: NodeJS.Timeout;
  /** Of the batch that the sink has or has refused. */
  #rowsInFlight = 0;
  #writtenRows = 0;
  /** Neither written nor dropped for want of room. */
  #lostRows = 0;
  #problem: string | null = null;
  #retryMs = FIRST_RETRY_MS;
  /** Something went wrong and was told; null: nothing did. With the rows that were gone before. */
  #trouble: { readonly goneBefore: number } | null = null;
  #pumping: Promise<void> | null = null;
  #isEnding = false;
  /** Ends the wait before what was refused is given again. */
  #wake: () => void = () => {};
  #onBatchDone: (() => void)[] = [];

  constructor(sink: HistorySink, options: HistoryWriterOptions) {
    this.#sink = sink;
    this.#options = options;
    this.#queue = new HistoryQueue(options.zscoreMetrics, options.maxQueuedRows);
    this.#timer = setInterval(() => this.flush(), options.batchMs);
    // It keeps no process alive: what is left at the end, `close` writes.
    this.#timer.unref();
  }

  get state(): HistoryState {
    return {
      writtenRows: this.#writtenRows,
      queuedRows: this.#queue.size + this.#rowsInFlight,
      droppedRows: this.#goneRows(),
      problem: this.#problem,
    };
  }

  /** After a reload: from now on the samples' z-scores are of these metrics. */
  rescore(zscoreMetrics: readonly MetricName[]): void {
    this.#queue.rescore(zscoreMetrics);
  }

  /** Takes an effect of the core; those that are no rows are somebody else's business. */
  take(effect: Effect): void {
    switch (effect.kind) {
      case 'sample':
        this.#takeSample(effect.sample);
        return;
      case 'bar': {
        const { venue, symbol, minutes, bar } = effect;
        const instrument = this.#options.instrumentOf(venue, symbol);
        this.#queue.add('bars', { venue, symbol, instrument, minutes, bar });
        break;
      }
      case 'gap_opened':
      case 'gap_closed':
        this.#takeGap(effect);
        break;
      case 'alert':
        // What never fired was nothing that happened.
        if (effect.alert.firedAtMs !== null) this.#queue.add('alerts', effect.alert);
        break;
      default:
        return;
    }
    this.#keepBounds();
  }

  /** The health of the run and of its venues, receive time. */
  health(report: HealthReport, nowMs: number, venues: readonly VenueHealth[] = []): void {
    this.#queue.add('health', healthRow(report, nowMs));
    for (const venue of venues) this.#queue.add('health', venueRow(venue, nowMs));
    this.#keepBounds();
  }

  book(row: BookRow): void {
    this.#queue.add('books', row);
    this.#keepBounds();
  }

  /** Gives what was gathered to the sink, unless it is busy with the last batch. */
  flush(): void {
    this.#pumping ??= this.#pump();
  }

  /**
   * Waits until no more than `rows` rows are on their way, or nothing can be written now (`state.problem`): for whoever reads
   * a recording, and can wait.
   */
  async drained(rows: number): Promise<void> {
    while (this.state.queuedRows > rows && this.#problem === null) {
      this.flush();
      await new Promise<void>((resolve) => this.#onBatchDone.push(resolve));
    }
  }

  /**
   * Writes what is left and closes the sink. Call it once.
   *
   * @param limitMs - what is not written by then never is
   */
  async close(limitMs: number): Promise<HistoryEnd> {
    const endMs = performance.now() + limitMs;
    clearInterval(this.#timer);
    this.#isEnding = true;
    this.#wake();
    await within(limitMs, this.#pumpEmpty());
    this.#lostRows += this.#queue.size + this.#rowsInFlight;
    await this.#sink.close(Math.max(0, endMs - performance.now()));
    const gone = this.#goneRows();
    return { isWhole: gone === 0, writtenRows: this.#writtenRows, droppedRows: gone };
  }

  #takeSample(sample: Sample): void {
    if (sample.timeMs % this.#options.metricsEveryMs !== 0) return;
    this.#queue.addSample(sample);
    const ticker = this.#options.tickerOf(sample);
    const { venue, instrument, timeMs } = sample;
    if (ticker !== null) this.#queue.add('tickers', { venue, instrument, timeMs, ...ticker });
    this.#keepBounds();
  }

  /** A gap whose beginning has no time has no place in a history. */
  #takeGap({ venue, symbol, gap }: Extract<Effect, { kind: 'gap_opened' | 'gap_closed' }>): void {
    if (Number.isNaN(gap.startMs)) return;
    this.#queue.add('gaps', gapRow(venue, symbol, this.#options.instrumentOf(venue, symbol), gap));
  }

  #keepBounds(): void {
    const { maxQueuedRows } = this.#options;
    if (this.#queue.size + this.#rowsInFlight <= maxQueuedRows) return;
    this.#tell(
      `history: ${maxQueuedRows} rows wait to be written, so rows are dropped, samples first; the scan goes on`,
    );
    this.#queue.drop(Math.max(0, maxQueuedRows - this.#rowsInFlight));
  }

  /** Batch after batch, until less than a batch waits. */
  async #pump(): Promise<void> {
    do await this.#deliver();
    while (this.#queue.size >= this.#batchRows());
    this.#pumping = null;
    this.#tellBatchDone();
  }

  async #pumpEmpty(): Promise<void> {
    await this.#pumping;
    while (this.#queue.size > 0 && this.#problem === null) await this.#deliver();
  }

  /** The rest of what may wait is room for rows that come meanwhile. */
  #batchRows(): number {
    return Math.max(1, Math.min(MAX_BATCH_ROWS, Math.floor(this.#options.maxQueuedRows / 2)));
  }

  /** Gives one batch to the sink, again and again until it is stored or lost. */
  async #deliver(): Promise<void> {
    let batch = this.#queue.take(this.#batchRows());
    const rows = rowsOf(batch);
    this.#rowsInFlight = rows;
    for (let isDue = rows > 0; isDue; ) {
      const outcome = await this.#sink.write(batch);
      if (outcome.kind === 'written') this.#noteWritten(rows);
      else this.#noteFailure(outcome.reason);
      isDue = outcome.kind === 'refused' && !this.#isEnding;
      if (outcome.kind !== 'written' && !isDue) this.#lostRows += rows;
      if (outcome.kind === 'refused') batch = outcome.batch;
      if (outcome.kind !== 'written' && !this.#isEnding) await this.#pause();
    }
    this.#rowsInFlight = 0;
    this.#tellBatchDone();
  }

  #noteWritten(rows: number): void {
    this.#writtenRows += rows;
    this.#problem = null;
    this.#retryMs = FIRST_RETRY_MS;
    // A queue that is still half full is no end of the trouble.
    if (this.#trouble === null || this.#queue.size > this.#options.maxQueuedRows / 2) return;
    const gone = this.#goneRows() - this.#trouble.goneBefore;
    this.#trouble = null;
    this.#options.onProblem(`history: written again; ${gone} rows could not be kept${this.#droppedText()}`);
  }

  #noteFailure(reason: string): void {
    this.#problem = reason;
    this.#tell(`history: ${reason}; the scan goes on, and it is tried again`);
    this.#tellBatchDone();
  }

  /** Once, until all is well again. */
  #tell(text: string): void {
    if (this.#trouble !== null) return;
    this.#trouble = { goneBefore: this.#goneRows() };
    this.#options.onProblem(text);
  }

  /** ` (since the start: metrics 1200, bars 3)`; empty where there was always room. */
  #droppedText(): string {
    const { dropped } = this.#queue;
    const counts = HISTORY_KINDS.filter((kind) => dropped[kind] > 0).map((kind) => `${kind} ${dropped[kind]}`);
    return counts.length === 0 ? '' : ` (dropped since the start: ${counts.join(', ')})`;
  }

  #goneRows(): number {
    const { dropped } = this.#queue;
    return HISTORY_KINDS.reduce((sum, kind) => sum + dropped[kind], this.#lostRows);
  }

  #tellBatchDone(): void {
    for (const resolve of this.#onBatchDone.splice(0)) resolve();
  }

  /** Longer each time, up to the longest; `close` ends it. */
  async #pause(): Promise<void> {
    const ms = this.#retryMs;
    this.#retryMs = Math.min(2 * ms, LONGEST_RETRY_MS);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Waits for `work`, but no longer than this. */
async function within(limitMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
}
