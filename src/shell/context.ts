/** What every command is given instead of the process's globals. Holds types only. */

export interface CliContext {
  env: NodeJS.ProcessEnv;
  cwd: string;
  packageRoot: string;
  stdout: { write(s: string): unknown; isTTY?: boolean; columns?: number };
  stderr: { write(s: string): unknown; isTTY?: boolean; columns?: number };
  setExitCode(code: number): void;
}
