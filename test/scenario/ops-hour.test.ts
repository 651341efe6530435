/**
 * One hour of calls, failures, recoveries, pressure and commands (`hour-script.ts`), through the Scanner, with the packaged
 * config. Every level at each chosen moment stands in the table, worked out by hand from the script and the limits of
 * `config/ops.yaml`; the arithmetic stands beside it.
 *
 * What a moment shows is what the second has brought: an operator who looks then sees the calls of that second, while grade
 * and triggers were judged at its beginning, on the readings of the second before.
 */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { JsonObject } from '../../src/core/base/json.ts';
import { levelOf } from '../../src/core/ops/kill-switch/latch.ts';
import type { Action } from '../../src/core/ops/run/action.ts';
import type { StatusRow } from '../../src/core/ops/status.ts';
import type { Effect } from '../../src/core/scan/effect.ts';
import type { Input, StartInput } from '../../src/core/scan/input.ts';
import { Scanner } from '../../src/core/scan/scanner.ts';
import { readJournal } from '../../src/shell/journal/journal-reader.ts';
import { JournalWriter } from '../../src/shell/journal/journal-writer.ts';
import { openJournal } from '../../src/shell/journal/open-journal.ts';
import { decodeText } from '../support/codec-harness.ts';
import { type OpsWorld, T0 } from '../support/ops-world.ts';
import { type Different, type Levels, type Moment, QUIET } from './hour-moment.ts';
import { msOf, runHour } from './hour-script.ts';
import { TABLE } from './hour-table.ts';

const ASKED: readonly [name: string, action: Action][] = [
  ['call binance', { kind: 'call', provider: 'binance', venue: 'binance', quote: 'USDT' }],
  ['call kraken', { kind: 'call', provider: 'kraken', venue: 'kraken', quote: 'USD' }],
  ['publish event', { kind: 'publish', what: 'event' }],
];

function momentOf({ scanner, nowMs }: OpsWorld): Moment {
  const ops = scanner.ops!;
  const rows = ops.rows(nowMs).filter(({ part }) => part === null);
  const levels = (category: StatusRow['category'], level: (row: StatusRow) => string | number): Levels =>
    Object.fromEntries(rows.filter((row) => row.category === category).map((row) => [row.name, level(row)]));
  const asked = ASKED.map(([name, action]) => {
    const permission = ops.isAllowed(action, nowMs);
    return [name, permission.isAllowed ? 'allowed' : `${permission.refusedBy} ${permission.name}`];
  });
  const grade = rows.find(({ name }) => name === 'grade')!;
  return {
    kpi: levels('kpi', (row) => row.status ?? row.value ?? offText(row)),
    guard: levels('guard', (row) => row.status ?? offText(row)),
    breaker: levels('breaker', (row) => row.value!),
    trigger: levels('trigger', triggerText),
    grade: String(grade.value ?? grade.status),
    kill: levelOf(ops.latch) ?? 'released',
    ask: Object.fromEntries(asked),
  };
}

function offText({ message }: StatusRow): string {
  return message.startsWith('not applicable, off: ') ? 'off' : message;
}

/** `armed`, `fired`, `disarmed: warming 12 s`, `holding: 8/30 s`. */
function triggerText({ value, message }: StatusRow): string {
  return value === 'disarmed' || value === 'holding' ? `${value}: ${message.split(': ')[0]}` : String(value);
}

function expectedMoment(different: Different): Moment {
  const merged = Object.entries(QUIET).map(([part, quiet]) => {
    const other = different[part as keyof Moment];
    return [part, typeof quiet === 'string' ? (other ?? quiet) : { ...quiet, ...(other as Levels | undefined) }];
  });
  return Object.fromEntries(merged) as Moment;
}

const seen = new Map<number, Moment>();
const moments = new Set(TABLE.map(({ at }) => msOf(at)));
const world = runHour((now, atMs) => {
  if (moments.has(atMs)) seen.set(atMs, momentOf(now));
});

for (const { at, happens, expected } of TABLE) {
  test(`${at} ${happens}`, () => assert.deepEqual(seen.get(msOf(at)), expectedMoment(expected)));
}

/** `45:31 engage_kill_switch memory drain`: the decisions, without bars, gaps, digests and refusals. */
function told(effect: Effect): string[] {
  const at = (ms: number): string => {
    const seconds = (ms - T0) / 1000;
    return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
  };
  switch (effect.kind) {
    case 'engage_kill_switch':
      return [`${at(effect.atMs)} ${effect.kind} ${effect.trigger} ${effect.level}: ${effect.reason}`];
    case 'kill_level_changed':
      return [`${at(effect.atMs)} kill ${effect.from} -> ${effect.to}`];
    case 'health_grade_changed':
      return [`${at(effect.atMs)} grade ${effect.from} -> ${effect.to}`];
    case 'switch_changed':
      return [`${at(effect.atMs)} ${effect.name} ${effect.isOn ? 'on' : 'off'}`];
    case 'breaker_changed':
      // How long it stays open is spread by jitter.
      return [
        effect.to === 'half_open' ? `${effect.name} -> half_open` : `${at(effect.atMs)} ${effect.name} -> ${effect.to}`,
      ];
    case 'request_depth_snapshot':
    case 'refused':
      return [`${effect.kind} ${effect.venue}`];
    default:
      return [];
  }
}

test('the hour as its decisions, in order', () => {
  assert.deepEqual(world.effects.flatMap(told), [
    'request_depth_snapshot binance',
    '0:06 grade null -> A',
    '9:30 grade A -> C',
    '10:00 grade C -> D',
    '15:16 grade D -> A',
    '16:00 provider.binance.rest off',
    '17:00 kill null -> pause',
    '18:00 kill pause -> null',
    '21:00 provider.binance.rest on',
    '28:02 kraken.rest -> open',
    'kraken.rest -> half_open',
    '29:30 kraken.rest -> isolated',
    '29:50 kraken.rest -> closed',
    // The fifth error of the hour is the second of Binance's, at 30:01.
    '30:02 grade A -> C',
    '30:04 binance.rest -> open',
    'binance.rest -> half_open',
    'request_depth_snapshot binance',
    '30:46 binance.rest -> open',
    'binance.rest -> half_open',
    'request_depth_snapshot binance',
    '32:11 binance.rest -> closed',
    // The sixteenth of the hour is the seventh server error, at 35:35.
    '35:36 grade C -> D',
    '41:00 binance.rest -> open',
    'binance.rest -> half_open',
    '45:31 engage_kill_switch memory drain: memory used 91%, limit <= 90% for 30 s',
    '45:31 kill null -> drain',
    '49:00 kill drain -> null',
    'request_depth_snapshot binance',
    '49:01 binance.rest -> closed',
    '57:00 kill null -> kill',
  ]);
});

/** What a run leaves behind: all effects as one line of JSON an Input, and how things stand at the end. */
interface Outcome {
  readonly effects: readonly string[];
  readonly rows: readonly StatusRow[];
  readonly closing: ReturnType<Scanner['closing']>;
}

function outcomeOf(scanner: Scanner, effects: readonly string[]): Outcome {
  return { effects, rows: scanner.ops!.rows(scanner.receiveTimeMs), closing: scanner.closing() };
}

function stepped(scanner: Scanner, input: Input): string {
  return JSON.stringify(scanner.step(input));
}

/** Told by the first difference: an hour of effects is too long for a diff. */
function assertSame(actual: Outcome, expected: Outcome, fromSequence = 0): void {
  const wanted = expected.effects.slice(fromSequence);
  const differs = wanted.findIndex((effects, i) => effects !== actual.effects[i]);
  assert.equal(actual.effects[differs], wanted[differs], `the effects of Input ${fromSequence + differs}`);
  assert.equal(actual.effects.length, wanted.length);
  assert.deepEqual(actual.rows, expected.rows);
  assert.deepEqual(actual.closing, expected.closing);
}

const folder = mkdtempSync(join(tmpdir(), 'cryptorun-ops-hour-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const lived = outcomeOf(
  world.scanner,
  world.effectsOf.map((effects) => JSON.stringify(effects)),
);

/** The session as a live shell records it: each Input is appended, then stepped. */
function record(): Outcome {
  const scanner = new Scanner({ decodeText });
  const writer = JournalWriter.create(folder, {
    session: 'hour',
    start: world.start,
    // Some 10 MB of records: five segments.
    maxSegmentBytes: 2_000_000,
    checkpoint: () => scanner.save(),
  });
  const effects = [stepped(scanner, world.start)];
  for (const input of world.inputs) {
    writer.append(input);
    effects.push(stepped(scanner, input));
  }
  writer.close();
  return outcomeOf(scanner, effects);
}

/** Reads the journal from the last checkpoint at or before `fromMs`. `sequence`: of the first record after it. */
function replay(fromMs: number): Outcome & { readonly sequence: number } {
  const reader = readJournal(openJournal(folder), { fromMs });
  const start = reader.next() as StartInput;
  const scanner = new Scanner({ decodeText });
  const { checkpoint } = reader;
  const begun = stepped(scanner, { ...start, restoredState: checkpoint?.state ?? null });
  const effects = checkpoint === null ? [begun] : [];
  for (let input = reader.next(); input !== null; input = reader.next()) effects.push(stepped(scanner, input));
  assert.deepEqual(reader.problems, []);
  return { ...outcomeOf(scanner, effects), sequence: checkpoint === null ? 0 : checkpoint.sequence + 1 };
}

test('stepped again, and recorded, the hour is the same; looking at it every second changed nothing', () => {
  assertSame(record(), lived);
});

test('its journal gives the same bytes, the trip of the kill switch included', () => {
  const replayed = replay(Number.NEGATIVE_INFINITY);
  assert.equal(replayed.sequence, 0);
  assertSame(replayed, lived);
  const trips = (effects: readonly string[]) => effects.filter((line) => line.includes('engage_kill_switch'));
  assert.equal(trips(replayed.effects).length, 1);
});

test('from every checkpoint on it goes on as if nothing had been', () => {
  const checkpoints = openJournal(folder).sessions[0]!.segments.flatMap(({ header }) => header.checkpoint ?? []);
  assert.ok(checkpoints.length >= 3, `${checkpoints.length} checkpoints`);
  for (const { sequence, receiveTimeMs } of checkpoints) {
    const replayed = replay(receiveTimeMs + 1);
    assert.equal(replayed.sequence, sequence + 1);
    assertSame(replayed, lived, sequence + 1);
  }
});

test('saved and restored at every moment of the table, likewise', () => {
  const breaks = TABLE.map(({ at }) => T0 + msOf(at));
  let scanner = new Scanner({ decodeText });
  const effects = [stepped(scanner, world.start)];
  for (const input of world.inputs) {
    if (input.receiveTimeMs > breaks[0]!) {
      breaks.shift();
      const restoredState = JSON.parse(JSON.stringify(scanner.save())) as JsonObject;
      scanner = new Scanner({ decodeText });
      scanner.step({ ...world.start, restoredState });
      assert.deepEqual(JSON.parse(JSON.stringify(scanner.save())), restoredState);
    }
    effects.push(stepped(scanner, input));
  }
  assert.equal(breaks.length, 1, 'all but the last moment, which is the end');
  assertSame(outcomeOf(scanner, effects), lived);
});
