/** One replay, from paths to files: feeds a Scanner with recorded Inputs and keeps what it answers. Decides nothing of markets. */

import { setTimeout as sleep } from 'node:timers/promises';
import { compactStamp, isoText } from '../../core/base/time.ts';
import { providerOf } from '../../core/market/venues/registry.ts';
import { levelOf } from '../../core/ops/kill-switch/latch.ts';
import type { KillLevel } from '../../core/ops/ops-config.ts';
import type { ReplayFacts } from '../../core/ops/replay/replay-facts.ts';
import type { Effect } from '../../core/scan/effect.ts';
import type { Input, StartInput } from '../../core/scan/input.ts';
import { Scanner } from '../../core/scan/scanner.ts';
import { CryptorunError } from '../errors.ts';
import { JournalError } from '../journal/journal-error.ts';
import { JournalWriter } from '../journal/journal-writer.ts';
import type { AttachedRun, AttachRequest, ReplaySide } from './attached/attached-run.ts';
import { decodeText } from './decode-text.ts';
import type { InputProblem, InputSource } from './input-source.ts';
import { openSource, type SourceRequest } from './open-source.ts';
import { ReplayOutput } from './replay-output.ts';
import { type ReplayDocument, replayDocument, replayFacts } from './replay-summary.ts';
import { keepFunctionsWhole } from './steady-code.ts';

export interface ReplayRequest extends Omit<SourceRequest, 'signal'> {
  /** Receive times: outputs begin after `fromMs`, reading ends at `toMs`. */
  readonly toMs: number | null;
  /** `<artifacts>/replay`, and the folder of `--out`. */
  readonly replaysDir: string;
  readonly outDir: string | null;
  /** Times the speed of the recording; null: as fast as it goes. */
  readonly speed: number | null;
  /** Folder to write a journal of the run into; null: none. */
  readonly recordDir: string | null;
  /** Raw bytes of a segment of that journal, and so how far its checkpoints are apart; null: the journal's own default. */
  readonly segmentBytes: number | null;
  /** To run as a scanner does, on the state folder; null: on its own. Only with `speed`, and only for recordings. */
  readonly attach: AttachRequest | null;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ReplayProgress) => void;
}

export interface ReplayProgress {
  readonly messages: number;
  /** 0 to 1; null when unknown. */
  readonly fraction: number | null;
}

export interface ReplayResult {
  readonly document: ReplayDocument;
  /** What was noticed about the input and cost nothing. */
  readonly notices: readonly string[];
  readonly facts: ReplayFacts;
  /** The run's id: of its first receive time, its digest and `fromMs`. */
  readonly id: string;
  readonly name: string;
  readonly folder: string;
  readonly isInterrupted: boolean;
  /** What the kill switch is at in the end; null: released, or this run obeys none. */
  readonly killLevel: KillLevel | null;
  readonly lastReceiveMs: number | null;
}

/** Progress and the abort signal are looked at every so many Inputs; with a speed to keep, at each. */
const LOOK_EVERY = 4096;
/** A run that is behind its pace gives timers and signals their turn at least this often. */
const MAX_BREATH_MS = 10;

/**
 * Replays.
 *
 * @throws CryptorunError when nothing could be read, or the results cannot be written; everything else is in the result
 */
export async function replay(request: ReplayRequest): Promise<ReplayResult> {
  keepFunctionsWhole();
  const source = await openSource(request);
  let output: ReplayOutput | null = null;
  try {
    output = new ReplayOutput(request.replaysDir, request.outDir, request.fromMs);
    return await new ReplayRun(request, source, output).run();
  } catch (error) {
    output?.discard();
    throw error;
  } finally {
    await source.close();
  }
}

class ReplayRun {
  readonly #request: ReplayRequest;
  readonly #source: InputSource;
  readonly #output: ReplayOutput;
  readonly #scanner = new Scanner({ decodeText });
  readonly #restTimesMs = new Map<string, number[]>();
  readonly #restVenues = new Map<number, string>();
  #journal: JournalWriter | null = null;
  #isJournalClosed = false;
  /** The digest as of the journal's trailer; null: it has none yet. */
  #journaled: ReturnType<Scanner['closing']> | null = null;
  #attached: AttachedRun | null = null;
  /** Receive time that the pacing is waiting for: an Input of that time comes next. */
  #dueMs = Number.NaN;
  #isInterrupted = false;
  #startedMs = performance.now();
  #firstReceiveMs = Number.NaN;
  #lastReceiveMs = Number.NaN;

  constructor(request: ReplayRequest, source: InputSource, output: ReplayOutput) {
    this.#request = request;
    this.#source = source;
    this.#output = output;
  }

  async run(): Promise<ReplayResult> {
    this.#startedMs = performance.now();
    const { checkpoint } = this.#source;
    this.#refuseEarlyEnd();
    await this.#attach();
    const ops = this.#attached?.start ?? this.#source.start.ops ?? null;
    const start = { ...this.#source.start, ops, restoredState: checkpoint?.state ?? this.#source.start.restoredState };
    try {
      this.#openJournal(start);
      this.#perform(this.#scanner.step(start));
      this.#attached?.begin();
      await this.#feed();
    } finally {
      this.#attached?.close();
      if (!this.#isJournalClosed) this.#journal?.close();
    }
    this.#refuseIfKilled();
    return this.#conclude();
  }

  /** Takes the state folder's lock; where another scanner has it, this replay runs on its own and says so. */
  async #attach(): Promise<void> {
    const { attach } = this.#request;
    if (attach === null || this.#source.start.ops != null) return;
    const { AttachedRun: Attached } = await import('./attached/attached-run.ts');
    const side: ReplaySide = {
      step: (input) => this.#step(input),
      ops: () => this.#scanner.ops,
      nowMs: () => this.#nowMs(),
      closeJournal: () => this.#closeJournal(),
    };
    try {
      this.#attached = new Attached(attach, side);
    } catch (error) {
      if (!(error instanceof CryptorunError) || error.code !== 'lock_held') throw error;
      attach.onNotice(`${error.message}; this replay runs on its own and obeys no switch`);
    }
  }

  #closeJournal(): void {
    if (this.#journal === null || this.#isJournalClosed) return;
    this.#isJournalClosed = true;
    this.#journal.close();
    this.#journaled = this.#scanner.closing();
  }

  /** Of a run that was stopped: of what its journal has, and so of what its replay gives. It judged on, but wrote nothing more. */
  #closing(): ReturnType<Scanner['closing']> {
    const mayWrite = this.#attached?.mayWrite() ?? true;
    return mayWrite ? this.#scanner.closing() : (this.#journaled ?? this.#scanner.closing());
  }

  /** @throws CryptorunError `kill_switch_engaged`: at `kill` a run leaves nothing but audit, heartbeat and journal */
  #refuseIfKilled(): void {
    const latch = this.#scanner.ops?.latch;
    if (this.#attached === null || latch?.kind !== 'engaged' || latch.level !== 'kill') return;
    throw new CryptorunError(
      'kill_switch_engaged',
      `stopped by the kill switch at kill: ${latch.reason}; no files were written`,
    );
  }

  async #feed(): Promise<void> {
    const source = this.#source;
    const lookEvery = this.#request.speed === null ? LOOK_EVERY : 1;
    let untilLook = lookEvery;
    try {
      while (await source.ready()) {
        for (let input = source.next(); input !== null; input = source.next()) {
          if (this.#request.toMs !== null && input.receiveTimeMs > this.#request.toMs) return;
          if (this.#request.speed !== null) await this.#pace(input.receiveTimeMs);
          if (this.#attached?.admits(input) ?? true) this.#step(input);
          untilLook -= 1;
          if (untilLook > 0) continue;
          untilLook = lookEvery;
          this.#request.signal.throwIfAborted();
          this.#request.onProgress(this.#progress());
        }
        this.#request.signal.throwIfAborted();
      }
    } catch (error) {
      if (!this.#request.signal.aborted) throw error;
      this.#isInterrupted = true;
    }
  }

  #step(input: Input): void {
    if (input.kind === 'link' && input.transport === 'rest') this.#restVenues.set(input.connection, input.venue);
    if (input.kind === 'frame' && this.#restVenues.size > 0) this.#noteRest(input.connection, input.receiveTimeMs);
    if (Number.isNaN(this.#firstReceiveMs)) this.#firstReceiveMs = input.receiveTimeMs;
    this.#lastReceiveMs = input.receiveTimeMs;
    if (!this.#isJournalClosed) this.#journal?.append(input);
    this.#perform(this.#scanner.step(input));
  }

  #perform(effects: readonly Effect[]): void {
    const attached = this.#attached;
    for (let i = 0; i < effects.length; i++) {
      const effect = effects[i]!;
      attached?.onEffect(effect);
      if (attached?.mayWrite() ?? true) this.#output.take(effect);
    }
  }

  #noteRest(connection: number, receiveTimeMs: number): void {
    const venue = this.#restVenues.get(connection);
    if (venue === undefined) return;
    const provider = providerOf(venue);
    const times = this.#restTimesMs.get(provider) ?? [];
    this.#restTimesMs.set(provider, times);
    times.push(receiveTimeMs);
  }

  #openJournal(start: StartInput): void {
    const { recordDir, segmentBytes } = this.#request;
    if (recordDir === null) return;
    try {
      this.#journal = JournalWriter.create(recordDir, {
        session: `replay-${compactStamp(start.receiveTimeMs)}`,
        start,
        checkpoint: () => this.#scanner.save(),
        ...(segmentBytes === null ? {} : { maxSegmentBytes: segmentBytes }),
      });
    } catch (cause) {
      if (!(cause instanceof JournalError)) throw cause;
      const code = cause.code === 'journal_exists' ? 'usage' : 'io_failed';
      throw new CryptorunError(code, `--record: ${cause.message}`, { cause });
    }
  }

  /** @throws CryptorunError `usage` when `--to` leaves nothing to read */
  #refuseEarlyEnd(): void {
    const { toMs } = this.#request;
    const { receiveTimeMs } = this.#source.start;
    if (toMs === null || toMs >= receiveTimeMs) return;
    throw new CryptorunError('usage', `--to ${isoText(toMs)}: the input begins later, at ${isoText(receiveTimeMs)}`);
  }

  /** @throws CryptorunError `usage` when `--from` left nothing to write */
  #refuseLateBeginning(): void {
    const { fromMs } = this.#request;
    if (fromMs === null || this.#isInterrupted || !(fromMs > this.#lastReceiveMs)) return;
    const end = isoText(this.#lastReceiveMs);
    throw new CryptorunError('usage', `--from ${isoText(fromMs)}: the input ends earlier, at ${end}`);
  }

  /** Waits until an Input is due: until our clock, at the speed asked for, has come as far as the recording's. */
  async #pace(receiveTimeMs: number): Promise<void> {
    const { speed, signal } = this.#request;
    if (Number.isNaN(this.#firstReceiveMs)) this.#firstReceiveMs = receiveTimeMs;
    this.#dueMs = receiveTimeMs;
    const aheadMs = (receiveTimeMs - this.#firstReceiveMs) / speed! - (performance.now() - this.#startedMs);
    if (aheadMs > 1) await sleep(aheadMs, undefined, { signal });
    // A replay that cannot keep up never sleeps: commands must be seen all the same.
    else if (this.#attached !== null) await this.#breathe();
    this.#attached?.noteProgress(-aheadMs);
  }

  #breathedMs = 0;

  async #breathe(): Promise<void> {
    if (performance.now() - this.#breathedMs < MAX_BREATH_MS) return;
    await sleep(0);
    this.#breathedMs = performance.now();
  }

  /** The recording's time now: between the last Input and the one that is waited for. */
  #nowMs(): number {
    const { speed } = this.#request;
    const lastMs = Number.isNaN(this.#lastReceiveMs) ? this.#source.start.receiveTimeMs : this.#lastReceiveMs;
    if (speed === null || Number.isNaN(this.#firstReceiveMs)) return lastMs;
    const pacedMs = this.#firstReceiveMs + (performance.now() - this.#startedMs) * speed;
    const latestMs = Number.isNaN(this.#dueMs) ? lastMs : Math.max(lastMs, this.#dueMs);
    // Quantised like every receive time: to a microsecond.
    return Math.min(latestMs, Math.max(lastMs, Math.round(pacedMs * 1000) / 1000));
  }

  #progress(): ReplayProgress {
    const { readBytes, totalBytes } = this.#source.progress();
    return { messages: this.#scanner.frames, fraction: totalBytes > 0 ? readBytes / totalBytes : null };
  }

  #conclude(): ReplayResult {
    const seconds = (performance.now() - this.#startedMs) / 1000;
    this.#refuseLateBeginning();
    const { lines, digest } = this.#closing();
    for (const line of lines) this.#output.digestLine(line);
    const problems = [...this.#source.problems.filter(isLoss).map(({ message }) => message), ...this.#otherProblems()];
    const partial = problems.length > 0 || this.#isInterrupted;
    const id = this.#id(digest);
    return {
      document: replayDocument(this.#scanner, { seconds, digest, partial, problems }),
      notices: this.#source.problems.filter((problem) => !isLoss(problem)).map(({ message }) => message),
      facts: replayFacts(this.#scanner, this.#restTimesMs),
      id,
      name: this.#source.name,
      folder: this.#output.finish(digest, id),
      isInterrupted: this.#isInterrupted,
      killLevel: this.#attached === null || this.#scanner.ops === null ? null : levelOf(this.#scanner.ops.latch),
      lastReceiveMs: Number.isNaN(this.#lastReceiveMs) ? null : this.#lastReceiveMs,
    };
  }

  /** Runs that write other files have other ids: a part of a run must not take the place of the whole. */
  #id(digest: string): string {
    const { fromMs } = this.#request;
    const first = this.#scanner.firstReceiveTimeMs;
    const begin = Number.isNaN(first) ? 'empty' : compactStamp(first);
    return `${begin}-${digest.slice(7, 15)}${fromMs === null ? '' : `-from-${compactStamp(fromMs)}`}`;
  }

  #otherProblems(): string[] {
    const problems: string[] = [];
    const failure = this.#journal?.failure;
    if (failure) problems.push(`${failure.message} (${this.#journal!.lostRecords} records are not in the journal)`);
    const seen = new Set(
      this.#scanner.instruments.filter((run) => run.counters.frames > 0).map((run) => run.instrument.symbol),
    );
    const missing = (this.#request.symbols ?? []).filter((symbol) => !seen.has(symbol));
    if (missing.length > 0) problems.push(this.#unknownSymbols(missing));
    return problems;
  }

  /** @throws CryptorunError `usage` when none of the symbols asked for is there */
  #unknownSymbols(missing: readonly string[]): string {
    const there = this.#scanner.refusedSymbols;
    const message = `--symbols ${missing.join(',')}: not in the input; it has ${there.slice(0, 20).join(', ') || 'none'}${there.length > 20 ? ', …' : ''}`;
    if (missing.length === this.#request.symbols!.length) throw new CryptorunError('usage', message);
    return message;
  }
}

function isLoss(problem: InputProblem): boolean {
  return problem.lost !== 'nothing';
}
