/** `cryptorun journal info|verify|cat PATH`: looks into a journal. Changes nothing in it; loads the reader only when asked. */

import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
/** The journal is damaged or torn: what was printed is only a part of it. */
const EXIT_PARTIAL = 10;
/** `cat` gathers this many characters for one write. */
const CHUNK_LENGTH = 64 * 1024;

interface CatOptions {
  readonly session?: string;
  readonly kind?: string;
  readonly from?: string;
  readonly to?: string;
}

/** Adds the `journal` command and its three subcommands. */
export function registerJournalCommand(program: Command, context: CliContext): void {
  const journal = program.command('journal').description('look into a journal: a folder of .crj files, or one of them');
  journal
    .command('info <path>')
    .description('what it holds: sessions, records, connections, times, sizes')
    .option('--json', 'the same as one JSON document')
    .action((path: string, options: { json?: boolean }) => guarded(context, () => info(context, path, options)));
  journal
    .command('verify <path>')
    .description('is it whole and as it was written? exit code 1 and one line a problem when not')
    .action((path: string) => guarded(context, () => verifyPath(context, path)));
  journal
    .command('cat <path>')
    .description('its records, one a line: sequence, kind, receive time, connection, payload')
    .option('--session <id>', 'only this session')
    .option('--kind <kind>', 'only records of this kind (frame, link, pulse, ...)')
    .option('--from <time>', 'only records received at this time or later: RFC 3339, or ms since epoch')
    .option('--to <time>', 'only records received before this time')
    .action((path: string, options: CatOptions) => guarded(context, () => cat(context, path, options)));
}

async function info(context: CliContext, path: string, options: { json?: boolean }): Promise<void> {
  const { describeJournal } = await import('../journal/describe-journal.ts');
  const { descriptionText } = await import('../journal/description-text.ts');
  const description = describeJournal(resolve(context.cwd, path));
  const text = options.json === true ? `${JSON.stringify(description, null, 2)}\n` : descriptionText(description);
  await new QuietPipe(context.stdout).write(text);
}

async function verifyPath(context: CliContext, path: string): Promise<void> {
  const { verify } = await import('../journal/verify-journal.ts');
  const { problemText } = await import('../journal/problem.ts');
  const { problems, sessions, segments, records } = verify(resolve(context.cwd, path));
  if (problems.length === 0) {
    const counts = `sessions ${sessions}, segments ${segments}, records ${records}`;
    await new QuietPipe(context.stdout).write(`ok ${path}: ${counts}\n`);
    return;
  }
  for (const problem of problems) context.stderr.write(`${problemText(problem)}\n`);
  context.setExitCode(EXIT_FAILED);
}

async function cat(context: CliContext, path: string, options: CatOptions): Promise<void> {
  const { openJournal } = await import('../journal/open-journal.ts');
  const { readJournal } = await import('../journal/journal-reader.ts');
  const { problemText } = await import('../journal/problem.ts');
  const fromMs = timeOption('--from', options.from) ?? Number.NEGATIVE_INFINITY;
  const toMs = timeOption('--to', options.to) ?? Number.POSITIVE_INFINITY;
  const journal = openJournal(resolve(context.cwd, path));
  const reader = readJournal(
    journal,
    options.session === undefined ? { fromMs } : { session: options.session, fromMs },
  );
  const pipe = new QuietPipe(context.stdout);
  let chunk = '';
  for (let input = reader.next(); input !== null; input = reader.next()) {
    if (input.receiveTimeMs < fromMs || input.receiveTimeMs >= toMs) continue;
    if (options.kind !== undefined && input.kind !== options.kind) continue;
    chunk += `${reader.line()}\n`;
    if (chunk.length < CHUNK_LENGTH) continue;
    if (!(await pipe.write(chunk))) return reader.close();
    chunk = '';
  }
  if (chunk !== '') await pipe.write(chunk);
  const problems = [...journal.problems, ...reader.problems];
  for (const problem of problems) context.stderr.write(`${problemText(problem)}\n`);
  if (problems.length > 0) context.setExitCode(EXIT_PARTIAL);
}

/** What an operator gave us that cannot be used; told in one line. */
class UsageError extends Error {}

/** Runs a handler; an expected failure is one line on stderr and exit code 2. */
async function guarded(context: CliContext, handler: () => Promise<void>): Promise<void> {
  try {
    await handler();
  } catch (error) {
    const { JournalError } = await import('../journal/journal-error.ts');
    if (!(error instanceof JournalError) && !(error instanceof UsageError)) throw error;
    context.stderr.write(`${error.message}\n`);
    context.setExitCode(EXIT_USAGE);
  }
}

/** Ms since epoch of an option's value; undefined when it was not given. */
function timeOption(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const isRfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  const timeMs = /^\d+(\.\d+)?$/.test(text) ? Number(text) : isRfc3339 ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(timeMs)) return timeMs;
  throw new UsageError(`${name}: wanted a time such as 2024-08-08T23:54:15Z or ms since epoch, found "${text}"`);
}

/** stdout whose reader may leave (`| head`): a write then says false, and nothing is printed about it. */
class QuietPipe {
  readonly #stdout: CliContext['stdout'];
  #hasLeft = false;

  constructor(stdout: CliContext['stdout']) {
    this.#stdout = stdout;
    if (isStream(stdout)) stdout.on('error', (error) => this.#note(error));
  }

  /** Writes and waits until there is room for more. @returns whether anyone still reads */
  async write(text: string): Promise<boolean> {
    try {
      const hasRoom = this.#stdout.write(text) !== false;
      if (!hasRoom && isStream(this.#stdout)) await once(this.#stdout, 'drain');
    } catch (error) {
      this.#note(error);
    }
    // EPIPE of a synchronous pipe is told in a later turn.
    await new Promise((resolveTurn) => setImmediate(resolveTurn));
    return !this.#hasLeft;
  }

  #note(error: unknown): void {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
    this.#hasLeft = true;
  }
}

function isStream(stdout: CliContext['stdout']): stdout is NodeJS.WriteStream {
  return 'on' in stdout && typeof stdout.on === 'function';
}
