/** `breaker list|isolate|release`. Opens and closes none by itself: the scanner does, by what is written here. */

import type { JsonObject } from '../../../core/base/json.ts';
import { compareText, type StatusRow } from '../../../core/ops/status.ts';
import { cell, left, partOf, right, stateCell } from '../../../core/render/cells.ts';
import type { Cell, Column } from '../../../core/render/table.ts';
import { clockText, knownIsoText } from '../../../core/render/value-text.ts';
import type { CliContext } from '../../context.ts';
import { CryptorunError } from '../../errors.ts';
import type { IsolateOptions, ListBreakerOptions } from '../breaker-command.ts';
import type { Outside } from '../outside.ts';
import { scannerStatus } from '../status/saved.ts';
import { confirmationText, STALE_AFTER_MS } from './confirmation.ts';
import { atDesk, type Desk, perform, requestOf } from './desk.ts';
import { anchorJson, confirmationJson } from './json.ts';
import { printJson, printTable } from './print.ts';
import { atReadingDesk, type ReadingDesk } from './reading-desk.ts';
import { answerTo, requireAnswer, waitLimit } from './wait-option.ts';

/** One breaker: what the running scanner last said of it, and what an operator did to it. */
interface Breaker {
  readonly name: string;
  /** Null: no scanner is running that could tell. */
  readonly row: StatusRow | null;
  readonly parts: readonly StatusRow[];
  readonly isolation: ReadingDesk['snapshot']['document']['isolatedBreakers'][string] | null;
}

export async function listBreakers(options: ListBreakerOptions, context: CliContext, outside: Outside): Promise<void> {
  await atReadingDesk(options, context, async (desk) => {
    const nowMs = outside.nowMs();
    const breakers = await breakersOf(desk, nowMs);
    if (options.format === 'json') {
      printJson({ schema: 'cryptorun.breakers/v1', breakers: breakers.map(breakerJson) }, context);
      return;
    }
    const table = breakers.map((breaker) => cellsOf(breaker, nowMs));
    // What nobody knows of any breaker has no column: the remarks need the room.
    const isShown = COLUMNS.map(
      (_, i) => i < 2 || table.some((cells) => cells[i]!.text !== '-' && cells[i]!.text !== ''),
    );
    const shown = <T>(all: readonly T[]): T[] => all.filter((_, i) => isShown[i]);
    const [columns, rows] = [shown(COLUMNS), table.map(shown)];
    await printTable(columns, rows, 'no breakers: no provider is configured', context);
    if (breakers.some(({ row }) => row === null))
      context.stderr.write('unknown: no scanner is running that could tell\n');
  });
}

const COLUMNS: readonly Column[] = [
  left('Breaker', 16),
  left('State', 9),
  left('Since', 5),
  right('Failures', 8),
  left('Next probe', 10),
  left('Remark', 0),
];

function cellsOf(breaker: Breaker, nowMs: number): Cell[] {
  const { name, row, isolation } = breaker;
  const { sinceMs, failures, nextProbeMs } = partsOf(breaker);
  const at = (ms: number | null): Cell => cell(ms === null ? '-' : clockText(ms, nowMs));
  return [
    cell(name),
    isolation !== null ? cell('isolated', 'bad') : row === null ? cell('unknown', 'muted') : stateCell(row),
    at(sinceMs),
    cell(failures === null ? '-' : String(failures)),
    at(nextProbeMs),
    cell(remarkOf(breaker)),
  ];
}

async function breakersOf({ defaults, snapshot, stateDir }: ReadingDesk, nowMs: number): Promise<Breaker[]> {
  const { isolatedBreakers } = snapshot.document;
  const rows = await liveRows(stateDir, nowMs);
  const names = new Set([...defaults.breakers, ...Object.keys(isolatedBreakers), ...rows.map((row) => row.name)]);
  return [...names].sort(compareText).map((name) => ({
    name,
    row: partOf(rows, name, null) ?? null,
    parts: rows.filter((row) => row.name === name),
    isolation: Object.hasOwn(isolatedBreakers, name) ? isolatedBreakers[name]! : null,
  }));
}

/** Only of a scanner that lives: what a dead one knew is not how things are. */
async function liveRows(stateDir: string, nowMs: number): Promise<readonly StatusRow[]> {
  const { readHeartbeat } = await import('../../stores/control/heartbeat-file.ts');
  const heartbeat = readHeartbeat(stateDir, { nowMs, staleAfterMs: STALE_AFTER_MS });
  if (heartbeat.kind !== 'alive') return [];
  const status = await scannerStatus(stateDir);
  return status?.rows.filter((row) => row.category === 'breaker') ?? [];
}

/** Null: not known, or it has none. An operator's own word is newer than what the scanner saved. */
function partsOf({ name, parts, isolation }: Breaker) {
  const of = (part: string): number | null => {
    const value = partOf(parts, name, part)?.value;
    return typeof value === 'number' ? value : null;
  };
  if (isolation !== null) return { sinceMs: isolation.sinceMs, failures: null, nextProbeMs: null };
  return { sinceMs: of('since'), failures: of('failures'), nextProbeMs: of('next_probe') };
}

function remarkOf({ row, isolation }: Breaker): string {
  if (isolation === null) return row?.message ?? '';
  return `by ${isolation.actor.user}: ${isolation.reason}`;
}

function breakerJson(breaker: Breaker): JsonObject {
  const { name, row, isolation } = breaker;
  const { sinceMs, failures, nextProbeMs } = partsOf(breaker);
  return {
    name,
    state: isolation !== null ? 'isolated' : typeof row?.value === 'string' ? row.value : null,
    since: knownIsoText(sinceMs),
    failures,
    next_probe: knownIsoText(nextProbeMs),
    isolation:
      isolation === null
        ? null
        : { since: knownIsoText(isolation.sinceMs), operator: isolation.actor.user, reason: isolation.reason },
  };
}

export async function setIsolation(
  verb: 'isolate' | 'release',
  name: string,
  options: IsolateOptions,
  context: CliContext,
  outside: Outside,
): Promise<void> {
  const limitMs = waitLimit(options);
  await atDesk(options, context, outside, async (desk) => {
    await requireKnown(name, desk);
    const request = await requestOf(desk, { kind: `${verb}_breaker`, name }, options, context);
    const done = perform(desk, request, name, context);
    const answer = await answerTo(done, limitMs, desk);
    if (options.format === 'json') {
      const { isChanged: changed, revision } = done;
      const confirmation = answer === null ? null : confirmationJson(answer);
      const audit = anchorJson(done.snapshot.auditHead);
      printJson({ schema: 'cryptorun.breaker-change/v1', changed, name, revision, audit, confirmation }, context);
    } else {
      const verbs = { isolate: 'isolated', release: 'released' };
      const text = done.isChanged
        ? `${verbs[verb]} ${name}, revision ${done.revision}`
        : `nothing changed: ${name} is ${verb === 'isolate' ? 'isolated' : 'not isolated'} already`;
      context.stdout.write(`${text}\n`);
      if (answer !== null && answer.kind !== 'silent') context.stderr.write(`${confirmationText(answer)}\n`);
    }
    requireAnswer(answer);
  });
}

/** @throws CryptorunError `usage`, with what was probably meant */
async function requireKnown(name: string, { store, defaults }: Desk): Promise<void> {
  const names = [...defaults.breakers, ...Object.keys(store.read().document.isolatedBreakers)];
  if (names.includes(name)) return;
  const { nearestWord } = await import('../../config/check/did-you-mean.ts');
  const nearest = nearestWord(name, names);
  const hint = nearest === null ? 'see `cryptorun breaker list`' : `did you mean ${nearest}?`;
  throw new CryptorunError('usage', `breaker: no breaker is named ${name}; ${hint}`);
}
