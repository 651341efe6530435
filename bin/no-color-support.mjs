// Stands in, in the bundle, for chalk's guess at what the terminal can do: we tell it ourselves (`src/shell/cli/terminal.ts`),
// and the guess loads node:tty, 1 to 2 ms of each start.
export default { stdout: false, stderr: false };
