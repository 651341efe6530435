/** `cryptorun replay` with input that is missing, damaged, foreign or contradictory: one message, the documented exit code, no stack trace. */

import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Prng } from '../../src/core/base/prng.ts';
import {
  assertNoTrace,
  assertRefused,
  cryptorun,
  demoRecording,
  type Ran,
  replayJson,
  tempFolder,
} from './support/cryptorun.ts';
import { assertDocument } from './support/replay-schema.ts';

/** A Deribit frame as cryptofeed records it: a venue without a decoder. */
const DERIBIT =
  'wss://www.deribit.com/ws/api/v2 <-> 1617644900.5\n' +
  '1617644901.5: {"jsonrpc":"2.0","method":"subscription","params":{"channel":"ticker.BTC-PERPETUAL.raw","data":{}}}\n';

let cwd: string;
let frames: string;
let spot: string;
before(() => {
  cwd = tempFolder();
  frames = join(demoRecording(60), 'frames');
  spot = join(frames, readdirSync(frames).find((name) => name.startsWith('binance_btcusdt'))!);
  writeFileSync(join(cwd, 'deribit.raw'), DERIBIT);
  writeFileSync(join(cwd, 'letter.txt'), 'Dear exchange,\nplease send prices.\n');
});

const replay = (...args: string[]): Ran => cryptorun(['replay', ...args], { cwd });

/** Exit 10: what could be read is there and is called partial, and stderr says what could not. */
function assertPartial(args: readonly string[], message: RegExp): void {
  const ran = replay('--json', ...args);
  assert.equal(ran.code, 10, ran.stderr);
  assert.match(ran.stderr, message);
  assertNoTrace(ran);
  assertDocument(ran.stdout);
  const { partial, problems, totals } = JSON.parse(ran.stdout);
  assert.equal(partial, true);
  assert.ok(totals.messages > 0);
  assert.equal(`${problems.join('\n')}\n`, ran.stderr);
  assert.match(replay(...args).stdout, /^Replay of .* \(partial\)$/m);
}

describe('nothing to read: exit 2', () => {
  test('a path that is not there', () => {
    assertRefused(replay('nowhere.gz'), 2, /nowhere\.gz: no such file; check the path\n$/);
  });

  test('an empty file', () => {
    writeFileSync(join(cwd, 'empty.gz'), '');
    assertRefused(replay('empty.gz'), 2, /empty\.gz: an empty file; give another file\n$/);
  });

  test('an empty folder', () => {
    mkdirSync(join(cwd, 'nothing'));
    assertRefused(replay('nothing'), 2, /nothing: a folder without files; give a recording\n$/);
  });

  test('random bytes, whatever the name, shown without control characters', () => {
    const prng = new Prng(7);
    const bytes = Uint8Array.from({ length: 50_000 }, () => Math.floor(prng.next() * 256));
    for (const name of ['noise.gz', 'noise.bin']) {
      writeFileSync(join(cwd, name), bytes);
      const ran = replay(name);
      assertRefused(ran, 2, /not a recording of frames \(it begins ".*"\); known formats: hftbacktest, /);
      assert.doesNotMatch(ran.stderr.trimEnd(), /[\u0000-\u001f\u007f]/);
    }
  });

  test('a text file', () => {
    assertRefused(replay('letter.txt'), 2, /letter\.txt: not a recording of frames \(it begins "Dear exchange,"\)/);
  });

  test('a format that the file does not have', () => {
    assertRefused(
      replay('--format', 'cryptofeed_raw', spot),
      2,
      /: not cryptofeed_raw: 1063 of 1063 lines .*; it looks like hftbacktest: drop --format/,
    );
  });

  test('only an unsupported venue: one line that names the supported ones', () => {
    assertRefused(
      replay('deribit.raw'),
      2,
      /^.*deribit\.raw: unsupported venue DERIBIT; supported: binance, .*, okx\n$/,
    );
  });

  test('everything wrong at once is told at once', () => {
    const ran = replay('nowhere.gz', 'letter.txt', 'deribit.raw');
    assertRefused(ran, 2, /nowhere\.gz: no such file/);
    assert.equal(ran.stderr.trimEnd().split('\n').length, 3);
  });
});

describe('a part can be read: exit 10', () => {
  test('a gzip file cut short', () => {
    const whole = readFileSync(spot);
    writeFileSync(join(cwd, 'cut.gz'), whole.subarray(0, whole.length / 2));
    assertPartial(['cut.gz'], /cut\.gz: the compressed stream ends early: only its first \d+ whole lines are read; /);
  });

  test('a file whose last lines are of another format', () => {
    writeFileSync(join(cwd, 'two-formats.txt'), gunzipSync(readFileSync(spot)).toString() + 'not a frame\n'.repeat(3));
    assertPartial(['two-formats.txt'], /two-formats\.txt: 3 lines/);
  });

  test('a recording beside a letter, noise and a missing file', () => {
    assertPartial(
      [spot, 'letter.txt', 'nowhere.gz'],
      /letter\.txt: not a recording.*\n.*nowhere|nowhere.*\n.*letter\.txt: not a rec/,
    );
  });

  test('an unsupported venue beside a supported one', () => {
    assertPartial([spot, 'deribit.raw'], /deribit\.raw: unsupported venue DERIBIT; supported: /);
  });

  test('the same file twice, under two names', () => {
    for (const name of ['a.gz', 'b.gz']) copyFileSync(spot, join(cwd, name));
    assertPartial(['a.gz', 'b.gz'], /b\.gz: the same bytes as .*a\.gz; give it once/);
    assert.equal(replayJson(['a.gz', 'b.gz'], { cwd, code: 10 }).digest, replayJson([spot], { cwd }).digest);
  });

  test('one of the symbols asked for', () => {
    assertPartial([frames, '--symbols', 'BTCUSDT,NOPE'], /--symbols NOPE: not in the input; it has BTC-USDT-SWAP, /);
  });

  test('a folder with recordings and a journal, either way round', () => {
    const mixed = join(cwd, 'mixed');
    assert.equal(replay('-q', spot, '--record', join(mixed, 'journal')).code, 0);
    copyFileSync(spot, join(mixed, 'recording.gz'));
    assertPartial([mixed], /\.crj: a journal among recordings is not read; replay it alone/);
    copyFileSync(spot, join(mixed, 'journal', 'recording.gz'));
    assertPartial([join(mixed, 'journal')], /recording\.gz: not read: a journal is replayed alone/);
  });
});

describe('options that cannot be followed: exit 2', () => {
  test('no path, an unknown option, an unknown choice', () => {
    assertRefused(replay(), 2, /missing required argument 'path'/);
    assertRefused(replay('--sped', '1', spot), 2, /unknown option '--sped'.*Did you mean --speed\?/s);
    assertRefused(replay('--format', 'okx', spot), 2, /Allowed choices are auto, hftbacktest/);
  });

  test('all bad values in one message', () => {
    const ran = replay('--from', 'yesterday', '--to', '2026-13-01T00:00:00Z', '--speed', '0', '--venue', 'okx', spot);
    assertRefused(ran, 2, /^--venue okx: wanted venue=path, /);
    assert.match(
      ran.stderr,
      /--from yesterday: wanted a time such as .*\n--to 2026-13-01T00:00:00Z: wanted a time.*\n--speed 0: wanted a number over 0\n$/,
    );
  });

  test('times that leave nothing', () => {
    assertRefused(replay('--from', '2000', '--to', '1000', spot), 2, /^--from: not before --to\n$/);
    assertRefused(
      replay('--to', '2000-01-01T00:00:00Z', spot),
      2,
      /^--to 2000-.*: the input begins later, at 2026-11-02T/,
    );
    assertRefused(
      replay('--from', '2099-01-01T00:00:00Z', spot),
      2,
      /^--from 2099-.*: the input ends earlier, at 2026-11-02T/,
    );
  });

  test('--symbols that are all unknown', () => {
    assertRefused(
      replay('--symbols', 'NOPE', frames),
      2,
      /^--symbols NOPE: not in the input; it has BTC-USDT-SWAP, BTC\/USD, BTCUSDT, /,
    );
    assertRefused(replay('--symbols', ' , ', frames), 2, /^--symbols: wanted one symbol or more/);
  });

  test('--venue against what the content says', () => {
    assertRefused(
      replay('--venue', `okx=${spot}`, spot),
      2,
      /--venue says okx, but its content is of binance; drop that --venue/,
    );
    assertRefused(
      replay('--venue', `nope=${spot}`, spot),
      2,
      /--venue says nope, an unsupported venue; supported: binance, /,
    );
    const ran = replay('--venue', 'okx=other.gz', spot);
    assert.equal(ran.code, 0);
    assert.match(ran.stderr, /other\.gz: --venue names it, but it is not read/);
  });

  test('a journal together with something else', () => {
    assert.equal(replay('-q', spot, '--record', 'alone').code, 0);
    assertRefused(replay('alone', spot), 2, /^a journal is replayed alone: .* is none; /);
    assertRefused(replay('--session', 'other', 'alone'), 2, /--session other: .* has replay-2026/);
    assertRefused(replay(spot, '--record', 'alone'), 2, /--record: .*: a journal of this session is there already/);
  });

  test('configuration that is broken, unknown or of the wrong type, as file:line:column', () => {
    const config = (name: string, text: string): string => {
      mkdirSync(join(cwd, name));
      writeFileSync(join(cwd, name, 'ops.yaml'), text);
      return join(name, 'ops.yaml');
    };
    assertRefused(replay('--config', config('broken', 'kpi: [1\n'), spot), 2, /^broken\/ops\.yaml:\d+:\d+ /);
    const wrong = config('wrong', 'artifacts:\n  kep_runs: 3\nguards:\n  budget: many\n');
    const ran = replay('--config', wrong, spot);
    assertRefused(ran, 2, /^wrong\/ops\.yaml:2:\d+ artifacts\.kep_runs: /m);
    assert.match(ran.stderr, /^wrong\/ops\.yaml:4:\d+ guards\.budget: wanted .*, found /m);
    assertRefused(
      replay('--config', 'no-such-folder', spot),
      2,
      /no-such-folder\/ops\.yaml: wanted a file, found none/,
    );
  });
});

describe('output that cannot be written: exit 1, and nothing half-written is left', () => {
  test('--out and --record where a file stands', () => {
    assertRefused(replay('--out', 'letter.txt', spot), 1, /^cannot make the folder .*letter\.txt: EEXIST/);
    assertRefused(replay('--out', 'letter.txt/below', spot), 1, /^cannot make the folder .*below: ENOTDIR/);
    assertRefused(replay('--record', 'letter.txt', spot), 1, /^--record: .*letter\.txt: /);
  });

  test('a run that comes to nothing leaves the files of an earlier one in --out alone', () => {
    const out = join(tempFolder(), 'out');
    assert.equal(replay('-q', spot, '--out', out).code, 0);
    const before = readdirSync(out).map((name) => readFileSync(join(out, name), 'utf8'));
    assertRefused(replay(spot, '--out', out, '--symbols', 'NOPE'), 2, /NOPE: not in the input/);
    assert.deepEqual(
      readdirSync(out).map((name) => readFileSync(join(out, name), 'utf8')),
      before,
    );
  });

  test('artifacts where a file stands', () => {
    const home = tempFolder();
    writeFileSync(join(home, 'artifacts'), '');
    assertRefused(cryptorun(['replay', spot], { cwd: home }), 1, /^cannot make the folder .*: E/);
  });

  test('a disk that takes no more (a file size limit stands in for it)', { skip: process.platform === 'win32' }, () => {
    const home = tempFolder();
    const ran = cryptorun(['replay', '-q', frames], { cwd: home, fileBlocks: 1 });
    assertRefused(ran, 1, /^cannot write .*: E(FBIG|NOSPC): .*\n$/);
    assert.deepEqual(readdirSync(join(home, 'artifacts', 'replay')), []);
  });

  test('stdout that takes no more', { skip: existsSync('/dev/full') ? false : 'no /dev/full here' }, () => {
    const ran = cryptorun(['replay', '--json', spot], { cwd, stdoutTo: '/dev/full' });
    assertRefused(ran, 1, /^cannot write the output: ENOSPC: no space left on device, write\n$/);
  });
});
