/** Binds the program to this process: argv, streams, exit code. The bundle's entry. */

import { main } from './main.ts';

export { main };

/** @param packageRoot - the folder of package.json, where the packaged config lies too */
export async function start(packageRoot: string): Promise<void> {
  // A closed pipe (`| head`) is not an error of ours; `process.exit` because more writes would only fail again.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
    throw error;
  });
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
