/** Binds the program to this process: argv, streams, exit code. The bundle's entry. */

import { writeSync } from 'node:fs';
import { ERROR_CODES } from '../errors.ts';
import { main } from './main.ts';

export { main };

/** @param packageRoot - the folder of package.json, where the packaged config lies too */
export async function start(packageRoot: string): Promise<void> {
  process.stdout.on('error', leave);
  process.stderr.on('error', leave);
  await main(process.argv.slice(2), {
    env: process.env,
    cwd: process.cwd(),
    packageRoot,
    stdout: process.stdout,
    stderr: process.stderr,
    setExitCode(code) {
      process.exitCode = code;
    },
  });
}

let isLeaving = false;

/** An output that takes no more; `process.exit` because further writes would only fail again. */
function leave(error: NodeJS.ErrnoException): void {
  if (isLeaving) return;
  // A reader who has seen enough (`| head`) is not an error. A run that hears Ctrl-C ends as it does then, files and all.
  if (error.code === 'EPIPE' && process.listenerCount('SIGINT') > 0) {
    isLeaving = true;
    process.emit('SIGINT', 'SIGINT');
    return;
  }
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  try {
    writeSync(2, `cannot write the output: ${error.message}\n`);
  } catch {
    // Nobody is left to be told.
  }
  process.exit(ERROR_CODES.io_failed.exitCode);
}
