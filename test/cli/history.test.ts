/** `cryptorun history` and the upkeep of the state folder, as an operator sees them: one command for each question of the guides. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { displayWidth } from '../../src/core/render/width.ts';
import { lockScanner } from '../../src/shell/stores/control/scanner-lock.ts';
import { gapRow } from '../../src/shell/stores/history/effect-rows.ts';
import { SqliteHistorySink } from '../../src/shell/stores/history/sqlite-history-sink.ts';
import { alert, bar, batchOf, gap, PERP, resolved, sample } from '../stores/history/support/rows.ts';
import { assertNoTrace, cryptorun, demoRecording, tempFolder } from './support/cryptorun.ts';
import { type Answer, START_MS, World } from './support/world.ts';

const { venue, symbol, instrument } = PERP;
const MINUTE_MS = 60_000;

/** Ten minutes of two venues with a hole, a day of alerts and gaps, some bars: all of before `START_MS`. */
async function filledWorld(): Promise<World> {
  const world = new World();
  const at = (secondsAgo: number): number => START_MS - secondsAgo * 1000;
  const samples = Array.from({ length: 600 }, (_, i) => 600 - i)
    .filter((ago) => ago <= 200 || ago > 260)
    .flatMap((ago) => {
      const scored = { zscores: [ago === 1 ? 2.25 : 0.5, Number.NaN] };
      const values = { spread_bps: 1 + (ago % 60) / 10, basis_bps: -7.1 };
      return [sample(at(ago), values, scored), sample(at(ago), { spread_bps: 9 }, { venue: 'okx' })];
    });
  const critical = {
    id: 'c',
    type: 'spread_critical',
    priority: 'P1',
    severity: 'critical',
    peakValue: -12.5,
  } as const;
  const alerts = [
    resolved(alert(at(7200)), at(7200 - 90)),
    resolved(alert(at(1800)), at(1800 - 30)),
    resolved(alert(at(900)), at(900 - 10)),
    alert(at(600), critical),
  ];
  const gaps = [
    gapRow(venue, symbol, instrument, gap(at(260), { endMs: at(200) })),
    gapRow(
      'okx',
      'BTC-USDT-SWAP',
      instrument,
      gap(at(3000), { kind: 'disconnect', endMs: at(2999.5), reason: 'closed 1006' }),
    ),
    gapRow('okx', 'BTC-USDT-SWAP', instrument, gap(at(60), { kind: 'disconnect', reason: '=cmd()' })),
  ];
  const bars = [3, 2, 1].map((ago) => ({
    ...PERP,
    minutes: 1,
    bar: bar(START_MS - ago * MINUTE_MS, { complete: ago !== 2 }),
  }));
  const health = { lastMessageMs: at(1), messageCount: 123_456, latencyMs: 12.4, books: 2, liveBooks: 1 };
  const mine = {
    ...health,
    venue,
    timeMs: at(10),
    grade: null,
    score: null,
    components: null,
    gapCount: 3,
    badFrameCount: 0,
  };
  const sink = new SqliteHistorySink(world.stateDir);
  assert.equal((await sink.write(batchOf({ samples, alerts, gaps, bars, health: [mine] }))).kind, 'written');
  await sink.close();
  return world;
}

const filled = await filledWorld();

async function ask(line: string): Promise<Answer> {
  const answer = await filled.run(line.split(' '));
  for (const text of answer.stdout.split('\n')) {
    const isData = /-o|--format/.test(line);
    assert.ok(isData || displayWidth(text) <= 80, text);
  }
  assertNoTrace(answer);
  return answer;
}

/** The cells of a table's rows, as far as they stand on its first line. */
function rowsOf({ code, stdout, stderr }: Answer): string[][] {
  assert.equal(code, 0, stderr);
  const body = stdout.split(/├.*\n/)[1] ?? '';
  const lines = body.split('\n').filter((line) => line.startsWith('│'));
  // A line that goes on with the cells of the one above begins with nothing.
  return lines
    .map((line) =>
      line
        .split('│')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .filter(([first]) => first !== '');
}

test('recent spread metrics: the newest, oldest of them first, with z-scores', async () => {
  const rows = rowsOf(await ask('history metrics --metric spread_bps --venue binance --instrument BTC-USDT-PERP -n 3'));
  assert.deepEqual(rows, [
    ['11:59:57', 'binance BTC-USDT-PERP', 'spread_bps', '1.3', '0.5'],
    ['11:59:58', 'binance BTC-USDT-PERP', 'spread_bps', '1.2', '0.5'],
    ['11:59:59', 'binance BTC-USDT-PERP', 'spread_bps', '1.1', '2.3'],
  ]);
});

test('alert statistics of the last hour by priority; of a day by type', async () => {
  assert.deepEqual(rowsOf(await ask('history alerts --from -1h --group-by priority')), [
    ['P2', '2', '0', '20.0 s', '30.0 s'],
    ['P1', '1', '1', '-', '-'],
  ]);
  assert.deepEqual(
    rowsOf(await ask('history alerts --group-by type')).map(([type, count]) => [type, count]),
    [
      ['spread_warning', '3'],
      ['spread_critical', '1'],
    ],
  );
});

test('gap statistics of 24 hours by venue', async () => {
  assert.deepEqual(rowsOf(await ask('history gaps --from -24h --group-by venue')), [
    ['okx', '2', '1', '0.5 s', '0.5 s'],
    ['binance', '1', '0', '60.0 s', '60.0 s'],
  ]);
});

test('filters: venue, type, priority, a range with both ends', async () => {
  assert.equal(rowsOf(await ask('history gaps --venue okx --type disconnect')).length, 2);
  assert.match((await ask('history gaps --type checksum --from -24h')).stdout, /^nothing since/);
  const [row] = rowsOf(await ask('history alerts --priority P1'));
  assert.deepEqual(row!.slice(0, 3), ['11:50:00', 'P1', 'spread_critical']);
  assert.ok(row!.includes('-12.5') && row!.includes('open') && row!.includes('FIRING'));
  const ranged = await ask('history alerts --from 2026-03-01T11:00:00Z --to 2026-03-01T11:45:00Z -o ndjson');
  assert.deepEqual(
    ranged.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).firedAt),
    ['2026-03-01T11:30:00.000Z'],
  );
  const [old] = (await ask('history alerts --from 24h --to 1h -o ndjson')).stdout.split('\n');
  assert.equal(JSON.parse(old!).firedAt, '2026-03-01T10:00:00.000Z');
});

test('bars and health', async () => {
  const bars = rowsOf(await ask('history bars'));
  assert.deepEqual(
    bars.map((cells) => [cells[0], cells.at(-1)]),
    [
      ['11:57:00', ''],
      ['11:58:00', '~'],
      ['11:59:00', ''],
    ],
  );
  const [health] = rowsOf(await ask('history health --venue binance'));
  assert.deepEqual(health, ['11:59:50', 'binance', '-', '-', '123456', '12', '1/2', '3', '0']);
});

test('CSV: a header, plain numbers, empty for unknown, and no cell that a spreadsheet would run', async () => {
  const { stdout } = await ask('history gaps --venue okx -o csv');
  assert.deepEqual(stdout.split('\n'), [
    'start_time,end_time,duration_seconds,venue,instrument,symbol,kind,id_before,id_after,reason',
    '2026-03-01T11:10:00.000Z,2026-03-01T11:10:00.500Z,0.5,okx,BTC-USDT-PERP,BTC-USDT-SWAP,disconnect,5,9,closed 1006',
    "2026-03-01T11:59:00.000Z,,,okx,BTC-USDT-PERP,BTC-USDT-SWAP,disconnect,5,9,'=cmd()",
    '',
  ]);
  const none = await ask('history alerts --type nothing -o csv');
  assert.equal(none.stdout.split('\n').length, 2, 'the header alone');
});

test('JSON: one document that says what was asked; rows in camel case', async () => {
  const document = JSON.parse((await ask('history metrics --metric basis_bps --from -5s -o json')).stdout);
  assert.equal(document.schema, 'cryptorun.history-metrics/v1');
  assert.equal(document.from, '2026-03-01T11:59:55.000Z');
  assert.equal(document.rows.length, 5);
  const wanted = {
    time: '2026-03-01T11:59:59.000Z',
    venue,
    instrument,
    metric: 'basis_bps',
    value: -7.1,
    zscore: null,
  };
  assert.deepEqual(document.rows.at(-1), wanted);
  assert.deepEqual(JSON.parse((await ask('history gaps --from 1s -o json')).stdout).rows, []);
  const groups = JSON.parse((await ask('history gaps --group-by venue -o json')).stdout);
  assert.deepEqual(groups.rows[1], { venue, count: 1, openCount: 0, averageSeconds: 60, longestSeconds: 60 });
});

test('a table stops at a hundred rows and says so; files have them all', async () => {
  const { stdout, stderr } = await ask('history metrics --metric spread_bps --venue okx');
  assert.equal(stdout.split('\n').length - 1, 100 + 4);
  assert.match(stderr, /^the newest 100 of these; see more with --limit/);
  const all = await ask('history metrics --metric spread_bps --venue okx -o csv');
  assert.equal(all.stdout.trimEnd().split('\n').length, 1 + 540);
  assert.equal(all.stderr, '');
});

test('a chart: as wide as the screen, a hole in the data is a hole in it, thresholds across; ASCII where asked', async () => {
  const line = 'history metrics --metric spread_bps --venue binance --instrument BTC-USDT-PERP --from -10m --chart';
  const { stdout } = await ask(`${line} --threshold 5 --ascii`);
  const lines = stdout.trimEnd().split('\n');
  assert.match(
    lines.slice(0, 2).join(' '),
    /^spread_bps binance BTC-USDT-PERP: last 1\.1, lowest 1, highest 6\.9, 540 +values/,
  );
  assert.match(stdout, /^[ -~\n]+$/);
  const plot = lines.slice(-18, -2).map((text) => text.slice(11));
  const threshold = plot.find((text) => text.includes('---'))!;
  assert.ok(threshold.length > 60);
  const columns = Array.from({ length: 69 }, (_, x) => plot.some((text) => text[x] === '*'));
  assert.deepEqual([columns.indexOf(false), columns.lastIndexOf(false)], [39, 45], 'a minute of ten is empty');
  assert.match((await ask(line)).stdout, /[\u2801-\u28ff]/);
  const wide = await filled.run(line.split(' '), { isTTY: true, columns: 120 });
  assert.ok(wide.stdout.split('\n').some((text) => displayWidth(text) > 100));
});

test('a chart of what cannot be drawn', async () => {
  for (const [line, said] of [
    ['history metrics --chart', /^--chart: wanted one metric/],
    ['history metrics --chart --metric spread_bps,basis_bps', /^--chart: wanted one metric/],
    ['history metrics --chart --metric spread_bps', /^--chart: one series, say which with --venue and --instrument/],
    ['history metrics --chart --metric spread_bps --venue okx -o csv', /^--chart: a picture is no csv/],
    ['history metrics --chart --metric spread_bps --venue okx --threshold high', /^--threshold: wanted a number/],
  ] as const) {
    const { code, stderr, stdout } = await ask(line);
    assert.deepEqual([code, stdout], [2, ''], line);
    assert.match(stderr, said);
  }
  assert.match(
    (await ask('history metrics --chart --metric mid_price')).stdout,
    /^mid_price has no values in that time$/m,
  );
});

test('a mistyped question is a usage error that says what was wanted', async () => {
  for (const [line, said] of [
    ['history metrics --metric spred_bps', /^--metric: wanted one of mid_price, .*; found "spred_bps"/],
    ['history alerts --group-by colour', /^--group-by: wanted one of priority, type, venue, instrument/],
    ['history alerts --priority P4', /^--priority: wanted one of P1, P2, P3/],
    ['history bars --minutes 5', /^--minutes: wanted one of 1, 15, 60/],
    ['history gaps --from yesterday', /^--from: wanted a time such as .*found "yesterday"/],
    ['history gaps --from -1h --to -2h', /^--from -1h: not before --to -2h/],
    ['history gaps --limit none', /^--limit: wanted a whole number/],
  ] as const) {
    const { code, stderr } = await ask(line);
    assert.equal(code, 2, line);
    assert.match(stderr, said);
  }
});

test('no history: one sentence, exit 3; nothing in it: a sentence, exit 0', async () => {
  const { code, stdout, stderr } = await new World().run(['history', 'gaps']);
  assert.deepEqual([code, stdout], [3, '']);
  assert.match(stderr, /^there is no history yet: .*history\.db is missing/);
  assert.equal((await ask('history gaps --from 1s')).stdout, 'nothing since 2026-03-01T11:59:59.000Z that fits\n');
});

test('state size: files and tables', async () => {
  const { stdout } = await ask('state size');
  assert.match(stdout, /│ history\.db +│ +\d+ kB │/);
  assert.match(stdout, /│ metrics +│ +1,080 │ +\d+ kB │ 11:50 +│ 11:59 +│/);
  const document = JSON.parse((await ask('state size -o json')).stdout);
  const gaps = document.tables.find(({ table }: { table: string }) => table === 'data_gaps');
  assert.deepEqual([gaps.rows, gaps.oldest], [3, '2026-03-01T11:10:00.000Z']);
  assert.equal((await new World().run(['state', 'size'])).code, 0);
});

test('state vacuum: takes out what is older than it is kept; refused while a scanner runs', async () => {
  const world = await filledWorld();
  world.nowMs = START_MS + 8 * 24 * 3_600_000;
  const { code, stdout } = await world.run(['state', 'vacuum']);
  assert.equal(code, 0);
  assert.match(stdout, /^1 rows were older than they are kept; history\.db: \d+ kB before, \d+ kB after\n$/);
  const lock = lockScanner(world.stateDir);
  const refused = await world.run(['state', 'vacuum']);
  lock.release();
  assert.equal(refused.code, 6);
  assert.match(refused.stderr, /^state vacuum: refused, a scanner runs on .*; stop it first, nothing was changed$/m);
});

test('state reset: says what goes and what stays, wipes only with the word, and never beside a scanner', async () => {
  const world = await filledWorld();
  assert.equal((await world.act('switch off alerts')).code, 0);
  writeFileSync(join(world.stateDir, 'status.json'), '{}');
  mkdirSync(join(world.home, 'artifacts/journal'));
  const files = (): string[] =>
    readdirSync(world.stateDir)
      .filter((name) => !/-(?:wal|shm)$/.test(name))
      .sort();
  const before = files();

  const unsure = await world.run(['state', 'reset']);
  assert.equal(unsure.code, 4);
  assert.match(unsure.stderr, /^wiped for good: .*history\.db \(\d+ kB\), status\.json \(0 kB\)$/m);
  assert.match(unsure.stderr, /^kept: .*audit\.ndjson \(\d+ kB\), control\.db/m);
  assert.match(unsure.stderr, /^kept: journals, recordings/m);
  assert.match(unsure.stderr, /^refused: say --confirm reset; nothing was wiped$/m);
  assert.deepEqual(files(), before);

  const lock = lockScanner(world.stateDir);
  const beside = await world.run(['state', 'reset', '--confirm', 'reset']);
  lock.release();
  assert.equal(beside.code, 6);
  assert.match(beside.stderr, /^state reset: refused, a scanner runs/m);
  assert.ok(existsSync(join(world.stateDir, 'history.db')));

  const done = await world.act('state reset --confirm reset');
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /^wiped \d+ kB\n$/);
  const gone = before.filter((name) => !files().includes(name));
  assert.deepEqual(
    readdirSync(world.stateDir).filter((name) => name.startsWith('history')),
    [],
  );
  assert.deepEqual(gone, ['history.db', 'status.json']);
  assert.match((await world.run(['switch', 'get', 'alerts'])).stdout, /^off/);
  assert.match((await world.run(['audit', 'verify'])).stdout, /^store: intact, 2 records/);
  const [, record] = (await world.json('audit tail')).document.records;
  assert.deepEqual([record.action, record.target, record.reason], ['state_reset', 'history', 'test']);
  assert.equal((await world.run(['state', 'reset', '--confirm', 'reset'])).stdout, 'there was nothing to wipe\n');
});

test('state rebuild: fills the history from a recording, twice the same; the real program', () => {
  const home = tempFolder();
  const frames = join(demoRecording(130), 'frames');
  const run = (...args: string[]) => cryptorun(args, { cwd: home });
  const first = run('state', 'rebuild', '--from', frames, '-o', 'json');
  assert.equal(first.code, 0, first.stderr);
  const { writtenRows, messages, droppedRows } = JSON.parse(first.stdout);
  assert.ok(writtenRows > 100 && messages > 10_000, first.stdout);
  assert.equal(droppedRows, 0);
  const tablesOf = (): unknown => JSON.parse(run('state', 'size', '-o', 'json').stdout).tables.map(rowsAndEnds);
  const rowsAndEnds = ({ table, rows, oldest, newest }: Record<string, unknown>) => ({ table, rows, oldest, newest });
  const before = tablesOf();
  assert.equal(run('state', 'rebuild', '--from', frames).code, 0);
  assert.deepEqual(tablesOf(), before);
  const bars = run('history', 'bars', '--from', '2020-01-01T00:00:00Z', '-o', 'csv');
  const replayed = run('replay', frames, '--out', 'out', '-q');
  assert.equal(replayed.code, 0, replayed.stderr);
  assert.equal(bars.stdout.split('\n').length, linesIn(join(home, 'out/bars_1m.csv')));
  const missing = run('state', 'rebuild', '--from', 'nowhere');
  assert.equal(missing.code, 2);
  assertNoTrace(missing);
});

function linesIn(path: string): number {
  return readFileSync(path, 'utf8').split('\n').length;
}

test('the real program, from a pipe: data on stdout, nothing on stderr', () => {
  const out = cryptorun(['history', 'metrics', '-o', 'csv', '--from', '2020-01-01T00:00:00Z'], { cwd: filled.home });
  assert.deepEqual([out.code, out.stderr], [0, '']);
  assert.equal(out.stdout.split('\n')[0], 'time,venue,instrument,metric,value,zscore');
});
