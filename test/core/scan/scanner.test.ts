import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../../../src/core/scan/effect.ts';
import type { Scanner } from '../../../src/core/scan/scanner.ts';
import { type Format, updateText, VenueStream, venueOf } from '../../support/frames.ts';
import { linkInput, startedScanner, stepFrame, touchOf } from './bench-scanner.ts';

const kindsOf = (effects: readonly Effect[]): string[] => effects.map(({ kind }) => kind);

/** A stream on a connection of its own; its snapshots too come there, or over REST one number higher. */
class Wire {
  readonly stream: VenueStream;
  readonly scanner: Scanner;
  readonly connection: number;
  readonly #venue: string;
  readonly #symbol: string;

  constructor(scanner: Scanner, format: Format, connection: number, seed = 1) {
    this.stream = new VenueStream(format, seed);
    this.scanner = scanner;
    this.connection = connection;
    ({ venue: this.#venue, symbol: this.#symbol } = venueOf(format));
    this.link('up');
    scanner.step(linkInput(connection + 1, this.#venue, 'up', this.nowMs, this.#symbol));
  }

  get nowMs(): number {
    return this.stream.timeMs + 40;
  }

  get run() {
    return this.scanner.instruments.find(({ instrument }) => instrument.venue === this.#venue)!;
  }

  link(state: 'up' | 'down', connection = this.connection): readonly Effect[] {
    return this.scanner.step(linkInput(connection, this.#venue, state, this.nowMs));
  }

  update(connection = this.connection): readonly Effect[] {
    return stepFrame(this.scanner, connection, updateText(this.stream.format, this.stream.next()), this.nowMs);
  }

  snapshot(connection = this.connection): readonly Effect[] {
    const at = this.stream.format.startsWith('binance') ? connection + 1 : connection;
    return stepFrame(this.scanner, at, this.stream.snapshotText(), this.nowMs);
  }

  /** From the first frame to a live book. */
  begin(): readonly Effect[] {
    return [...this.update(), ...this.snapshot(), ...this.update()];
  }
}

const FIRST_MS = new VenueStream('binance', 1).timeMs;

test('start comes first, once, and a connection is introduced before its frames', () => {
  const scanner = startedScanner(FIRST_MS);
  assert.throws(() => stepFrame(scanner, 3, '{}', FIRST_MS), /`link` Input introduces/);
  assert.throws(() => scanner.step({ kind: 'start' } as never), /comes once/);
});

test('nothing to do is one shared empty array', () => {
  const scanner = startedScanner(FIRST_MS);
  const pulse = (ms: number): readonly Effect[] => scanner.step({ kind: 'pulse', receiveTimeMs: ms });
  assert.equal(pulse(FIRST_MS), pulse(FIRST_MS + 1));
  assert.deepEqual(pulse(FIRST_MS + 2), []);
});

test('the first delta asks for the snapshot, once', () => {
  const wire = new Wire(startedScanner(FIRST_MS), 'binance', 0);
  assert.deepEqual(wire.update(), [
    { kind: 'request_depth_snapshot', venue: 'binance', symbol: 'BTCUSDT', reason: 'initial' },
  ]);
  assert.deepEqual(wire.update(), []);
});

test('a connection that goes down takes only its own books with it', () => {
  const scanner = startedScanner(FIRST_MS);
  const [binance, kraken] = [new Wire(scanner, 'binance', 0), new Wire(scanner, 'kraken', 2)];
  binance.begin();
  kraken.begin();
  assert.deepEqual(kindsOf(binance.link('down')), ['gap_opened']);
  assert.equal(touchOf(binance.run), null);
  assert.notEqual(touchOf(kraken.run), null);
  assert.deepEqual(kindsOf(binance.link('down')), [], 'down twice is down');
});

test('after a disconnect the first delta of the new connection asks for the snapshot', () => {
  const wire = new Wire(startedScanner(FIRST_MS), 'binance', 0);
  wire.begin();
  wire.link('down');
  wire.link('up');
  assert.deepEqual(kindsOf(wire.update()), ['request_depth_snapshot']);
  wire.snapshot();
  assert.deepEqual(kindsOf(wire.update()), ['gap_closed']);
  assert.notEqual(touchOf(wire.run), null);
  assert.deepEqual([wire.run.counters.gaps, wire.run.counters.resyncs, wire.run.counters.snapshotRequests], [1, 1, 2]);
});

test('an up without a down is a reconnect', () => {
  const wire = new Wire(startedScanner(FIRST_MS), 'kraken', 0);
  wire.begin();
  assert.deepEqual(kindsOf(wire.link('up')), ['gap_opened']);
  assert.deepEqual(kindsOf(wire.snapshot()), ['gap_closed']);
});

test('a REST connection that goes down harms no book', () => {
  const wire = new Wire(startedScanner(FIRST_MS), 'binance', 0);
  wire.begin();
  assert.deepEqual(wire.scanner.step(linkInput(1, 'binance', 'down', wire.nowMs, 'BTCUSDT')), []);
  assert.notEqual(touchOf(wire.run), null);
});

test('a snapshot of a live book leaves its live time running', () => {
  const wire = new Wire(startedScanner(FIRST_MS), 'bybit_linear', 0);
  wire.snapshot();
  const fromMs = wire.nowMs;
  for (let i = 0; i < 20; i++) {
    wire.update();
    if (i === 10) wire.snapshot();
  }
  const elapsed = wire.nowMs - fromMs;
  assert.deepEqual(wire.run.liveness(wire.nowMs), { coveredMs: elapsed, liveMs: elapsed });
});

test('time without a live book is covered, not live', () => {
  const wire = new Wire(startedScanner(FIRST_MS), 'bybit_linear', 0);
  wire.snapshot();
  const fromMs = wire.nowMs;
  wire.update();
  wire.stream.next();
  const lostMs = wire.nowMs + 100;
  assert.deepEqual(kindsOf(wire.update()), ['gap_opened', 'resubscribe']);
  wire.update();
  wire.snapshot();
  const backMs = wire.nowMs;
  wire.update();
  const { coveredMs, liveMs } = wire.run.liveness(wire.nowMs)!;
  assert.deepEqual([coveredMs, liveMs], [wire.nowMs - fromMs, lostMs - fromMs + (wire.nowMs - backMs)]);
});

test('a venue that nobody knows, and frames that nobody can read, are counted or passed over', () => {
  const scanner = startedScanner(FIRST_MS);
  assert.deepEqual(scanner.step(linkInput(0, 'mtgox', 'up', FIRST_MS)), []);
  scanner.step(linkInput(1, 'kraken', 'up', FIRST_MS));
  for (const frame of ['', '{', 'null', '[]', '\u0000', new Uint8Array([0xff, 0xfe, 0x22])]) {
    assert.deepEqual(stepFrame(scanner, 1, frame, FIRST_MS), []);
  }
  const [kraken] = scanner.venues;
  assert.equal(kraken!.frames, 6);
  assert.equal(kraken!.malformed + kraken!.unknown, 6);
});

test('the digest does not depend on the order in which instruments were first seen', () => {
  const digest = (order: readonly Format[]): string => {
    const scanner = startedScanner(FIRST_MS);
    const wires = order.map((format, i) => new Wire(scanner, format, i * 2));
    for (const wire of wires) wire.snapshot();
    return scanner.closing().digest;
  };
  assert.equal(digest(['kraken', 'bybit_linear', 'coinbase']), digest(['coinbase', 'kraken', 'bybit_linear']));
});

test('closing changes nothing, and one more level changes the digest', () => {
  const wire = new Wire(startedScanner(FIRST_MS), 'kraken', 0);
  wire.snapshot();
  const before = wire.scanner.closing();
  assert.deepEqual(wire.scanner.closing(), before);
  wire.update();
  assert.notEqual(wire.scanner.closing().digest, before.digest);
});
