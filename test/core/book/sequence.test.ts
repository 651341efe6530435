import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeBridge, judgeDelta, SEQUENCE_RULES, type Verdict } from '../../../src/core/market/book/sequence.ts';
import { VENUES } from '../../../src/core/market/venues/registry.ts';
import { depthTick, instrumentOf } from '../../support/book-reference.ts';

const NONE = Number.NaN;
/** What happens, the id we stand at, the message's first, last and previous id, and what must come of it. */
type Row = readonly [event: string, at: number, first: number, last: number, previous: number, verdict: Verdict];

function check(venue: string, judge: typeof judgeDelta, rows: readonly Row[]): void {
  const rule = SEQUENCE_RULES[venue]!;
  for (const [event, at, firstId, lastId, previousId, verdict] of rows) {
    const { tick } = depthTick('delta', instrumentOf(venue), { firstId, lastId, previousId });
    assert.equal(judge(rule, at, tick), verdict, `${venue}: ${event}`);
  }
}

// The steps are those of Binance's recipe for a local book, in its corrected form (`U <= lastUpdateId + 1`).
test('Binance spot: the first event after the snapshot (step 4)', () => {
  check('binance', judgeBridge, [
    ['u < lastUpdateId', 100, 90, 99, NONE, 'stale'],
    ['u = lastUpdateId', 100, 95, 100, NONE, 'stale'],
    ['U < lastUpdateId < u', 100, 95, 105, NONE, 'accept'],
    ['U = lastUpdateId', 100, 100, 101, NONE, 'accept'],
    ['U = lastUpdateId + 1', 100, 101, 105, NONE, 'accept'],
    ['one update, the next', 100, 101, 101, NONE, 'accept'],
    ['U = lastUpdateId + 2: the snapshot is too old (step 3)', 100, 102, 105, NONE, 'gap'],
  ]);
});

test('Binance spot: every further event (step 6)', () => {
  for (const venue of ['binance', 'binance_us']) {
    check(venue, judgeDelta, [
      ['U = local + 1', 100, 101, 103, NONE, 'accept'],
      ['U <= local < u: overlapping is allowed', 100, 98, 101, NONE, 'accept'],
      ['the same again', 100, 98, 100, NONE, 'stale'],
      ['older', 100, 1, 2, NONE, 'stale'],
      ['U = local + 2: one update is missing', 100, 102, 103, NONE, 'gap'],
    ]);
  }
});

test('Binance futures: the first event after the snapshot', () => {
  check('binance_usdm', judgeBridge, [
    ['u < lastUpdateId', 100, 90, 99, 89, 'stale'],
    ['u = lastUpdateId is not dropped here, unlike on spot', 100, 95, 100, 90, 'accept'],
    ['U <= lastUpdateId <= u', 100, 95, 110, 90, 'accept'],
    ['U = lastUpdateId', 100, 100, 110, 97, 'accept'],
    ['pu = lastUpdateId: the stream continues exactly, U being larger', 100, 104, 110, 100, 'accept'],
    ['U > lastUpdateId and pu beside it', 100, 101, 110, 99, 'gap'],
    ['U = lastUpdateId + 1 is no bridge here: ids are not consecutive', 100, 101, 110, 98, 'gap'],
    ['all later', 100, 120, 130, 115, 'gap'],
  ]);
});

test('Binance futures: every further event is judged by pu alone', () => {
  for (const venue of ['binance_usdm', 'binance_coinm']) {
    check(venue, judgeDelta, [
      ['pu = last u, U jumps', 100, 157, 160, 100, 'accept'],
      ['pu = last u, U = last + 1', 100, 101, 160, 100, 'accept'],
      ['the same again', 100, 95, 100, 90, 'stale'],
      ['older', 100, 50, 60, 49, 'stale'],
      ['U fits, pu does not', 100, 101, 103, 99, 'gap'],
      ['one message is missing', 100, 157, 160, 149, 'gap'],
      ['without pu', 100, 101, 103, NONE, 'gap'],
    ]);
  }
});

test('OKX: prevSeqId with its two legal exceptions, and old recordings without ids', () => {
  check('okx', judgeDelta, [
    ['prevSeqId = last seqId', 100, NONE, 107, 100, 'accept'],
    ['exception (a), keep-alive: seqId = prevSeqId', 100, NONE, 100, 100, 'accept'],
    ['exception (b), reset after maintenance: seqId < prevSeqId = last', 100, NONE, 3, 100, 'accept'],
    ['after the reset it goes on from the new value', 3, NONE, 5, 3, 'accept'],
    ['the same again', 100, NONE, 100, 95, 'stale'],
    ['older', 100, NONE, 90, 80, 'stale'],
    ['an older keep-alive', 100, NONE, 90, 90, 'stale'],
    ['the message before is missing', 100, NONE, 110, 105, 'gap'],
    ['a keep-alive shows that a message is missing', 100, NONE, 105, 105, 'gap'],
    ['a reset, again', 3, NONE, 3, 100, 'stale'],
    ['a reset whose prevSeqId we never saw', 100, NONE, 3, 105, 'gap'],
    ['prevSeqId too low for a message that is new', 100, NONE, 110, 99, 'gap'],
    ['no ids at all, in a recording that never had any', NONE, NONE, NONE, NONE, 'accept'],
    ['ids where there were none', NONE, NONE, 107, 100, 'accept'],
    ['no id where there were some', 100, NONE, NONE, NONE, 'gap'],
    ['seqId without prevSeqId', 100, NONE, 107, NONE, 'gap'],
  ]);
});

test('OKX without a streamed snapshot: bridging the requested one', () => {
  check('okx', judgeBridge, [
    ['seqId <= snapshot', 100, NONE, 95, 90, 'stale'],
    ['seqId = snapshot', 100, NONE, 100, 95, 'stale'],
    ['prevSeqId < snapshot < seqId', 100, NONE, 105, 95, 'accept'],
    ['prevSeqId = snapshot', 100, NONE, 105, 100, 'accept'],
    ['a keep-alive at the snapshot: nothing is missing', 100, NONE, 100, 100, 'accept'],
    ['a reset right at the snapshot: the lower ids that follow are new ones', 100, NONE, 3, 100, 'accept'],
    ['prevSeqId > snapshot: the snapshot is too old', 100, NONE, 110, 105, 'gap'],
    ['a keep-alive behind the snapshot: it is too old', 100, NONE, 105, 105, 'gap'],
  ]);
});

test('Bybit: u grows by one', () => {
  for (const venue of ['bybit', 'bybit_spot', 'bybit_linear', 'bybit_inverse']) {
    check(venue, judgeDelta, [
      ['u = last + 1', 100, NONE, 101, NONE, 'accept'],
      ['the same again', 100, NONE, 100, NONE, 'stale'],
      ['older', 100, NONE, 50, NONE, 'stale'],
      ['one is missing', 100, NONE, 102, NONE, 'gap'],
      ['the first after a snapshot without an id', NONE, NONE, 7, NONE, 'accept'],
      ['without an id', 100, NONE, NONE, NONE, 'gap'],
    ]);
  }
});

test('Kraken and Coinbase number nothing: every delta is accepted, other signs must tell', () => {
  for (const venue of ['kraken', 'coinbase', 'coinbase_advanced']) {
    check(venue, judgeDelta, [
      ['any', NONE, NONE, NONE, NONE, 'accept'],
      ['whatever it carries', 100, 500, 600, 400, 'accept'],
    ]);
  }
});

test('Coinbase Exchange: what is older than the update before it was overtaken', () => {
  const rule = SEQUENCE_RULES['coinbase']!;
  for (const [event, lastMs, eventTimeMs, verdict] of [
    ['later', 1_000, 1_050, 'accept'],
    ['as old: a repeat, or of the same batch', 1_000, 1_000, 'accept'],
    ['older', 1_000, 999.999, 'gap'],
    ['the first after a snapshot', NONE, 1, 'accept'],
    ['without a time', 1_000, NONE, 'accept'],
  ] as const) {
    const { tick } = depthTick('delta', instrumentOf('coinbase'), { eventTimeMs });
    assert.equal(judgeDelta(rule, NONE, tick, lastMs), verdict, event);
  }
});

test('every venue has a rule, and one that numbers and checks nothing is marked blind', () => {
  assert.deepEqual(Object.keys(SEQUENCE_RULES).sort(), [...VENUES].sort());
  for (const [venue, rule] of Object.entries(SEQUENCE_RULES)) {
    const isNumbered = rule.continuity !== 'none' && rule.continuity !== 'time';
    assert.equal(rule.isBlind, !isNumbered && rule.checksum === 'none', venue);
  }
});
