/** The bench's command line. */

import { parseArgs } from 'node:util';
import { CASE_NAMES } from './cases/index.ts';
import { KINDS, type Kind } from './kinds.ts';

/** `wall`: elapsed time, the official figure; `cpu`: CPU time of the process, for a machine that is busy otherwise. */
export type Clock = 'wall' | 'cpu';

export interface Options {
  readonly kinds: readonly Kind[];
  readonly cases: readonly string[];
  readonly rounds: number;
  readonly clock: Clock;
  /** Of each process: untimed first, then timed for at least that long, and for one pass in any case. */
  readonly warmMs: number;
  readonly timedMs: number;
  readonly json: boolean;
  readonly help: boolean;
  /** Which parts run. */
  readonly table: boolean;
  readonly startup: boolean;
  readonly micro: boolean;
  /** Where V8 CPU profiles of the timed processes go; null: none are made. */
  readonly profileDir: string | null;
}

export const USAGE = `npm run bench -- [options]
  --kind NAME,…   of ${KINDS.map(({ name }) => name).join(', ')}
  --case NAME,…   of ${CASE_NAMES.join(', ')} (json_parse always runs: ratios need it)
  --rounds N      rounds over all cases, each in a fresh process (default 5)
  --clock NAME    wall (default), or cpu on a machine that is busy otherwise
  --quick         one short round: a look, not a measurement
  --startup       only start-up times and peak memory of the built command line
  --micro         only the parts: book side, levels, checksum, crc32, sha256
  --profile DIR   write V8 CPU profiles there
  --json          one JSON object a line on stdout
`;

/** @throws Error with one line for each thing that is wrong */
export function readOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      kind: { type: 'string' },
      case: { type: 'string' },
      rounds: { type: 'string' },
      clock: { type: 'string', default: 'wall' },
      quick: { type: 'boolean', default: false },
      startup: { type: 'boolean', default: false },
      micro: { type: 'boolean', default: false },
      profile: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const problems: string[] = [];
  const kindNames = chosen('--kind', values.kind, names(KINDS), problems);
  const caseNames = chosen('--case', values.case, CASE_NAMES, problems);
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
  if (!Number.isInteger(rounds) || rounds < 1)
    problems.push(`--rounds: wanted a whole number from 1, found ${values.rounds}`);
  const { clock } = values;
  if (clock !== 'wall' && clock !== 'cpu') problems.push(`--clock: wanted wall or cpu, found ${clock}`);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const isOnlyPart = values.startup || values.micro;
  const isWhole = !isOnlyPart && values.kind === undefined && values.case === undefined;
  return {
    kinds: KINDS.filter(({ name }) => kindNames.includes(name)),
    cases: CASE_NAMES.filter((name) => name === 'json_parse' || caseNames.includes(name)),
    rounds,
    clock: clock as Clock,
    // Measured pass by pass: our pipeline over six books gets 5 to 10 % faster from the second second to the fourth.
    warmMs: values.quick ? 300 : 4000,
    timedMs: values.quick ? 100 : 1000,
    json: values.json,
    help: values.help,
    table: !isOnlyPart,
    startup: values.startup || isWhole,
    micro: values.micro,
    profileDir: values.profile ?? null,
  };
}

function chosen(
  option: string,
  given: string | undefined,
  all: readonly string[],
  problems: string[],
): readonly string[] {
  if (given === undefined) return all;
  const wanted = given.split(',');
  for (const name of wanted) {
    if (!all.includes(name)) problems.push(`${option}: wanted one of ${all.join(', ')}, found ${name}`);
  }
  return wanted;
}

function names(kinds: readonly Kind[]): string[] {
  return kinds.map(({ name }) => name);
}
