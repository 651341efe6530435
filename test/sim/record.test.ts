/** The demo recording: the same for the same seed, true to the exchanges' rules, and counted right. */

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  DEFAULT_SECONDS,
  demoFileNames,
  makeDemoRecording,
  type Recording,
  writeDemoRecording,
} from '../../src/shell/sim/record.ts';
import type { Checked } from './found.ts';
import { checkRecording } from './recording-checker.ts';

const SHORT = { seconds: 60 };

function check(recording: Recording): Checked {
  return checkRecording(new Map(recording.files.map(({ name, text }) => [name, gzipSync(text, { level: 1 })])));
}

/** Everything that `truth` says, against what was found in the frames. */
function assertTruth({ truth }: Recording, checked: Checked): void {
  assert.equal(checked.messages, truth.messages);
  assert.equal(checked.controlFrames, truth.controlFrames);
  assert.equal(checked.found.size, truth.instruments.length);
  for (const said of truth.instruments) {
    const seen = checked.found.get(`${said.venue} ${said.symbol}`)!;
    const { channels, trades, snapshotTrades, bbo, depthUpdates, depthSnapshots, checksumFrames } = seen;
    const { derivativeTickers, liquidations, sequenceGaps, disconnects } = seen;
    const frames = Object.values(channels).reduce((sum, count) => sum + count, 0);
    assert.deepEqual(
      {
        ...{ venue: said.venue, symbol: said.symbol, frames, channels: { ...channels }, trades, snapshotTrades, bbo },
        ...{ depthUpdates, depthSnapshots, checksumFrames, derivativeTickers, liquidations, sequenceGaps, disconnects },
        ...{ bestBid: seen.book.best('bids'), bestAsk: seen.book.best('asks') },
      },
      said,
    );
  }
}

describe('the demo recording', () => {
  test('is the same text for the same seed, and another for another seed', () => {
    const one = makeDemoRecording({ ...SHORT, seed: 7 });
    assert.deepEqual(makeDemoRecording({ ...SHORT, seed: 7 }), one);
    const other = makeDemoRecording({ ...SHORT, seed: 8 });
    for (const [i, file] of one.files.entries()) assert.notEqual(file.text, other.files[i]!.text);
  });

  test('by default keeps every rule, every checksum and its own counts', () => {
    const recording = makeDemoRecording();
    const checked = check(recording);
    assertTruth(recording, checked);
    assert.ok(recording.truth.messages >= 25_000 && recording.truth.messages <= 40_000, `${recording.truth.messages}`);
    for (const [key, { comparedTouches }] of checked.found) {
      assert.ok(comparedTouches >= (key === 'okx ETH-BTC' ? 3 : 300), `${key}: ${comparedTouches} touches compared`);
    }
  });

  test('shows by default what its notes promise', () => {
    const recording = makeDemoRecording();
    const { found } = check(recording);
    const thin = found.get('okx ETH-BTC')!;
    assert.ok(thin.keepAlives >= 1, 'a keep-alive of a thin book');
    const minutes = new Set(thin.tradeTimesMs.map((timeMs) => Math.floor(timeMs / 60_000)));
    assert.ok(minutes.size >= 1 && minutes.size < DEFAULT_SECONDS / 60 - 1, 'a whole minute without a trade');
    assert.equal(found.get('okx BTC-USDT-SWAP')!.sequenceGaps, 1);
    assert.equal(found.get('okx BTC-USDT-SWAP')!.depthSnapshots, 2);
    for (const symbol of ['BTC/USD', 'ETH/USD']) {
      const kraken = found.get(`kraken ${symbol}`)!;
      assert.deepEqual([kraken.disconnects, kraken.depthSnapshots, kraken.snapshotTrades], [1, 2, 100]);
      assert.ok(kraken.doublePrices > 0, 'a price twice in one message');
    }
    assert.ok(found.get('binance_usdm BTCUSDT')!.liquidations > 0);
    const kraken = recording.files.find(({ name }) => name.startsWith('kraken'))!.text;
    assert.match(kraken, /: \{"channel":"heartbeat"\}\n/);
    assert.match(kraken, /"method":"pong"/);
    assert.match(recording.files.find(({ name }) => name.startsWith('okx'))!.text, /: pong\n/);
  });

  test('is checked by a checker that sees a lost, a doubled and an altered frame', () => {
    const { files } = makeDemoRecording({ seconds: 30 });
    const spoilt = (name: string, channel: string, spoil: (line: string) => string) => {
      const { text } = files.find((file) => file.name.startsWith(name))!;
      const lines = text.split('\n');
      const candidates = lines.filter((line) => line.includes(channel));
      const victim = lines.indexOf(candidates[candidates.length >> 1]!);
      lines[victim] = spoil(lines[victim]!);
      const left = lines.filter((line, i) => line !== '' || i === lines.length - 1);
      return new Map([[`${name}_spoilt.gz`, gzipSync(left.join('\n'))]]);
    };
    const drop = () => '';
    const alter = (line: string) =>
      line.replace(/("qty":[0-9.]*)([0-9])/, (_, head, last) => head + ((Number(last) + 1) % 10));
    assert.throws(() => checkRecording(spoilt('binance_btcusdt', '@depth', drop)), /after/);
    assert.throws(() => checkRecording(spoilt('binance_usdm_ethusdt', '@depth', drop)), /after/);
    assert.throws(() => checkRecording(spoilt('binance_usdm_btcusdt', '@trade', drop)));
    assert.throws(() => checkRecording(spoilt('kraken', '"channel":"book","type":"update"', alter)), /USD/);
    assert.throws(() => checkRecording(spoilt('okx', '"channel":"trades"', drop)));
    assert.throws(() => checkRecording(spoilt('okx', '"channel":"books"', (line) => `${line}\n${line}`)), /goes back/);
  });

  test('keeps the rules whatever the seed', () => {
    for (const seed of [0, 2, 3, 4_294_967_295]) {
      const recording = makeDemoRecording({ ...SHORT, seed });
      assertTruth(recording, check(recording));
    }
  });

  test('is written as frames alone in one folder, with notes and truth beside', () => {
    const dir = mkdtempSync(join(tmpdir(), 'cryptorun-record-'));
    try {
      const options = { seconds: 30, seed: 5 };
      const written = writeDemoRecording(dir, options);
      const made = makeDemoRecording(options);
      assert.deepEqual(readdirSync(dir).sort(), ['RECORDING.txt', 'frames', 'truth.json']);
      assert.deepEqual(readdirSync(written.framesFolder).sort(), demoFileNames().sort());
      assert.deepEqual(
        written.files.map((path) => basename(path)),
        demoFileNames(),
      );
      assert.deepEqual(JSON.parse(readFileSync(join(dir, 'truth.json'), 'utf8')), made.truth);
      assert.match(readFileSync(join(dir, 'RECORDING.txt'), 'utf8'), /No exchange was asked; .* are invented/);
      const files = new Map(written.files.map((path) => [basename(path), readFileSync(path)]));
      assertTruth(made, checkRecording(files));
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
