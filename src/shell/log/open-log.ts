/**
 * Opens a log by pino: JSON lines to stderr (readable ones on a terminal), or rotated files. Loads pino only when it is
 * called, and keeps operators' tokens out of every line.
 */

import { join } from 'node:path';
import { CryptorunError } from '../errors.ts';
import type { Log, LogLevel } from './log.ts';
import { RotatingFile } from './rotating-file.ts';
import { terminalLine } from './terminal-line.ts';

export interface LogRequest {
  /** The least serious that is told. */
  readonly level: LogLevel;
  /** Of rotated files; null: to stderr. See `logFolderFrom`. */
  readonly folder: string | null;
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean | undefined };
}

/**
 * Where `CRYPTORUN_LOG_TO` sends the log: `stderr`, which is the default, or `files`, rotated ones. Empty counts as not set.
 *
 * @returns the folder of the files, `logs` among the artifacts; null: stderr
 * @throws CryptorunError `bad_config` for another word
 */
export function logFolderFrom(
  env: { readonly [name: string]: string | undefined },
  artifactsDir: string,
): string | null {
  const word = env['CRYPTORUN_LOG_TO'] || 'stderr';
  if (word === 'stderr') return null;
  if (word === 'files') return join(artifactsDir, 'logs');
  throw new CryptorunError('bad_config', `CRYPTORUN_LOG_TO: wanted stderr or files, found ${JSON.stringify(word)}`);
}

/** A file's size, and how many old ones stay beside the one that is written: 60 MB at most, weeks at the default level. */
export const LOG_FILE_BYTES = 10_000_000;
export const OLD_LOG_FILES = 5;

export async function openLog({ level, folder, stderr }: LogRequest): Promise<Log> {
  const { pino } = await import('pino');
  const target = folder === null ? stderrTarget(stderr) : fileTarget(folder, stderr);
  const options = {
    level,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const logger = pino(options, { write: (line) => target.write(withoutTokens(line)) });
  let isOpen = true;
  return {
    write(at, event, facts) {
      if (isOpen) logger[at]({ event, ...facts });
    },
    close() {
      isOpen = false;
      target.close();
    },
  };
}

interface Target {
  write(line: string): void;
  close(): void;
}

function stderrTarget(stderr: LogRequest['stderr']): Target {
  const shown = (line: string): string => (stderr.isTTY === true ? terminalLine(line) : line);
  return { write: (line) => void stderr.write(shown(line)), close() {} };
}

/** What keeps the files from being written is told once, on stderr. */
function fileTarget(folder: string, stderr: LogRequest['stderr']): Target {
  const onProblem = (text: string): void => void stderr.write(`${text}\n`);
  return new RotatingFile({ folder, name: LOG_FILE, maxBytes: LOG_FILE_BYTES, keep: OLD_LOG_FILES, onProblem });
}

const LOG_FILE = 'cryptorun.log';

/** A token, wherever it stands: somebody may have pasted one into a reason. */
const TOKEN = /crt_[\w-]{8,}/g;

function withoutTokens(line: string): string {
  return line.replace(TOKEN, 'crt_[hidden]');
}
