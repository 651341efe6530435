/**
 * Real recorded frames with one damaged, against the same frames whole: whenever the book can be read after one of its
 * instrument's depth messages, its best prices are those of the undamaged run. `corruption.test.ts` says what can show.
 */

import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Prng } from '../../src/core/base/prng.ts';
import type { Input } from '../../src/core/scan/input.ts';
import type { Scanner } from '../../src/core/scan/scanner.ts';
import { openRecordings } from '../../src/shell/recording/open.ts';
import { linkInput, startedScanner, stepFrame, stepInput, touchOf } from '../core/scan/bench-scanner.ts';
import { hasMarketdata, MARKETDATA } from '../support/marketdata.ts';

const FRAMES = 5_000;
/** Damaged frames tried for each kind of damage. */
const TRIALS = 8;

type Damage = 'drop' | 'swap' | 'duplicate' | 'last_id' | 'number';

interface Case {
  readonly name: string;
  readonly folder: string;
  /** Ids show every loss by the next message; checksums only what touches the levels they cover. */
  readonly isNumbered: boolean;
  /** Finds what `last_id` and `number` alter: a text and its digits. */
  readonly lastId?: RegExp;
  readonly number?: RegExp;
}

const CASES: readonly Case[] = [
  { name: 'Binance spot', folder: 'hftbacktest/binance_spot', isNumbered: true, lastId: /"u":([0-9]+)/ },
  { name: 'Binance USD-M', folder: 'hftbacktest/binance_usdm', isNumbered: true, lastId: /"u":([0-9]+)/ },
  { name: 'Binance COIN-M', folder: 'hftbacktest/binance_coinm', isNumbered: true, lastId: /"u":([0-9]+)/ },
  { name: 'Kraken v1', folder: 'cryptofeed/raw/KRAKEN', isNumbered: false, number: /"[0-9]+\.([0-9]+)"/ },
  { name: 'OKX with checksums', folder: 'cryptofeed/raw/OKX', isNumbered: false, number: /\["(?:[0-9]+\.)?([0-9]+)"/ },
];

/** The first frames of the folder's largest file (Inputs that own their bytes), links included. */
async function firstInputs(folder: string): Promise<Input[]> {
  const paths = readdirSync(join(MARKETDATA, folder)).map((name) => join(MARKETDATA, folder, name));
  const [largest = ''] = paths.sort((a, b) => statSync(b).size - statSync(a).size);
  const recordings = await openRecordings([largest]);
  const inputs: Input[] = [];
  while (inputs.length < FRAMES && (await recordings.ready())) {
    for (let record = recordings.next(); record !== null && inputs.length < FRAMES; record = recordings.next()) {
      const { receiveTimeMs, kind } = record;
      const { rank, venue, transport, symbol } = record.connection;
      if (kind === 'frame') {
        const bytes = record.bytes.slice(record.from, record.to);
        inputs.push({ kind, connection: rank, bytes, from: 0, to: bytes.length, receiveTimeMs });
      } else {
        const state = kind === 'link_up' ? 'up' : 'down';
        inputs.push(linkInput(rank, venue, state, receiveTimeMs, transport === 'rest' ? (symbol ?? '') : undefined));
      }
    }
  }
  await recordings.close();
  return inputs;
}

/** A depth message of a book that is live before and after it, in the undamaged run. */
interface DepthMark {
  readonly at: number;
  readonly symbol: string;
  readonly touch: readonly [bid: number, ask: number];
}

function numberTouch(scanner: Scanner, symbol: string): readonly [bid: number, ask: number] | null {
  const run = scanner.instruments.find(({ instrument }) => instrument.symbol === symbol)!;
  const touch = touchOf(run);
  // As numbers: mantissas of two runs differ where decimals have grown at different times.
  if (touch === null) return null;
  const scale = Number(`1e${run.book.priceDecimals}`);
  return [touch[0] / scale, touch[1] / scale];
}

function depthMarks(inputs: readonly Input[]): DepthMark[] {
  const scanner = startedScanner(inputs[0]!.receiveTimeMs);
  const marks: DepthMark[] = [];
  for (const [at, input] of inputs.entries()) {
    const before = scanner.instruments.map(({ counters, book }) => [counters.depthUpdates, book.state] as const);
    stepInput(scanner, input);
    for (const [i, { counters, instrument }] of scanner.instruments.entries()) {
      const [updates, state] = before[i] ?? [0, 'empty'];
      if (counters.depthUpdates === updates || state !== 'live') continue;
      const touch = numberTouch(scanner, instrument.symbol);
      if (touch !== null) marks.push({ at, symbol: instrument.symbol, touch });
    }
  }
  return marks;
}

/** The frame with one number changed; null where the pattern is not in it. */
function altered(bytes: Uint8Array, pattern: RegExp, damage: Damage): string | null {
  const text = new TextDecoder().decode(bytes);
  const found = pattern.exec(text);
  if (found === null) return null;
  const digits = found[1]!;
  const from = found.index + found[0].lastIndexOf(digits);
  const wrong = damage === 'last_id' ? `${digits}0` : digits.slice(0, -1) + String((Number(digits.at(-1)) + 1) % 10);
  return text.slice(0, from) + wrong + text.slice(from + digits.length);
}

/** Marks with several more of the same instrument behind them. */
function busyMarks(marks: readonly DepthMark[]): number[] {
  const left = new Map<string, number>();
  for (const { symbol } of marks) left.set(symbol, (left.get(symbol) ?? 0) + 1);
  return [...marks.keys()].filter((i) => {
    const { symbol } = marks[i]!;
    left.set(symbol, left.get(symbol)! - 1);
    return left.get(symbol)! >= 5;
  });
}

/** Steps all Inputs with the one of `mark` damaged; asserts after every depth message from there on. */
function tryDamage(
  inputs: readonly Input[],
  marks: readonly DepthMark[],
  at: number,
  damage: Damage,
  example: Case,
): boolean {
  const mark = marks[at]!;
  const later = marks.slice(at + 1).filter(({ symbol }) => symbol === mark.symbol);
  const frame = inputs[mark.at] as Extract<Input, { kind: 'frame' }>;
  const pattern = damage === 'last_id' ? example.lastId : example.number;
  const wrong = pattern === undefined ? null : altered(frame.bytes, pattern, damage);
  if ((damage === 'last_id' || damage === 'number') && wrong === null) return false;
  const swappedAt = damage === 'swap' ? later[0]!.at : -1;
  const touches = new Map(later.map((depth) => [depth.at, depth.touch]));
  const scanner = startedScanner(inputs[0]!.receiveTimeMs);
  let hasShown = false;
  for (const [i, input] of inputs.entries()) {
    if (i === swappedAt) stepFrame(scanner, frame.connection, frame.bytes, input.receiveTimeMs);
    else if (i !== mark.at) stepInput(scanner, input);
    else if (damage === 'swap') {
      const { bytes } = inputs[swappedAt] as typeof frame;
      stepFrame(scanner, frame.connection, bytes, input.receiveTimeMs);
    } else if (damage === 'duplicate') {
      stepInput(scanner, input);
      stepInput(scanner, input);
    } else if (wrong !== null) stepFrame(scanner, frame.connection, wrong, input.receiveTimeMs);
    // Where both checksums of a swapped pair fit, the book is that of the message that came last, the earlier one.
    const truth = i === swappedAt ? mark.touch : touches.get(i);
    if (truth === undefined) continue;
    const context = `${damage} of frame ${mark.at} (${mark.symbol}), seen at ${i}`;
    const touch = numberTouch(scanner, mark.symbol);
    if (damage === 'duplicate') assert.deepEqual(touch, truth, context);
    else if (touch !== null) assert.deepEqual(touch, truth, context);
    if (touch === null) hasShown = true;
    else if (example.isNumbered && damage !== 'duplicate') assert.fail(`${context}: still live`);
  }
  return hasShown;
}

for (const example of CASES) {
  const skip = hasMarketdata ? false : 'no recorded market data here';
  test(`${example.name}: one damaged real frame never leads to a wrong price`, { skip }, async (t) => {
    const inputs = await firstInputs(example.folder);
    const marks = depthMarks(inputs);
    const busy = busyMarks(marks);
    assert.ok(busy.length > 100, `enough depth messages: ${busy.length}`);
    const prng = new Prng(example.name);
    const damages: Damage[] = ['drop', 'swap', 'duplicate'];
    if (example.lastId !== undefined) damages.push('last_id');
    if (example.number !== undefined) damages.push('number');
    for (const damage of damages) {
      let shown = 0;
      for (let trial = 0; trial < TRIALS; trial++) {
        if (tryDamage(inputs, marks, busy[prng.int(busy.length)]!, damage, example)) shown += 1;
      }
      t.diagnostic(`${damage}: ${shown} of ${TRIALS} shown`);
      if (damage === 'duplicate') assert.equal(shown, 0);
      else assert.ok(shown > 0, `${damage} is noticed at least sometimes`);
    }
  });
}
