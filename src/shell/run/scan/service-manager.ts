/**
 * Tells systemd that a scan is ready, alive and about to stop, by `systemd-notify`, where it was started by systemd (see
 * sd_notify(3)); Node has no datagram sockets of the system's own. The unit needs `NotifyAccess=all`. Judges nothing.
 */

import { spawn } from 'node:child_process';

type Environment = Readonly<Record<string, string | undefined>>;

export interface ServiceManager {
  /** Half of what the unit's `WatchdogSec` allows; null: no watchdog is wanted. */
  readonly watchdogMs: number | null;
  /** @param words - assignments such as `READY=1` */
  tell(...words: readonly string[]): void;
}

const ABSENT: ServiceManager = { watchdogMs: null, tell() {} };

/** @param pid - ours: the watchdog may be meant for another process */
export function serviceManager(env: Environment, pid: number, onProblem: (text: string) => void): ServiceManager {
  if (!env['NOTIFY_SOCKET']) return ABSENT;
  let isBroken = false;
  const onError = (error: Error): void => {
    if (!isBroken) onProblem(`systemd cannot be told that the scan is ready: ${error.message}`);
    isBroken = true;
  };
  return {
    watchdogMs: watchdogMs(env, pid),
    tell(...words) {
      if (isBroken) return;
      const child = spawn('systemd-notify', [...words], { stdio: 'ignore', env: { ...env } });
      child.on('error', onError);
      child.unref();
    },
  };
}

function watchdogMs(env: Environment, pid: number): number | null {
  const micros = Number(env['WATCHDOG_USEC'] ?? Number.NaN);
  const isOurs = env['WATCHDOG_PID'] === undefined || Number(env['WATCHDOG_PID']) === pid;
  return isOurs && micros > 0 ? micros / 2000 : null;
}
