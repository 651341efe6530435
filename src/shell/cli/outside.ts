/** What commands learn of the world beside files and the environment: time, who and where we are, the host. Tests bring their own. */

import { statfsSync } from 'node:fs';
import { freemem, hostname, totalmem, userInfo } from 'node:os';
import { dirname } from 'node:path';
import type { Actor } from '../../core/ops/audit/audit-record.ts';

export interface Outside {
  /** Wall clock, ms since the epoch. */
  nowMs(): number;
  /** @param signal - ends the sleep early */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Null: the system does not tell. */
  userName(): string | null;
  hostName(): string;
  /** 0 to 1; null: not measured. */
  memoryUsedRatio(): number | null;
  /** Of the disk that the path is on, or would be; null: not measured. */
  diskFreeBytes(path: string): number | null;
}

/** The real one. */
export const OUTSIDE: Outside = {
  nowMs: Date.now,
  sleep,
  userName: () => attempt(() => userInfo().username),
  hostName: hostname,
  memoryUsedRatio: () => attempt(() => 1 - freemem() / totalmem()),
  diskFreeBytes: (path) => attempt(() => freeBytesOf(path)),
};

/** Who asks: behind sudo the one who called it. Names are taken at their word: this is about accidents, not root. */
export function actorOf(env: NodeJS.ProcessEnv, outside: Outside): Actor {
  const user = env['SUDO_USER'] || env['USER'] || outside.userName() || 'unknown';
  return { user, host: outside.hostName(), via: 'cli' };
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    const wake = (): void => {
      clearTimeout(timer);
      resolve();
    };
    signal?.addEventListener('abort', wake, { once: true });
  });
}

function freeBytesOf(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch (cause) {
    const parent = dirname(path);
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT' || parent === path) throw cause;
    return freeBytesOf(parent);
  }
}

function attempt<T>(ask: () => T): T | null {
  try {
    return ask();
  } catch {
    return null;
  }
}
