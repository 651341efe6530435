/** `cryptorun replay` when all is well: what it prints and where, what it verifies, and how it is stopped. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { displayWidth } from '../../src/core/render/width.ts';
import type { RecordingTruth } from '../../src/shell/sim/truth.ts';
import {
  assertNoTrace,
  assertRefused,
  cryptorun,
  demoRecording,
  linesOf,
  PROGRAM,
  replayJson,
  startCryptorun,
  tempFolder,
} from './support/cryptorun.ts';
import { assertDocument } from './support/replay-schema.ts';

let demo: string;
let frames: string;
before(() => {
  demo = demoRecording();
  frames = join(demo, 'frames');
});

describe('the carried recording', () => {
  test('equals what its writer counted, instrument by instrument', () => {
    const truth: RecordingTruth = JSON.parse(readFileSync(join(demo, 'truth.json'), 'utf8'));
    const { instruments, totals, partial } = replayJson([frames]);
    assert.deepEqual(
      instruments.map((one) => ({
        venue: one.venue,
        symbol: one.symbol,
        frames: one.frames,
        trades: one.trades,
        bbo: one.bbo,
        depthUpdates: one.depthUpdates,
        depthSnapshots: one.depthSnapshots,
        gaps: one.gaps,
        checksumOk: one.checksumOk,
        checksumBad: one.checksumBad,
      })),
      truth.instruments.map((one) => ({
        venue: one.venue,
        symbol: one.symbol,
        frames: one.frames,
        trades: one.trades + one.snapshotTrades,
        bbo: one.bbo,
        depthUpdates: one.depthUpdates,
        depthSnapshots: one.depthSnapshots,
        gaps: one.sequenceGaps + one.disconnects,
        checksumOk: one.checksumFrames,
        checksumBad: 0,
      })),
    );
    for (const [i, { bestBid, bestAsk, symbol }] of truth.instruments.entries()) {
      const [bid, ask] = [Number(bestBid.price), Number(bestAsk.price)];
      const { mid, spreadBps, bookState } = instruments[i]!;
      assert.equal(bookState, 'live', symbol);
      assert.ok(Math.abs(mid! / ((bid + ask) / 2) - 1) < 1e-12, `${symbol}: mid ${mid}, bid ${bid}, ask ${ask}`);
      assert.ok(Math.abs(spreadBps! - ((ask - bid) / ((bid + ask) / 2)) * 1e4) < 1e-6, `${symbol}: ${spreadBps} bps`);
    }
    assert.equal(totals.messages, truth.messages);
    assert.equal(totals.bboMismatches, 0);
    assert.ok(totals.bboMatches > 0);
    assert.equal(partial, false);
  });

  test('reads well at 80 columns: no line is wider, and none changes unnoticed', () => {
    const ran = cryptorun(['replay', frames]);
    assert.equal(ran.code, 0, ran.stderr);
    for (const line of ran.stdout.split('\n')) assert.ok(displayWidth(line) <= 80, `${displayWidth(line)}: ${line}`);
    assertGolden('demo.txt', masked(ran.stdout));
    assert.match(ran.stderr, /^📁 Written to: \S+\n$/);
  });
});

/** What differs between two runs, shown as a shape of the same width. */
function masked(text: string): string {
  return text
    .replace(/messages in .*$/m, 'messages in #.## s: ###,### per second')
    .replace(/^(Timestamp: |Saved: {5}).*$/gm, '$1####-##-## ##:##:## UTC')
    .replace(/^(Last data: .* UTC) \(.* ago\)$/m, '$1 (# ago)');
}

function assertGolden(name: string, text: string): void {
  const path = new URL(`../golden/replay/${name}`, import.meta.url);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, text);
  assert.equal(text, readFileSync(path, 'utf8'));
}

describe('output', () => {
  test('--json: one document that the schema allows, alone on stdout; stderr stays empty', () => {
    const ran = cryptorun(['replay', '--json', frames]);
    assert.equal(ran.code, 0);
    assertDocument(ran.stdout);
    assert.equal(ran.stderr, '');
  });

  test('-q: nothing at all, and the files are there', () => {
    const out = join(tempFolder(), 'out');
    assert.deepEqual(cryptorun(['replay', '-q', frames, '--out', out]), { code: 0, stdout: '', stderr: '' });
    const files = readdirSync(out).map((name) => name.replace(/_\d{8}_\d{6}\./, '_TIME.'));
    assert.deepEqual(files.sort(), [
      'bars_15m.csv',
      'bars_1h.csv',
      'bars_1m.csv',
      'digest.ndjson',
      'gaps.csv',
      'status.json',
      'status_snapshot.csv',
      'status_snapshot_TIME.csv',
    ]);
    for (const name of readdirSync(out)) assert.equal(statSync(join(out, name)).mode & 0o777, 0o600, name);
    const last = JSON.parse(linesOf(join(out, 'digest.ndjson')).at(-1)!);
    assert.deepEqual(Object.keys(last), ['digest']);
  });

  test('a part of a run does not take the place of the whole', () => {
    const cwd = tempFolder();
    assert.equal(cryptorun(['replay', '-q', frames], { cwd }).code, 0);
    assert.equal(cryptorun(['replay', '-q', frames, '--from', '2026-11-02T09:18:00Z'], { cwd }).code, 0);
    const folders = readdirSync(join(cwd, 'artifacts', 'replay')).filter((name) => !name.endsWith('.json'));
    assert.equal(folders.length, 2);
    assert.equal(folders[1], `${folders[0]}-from-20261102_091800`);
  });

  test('`ops status` then shows that replay, and says that it is one', () => {
    const cwd = tempFolder();
    assert.equal(cryptorun(['replay', '-q', frames], { cwd }).code, 0);
    const ran = cryptorun(['ops', 'status'], { cwd });
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stdout, /^=== CryptoRun Operational Status: REPLAY of 6 recordings \(not live\) ===$/m);
  });

  test('a reader who leaves (`| head -1`) ends it quietly', { skip: process.platform === 'win32' }, () => {
    for (const redirect of ['', ' 2>&1']) {
      const script = `"$0" "$@"${redirect} | head -1`;
      const args = ['-c', script, process.execPath, PROGRAM, 'replay', '--json', frames];
      const ran = spawnSync('/bin/sh', args, { cwd: tempFolder(), encoding: 'utf8' });
      assert.equal(ran.stdout, '{\n');
      assert.equal(ran.stderr, '');
    }
  });

  test('files whose times run backwards are put in order, and the summary says so', () => {
    const cwd = tempFolder();
    const path = join(cwd, 'backwards.txt');
    const trade = (second: number): string =>
      `17231612${second}000000000 {"stream":"btcusdt@trade","data":{"e":"trade","E":17231612${second}000,"s":"BTCUSDT",` +
      `"t":${second},"p":"1","q":"1","T":17231612${second}000,"m":true,"M":true}}\n`;
    writeFileSync(path, trade(12) + trade(11) + trade(13));
    const ran = cryptorun(['replay', '--json', path], { cwd });
    assert.equal(ran.code, 0);
    assert.match(ran.stderr, /^.*backwards\.txt: 1 records? .*; the file was put in order first\n$/);
    assert.equal(JSON.parse(ran.stdout).instruments[0].tradeGaps, 0);
  });
});

describe('--verify', () => {
  let digestFile: string;
  let digest: string;
  before(() => {
    const out = join(tempFolder(), 'first');
    digest = replayJson([frames, '--out', out]).digest;
    digestFile = join(out, 'digest.ndjson');
  });

  test('the same: exit 0', () => {
    for (const expected of [digest, digestFile]) {
      const ran = cryptorun(['replay', frames, '--verify', expected]);
      assert.equal(ran.code, 0);
      assert.match(ran.stderr, /^digest: equal$/m);
      assert.deepEqual(cryptorun(['replay', '-q', frames, '--verify', expected]), { code: 0, stdout: '', stderr: '' });
    }
  });

  test('another digest: exit 1, both are shown', () => {
    const other = `sha256:${'0'.repeat(64)}`;
    const ran = cryptorun(['replay', '-q', frames, '--verify', other]);
    assertRefused(ran, 1, new RegExp(`^digest differs: expected ${other}\n +found +${digest}\n$`));
  });

  test('an edited digest.ndjson: exit 1, the first differing minute, its instrument and both lines', () => {
    const lines = linesOf(digestFile);
    const at = lines.findIndex((line) => line.includes('"ETH/USD"') && line.includes('"minuteMs":1793611020000'));
    assert.ok(at >= 0);
    const edited = lines.map((line, i) => {
      const value = JSON.parse(line);
      // The chain goes on from the edited minute, so all later ones of the instrument, and the run's, differ too.
      if (value.symbol !== 'ETH/USD' && value.digest === undefined) return line;
      return i < at ? line : line.replace(/[0-9a-f]{64}/, (hash) => [...hash].reverse().join(''));
    });
    const path = join(tempFolder(), 'digest.ndjson');
    writeFileSync(path, `${edited.join('\n')}\n`);
    const ran = cryptorun(['replay', '-q', frames, '--verify', path]);
    assertRefused(
      ran,
      1,
      /^digest differs first for kraken ETH\/USD, the minute that closes at 2026-11-02T09:17:00\.000Z\n/,
    );
    assert.equal(ran.stderr.split('\n').slice(1).join('\n'), `  expected ${edited[at]}\n  found    ${lines[at]}\n`);
  });

  test('a minute that is not there at all is named too', () => {
    const path = join(tempFolder(), 'digest.ndjson');
    const without = linesOf(digestFile).filter((line) => !line.includes('"okx"') || !line.includes('1793611080000'));
    writeFileSync(path, `${without.join('\n')}\n`.replace(/"digest":"sha256:./, '"digest":"sha256:x'));
    const ran = cryptorun(['replay', '-q', frames, '--verify', path]);
    assertRefused(
      ran,
      1,
      /^digest differs first for okx BTC-USDT-SWAP, .* 2026-11-02T09:18:00\.000Z\n {2}expected no such line\n {2}found {4}\{/,
    );
  });

  test('what is no digest is refused before the run', () => {
    const path = join(tempFolder(), 'letter.txt');
    writeFileSync(path, 'no digest\n');
    assertRefused(
      cryptorun(['replay', frames, '--verify', path]),
      2,
      /letter\.txt: line 1 is no line of a digest\.ndjson\n$/,
    );
    assertRefused(cryptorun(['replay', frames, '--verify', 'nowhere']), 2, /nowhere: ENOENT/);
    assertRefused(cryptorun(['replay', frames, '--verify', 'sha256:12']), 2, /wanted sha256: and 64 hex digits/);
  });
});

describe('stopped in the middle', { skip: process.platform === 'win32' }, () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    test(`${signal}: exit ${code}; what was read is kept, and called partial`, async () => {
      const cwd = tempFolder();
      const replays = join(cwd, 'artifacts', 'replay');
      mkdirSync(replays, { recursive: true });
      const running = startCryptorun(['replay', '--json', '--speed', '1', frames], cwd);
      const output = { stdout: '', stderr: '' };
      running.stdout!.on('data', (chunk) => (output.stdout += chunk));
      running.stderr!.on('data', (chunk) => (output.stderr += chunk));
      const ended = once(running, 'close');
      await firstChange(replays);
      running.kill(signal);
      const [exitCode] = await ended;
      assert.equal(exitCode, code, output.stderr);
      assert.equal(output.stderr, 'interrupted: what was read so far is kept, and is partial\n');
      assertDocument(output.stdout);
      const { partial, digest, totals } = JSON.parse(output.stdout);
      assert.equal(partial, true);
      assert.ok(totals.messages < JSON.parse(readFileSync(join(demo, 'truth.json'), 'utf8')).messages);
      const [folder] = readdirSync(replays);
      const last = linesOf(join(replays, folder!, 'digest.ndjson')).at(-1)!;
      assert.equal(last, JSON.stringify({ digest }));
      assert.equal(existsSync(join(replays, 'last.json')), false, 'a part is not shown as the last replay');
    });
  }
});

/** Resolves when something appears in the folder: the run's own one, made when reading begins. */
function firstChange(folder: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(folder, () => done());
    const done = (): void => {
      watcher.close();
      resolve();
    };
    if (readdirSync(folder).length > 0) done();
  });
}

test('a mistyped command and a wrong --color leave no trace either', () => {
  for (const args of [['repaly'], ['replay', '--color', 'blue', 'x']]) {
    const ran = cryptorun(args);
    assert.equal(ran.code, 2);
    assertNoTrace(ran);
  }
});

test('the same replay three times at once: all succeed, and one whole folder is left', async () => {
  const cwd = tempFolder();
  const runs = [1, 2, 3].map(() => startCryptorun(['replay', '-q', frames], cwd));
  const codes = await Promise.all(runs.map(async (running) => (await once(running, 'close'))[0]));
  assert.deepEqual(codes, [0, 0, 0]);
  const replays = join(cwd, 'artifacts', 'replay');
  const folders = readdirSync(replays).filter((name) => name !== 'last.json');
  assert.equal(folders.length, 1, 'no folder of an unfinished run stays');
  const ran = cryptorun(['replay', '-q', frames, '--verify', join(replays, folders[0]!, 'digest.ndjson')], { cwd });
  assert.equal(ran.code, 0, ran.stderr);
});
