import { Scanner } from '../src/core/scan/scanner.ts';
import { openRecordings } from '../src/shell/recording/open.ts';

const r = await openRecordings(process.argv.slice(2));
for (const p of r.problems) console.log('PROBLEM', p);
const s = new Scanner({
  decodeText: (b, f, t) => {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(b.subarray(f, t));
    } catch {
      return null;
    }
  },
});
s.step({
  kind: 'start',
  config: {
    watermarkDelayMs: 1500,
    lateGraceMs: 4500,
    maxEventTimeDeviationMs: 10000,
    discoverInstruments: true,
    onlySymbols: null,
  },
  configHash: '',
  codeVersion: '',
  instruments: [],
  restoredState: null,
  receiveTimeMs: 0,
});
let n = 0;
const eff: Record<string, number> = {};
const t0 = performance.now();
const rd = r;
while (await (rd as any).ready()) {
  let x: any;
  while ((x = (rd as any).next()) !== null) {
    const ms = x.receiveTimeMs;
    let e;
    if (x.kind === 'frame') {
      n++;
      e = s.step({
        kind: 'frame',
        connection: x.connection.rank,
        bytes: x.bytes,
        from: x.from,
        to: x.to,
        receiveTimeMs: ms,
      });
    } else
      e = s.step({
        kind: 'link',
        connection: x.connection.rank,
        venue: x.connection.venue,
        transport: x.connection.transport,
        state: x.kind === 'link_up' ? 'up' : 'down',
        symbol: x.connection.symbol,
        reason: x.reason,
        receiveTimeMs: ms,
      });
    for (const f of e) {
      eff[f.kind] = (eff[f.kind] ?? 0) + 1;
      if (f.kind === 'gap_opened') console.log(JSON.stringify(f));
    }
  }
}
const dt = (performance.now() - t0) / 1000;
for (const i of s.instruments) {
  if (!i.counters.frames) continue;
  const c = i.counters;
  console.log(
    i.instrument.venue,
    i.instrument.symbol,
    Object.entries(c)
      .filter(([, v]) => v)
      .map(([k, v]) => k + '=' + v)
      .join(' '),
    'ok',
    i.book.checksumOk,
    'bad',
    i.book.checksumBad,
    i.book.state,
    i.book.mid,
    i.book.spreadBps?.toFixed(3),
    'lv',
    i.book.bids.count,
    i.book.asks.count,
    'ign',
    i.book.ignoredDeltas,
    'cross',
    i.book.crossedUpdates,
  );
}
for (const v of s.venues)
  console.log(
    v.name,
    'frames',
    v.frames,
    'hb',
    v.heartbeats,
    'ack',
    v.acks,
    'mal',
    v.malformed,
    'unk',
    v.unknown,
    'bad',
    v.badEventTimes,
    'slow',
    v.codec.slowFrames,
    'unkf',
    v.codec.unknownFields,
    'off',
    v.clock.offsetMs,
    JSON.stringify(v.reasons),
  );
console.log(
  n,
  'frames',
  dt.toFixed(2),
  's',
  Math.round(n / dt),
  '/s',
  eff,
  s.closing().digest,
  Math.round(process.memoryUsage().rss / 1e6),
  'MB',
);
