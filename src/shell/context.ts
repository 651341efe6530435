/** What every command is given instead of the process's globals. Holds types only. */

export interface CliContext {
  env: NodeJS.ProcessEnv;
  cwd: string;
  packageRoot: string;
  /** `writableNeedDrain`: its reader does not keep up, and what is written now waits in memory. */
  stdout: { write(s: string): unknown; isTTY?: boolean; columns?: number; writableNeedDrain?: boolean };
  stderr: { write(s: string): unknown; isTTY?: boolean; columns?: number };
  setExitCode(code: number): void;
}
