/**
 * Fills the history again from a recording: runs it through a Scanner as a replay does, and keeps what comes out. Waits for the
 * writer where a live scan would drop. Idempotent: rows that are there already are not there twice.
 */

import { SECOND_MS } from '../../../core/base/time.ts';
import type { Effect } from '../../../core/scan/effect.ts';
import type { StartInput } from '../../../core/scan/input.ts';
import { Scanner } from '../../../core/scan/scanner.ts';
import type { HistoryConfig } from '../../config/history-config.ts';
import { CryptorunError } from '../../errors.ts';
import type { HistoryEnd } from '../../stores/history/history-writer.ts';
import { decodeText } from '../decode-text.ts';
import type { InputSource } from '../input-source.ts';
import { openSource, type SourceRequest } from '../open-source.ts';
import type { ReplayProgress } from '../replay.ts';
import { RunHistory } from './run-history.ts';

export interface RebuildRequest extends SourceRequest {
  readonly stateDir: string;
  readonly history: HistoryConfig;
  readonly onProgress: (progress: ReplayProgress) => void;
}

export interface RebuildResult extends HistoryEnd {
  readonly name: string;
  readonly messages: number;
  /** Receive times of the first and the last Input; NaN: there was none. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** What of the recording could not be read. */
  readonly problems: readonly string[];
  readonly isInterrupted: boolean;
}

/** Inputs between two looks at the writer, at the interrupt and at the progress. */
const LOOK_EVERY = 1024;
/** What is left at the end is written for so long, at most. */
const CLOSE_LIMIT_MS = 60_000;
/** Nothing is too old for a history that somebody asks for; the next scan takes out what is. */
const FOR_GOOD = { metrics: 0, alerts: 0, dataGaps: 0, ticker: 0, health: 0, bars: 0, books: 0 };

/** @throws CryptorunError when the recording cannot be read, or the history not be written */
export async function rebuildHistory(request: RebuildRequest): Promise<RebuildResult> {
  const source = await openSource(request);
  try {
    return await new Rebuild(request, source).run();
  } finally {
    await source.close();
  }
}

class Rebuild {
  readonly #request: RebuildRequest;
  readonly #source: InputSource;
  readonly #scanner = new Scanner({ decodeText });
  readonly #history: RunHistory;
  #secondMs = Number.NEGATIVE_INFINITY;

  constructor(request: RebuildRequest, source: InputSource) {
    const { stateDir, history } = request;
    this.#request = request;
    this.#source = source;
    this.#history = new RunHistory({
      stateDir,
      config: { ...history, retentionDays: FOR_GOOD },
      zscoreMetrics: source.start.signal?.surveillance.zscore.metrics ?? [],
      scanner: () => this.#scanner,
      // The end says what became of it.
      onProblem: () => {},
    });
  }

  async run(): Promise<RebuildResult> {
    try {
      this.#take(this.#scanner.step(this.#begin()));
      await this.#feed();
      await this.#written(0);
    } finally {
      await this.#history.close(CLOSE_LIMIT_MS);
    }
    const { writtenRows, droppedRows } = this.#history.state;
    const { signal } = this.#request;
    return {
      writtenRows,
      droppedRows,
      isWhole: droppedRows === 0,
      name: this.#source.name,
      messages: this.#scanner.frames,
      firstMs: this.#scanner.firstReceiveTimeMs,
      lastMs: this.#scanner.receiveTimeMs,
      problems: this.#source.problems.filter(({ lost }) => lost !== 'nothing').map(({ message }) => message),
      isInterrupted: signal.aborted,
    };
  }

  #begin(): StartInput {
    const { start, checkpoint } = this.#source;
    return { ...start, restoredState: checkpoint?.state ?? start.restoredState };
  }

  async #feed(): Promise<void> {
    const { signal, onProgress } = this.#request;
    const { maxQueuedRows } = this.#request.history;
    const source = this.#source;
    let untilLook = LOOK_EVERY;
    while (!signal.aborted && (await source.ready())) {
      for (let input = source.next(); input !== null && !signal.aborted; input = source.next()) {
        this.#take(this.#scanner.step(input));
        this.#onTime(input.receiveTimeMs);
        untilLook -= 1;
        if (untilLook > 0) continue;
        untilLook = LOOK_EVERY;
        await this.#written(maxQueuedRows / 2);
        const { readBytes, totalBytes } = source.progress();
        onProgress({ messages: this.#scanner.frames, fraction: totalBytes > 0 ? readBytes / totalBytes : null });
      }
    }
  }

  #take(effects: readonly Effect[]): void {
    for (const effect of effects) this.#history.take(effect);
  }

  #onTime(nowMs: number): void {
    if (nowMs < this.#secondMs) return;
    this.#secondMs = nowMs - (nowMs % SECOND_MS) + SECOND_MS;
    this.#history.onTime(nowMs);
  }

  /** @throws CryptorunError when nothing can be written: there is no use in reading on */
  async #written(rows: number): Promise<void> {
    await this.#history.drained(rows);
    const { problem } = this.#history.state;
    if (problem !== null) throw new CryptorunError('io_failed', `the history is not whole: ${problem}`);
    // The interrupt is a signal, which is heard only between turns.
    await new Promise((resolve) => setImmediate(resolve));
  }
}
