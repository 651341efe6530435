/** How each venue numbers its depth messages, as data, and the one question asked of it: accept, stale, or gap? */

import type { Tick } from '../tick.ts';

/**
 * A delta's place after the last one applied.
 *
 * - `accept`: it follows; apply it
 * - `stale`: it is older than what we have; ignore it (repeats are harmless, they are not gaps)
 * - `gap`: something between was lost; the book cannot be trusted
 */
export type Verdict = 'accept' | 'stale' | 'gap';

export interface SequenceRule {
  /**
   * Where a base for deltas comes from: the stream sends one; we must ask for it over REST; or either (OKX announced that
   * the stream's will end).
   */
  readonly snapshotFrom: 'stream' | 'request' | 'either';
  /**
   * - `first_id`: each message covers ids `firstId..lastId`, the next begins at or before last + 1 (Binance spot)
   * - `previous_id`: each names the last id of the one before; ids jump (Binance futures)
   * - `previous_id_resets`: likewise, with OKX's two exceptions: keep-alives repeat an id, and after maintenance ids restart
   *   lower once; messages without ids (recordings before 2023) are accepted, their checksum must do
   * - `next_id`: each id is the last one plus one (Bybit)
   * - `time`: no ids, so a lost message cannot show; but none is older than the one before it (Coinbase Exchange [seen]: of
   *   9,719 updates of ten products none was, 1,442 were as old)
   * - `none`: no ids
   */
  readonly continuity: 'first_id' | 'previous_id' | 'previous_id_resets' | 'next_id' | 'time' | 'none';
  /** What a message's checksum covers. */
  readonly checksum: 'kraken' | 'okx' | 'none';
  /** True where a frame that cannot be read may be a lost update that no id and no checksum would show. */
  readonly isBlind: boolean;
}

const BINANCE_FUTURES: SequenceRule = {
  snapshotFrom: 'request',
  continuity: 'previous_id',
  checksum: 'none',
  isBlind: false,
};
const BYBIT: SequenceRule = { snapshotFrom: 'stream', continuity: 'next_id', checksum: 'none', isBlind: false };
const BINANCE_SPOT: SequenceRule = {
  snapshotFrom: 'request',
  continuity: 'first_id',
  checksum: 'none',
  isBlind: false,
};
const COINBASE: SequenceRule = { snapshotFrom: 'stream', continuity: 'time', checksum: 'none', isBlind: true };
/** Its messages are numbered by connection, and that is where order is judged. */
const COINBASE_ADVANCED: SequenceRule = { ...COINBASE, continuity: 'none' };

/** The rule of every venue. Sources: the venues' own documents, see docs/venues.md. */
export const SEQUENCE_RULES: Readonly<Record<string, SequenceRule>> = {
  binance: BINANCE_SPOT,
  binance_us: BINANCE_SPOT,
  binance_usdm: BINANCE_FUTURES,
  binance_coinm: BINANCE_FUTURES,
  kraken: { snapshotFrom: 'stream', continuity: 'none', checksum: 'kraken', isBlind: false },
  okx: { snapshotFrom: 'either', continuity: 'previous_id_resets', checksum: 'okx', isBlind: false },
  coinbase: COINBASE,
  coinbase_advanced: COINBASE_ADVANCED,
  bybit: BYBIT,
  bybit_spot: BYBIT,
  bybit_linear: BYBIT,
  bybit_inverse: BYBIT,
};

/**
 * Judges a delta against the last applied update of a live book.
 *
 * @param last - its id; NaN: none known
 * @param lastMs - its time, of a delta alone: what a snapshot calls its time is another clock's; NaN: none came since
 */
export function judgeDelta(rule: SequenceRule, last: number, delta: Tick, lastMs = Number.NaN): Verdict {
  switch (rule.continuity) {
    case 'first_id':
      if (delta.lastId <= last) return 'stale';
      return delta.firstId <= last + 1 ? 'accept' : 'gap';
    case 'previous_id':
      if (delta.previousId === last) return 'accept';
      return delta.lastId <= last ? 'stale' : 'gap';
    case 'previous_id_resets':
      if (Number.isNaN(delta.lastId)) return Number.isNaN(last) ? 'accept' : 'gap';
      if (Number.isNaN(last) || delta.previousId === last) return 'accept';
      if (delta.lastId === last) return 'stale'; // also a repeated reset, whose previous id is larger
      return delta.lastId < last && delta.previousId < last ? 'stale' : 'gap';
    case 'next_id':
      if (delta.lastId === last + 1 || Number.isNaN(last)) return 'accept';
      return delta.lastId <= last ? 'stale' : 'gap';
    case 'time':
      return delta.eventTimeMs < lastMs ? 'gap' : 'accept';
    case 'none':
      return 'accept';
  }
}

/**
 * Judges a delta against a snapshot just loaded, for rules whose snapshot and stream are numbered apart from each other's
 * messages: the first delta must bridge the snapshot's id, not follow it exactly.
 */
export function judgeBridge(rule: SequenceRule, snapshotId: number, delta: Tick): Verdict {
  switch (rule.continuity) {
    case 'first_id':
      // Binance spot, step 4: drop u <= lastUpdateId; the first kept must have U <= lastUpdateId + 1 <= u.
      return judgeDelta(rule, snapshotId, delta);
    case 'previous_id':
      // Binance futures: drop u < lastUpdateId; the first kept has U <= lastUpdateId <= u, or continues exactly.
      if (delta.previousId === snapshotId) return 'accept';
      if (delta.lastId < snapshotId) return 'stale';
      return delta.firstId <= snapshotId ? 'accept' : 'gap';
    case 'previous_id_resets':
      // OKX without a streamed snapshot: drop seqId <= snapshot; the first kept has prevSeqId <= snapshot < seqId.
      // One that continues exactly may also be a keep-alive or a reset: its seqId is then not above the snapshot's.
      if (delta.previousId === snapshotId) return 'accept';
      if (delta.lastId <= snapshotId) return 'stale';
      return delta.previousId <= snapshotId ? 'accept' : 'gap';
    default:
      return judgeDelta(rule, snapshotId, delta);
  }
}
