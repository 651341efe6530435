/** The five log levels, and the words that name them in the environment. Logs nothing. */

/** pino's names, most serious first. The default, `warn`, is in the schema. */
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The surveillance runbook's two words that pino spells otherwise. */
const OTHER_WORDS: Readonly<Record<string, LogLevel>> = { critical: 'fatal', warning: 'warn' };

/**
 * The level that a word names, in capitals or not, by pino's name or the runbook's (`LOG_LEVEL=WARNING`).
 *
 * @returns null for any other word
 */
export function logLevelOf(word: string): LogLevel | null {
  const name = word.toLowerCase();
  return LOG_LEVELS.find((level) => level === name) ?? OTHER_WORDS[name] ?? null;
}

/** What the environment says: `wrong` is a `CRYPTORUN_LOG_LEVEL` that names no level. */
export type LogLevelChoice =
  | { readonly kind: 'unset' }
  | { readonly kind: 'level'; readonly level: LogLevel }
  | { readonly kind: 'wrong'; readonly word: string };

/**
 * `CRYPTORUN_LOG_LEVEL`, else `LOG_LEVEL`; an empty one counts as not set.
 *
 * Other programs read `LOG_LEVEL` too, so a word there that is none of ours (`trace`, `verbose`) is left to them.
 */
export function logLevelFrom(env: { readonly [name: string]: string | undefined }): LogLevelChoice {
  const own = env['CRYPTORUN_LOG_LEVEL'];
  const level = logLevelOf(own || env['LOG_LEVEL'] || '');
  if (level !== null) return { kind: 'level', level };
  return own ? { kind: 'wrong', word: own } : { kind: 'unset' };
}
