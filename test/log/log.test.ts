import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Effect } from '../../src/core/scan/effect.ts';
import { LOG_LEVELS } from '../../src/shell/config/log-level.ts';
import type { CliContext } from '../../src/shell/context.ts';
import type { LogFacts, LogLevel } from '../../src/shell/log/log.ts';
import { logEffect } from '../../src/shell/log/log-effect.ts';
import { logFolderFrom, openLog } from '../../src/shell/log/open-log.ts';
import { RotatingFile } from '../../src/shell/log/rotating-file.ts';
import { terminalLine } from '../../src/shell/log/terminal-line.ts';

const PACKAGE_ROOT = fileURLToPath(new URL('../..', import.meta.url));

const root = mkdtempSync(join(tmpdir(), 'cryptorun-log-'));
after(() => rmSync(root, { recursive: true, force: true }));

function fresh(): string {
  return mkdtempSync(join(root, 'logs-'));
}

function stream(isTTY = false): { readonly lines: string[]; readonly isTTY: boolean; write(text: string): void } {
  const lines: string[] = [];
  return { lines, isTTY, write: (text) => void lines.push(text) };
}

test('a level tells itself and what is more serious', async () => {
  for (const [index, level] of LOG_LEVELS.entries()) {
    const stderr = stream();
    const log = await openLog({ level, folder: null, stderr });
    for (const each of LOG_LEVELS) log.write(each, 'EVENT');
    const told = stderr.lines.map((line) => JSON.parse(line).level);
    assert.deepEqual(told, LOG_LEVELS.slice(0, index + 1), level);
  }
});

test('a line is one JSON object: level, time, process, event, facts', async () => {
  const stderr = stream();
  const log = await openLog({ level: 'warn', folder: null, stderr });
  log.write('warn', 'HEALTH_GRADE_CHANGE', { from: null, to: 'D', score: 74.31, reason: 'two\nlines "quoted"' });
  assert.equal(stderr.lines.length, 1);
  assert.equal(stderr.lines[0]!.split('\n').length, 2);
  const { time, ...rest } = JSON.parse(stderr.lines[0]!);
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(rest, {
    level: 'warn',
    pid: process.pid,
    event: 'HEALTH_GRADE_CHANGE',
    from: null,
    to: 'D',
    score: 74.31,
    reason: 'two\nlines "quoted"',
  });
});

test('a closed log says nothing more', async () => {
  const stderr = stream();
  const log = await openLog({ level: 'debug', folder: null, stderr });
  log.close();
  log.write('fatal', 'EVENT');
  assert.deepEqual(stderr.lines, []);
});

test("an operator's token is in no line, wherever it came in", async () => {
  const secret = `crt_${'Ab-_9'.repeat(8)}`;
  const facts: LogFacts = { token: secret, reason: `token=${secret}, sorry`, [secret]: 1 };
  for (const isTTY of [false, true]) {
    const stderr = stream(isTTY);
    const log = await openLog({ level: 'warn', folder: null, stderr });
    log.write('warn', `EVENT ${secret}`, facts);
    assert.doesNotMatch(stderr.lines.join(''), /Ab-_9/);
    assert.match(stderr.lines.join(''), /crt_\[hidden\], sorry/);
  }
});

test('on a terminal a line is for people, and obeys nobody', () => {
  const line = (facts: object): string =>
    terminalLine(JSON.stringify({ level: 'warn', time: '2024-12-07T15:30:45.120Z', pid: 1, event: 'GRADE', ...facts }));
  assert.equal(line({ from: 'B', to: 'D', score: 74.3 }), '15:30:45.120 WARN  GRADE from=B to=D score=74.3\n');
  assert.equal(line({ reason: 'lag 72 s' }), '15:30:45.120 WARN  GRADE reason="lag 72 s"\n');
  assert.equal(line({ reason: '' }), '15:30:45.120 WARN  GRADE reason=""\n');
  assert.equal(line({ reason: 'a\n\x1b[2Jb' }), '15:30:45.120 WARN  GRADE reason="a ␛[2Jb"\n');
});

test('stderr unless files are asked for; another word is refused', () => {
  for (const env of [{}, { CRYPTORUN_LOG_TO: '' }, { CRYPTORUN_LOG_TO: 'stderr' }])
    assert.equal(logFolderFrom(env, 'artifacts'), null);
  assert.equal(logFolderFrom({ CRYPTORUN_LOG_TO: 'files' }, 'artifacts'), join('artifacts', 'logs'));
  assert.throws(() => logFolderFrom({ CRYPTORUN_LOG_TO: 'syslog' }, 'artifacts'), {
    code: 'bad_config',
    message: 'CRYPTORUN_LOG_TO: wanted stderr or files, found "syslog"',
  });
});

test('files: private, and stderr stays quiet', async () => {
  const folder = join(fresh(), 'artifacts', 'logs');
  const stderr = stream(true);
  const log = await openLog({ level: 'warn', folder, stderr });
  log.write('warn', 'EVENT', { n: 1 });
  log.close();
  const path = join(folder, 'cryptorun.log');
  assert.equal(JSON.parse(readFileSync(path, 'utf8')).n, 1);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.deepEqual(stderr.lines, []);
});

const LINE = `${'x'.repeat(9)}\n`;

function rotating(folder: string, problems: string[] = []): RotatingFile {
  return new RotatingFile({ folder, name: 'a.log', maxBytes: 30, keep: 2, onProblem: (text) => problems.push(text) });
}

/** The files' lines, oldest first. */
function linesIn(folder: string): string[] {
  const names = readdirSync(folder).sort().reverse();
  return names.flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1));
}

test('files are bounded in size and number, and keep the newest lines in order', () => {
  const folder = fresh();
  const file = rotating(folder);
  const lines = Array.from({ length: 40 }, (_, i) => `line ${String(i).padStart(4, '0')}`);
  for (const line of lines) {
    file.write(`${line}\n`);
    for (const name of readdirSync(folder)) assert.ok(statSync(join(folder, name)).size <= 30);
    assert.ok(readdirSync(folder).length <= 3);
  }
  file.close();
  assert.deepEqual(readdirSync(folder).sort(), ['a.log', 'a.log.1', 'a.log.2']);
  const kept = linesIn(folder);
  assert.ok(kept.length >= 5);
  assert.deepEqual(kept, lines.slice(-kept.length));
});

test('a line longer than a file stands alone, whole', () => {
  const folder = fresh();
  const file = rotating(folder);
  const long = 'y'.repeat(100);
  for (const line of [LINE, `${long}\n`, LINE]) file.write(line);
  file.close();
  assert.deepEqual(linesIn(folder), [LINE.trim(), long, LINE.trim()]);
});

test('two processes on one file lose no line and keep it in its bounds', () => {
  const folder = fresh();
  const files = [rotating(folder), rotating(folder)];
  for (let turn = 0; turn < 12; turn++) files[turn % 2]!.write(`line ${String(turn).padStart(4, '0')}\n`);
  for (const file of files) file.close();
  for (const name of readdirSync(folder)) assert.ok(statSync(join(folder, name)).size <= 30, name);
  const kept = linesIn(folder);
  assert.deepEqual(
    kept,
    ['0003', '0004', '0005', '0006', '0007', '0008', '0009', '0010', '0011'].map((n) => `line ${n}`),
  );
});

test('a file that continues goes on where it was', () => {
  const folder = fresh();
  writeFileSync(join(folder, 'a.log'), LINE.repeat(3));
  const file = rotating(folder);
  file.write(LINE);
  file.close();
  assert.equal(statSync(join(folder, 'a.log')).size, 10);
  assert.equal(statSync(join(folder, 'a.log.1')).size, 30);
});

test('a log that cannot be written says so once, stops nothing, and goes on when it can', () => {
  const parent = fresh();
  const folder = join(parent, 'logs');
  writeFileSync(folder, 'a file in the way');
  const problems: string[] = [];
  const file = rotating(folder, problems);
  file.write(LINE);
  file.write(LINE);
  assert.equal(problems.length, 1);
  assert.match(problems[0]!, /^cannot write the log: .*ENOTDIR/);
  rmSync(folder);
  file.write(LINE);
  file.close();
  assert.deepEqual(linesIn(folder), [LINE.trim()]);
});

test('what the operations core decides is logged under one name each', () => {
  const atMs = Date.UTC(2024, 11, 7, 15, 30);
  const at = '2024-12-07T15:30:00.000Z';
  const reason = 'r';
  const table: readonly [Effect, readonly [LogLevel, string, LogFacts] | null][] = [
    [
      { kind: 'health_grade_changed', from: 'B', to: 'D', score: 74.3, reason, atMs },
      ['warn', 'HEALTH_GRADE_CHANGE', { at, from: 'B', to: 'D', score: 74.3, reason }],
    ],
    [
      { kind: 'health_grade_changed', from: null, to: 'A', score: 95, reason, atMs },
      ['info', 'HEALTH_GRADE_CHANGE', { at, from: null, to: 'A', score: 95, reason }],
    ],
    [
      { kind: 'kill_level_changed', from: null, to: 'kill', reason, atMs },
      ['fatal', 'KILL_SWITCH_CHANGE', { at, from: null, to: 'kill', reason }],
    ],
    [
      { kind: 'kill_level_changed', from: 'kill', to: null, reason, atMs },
      ['warn', 'KILL_SWITCH_CHANGE', { at, from: 'kill', to: null, reason }],
    ],
    [
      { kind: 'breaker_changed', name: 'okx.rest', from: 'closed', to: 'open', reason, atMs },
      ['warn', 'BREAKER_CHANGE', { at, name: 'okx.rest', from: 'closed', to: 'open', reason }],
    ],
    [
      { kind: 'breaker_changed', name: 'okx.rest', from: 'half_open', to: 'closed', reason, atMs },
      ['info', 'BREAKER_CHANGE', { at, name: 'okx.rest', from: 'half_open', to: 'closed', reason }],
    ],
    [
      { kind: 'mode_changed', from: 'normal', to: 'observe', atMs },
      ['info', 'MODE_CHANGE', { at, from: 'normal', to: 'observe' }],
    ],
    [
      { kind: 'switch_changed', name: 'alerts', isOn: false, atMs },
      ['info', 'SWITCH_CHANGE', { at, name: 'alerts', to: 'OFF' }],
    ],
    [{ kind: 'engage_kill_switch', level: 'kill', trigger: 'memory', reason, atMs }, null],
    [{ kind: 'resubscribe', venue: 'okx', symbol: 'BTC-USDT', reason }, null],
  ];
  for (const [effect, line] of table) {
    const written: unknown[] = [];
    logEffect({ write: (...all) => void written.push(all), close() {} }, effect);
    assert.deepEqual(written, line === null ? [] : [line], effect.kind);
  }
});

test('a command that does not log does not load pino', () => {
  const program = `
    import { createRequire } from 'node:module';
    import { main } from './src/shell/cli/main.ts';
    const context = { env: { CRYPTORUN_HOME: process.argv[1] }, cwd: process.argv[1], packageRoot: process.cwd(),
      stdout: { write() {} }, stderr: { write() {} }, setExitCode() {} };
    const { cache } = createRequire(import.meta.url);
    const isLoaded = () => Object.keys(cache).some((path) => /[\\\\/]node_modules[\\\\/]pino[\\\\/]/.test(path));
    for (const argv of [['--version'], ['ops', 'status'], ['killswitch', 'status']]) await main(argv, context);
    const before = isLoaded();
    await (await import('./src/shell/log/open-log.ts')).openLog({ level: 'warn', folder: null, stderr: context.stderr });
    console.log(before, isLoaded());`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', program, fresh()],
    { cwd: PACKAGE_ROOT, encoding: 'utf8', timeout: 30_000 },
  );
  assert.equal(stdout, 'false true\n', stderr);
});

test('at level debug, by either variable and either spelling, an error tells its causes', async () => {
  const { main } = await import('../../src/shell/cli/main.ts');
  const told = async (env: NodeJS.ProcessEnv): Promise<string> => {
    let stderr = '';
    const cwd = fresh();
    const context: CliContext = {
      env,
      cwd,
      packageRoot: PACKAGE_ROOT,
      stdout: { write() {} },
      stderr: { write: (text) => (stderr += text) },
      setExitCode() {},
    };
    await main(['replay', join(cwd, 'nothing-here')], context);
    return stderr;
  };
  for (const env of [{ CRYPTORUN_LOG_LEVEL: 'debug' }, { LOG_LEVEL: 'DEBUG' }])
    assert.match(await told(env), /^ {4}at /m, JSON.stringify(env));
  for (const env of [{}, { LOG_LEVEL: 'trace' }, { CRYPTORUN_LOG_LEVEL: 'info', LOG_LEVEL: 'debug' }])
    assert.doesNotMatch(await told(env), /^ {4}at /m, JSON.stringify(env));
});
