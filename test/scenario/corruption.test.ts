/**
 * A damaged stream, against the truth. What a venue's own messages can show of a damage, and when:
 *
 * - Binance spot, Binance futures, OKX by ids: a lost or unreadable message and a wrong id show at the next message at the
 *   latest, a swapped pair at its first. A wrong price or size shows nowhere: nothing on the wire covers it.
 * - Bybit: likewise by its one id.
 * - Kraken v1 and v2, OKX of old: everything that touches the best ten (OKX: 25) levels, at the first message whose checksum
 *   differs; until then those levels are right. They are those of the message that came last: where the second of a swapped
 *   pair undoes the first exactly, both checksums fit, and the book is one message old until the next.
 * - Coinbase Exchange: a frame that cannot be read, and the second of a swapped pair, by its time. Coinbase Advanced: also a hole in the connection's numbering.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Effect } from '../../src/core/scan/effect.ts';
import type { Scanner } from '../../src/core/scan/scanner.ts';
import { linkInput, startedScanner, stepFrame, touchOf } from '../core/scan/bench-scanner.ts';
import type { Level } from '../support/book-reference.ts';
import {
  CredulousClient,
  FORMATS,
  type Format,
  type Truth,
  type Update,
  updateText,
  VenueStream,
  venueOf,
} from '../support/frames.ts';

const WEBSOCKET = 0;
const REST = 1;
const LATENCY_MS = 40;

/**
 * When a damage must show: at the damaged message (of a swapped pair: at the first that comes), at the one behind it at the
 * latest, when a checksum differs, never although it harms, or there is nothing to show; `by_second`: at the second of a pair.
 */
type Shows = 'at_once' | 'by_next' | 'by_second' | 'by_checksum' | 'never' | 'harmless';
const DAMAGES = ['drop', 'swap', 'duplicate', 'cut', 'price', 'size', 'last_id_up', 'last_id_down', 'link_id'] as const;
type Damage = (typeof DAMAGES)[number];

const NUMBERED = {
  drop: 'by_next',
  swap: 'at_once',
  duplicate: 'harmless',
  cut: 'by_next',
  price: 'never',
  size: 'never',
  last_id_up: 'by_next',
  last_id_down: 'by_next',
  link_id: 'at_once',
} as const satisfies Record<Damage, Shows>;
const CHECKED = {
  drop: 'by_checksum',
  swap: 'by_checksum',
  duplicate: 'harmless',
  cut: 'by_checksum',
  price: 'by_checksum',
  size: 'by_checksum',
} as const;

const { link_id: _link, last_id_up: _up, last_id_down: _down, ...UNNUMBERED } = NUMBERED;

const SHOWS: Readonly<Record<Format, Partial<Record<Damage, Shows>>>> = {
  binance: NUMBERED,
  binance_usdm: NUMBERED,
  okx: NUMBERED,
  // One id, which must be the last one plus one.
  bybit_linear: { ...UNNUMBERED, last_id_up: 'at_once', last_id_down: 'by_next' },
  okx_checksum: CHECKED,
  kraken: CHECKED,
  kraken_v1: CHECKED,
  coinbase: { drop: 'never', swap: 'by_second', duplicate: 'harmless', cut: 'at_once', price: 'never', size: 'never' },
  // Its number is the connection's; a frame that cannot be read is distrusted without waiting for the hole.
  coinbase_advanced: { ...UNNUMBERED, cut: 'at_once' },
};

/** A scanner that listens to one stream. */
class Listener {
  readonly stream: VenueStream;
  readonly scanner: Scanner;
  readonly effects: Effect[] = [];
  readonly #symbol: string;

  constructor(format: Format, seed: number) {
    this.stream = new VenueStream(format, seed);
    const { venue, symbol } = venueOf(format);
    this.#symbol = symbol;
    this.scanner = startedScanner(this.stream.timeMs);
    this.scanner.step(linkInput(WEBSOCKET, venue, 'up', this.stream.timeMs));
    this.scanner.step(linkInput(REST, venue, 'up', this.stream.timeMs, symbol));
    if (this.#isAsked) this.hear(this.stream.next());
    this.hearSnapshot();
    // Binance: the message that bridges the snapshot.
    this.hear(this.stream.next());
    this.assertTrue();
  }

  get #isAsked(): boolean {
    return this.stream.format.startsWith('binance');
  }

  get run() {
    return this.scanner.instruments.find(({ instrument }) => instrument.symbol === this.#symbol)!;
  }

  hear(update: Update): void {
    this.hearText(updateText(this.stream.format, update));
  }

  hearText(text: string): void {
    this.effects.push(...stepFrame(this.scanner, WEBSOCKET, text, this.stream.timeMs + LATENCY_MS));
  }

  hearSnapshot(): void {
    const at = this.#isAsked ? REST : WEBSOCKET;
    this.effects.push(...stepFrame(this.scanner, at, this.stream.snapshotText(), this.stream.timeMs + LATENCY_MS));
  }

  /** The book is live and holds exactly what the market holds. */
  assertTrue(): void {
    const { book, instrument } = this.run;
    assert.equal(book.state, 'live');
    const { bids, asks } = this.stream.truth;
    const scale = (levels: readonly Level[]): Level[] => levels.map(([p, s]) => [p / 100, s / 1000]);
    const held = (side: typeof book.bids): Level[] => {
      const prices = new Float64Array(200);
      const sizes = new Float64Array(200);
      const count = side.top(200, prices, sizes);
      return Array.from({ length: count }, (_, i) => [
        instrument.priceNumber(prices[i]!),
        instrument.sizeNumber(sizes[i]!),
      ]);
    };
    assert.deepEqual([held(book.bids), held(book.asks)], [scale(bids), scale(asks)]);
  }

  /** If any price can be read, it is the market's. */
  assertNoFalsePrice(truth: Truth, context: string): void {
    const touch = touchOf(this.run);
    if (touch === null) {
      assert.deepEqual([this.run.book.mid, this.run.book.spreadBps], [null, null], context);
      return;
    }
    const { instrument } = this.run;
    const expected = [truth.bids[0]![0] / 100, truth.asks[0]![0] / 100];
    assert.deepEqual(
      touch.map((price) => instrument.priceNumber(price)),
      expected,
      context,
    );
  }
}

/** What is wrong with a message. `pick` chooses among levels. */
function alter(update: Update, damage: Damage, pick: number): Update {
  const side = update.bids.length > 0 ? 'bids' : 'asks';
  const levels = update[side];
  const at = pick % levels.length;
  const replace = (level: Level): Update => ({ ...update, [side]: levels.map((old, i) => (i === at ? level : old)) });
  const [price, size] = levels[at]!;
  switch (damage) {
    case 'price':
      return replace([price + 1, size]);
    case 'size':
      return replace([price, size + 10]);
    case 'last_id_up':
      return { ...update, lastId: update.lastId + 100_000 };
    case 'last_id_down':
      return { ...update, lastId: update.lastId - 1 - (pick % 40) };
    default:
      // Binance spot links by its first id, the others by the previous one: both beyond what we stand at.
      return { ...update, firstId: update.firstId + 1, previousId: update.previousId + 1 };
  }
}

/** What is heard in place of `update` (and `next`): texts, each with the update that it is of (null: not readable). */
function damaged(
  format: Format,
  damage: Damage,
  update: Update,
  next: Update,
  pick: number,
): [text: string, of: Update | null][] {
  const text = updateText(format, update);
  const whole: [string, Update][] = [[text, update]];
  const behind: [string, Update] = [updateText(format, next), next];
  switch (damage) {
    case 'drop':
      return [behind];
    case 'swap':
      return [behind, ...whole];
    case 'duplicate':
      return [...whole, ...whole, behind];
    case 'cut':
      return [[text.slice(0, text.length - 1 - (pick % (text.length - 2))), null], behind];
    default: {
      const altered = alter(update, damage, pick);
      return [[updateText(format, altered), altered], behind];
    }
  }
}

interface Trial {
  readonly seed: number;
  readonly before: number;
  readonly pick: number;
}
const TRIAL = fc.record({ seed: fc.nat(1_000_000), before: fc.nat(6), pick: fc.nat(1_000) });
const AFTER = 8;

function tryDamage(format: Format, damage: Damage, shows: Shows, { seed, before, pick }: Trial): void {
  const listener = new Listener(format, seed);
  const { stream } = listener;
  for (let i = 0; i < before; i++) listener.hear(stream.next());
  const believer = new CredulousClient(format, stream.truth);
  const update = stream.next();
  const afterUpdate = stream.truth;
  const next = stream.next();
  const heard = damaged(format, damage, update, next, pick);
  let hasShown = shows === 'harmless';
  for (const [i, [text, of]] of heard.entries()) {
    listener.hearText(text);
    if (of !== null && !believer.apply(of)) hasShown ||= shows === 'by_checksum';
    if (shows === 'at_once' && (damage === 'drop' || i === 0)) hasShown = true;
    if (shows === 'by_next' && of === next) hasShown = true;
    if (shows === 'by_second' && i === 1) hasShown = true;
    // A frame that cannot be read moves nothing; where only a later checksum tells, the price is the one before it.
    if (of === null && !hasShown) continue;
    judge(listener, shows, hasShown, of === next ? stream.truth : afterUpdate, `${damage}, message ${i}`);
  }
  for (let i = 0; i < AFTER; i++) {
    const further = stream.next();
    listener.hear(further);
    if (!believer.apply(further)) hasShown ||= shows === 'by_checksum';
    judge(listener, shows, hasShown, stream.truth, `${damage}, ${i + 1} behind`);
  }
  if (shows === 'harmless') listener.assertTrue();
  else if (hasShown) assertRecovers(listener);
}

function judge(listener: Listener, shows: Shows, hasShown: boolean, truth: Truth, context: string): void {
  const { book } = listener.run;
  if (shows === 'never') {
    assert.equal(book.state, 'live', `${context}: nothing on the wire can show it`);
  } else if (shows === 'harmless') {
    listener.assertNoFalsePrice(truth, context);
    assert.equal(book.state, 'live', context);
  } else if (hasShown) {
    assert.equal(book.state, 'stale', context);
    listener.assertNoFalsePrice(truth, context);
  } else if (shows === 'by_checksum') {
    assert.equal(book.state, 'live', `${context}: stale although every checksum fits`);
    listener.assertNoFalsePrice(truth, context);
  }
}

/** One gap was opened and a snapshot asked for; with it the book is the market's again, and the gap is closed. */
function assertRecovers(listener: Listener): void {
  const { stream, effects } = listener;
  const kinds = (): string[] => effects.map(({ kind }) => kind);
  assert.equal(kinds().filter((kind) => kind === 'gap_opened').length, 1);
  const wanted = stream.format.startsWith('binance') ? 'request_depth_snapshot' : 'resubscribe';
  assert.ok(kinds().indexOf(wanted, kinds().indexOf('gap_opened')) >= 0, `${wanted} follows the gap`);
  listener.hearSnapshot();
  listener.hear(stream.next());
  listener.assertTrue();
  const closed = effects.filter((effect) => effect.kind === 'gap_closed');
  assert.equal(closed.length, 1);
  const { startMs, endMs } = closed[0]!.gap;
  assert.ok(endMs !== null && endMs >= startMs, `the gap has a beginning and an end: ${startMs} ${endMs}`);
}

for (const format of FORMATS) {
  for (const damage of DAMAGES) {
    const shows = SHOWS[format][damage];
    if (shows === undefined) continue;
    test(`${format}: ${damage} shows ${shows}`, () => {
      fc.assert(
        fc.property(TRIAL, (trial) => tryDamage(format, damage, shows, trial)),
        { numRuns: 60 },
      );
    });
  }
}

test('an undamaged stream is followed exactly, in every format', () => {
  for (const format of FORMATS) {
    const listener = new Listener(format, 7);
    for (let i = 0; i < 300; i++) {
      listener.hear(listener.stream.next());
      listener.assertTrue();
    }
    assert.deepEqual([listener.run.counters.gaps, listener.scanner.venues[0]!.malformed], [0, 0], format);
  }
});

test('checksum venues: most damages do show, so the tests above mean something', () => {
  for (const format of ['kraken', 'kraken_v1', 'okx_checksum'] as const) {
    for (const damage of ['drop', 'price', 'size', 'swap'] as const) {
      let shown = 0;
      for (let seed = 0; seed < 40; seed++) {
        const listener = new Listener(format, seed);
        const update = listener.stream.next();
        for (const [text] of damaged(format, damage, update, listener.stream.next(), seed)) listener.hearText(text);
        if (listener.run.book.state === 'stale') shown += 1;
      }
      assert.ok(shown >= 25, `${format} ${damage}: ${shown} of 40`);
    }
  }
});
