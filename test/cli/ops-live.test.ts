/** `cryptorun ops` beside a scanner that runs, one that died, and none: status in every format, health, mode, prune. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import type { HealthReport } from '../../src/core/ops/health/health-report.ts';
import { type StatusRow, statusRow } from '../../src/core/ops/status.ts';
import { STATUS_FORMATS } from '../../src/core/render/status-formats.ts';
import { FORMATS } from '../../src/shell/cli/ops-command.ts';
import { OUTSIDE } from '../../src/shell/cli/outside.ts';
import { savedHealthText } from '../../src/shell/cli/status/health.ts';
import { watch } from '../../src/shell/cli/status/watch.ts';
import { HeartbeatWriter, readBootId } from '../../src/shell/stores/control/heartbeat-file.ts';
import { writeSavedStatus } from '../../src/shell/stores/saved-status.ts';
import { FakeScanner, type Json, START_MS, World } from './support/world.ts';

const scanners: FakeScanner[] = [];
afterEach(() => {
  for (const scanner of scanners.splice(0)) scanner.close();
});

const ROWS: readonly StatusRow[] = [
  statusRow({ category: 'kpi', name: 'requests_per_minute', value: 45, unit: 'per_minute', status: 'OK' }),
  statusRow({ category: 'guard', name: 'budget', status: 'OK', message: '1205/3600 calls (33.5%)' }),
  statusRow({ category: 'breaker', name: 'kraken.rest', value: 'closed', status: 'OK' }),
  statusRow({ category: 'health', name: 'grade', value: 'B', status: 'OK', message: 'score 85.0' }),
  statusRow({ category: 'health', name: 'grade', part: 'score', value: 85, unit: 'points', status: 'OK' }),
  statusRow({ category: 'health', name: 'security', value: 100, unit: 'points', status: 'OK' }),
];

/** A state that was set up, and a scanner in it that saved its status just now. */
async function live(rows = ROWS): Promise<{ world: World; scanner: FakeScanner }> {
  const world = new World();
  await world.act('switch off alerts');
  await world.act('switch on alerts');
  const scanner = new FakeScanner(world);
  scanners.push(scanner);
  save(world, rows);
  return { world, scanner };
}

function save(world: World, rows: readonly StatusRow[]): void {
  const source = { kind: 'live', name: 's1' } as const;
  writeSavedStatus(join(world.stateDir, 'status.json'), {
    source,
    savedAtMs: world.nowMs,
    dataTimeMs: world.nowMs,
    rows,
  });
}

/** No process has this number. */
const NO_PID = 2 ** 22 + 1;

test('a running scanner: its figures, and switches and kill switch as they stand now', async () => {
  const { world } = await live();
  await world.act('switch off publish --for 30m');
  const { code, stdout, stderr } = await world.run(['ops', 'status']);
  assert.equal(code, 0);
  assert.match(stdout, /^=== CryptoRun Operational Status ===\n/);
  assert.match(stdout, new RegExp(`^Scanner: {3}alive, last heartbeat 0 s ago, pid ${process.pid}, up 0 s`, 'm'));
  assert.match(stdout, /│ Requests\/min +│ +45\.0 │ OK/);
  assert.match(stdout, /│ Publishing +│ ❌OFF\* +│ until 12:30 by alice: test/);
  assert.match(stderr, /^📁 Snapshot written to: .*status_snapshot_20260301_120000\.csv\n$/);
  await world.act('killswitch activate --no-wait --level pause');
  assert.match((await world.run(['ops', 'status'])).stdout, /^█+\n██ {2}🛑 KILL SWITCH ENGAGED: PAUSE/);
});

test('every line is at most 80 columns wide', async () => {
  const { world } = await live();
  await world.act('switch off publish --for 30m');
  await world.act('killswitch activate --no-wait');
  const { displayWidth } = await import('../../src/core/render/width.ts');
  for (const line of (await world.run(['ops', 'status'])).stdout.split('\n')) assert.ok(displayWidth(line) <= 80, line);
});

test('a dead scanner is unknown with its last heartbeat, never OK', async () => {
  const { world, scanner } = await live();
  scanner.pid = NO_PID;
  scanner.beat();
  world.nowMs += 180_000;
  const { stdout } = await world.run(['ops', 'status']);
  assert.match(stdout, /^Scanner: {3}DEAD, LAST HEARTBEAT 3 MIN AGO; what it measured is not known now$/m);
  assert.match(stdout, /│ Requests\/min +│ +no data │ NO DATA/);
  const checked = await world.run(['ops', 'status', '--check']);
  assert.equal(checked.code, 3);
  assert.match(checked.stdout, /^CRYPTORUN UNKNOWN - scanner dead, last heartbeat 3 min ago/);
});

test('a scanner that ended in order says so, and is as unknown as a dead one', async () => {
  const { world } = await live();
  const writer = new HeartbeatWriter(world.stateDir);
  const seen = { killLevel: null, killSeenAtMs: null, revisionSeen: 2, lastProgressMs: null, writtenAtMs: world.nowMs };
  const own = { pid: NO_PID, bootId: readBootId(), startedAtMs: START_MS, session: 's1', source: 'live' } as const;
  writer.write({ ...own, mode: 'normal', isReady: true, ...seen, stoppedAtMs: world.nowMs });
  writer.close();
  world.nowMs += 180_000;
  const words = 'scanner stopped in order at 2026-03-01 12:00:00 UTC, 3 min ago';
  const { stdout } = await world.run(['ops', 'status']);
  assert.ok(stdout.includes(`Scanner:   ${words.replace('scanner ', '')}`), stdout);
  const checked = await world.run(['ops', 'status', '--check']);
  assert.equal(checked.code, 3);
  assert.match(checked.stdout, /^CRYPTORUN UNKNOWN/);
  assert.ok((await world.run(['killswitch', 'status'])).stdout.includes(words));
  const health = await world.run(['ops', 'health']);
  assert.equal(health.code, 3);
  assert.ok(health.stderr.includes(words), health.stderr);
  const { document } = await world.json('killswitch status');
  assert.equal(document.scanner.stoppedAt, '2026-03-01T12:00:00.000Z');
});

test('figures of an earlier run, or that nobody renews, are not known, though a scanner lives', async () => {
  const { world, scanner } = await live();
  world.nowMs += 11_000;
  scanner.beat();
  const { stdout } = await world.run(['ops', 'status']);
  assert.match(stdout.replace(/\n {11}/g, ' '), /^Scanner: {3}alive, .*, BUT IT SAVES NO STATUS; what it measured/m);
  assert.match(stdout, /^Verdict: {3}UNKNOWN: the scanner saves no status$/m);
  assert.match(stdout, /│ Requests\/min +│ +no data │ NO DATA/);
  assert.equal((await world.run(['ops', 'status', '--check'])).code, 3);
  save(world, ROWS);
  assert.equal((await world.run(['ops', 'status', '--check'])).code, 0);
  world.nowMs = START_MS - 1;
  save(world, ROWS);
  world.nowMs = START_MS;
  scanner.beat();
  assert.equal((await world.run(['ops', 'status', '--check'])).code, 3, 'saved before this scanner started');
});

test('a state that cannot be read shows engaged, and why', async () => {
  const { world } = await live();
  writeFileSync(join(world.stateDir, 'control.db'), '');
  const { code, document } = await world.json('ops status');
  assert.equal(code, 0);
  assert.deepEqual([document.state.killswitch.active, document.state.killswitch.reason], [true, 'state_unreadable']);
  assert.equal(document.state.audit, null);
  const { stdout } = await world.run(['ops', 'status']);
  assert.match(stdout, /🛑 KILL SWITCH ENGAGED: KILL/);
  assert.match(stdout.replace(/\s+/g, ' '), /Note: .*\bstate doctor/);
  assert.match((await world.run(['ops', 'status', '--no-headers'])).stderr, /state doctor/);
  assert.equal((await world.run(['ops', 'status', '--check'])).code, 2);
  const table = (await world.run(['ops', 'status'])).stdout;
  assert.match(table, /KILL SWITCH ENGAGED: KILL/);
  assert.doesNotMatch(table, /invalid|age unknown|NaN/, 'nobody knows since when');
});

test('-o json carries the audit head as an anchor that verifies', async () => {
  const { world } = await live();
  const { document } = await world.json('ops status');
  assert.equal(document.schema, 'cryptorun.status/v1');
  const { seq, hash } = document.state.audit;
  assert.equal((await world.run(['audit', 'verify', '--anchor', `${seq}:${hash}`])).code, 0);
  assert.deepEqual(document.process.pid, process.pid);
});

test('each format prints its own kind of text, and the command line knows them all', async () => {
  assert.deepEqual(FORMATS, STATUS_FORMATS);
  const { world } = await live();
  for (const [format, text] of [
    ['ndjson', /^\{"at":"2026-03-01T12:00:00\.000Z","source":"live"/],
    ['csv', /^timestamp,category,name,value,status,message\n/],
    ['prom', /^# (?:HELP|TYPE) cryptorun_/],
    ['nagios', /^CRYPTORUN OK - health grade B, /],
    ['table', /^=== CryptoRun/],
  ] as const) {
    const { code, stdout } = await world.run(['ops', 'status', '-o', format]);
    assert.equal(code, 0, format);
    assert.match(stdout, text);
  }
  const bare = await world.run(['ops', 'status', '-o', 'csv', '--no-headers']);
  assert.match(bare.stdout, /^2026-03-01T12:00:00\.000Z,source,live/);
  assert.match((await world.run(['ops', 'status', '--no-headers'])).stdout, /^kpi +requests_per_minute +45\.0 +OK/m);
});

test('-q: nothing when all is well, a line for each thing that is not', async () => {
  const { world } = await live();
  assert.deepEqual(await world.run(['ops', 'status', '-q']), { code: 0, stdout: '', stderr: '' });
  await world.act('switch off emergency.live_data');
  assert.match((await world.run(['ops', 'status', '-q'])).stdout, /^switch +emergency_live_data +OFF/);
});

test('--check: the exit codes of Nagios, one line with figures, no snapshot, and 3 for whatever goes wrong', async () => {
  const warn = statusRow({ category: 'guard', name: 'budget', status: 'WARN', message: 'soft limit' });
  const block = statusRow({ category: 'guard', name: 'budget', status: 'BLOCK', message: 'hard limit' });
  for (const [rows, code, verdict] of [
    [ROWS, 0, 'OK'],
    [[...ROWS, warn], 1, 'WARNING'],
    [[...ROWS, block], 2, 'CRITICAL'],
    [[], 3, 'UNKNOWN'],
  ] as const) {
    const { world } = await live(rows);
    const { code: found, stdout } = await world.run(['ops', 'status', '--check']);
    assert.equal(found, code, stdout);
    assert.match(stdout, new RegExp(`^CRYPTORUN ${verdict} - `));
    assert.ok(!existsSync(join(world.home, 'artifacts/ops')));
  }
  const { world } = await live();
  assert.match((await world.run(['ops', 'status', '--check'])).stdout, /\| 'requests_per_minute'=45\.0;/);
  for (const args of [['--nonsense'], ['--watch'], ['--config', 'none'], ['-o', 'xml']]) {
    const { code } = await world.run(['ops', 'status', '--check', ...args]);
    assert.equal(code, 3, args.join(' '));
  }
  writeFileSync(join(world.stateDir, 'status.json'), '{');
  const damaged = await world.run(['ops', 'status', '--check']);
  assert.equal(damaged.code, 3);
  assert.match(damaged.stdout, /^CRYPTORUN UNKNOWN - cannot use .*status\.json: it is not JSON/);
});

test('no snapshot while writes are off or everything is killed, and it says so', async () => {
  const { world } = await live();
  await world.act('switch off emergency.writes');
  assert.equal((await world.run(['ops', 'status'])).stderr, 'no snapshot: emergency.writes is off\n');
  const killed = (await live()).world;
  await killed.act('killswitch activate --no-wait');
  assert.equal((await killed.run(['ops', 'status'])).stderr, 'no snapshot: the kill switch is at kill\n');
  for (const one of [world, killed]) assert.ok(!existsSync(join(one.home, 'artifacts/ops')));
});

test('an isolated breaker and a mode are shown as operators set them', async () => {
  const { world } = await live();
  await world.act('breaker isolate kraken.rest');
  await world.act('ops mode observe');
  const { document } = await world.json('ops status');
  const [breaker] = document.state.breakers;
  assert.deepEqual(
    [breaker.name, breaker.value, breaker.status, breaker.message],
    ['kraken.rest', 'isolated', 'BLOCK', 'by alice: test'],
  );
  const note = 'the mode is observe; see `cryptorun ops mode`';
  const table = await world.run(['ops', 'status']);
  assert.ok(table.stdout.includes(`\nNote:      ${note}\n`));
  assert.ok(!table.stderr.includes(note), 'once is enough');
  for (const args of [['-q'], ['--no-headers'], ['--check'], ['-o', 'csv']])
    assert.ok((await world.run(['ops', 'status', ...args])).stderr.includes(`${note}\n`), args.join(' '));
});

test('--watch: redrawn on a terminal, appended as NDJSON elsewhere, until Ctrl-C: exit 130', async () => {
  for (const isTTY of [true, false]) {
    const { world, scanner } = await live();
    let looks = 0;
    world.onSleep = () => {
      looks += 1;
      scanner.beat();
      if (looks === 3) process.emit('SIGINT');
    };
    const { code, stdout } = await world.run(['ops', 'status', '--watch=5s'], { isTTY });
    assert.equal(code, 130);
    assert.equal(looks, 3);
    assert.equal(world.nowMs, START_MS + 15_000);
    if (isTTY) {
      assert.equal(stdout.split('\x1b[H').length - 1, 3);
      assert.match(stdout, /^\x1b\[\?1049h\x1b\[\?25l\x1b\[H/);
      assert.match(stdout, /\x1b\[J\x1b\[\?25h\x1b\[\?1049l$/);
    } else {
      const lines = stdout
        .trim()
        .split('\n')
        .map((line): Json => JSON.parse(line));
      assert.equal(new Set(lines.map(({ at }) => at)).size, 3);
      assert.ok(!stdout.includes('\x1b'));
    }
    assert.ok(!existsSync(join(world.home, 'artifacts/ops')), 'no snapshot each time');
  }
});

test('--watch shows the top of what the screen cannot hold, and says that there is more', async () => {
  let stdout = '';
  const screen = { write: (text: string) => (stdout += text), isTTY: true, columns: 80, rows: 5 };
  const context = { env: {}, cwd: '', packageRoot: '', stdout: screen, stderr: screen, setExitCode() {} };
  const sleep = async (): Promise<void> => void process.emit('SIGINT');
  for (const [lines, shown] of [
    [4, ['1', '2', '3', '4']],
    [5, ['1', '2', '3', '… 2 more lines: make the window taller']],
    [9, ['1', '2', '3', '… 6 more lines: make the window taller']],
  ] as const) {
    stdout = '';
    const text = Array.from({ length: lines }, (_, i) => `${i + 1}\n`).join('');
    await watch(async () => text, 1000, context, { ...OUTSIDE, sleep });
    assert.equal(stdout.split('\x1b[H')[1]!.split('\x1b[J')[0], shown.map((line) => `${line}\x1b[K\n`).join(''));
  }
});

test('--watch goes on after a look that failed', async () => {
  const { world, scanner } = await live();
  let looks = 0;
  world.onSleep = () => {
    looks += 1;
    scanner.beat();
    if (looks === 1) writeFileSync(join(world.stateDir, 'status.json'), '{');
    if (looks === 2) save(world, ROWS);
    if (looks === 3) process.emit('SIGINT');
  };
  const { stdout, stderr } = await world.run(['ops', 'status', '--watch']);
  assert.match(stderr, /^cannot use .*status\.json/);
  assert.equal(stdout.match(/"name":"requests_per_minute"/g)?.length, 2);
});

test('health explains the grade of the running scanner', async () => {
  const { world, scanner } = await live();
  const rowsOnly = await world.run(['ops', 'health']);
  assert.match(rowsOnly.stdout, /^HEALTH GRADE: B \(85\.0\)/);
  const reading = { name: 'cpu', value: 65, unit: 'percent', weight: 0.25, state: 'measured', score: 50 } as const;
  const report: HealthReport = {
    grade: 'B',
    sinceMs: START_MS,
    score: 85,
    assessedGrade: 'D',
    pendingUpgrade: null,
    components: [
      { name: 'system_performance', weight: 0.2, state: 'measured', score: 50, inputs: [reading] },
      { name: 'model_performance', weight: 0.2, state: 'not_applicable', score: null, inputs: [] },
    ],
    caps: [{ name: 'data_lag', grade: 'D', evidence: 'data 71.0 s old, wanted < 30 s' }],
    policy: { autoTrading: true, positionSizePercent: 75, newEntries: true, exitsOnly: false, killSwitch: false },
  };
  writeFileSync(join(world.stateDir, 'health.json'), savedHealthText(report, world.nowMs));
  const { stdout } = await world.run(['ops', 'health']);
  assert.match(stdout, /│ system_performance +│ +│ +│ +50\.0 │ +0\.20 │/);
  assert.match(stdout, /│ +│ cpu +│ +65\.0% │ +50\.0 │ +0\.25 │/);
  assert.match(stdout, /│ model_performance +│ not applicable +│/);
  assert.match(stdout, /^data_lag caps at D: data 71\.0 s old, wanted < 30 s$/m);
  const { document } = await world.json('ops health');
  assert.deepEqual(
    [document.grade, document.since, document.caps[0].name],
    ['B', '2026-03-01T12:00:00.000Z', 'data_lag'],
  );
  scanner.pid = NO_PID;
  scanner.beat();
  world.nowMs += 60_000;
  const dead = await world.run(['ops', 'health']);
  assert.equal(dead.code, 3);
  assert.match(
    dead.stderr,
    /^the health grade is not known: scanner dead, last heartbeat 1 min ago; it was B, 1 min ago$/m,
  );
});

test('mode: shown, made stricter without a token, looser only with one', async () => {
  const world = new World();
  assert.equal((await world.run(['ops', 'mode'])).stdout, 'normal\n');
  assert.equal((await world.run(['ops', 'mode', 'halted'])).code, 2, 'a reason is needed');
  assert.equal((await world.act('ops mode halted')).stdout, 'changed the mode from normal to halted, revision 1\n');
  assert.equal((await world.act('ops mode halted')).stdout, 'nothing changed: the mode is halted already\n');
  const refused = await world.act('ops mode normal');
  assert.equal(refused.code, 4);
  assert.match(refused.stderr, /changing to a looser mode needs the role operator/);
  const admin = await world.token('admin');
  assert.equal((await world.act(`ops mode normal --token ${admin}`)).code, 0);
  assert.match((await world.act('ops mode halt')).stderr, /wanted one of normal, observe, halted, found "halt"/);
});

test('prune removes what is older than the configuration keeps it, or only says so', async () => {
  const world = new World();
  const folder = join(world.home, 'artifacts/ops');
  mkdirSync(folder, { recursive: true });
  const [old, recent] = ['status_snapshot_20260101_000000.csv', 'status_snapshot_20260228_000000.csv'];
  for (const name of [old, recent, 'notes.txt']) writeFileSync(join(folder, name), 'x'.repeat(2000));
  const dry = await world.run(['ops', 'prune', '--dry-run']);
  assert.equal(dry.stdout, `${old}\n`);
  assert.match(dry.stderr, /^would remove 1 snapshots \(2 kB\) from .*, older than 30 days\n$/);
  assert.equal(readdirSync(folder).length, 3);
  const { document } = await world.json('ops prune');
  assert.deepEqual(document.snapshots, [{ name: old, bytes: 2000 }]);
  assert.deepEqual(readdirSync(folder).sort(), ['notes.txt', recent]);
  writeFileSync(join(folder, old), 'x');
  assert.deepEqual(await world.run(['ops', 'prune', '-q']), { code: 0, stdout: '', stderr: '' });
  assert.deepEqual(readdirSync(folder).sort(), ['notes.txt', recent]);
});
