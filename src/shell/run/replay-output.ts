/** The files of one replay: bars, gaps, alerts and digest lines as they come, into a folder that takes its name at the end. */

import { appendFileSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { numberText } from '../../core/base/decimal.ts';
import { isoText } from '../../core/base/time.ts';
import type { Bar } from '../../core/market/bars/bar.ts';
import { alertJson } from '../../core/render/alert-text.ts';
import type { Effect } from '../../core/scan/effect.ts';
import { CryptorunError } from '../errors.ts';
import { makePrivateDirectory, PRIVATE_FILE_MODE, storeError } from '../stores/atomic-file.ts';

const BAR_COLUMNS = [
  'close_time',
  'venue',
  'symbol',
  'revision',
  'price_source',
  'open',
  'high',
  'low',
  'close',
  'base_volume',
  'quote_volume',
  'buy_quote_volume',
  'sell_quote_volume',
  'trade_count',
  'vwap',
  'cvd',
  'complete',
  'coverage_ms',
];
const GAP_COLUMNS = [
  'venue',
  'symbol',
  'kind',
  'start_time',
  'end_time',
  'duration_ms',
  'id_before',
  'id_after',
  'reason',
];
const BAR_FILES: ReadonlyMap<number, string> = new Map([
  [1, 'bars_1m.csv'],
  [15, 'bars_15m.csv'],
  [60, 'bars_1h.csv'],
]);
const GAP_FILE = 'gaps.csv';
/** Made with the first alert: a run without alerts has none. */
const ALERT_FILE = 'alerts.ndjson';
const DIGEST_FILE = 'digest.ndjson';
/** Lines are gathered up to this many before they are written. */
const BUFFERED_LINES = 512;

export class ReplayOutput {
  readonly #parent: string;
  readonly #isNamed: boolean;
  #isFinished = false;
  #folder: string;
  readonly #fromMs: number;
  readonly #lines = new Map<string, string[]>();
  /** Gaps still open, by venue and symbol: written when they close, or at the end without one. */
  readonly #openGaps = new Map<string, Extract<Effect, { kind: 'gap_opened' }>>();

  /**
   * @param parent - where the folder will be made, unless `out` is given: then its files go there, all at the end
   * @param fromMs - bars and digest lines that close at or before it are left out
   * @throws CryptorunError when the folder cannot be made
   */
  constructor(parent: string, out: string | null, fromMs: number | null) {
    this.#parent = out ?? parent;
    this.#fromMs = fromMs ?? Number.NEGATIVE_INFINITY;
    this.#isNamed = out !== null;
    makePrivateDirectory(this.#parent);
    this.#folder = makeRunning(this.#parent);
    for (const file of BAR_FILES.values()) this.#write(file, stringify([BAR_COLUMNS]));
    this.#write(GAP_FILE, stringify([GAP_COLUMNS]));
    this.#write(DIGEST_FILE, '');
  }

  get folder(): string {
    return this.#folder;
  }

  /** Takes an effect; those that are no rows are the live shell's business. */
  take(effect: Effect): void {
    switch (effect.kind) {
      case 'bar':
        if (effect.bar.closeMs > this.#fromMs)
          this.#add(BAR_FILES.get(effect.minutes)!, stringify([barRow(effect, effect.bar)]));
        return;
      case 'gap_opened':
        this.#openGaps.set(`${effect.venue} ${effect.symbol}`, effect);
        return;
      case 'gap_closed':
        this.#openGaps.delete(`${effect.venue} ${effect.symbol}`);
        if (effect.gap.endMs === null || effect.gap.endMs > this.#fromMs)
          this.#add(GAP_FILE, stringify([gapRow(effect)]));
        return;
      case 'alert':
        if (effect.atMs > this.#fromMs) this.#add(ALERT_FILE, alertLine(effect));
        return;
      case 'digest':
        if (effect.minuteMs > this.#fromMs) this.digestLine(effect);
        return;
      default:
    }
  }

  digestLine({
    minuteMs,
    venue,
    symbol,
    sha256,
  }: {
    minuteMs: number;
    venue: string;
    symbol: string;
    sha256: string;
  }): void {
    this.#add(DIGEST_FILE, `${JSON.stringify({ minuteMs, venue, symbol, sha256 })}\n`);
  }

  /** Writes what was gathered, for a run that lasts; the files are in `folder`. */
  flush(): void {
    for (const file of this.#lines.keys()) this.#flush(file);
  }

  /** Writes what is left and the run's digest, and gives the folder its name. Returns the folder. */
  finish(digest: string, name: string): string {
    for (const gap of this.#openGaps.values()) this.#add(GAP_FILE, stringify([gapRow(gap)]));
    this.#add(DIGEST_FILE, `${JSON.stringify({ digest })}\n`);
    for (const file of this.#lines.keys()) this.#flush(file);
    const target = this.#isNamed ? this.#parent : join(this.#parent, name);
    try {
      // File by file: the same run again, or at the same time, brings the same files, and neither may clear the other's away.
      makePrivateDirectory(target);
      this.#moveFiles(target);
    } catch (cause) {
      throw storeError(`cannot name the replay's folder ${target}`, cause);
    }
    this.#folder = target;
    this.#isFinished = true;
    return target;
  }

  /** Removes what a run that came to nothing has written; results of an earlier run in `out` stay. */
  discard(): void {
    if (!this.#isFinished) rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Into a folder that may hold other things: the operator's own, or an earlier run's. */
  #moveFiles(target: string): void {
    for (const file of readdirSync(this.#folder)) renameSync(join(this.#folder, file), join(target, file));
    rmSync(this.#folder, { recursive: true });
  }

  #add(file: string, line: string): void {
    const lines = this.#lines.get(file) ?? [];
    this.#lines.set(file, lines);
    lines.push(line);
    if (lines.length >= BUFFERED_LINES) this.#flush(file);
  }

  #flush(file: string): void {
    const lines = this.#lines.get(file)!;
    if (lines.length > 0) this.#write(file, lines.join(''));
    lines.length = 0;
  }

  #write(file: string, text: string): void {
    const path = join(this.#folder, file);
    try {
      appendFileSync(path, text, { mode: PRIVATE_FILE_MODE });
    } catch (cause) {
      const error = storeError(`cannot write ${path}`, cause);
      throw error instanceof CryptorunError ? error : new CryptorunError('io_failed', path, { cause });
    }
  }
}

/** A hidden folder for what is being written. */
function makeRunning(parent: string): string {
  try {
    return mkdtempSync(join(parent, '.running-'));
  } catch (cause) {
    throw storeError(`cannot write into ${parent}`, cause);
  }
}

function barRow({ venue, symbol }: { venue: string; symbol: string }, bar: Bar): (string | number | null)[] {
  return [
    isoText(bar.closeMs),
    venue,
    harmless(symbol),
    bar.revision,
    bar.priceSource,
    numberText(bar.open),
    numberText(bar.high),
    numberText(bar.low),
    numberText(bar.close),
    numberText(bar.baseVolume),
    numberText(bar.quoteVolume),
    numberText(bar.buyQuoteVolume),
    numberText(bar.sellQuoteVolume),
    bar.tradeCount,
    numberText(bar.vwap),
    numberText(bar.cvd),
    bar.complete ? 'true' : 'false',
    bar.coverageMs,
  ];
}

function gapRow({
  venue,
  symbol,
  gap,
}: Extract<Effect, { kind: 'gap_opened' | 'gap_closed' }>): (string | number | null)[] {
  const start = Number.isNaN(gap.startMs) ? null : isoText(gap.startMs);
  const end = gap.endMs === null ? null : isoText(gap.endMs);
  const durationMs =
    gap.endMs === null || Number.isNaN(gap.startMs)
      ? null
      : numberText(Math.round((gap.endMs - gap.startMs) * 1000) / 1000);
  return [venue, harmless(symbol), gap.kind, start, end, durationMs, gap.idBefore, gap.idAfter, gap.reason];
}

/** Symbols come from recordings: one that a spreadsheet would take for a formula is made plain text. */
function harmless(symbol: string): string {
  return /^[=+\-@]/.test(symbol) ? `'${symbol}` : symbol;
}

function alertLine({ change, alert, isNotified, atMs }: Extract<Effect, { kind: 'alert' }>): string {
  return `${JSON.stringify({ at: isoText(atMs), change, isNotified, ...alertJson(alert) })}\n`;
}
