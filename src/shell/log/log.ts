/** What a run tells a log: one event a line, with facts. Says nothing of where lines go; `open-log.ts` does. */

/** pino's names, as in `config`'s LOG_LEVELS, most serious first. */
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug';

/** Beside the event; the four names are those of the line itself. */
export type LogFacts = Readonly<Record<string, string | number | boolean | null>> & {
  readonly level?: never;
  readonly time?: never;
  readonly pid?: never;
  readonly event?: never;
};

export interface Log {
  /**
   * Writes one line, if `level` is told at all. Never throws: a full disk must not stop a scanner.
   *
   * @param event - what people search for, in capitals: `HEALTH_GRADE_CHANGE`
   */
  write(level: LogLevel, event: string, facts?: LogFacts): void;
  /** Later lines go nowhere. */
  close(): void;
}

/** Where nothing is to be told. */
export const SILENT_LOG: Log = { write() {}, close() {} };
