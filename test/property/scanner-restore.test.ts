/**
 * One recording, stepped in many ways, must give one answer: without a break, with a save and restore at any point, twice,
 * and out of a buffer that is overwritten after every step.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/core/base/json.ts';
import type { Effect } from '../../src/core/scan/effect.ts';
import type { Input } from '../../src/core/scan/input.ts';
import type { Scanner } from '../../src/core/scan/scanner.ts';
import { makeDemoRecording } from '../../src/shell/sim/record.ts';
import { linkInput, startedScanner, stepInput } from '../core/scan/bench-scanner.ts';

/** Long enough for a closed minute with late trades, the recording's lost update and its outage. */
const SECONDS = 100;
const inputs = inputsOf();

/** The recording's files as Inputs, by receive time; read with a few lines of its own. */
function inputsOf(): Input[] {
  const timed: { ns: bigint; input: Input }[] = [];
  const { files } = makeDemoRecording({ seconds: SECONDS });
  for (const [file, { name, text }] of files.entries()) {
    const venue = /^(binance_usdm|binance|kraken|okx)_/.exec(name)![1]!;
    const symbol = venue.startsWith('binance') ? name.split('_').at(-2)!.toUpperCase() : undefined;
    let isUp = false;
    for (const line of text.trimEnd().split('\n')) {
      const received = /^(?:([0-9]{19}) |([0-9]{10})\.([0-9]{6}): )(.*)$/s.exec(line);
      const connected = /<-> ([0-9]{10})\.([0-9]{6})$/.exec(line);
      if (received === null && connected === null) continue;
      const ns = BigInt(received?.[1] ?? `${received?.[2] ?? connected![1]}${received?.[3] ?? connected![2]}000`);
      const receiveTimeMs = Number(ns / 1000n) / 1000;
      if (connected !== null || !isUp) {
        timed.push({ ns, input: linkInput(file, venue, 'up', receiveTimeMs) });
        // Snapshots stand between the stream's frames of Binance's files, as answers on a connection of their own.
        timed.push({ ns, input: linkInput(file + files.length, venue, 'up', receiveTimeMs, symbol ?? '') });
        isUp = true;
      }
      if (received === null) continue;
      const bytes = new TextEncoder().encode(received[4]!);
      const connection = received[4]!.startsWith('{"lastUpdateId"') ? file + files.length : file;
      timed.push({ ns, input: { kind: 'frame', connection, bytes, from: 0, to: bytes.length, receiveTimeMs } });
    }
  }
  timed.sort((a, b) => (a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : 0));
  return timed.map(({ input }) => input);
}

function stepAll(scanner: Scanner, from: number, to: number, effects: Effect[][]): void {
  for (const input of inputs.slice(from, to)) effects.push([...stepInput(scanner, input)]);
}

interface Run {
  readonly effects: Effect[][];
  readonly closing: ReturnType<Scanner['closing']>;
  readonly saved: JsonObject;
}

/** Steps everything, with a save through JSON text and a restore into a new Scanner before each Input of `breaks`. */
function runWith(breaks: readonly number[]): Run {
  let scanner = startedScanner(inputs[0]!.receiveTimeMs);
  const effects: Effect[][] = [];
  let from = 0;
  for (const at of breaks) {
    stepAll(scanner, from, at, effects);
    const saved = JSON.parse(JSON.stringify(scanner.save())) as JsonObject;
    scanner = startedScanner(inputs[at]!.receiveTimeMs, saved);
    assert.deepEqual(
      JSON.parse(JSON.stringify(scanner.save())),
      saved,
      `what was restored before Input ${at} saves the same`,
    );
    from = at;
  }
  stepAll(scanner, from, inputs.length, effects);
  return { effects, closing: scanner.closing(), saved: scanner.save() };
}

const whole = runWith([]);

/** The first Input after which some book is in that state. */
function firstIn(state: string): number {
  const scanner = startedScanner(inputs[0]!.receiveTimeMs);
  const at = inputs.findIndex((input) => {
    stepInput(scanner, input);
    return scanner.instruments.some(({ book }) => book.state === state);
  });
  assert.ok(at >= 0, `the recording has a book that is ${state}`);
  return at + 1;
}

function assertSame(broken: Run, context: string): void {
  assert.deepEqual(broken.closing, whole.closing, context);
  const differs = whole.effects.findIndex(
    (effects, i) => JSON.stringify(effects) !== JSON.stringify(broken.effects[i]),
  );
  assert.equal(differs, -1, `${context}: the effects of Input ${differs}`);
  // Learned shapes are not state: only what later Inputs depend on is compared, and that is what `save` holds.
  assert.deepEqual(broken.saved, whole.saved, context);
}

test('the recording is worth it: books of all venues live, bars closed, a gap opened and closed', () => {
  const kinds = new Set(whole.effects.flat().map(({ kind }) => kind));
  for (const kind of ['bar', 'digest', 'gap_opened', 'gap_closed', 'request_depth_snapshot', 'resubscribe'] as const) {
    assert.ok(kinds.has(kind), `an effect ${kind} among ${[...kinds].join(', ')}`);
  }
  assert.ok(whole.closing.lines.length >= 4, 'four instruments or more');
});

test('stepped twice, the digest and every effect are the same', () => {
  assertSame(runWith([]), 'again');
});

test('saved and restored anywhere, everything goes on as if nothing had been', () => {
  const share = (part: number): number => Math.floor(inputs.length * part);
  for (const part of [0.01, 0.2, 0.43, 0.66, 0.9]) assertSame(runWith([share(part)]), `at ${part} of the recording`);
});

for (const state of ['buffering', 'stale', 'live']) {
  test(`saved and restored while a book is ${state}, likewise`, () => {
    const at = firstIn(state);
    assertSame(runWith([at]), state);
    // Later in the same state, when something has been kept aside.
    assertSame(runWith([at + 5]), `${state}, five Inputs later`);
  });
}

test('saved and restored after every 500 Inputs, likewise', () => {
  assertSame(
    runWith(Array.from({ length: Math.floor((inputs.length - 1) / 500) }, (_, i) => (i + 1) * 500)),
    'many breaks',
  );
});
