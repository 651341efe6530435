// How long a running scanner takes to obey: switches and the kill switch on good and on bad days, as histograms.
// Needs a built program: `node bench/control-latency.mjs [tries] [part of a day's name] [scan]`; 100 tries of all take about 15
// minutes. The scanner is a paced replay; with `scan` a live scan, which needs no network for it, but gets no data without one:
// then the good day, which releases, cannot be had.
// Measures the program that is installed, from outside: by its commands, its `KILL` file and its heartbeat. Decides nothing
// for a test: tests have no time limits that a busy machine could break.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const program = join(root, 'bin/cryptorun.js');
const tries = Number(process.argv[2] ?? 100);
const wanted = process.argv[3] ?? '';
const isLive = process.argv[4] === 'scan';
const work = mkdtempSync(join(tmpdir(), 'cryptorun-latency-'));

/** 99 of 100 must be faster, ms. */
const CONFIRM_TARGET_MS = 100;
const EXIT_TARGET_MS = 400;
const LIMIT_MS = 20_000;
/** Longer than all tries on one scanner take. */
const RECORDING_SECONDS = 900;

/** Its home is the working folder, without a config of its own: the packaged one holds. */
const { CRYPTORUN_HOME: _home, CRYPTORUN_TOKEN: _token, ...env } = process.env;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What must not outlive this process, a `kill` of it included. */
const leftovers = new Set();
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.on(signal, () => {
    cleanUp();
    process.exit(code);
  });
}

function cleanUp() {
  for (const remove of leftovers) remove();
  rmSync(work, { recursive: true, force: true });
}

/** A scanner on a state of its own. */
class Scanner {
  constructor(home) {
    this.home = home;
    this.stateDir = join(home, 'artifacts/state');
    this.log = join(work, 'scanner.log');
    mkdirSync(home, { recursive: true });
    const log = openSync(this.log, 'w');
    const run = isLive ? ['scan', '-q'] : ['replay', join(work, 'demo/frames'), '--speed', '1'];
    this.child = spawn(process.execPath, [program, ...run], {
      cwd: home,
      env,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.remove = () => this.child.kill('SIGKILL');
    leftovers.add(this.remove);
  }

  /** @param isSo - of its own heartbeat; null of a torn or missing one is not asked */
  async until(what, isSo) {
    const startMs = performance.now();
    for (;;) {
      const beat = this.beat();
      if (beat !== null && isSo(beat)) return beat;
      const isOver = this.child.exitCode !== null || performance.now() - startMs > LIMIT_MS;
      if (isOver) throw new Error(`the scanner does not say: ${what}\n${readFileSync(this.log, 'utf8').slice(-2000)}`);
      await wait(2);
    }
  }

  /** Its later heartbeat of the two in the file: each a checksum and a space, then JSON in one line, padded. */
  beat() {
    try {
      const text = readFileSync(join(this.stateDir, 'heartbeat'), 'latin1');
      const beats = [text, text.slice(2048)]
        .map((slot) => slot.slice(9).split('\n')[0])
        .filter((line) => line.startsWith('{'));
      const beat = beats.map((line) => JSON.parse(line)).reduce((a, b) => (b.counter > a.counter ? b : a));
      return beat.pid === this.child.pid ? beat : null;
    } catch {
      return null;
    }
  }

  run(...args) {
    return timed(this.home, args);
  }

  async end() {
    leftovers.delete(this.remove);
    if (this.child.exitCode === null && this.child.kill('SIGKILL')) await once(this.child, 'exit');
  }
}

/** Runs one command; `ms` is from spawn to exit. */
function timed(home, args) {
  const startMs = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: home,
    env,
    encoding: 'utf8',
  });
  const ms = performance.now() - startMs;
  if (status !== 0) throw new Error(`exit ${status}: cryptorun ${args.join(' ')}\n${stderr}`);
  return { ms, stdout };
}

/** From the commit to the scanner's confirmation, as the command itself says it. */
function confirmedAfterMs(stdout) {
  const { confirmation } = JSON.parse(stdout);
  if (confirmation?.kind !== 'confirmed') throw new Error(`not confirmed: ${stdout}`);
  return confirmation.tookMs;
}

/** One scanner that gets data and stays; on it what can be taken back by the command line itself. */
async function goodDay() {
  const scanner = new Scanner(join(work, 'good'));
  await scanner.until('it is ready', ({ isReady }) => isReady);
  const token = scanner.run('token', 'create', '--role', 'admin', '--ttl', '1h', '--reason', 'bench').stdout.trim();
  await wait(1500); // The first status with a grade: without one nothing is released.
  const switches = { confirm: [], exit: [] };
  const nodes = [];
  for (let i = 0; i < tries; i++) {
    nodes.push(nodeAlone());
    const verb = i % 2 === 0 ? 'off' : 'on';
    note(switches, scanner.run('switch', verb, 'alerts', '--reason', `try ${i}`, '--wait', '-o', 'json'));
  }
  console.log(`\n== for comparison: node -e 0, between the tries`);
  histogram('spawn to exit', nodes, EXIT_TARGET_MS);
  show('switch off|on --wait', switches);
  const kills = { confirm: [], exit: [] };
  for (let i = 0; i < tries; i++) {
    note(kills, scanner.run('killswitch', 'activate', '--level', 'pause', '--reason', `try ${i}`, '-o', 'json'));
    scanner.run('killswitch', 'deactivate', '--reason', 'bench', '--confirm', 'release', '--token', token);
  }
  show('killswitch activate, released by an admin after each try', kills);
  await scanner.end();
}

/** What a process costs here and now, without any program of ours: how quiet the machine is. */
function nodeAlone() {
  const startMs = performance.now();
  spawnSync(process.execPath, ['-e', '0'], { env });
  return performance.now() - startMs;
}

function note(samples, { ms, stdout }) {
  samples.confirm.push(confirmedAfterMs(stdout));
  samples.exit.push(ms);
}

/** What makes a day bad for the scanner of a home; `undo` ends what outlives the folder. */
const BAD_DAYS = {
  'fresh scanner each try': () => () => {},
  'control.db locked': async (home) => {
    const holder = spawn(process.execPath, ['-e', HOLD_LOCK, join(home, 'artifacts/state/control.db')], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    return () => holder.kill('SIGKILL');
  },
  'disk full': (home) => {
    const filler = openSync(join(home, 'filler'), 'w');
    for (const bytes of [65_536, 4096, 1]) fill(filler, Buffer.alloc(bytes));
    closeSync(filler);
    return () => {};
  },
  'config broken': (home) => {
    mkdirSync(join(home, 'config'));
    writeFileSync(join(home, 'config/ops.yaml'), 'kill_switch: [\n\t\0garbage');
    return () => {};
  },
  'state corrupt': (home) => {
    for (const name of ['control.db', 'control.db-wal'])
      writeFileSync(join(home, 'artifacts/state', name), 'no such thing '.repeat(5000));
    return () => {};
  },
};
const HOLD_LOCK = `
  const db = new (require('libsql'))(process.argv[1]);
  db.exec('BEGIN IMMEDIATE');
  console.log('locked');
  setInterval(() => db, 1000);
`;

function fill(file, bytes) {
  try {
    while (writeSync(file, bytes) > 0);
  } catch (error) {
    if (error.code !== 'ENOSPC') throw error;
  }
}

/** Every try on a new state and a new scanner: nothing can be released on such a day. */
async function badDay(name) {
  const home = join(work, 'bad');
  const isMounted = name === 'disk full';
  if (isMounted && !mount(home)) return;
  const kills = { confirm: [], exit: [] };
  const touches = { confirm: [], exit: null };
  const unmount = () => isMounted && spawnSync('umount', ['-l', home]);
  leftovers.add(unmount);
  try {
    for (let i = 0; i < tries; i++) {
      await onSuchADay(name, home, (scanner) =>
        note(kills, scanner.run('killswitch', 'activate', '--reason', `try ${i}`, '-o', 'json')),
      );
      await onSuchADay(name, home, async (scanner) => {
        const touchedAtMs = Date.now();
        closeSync(openSync(join(scanner.stateDir, 'KILL'), 'a'));
        const { killSeenAtMs } = await scanner.until('it is killed', ({ killLevel }) => killLevel === 'kill');
        touches.confirm.push(killSeenAtMs - touchedAtMs);
      });
    }
  } finally {
    unmount();
    leftovers.delete(unmount);
  }
  show(`${name}: killswitch activate`, kills);
  show(`${name}: touch KILL`, touches);
}

async function onSuchADay(name, home, measure) {
  const scanner = new Scanner(join(home, 'h'));
  let undo = () => {};
  const remove = () => undo();
  leftovers.add(remove);
  try {
    // Its third beat: past its own start.
    await scanner.until('it beats', ({ counter, lastProgressMs }) => counter >= 3 && lastProgressMs !== null);
    undo = await BAD_DAYS[name](scanner.home);
    await measure(scanner);
  } finally {
    undo();
    leftovers.delete(remove);
    await scanner.end();
    rmSync(scanner.home, { recursive: true, force: true });
  }
}

/** A file system small enough to be filled. @returns false: this user may not mount one */
function mount(home) {
  mkdirSync(home, { recursive: true });
  const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', home]);
  if (status === 0) return true;
  console.log(`\ndisk full: NOT MEASURED, no tmpfs can be mounted here (${error?.message ?? String(stderr).trim()});`);
  console.log('  run it as root, or in a namespace of your own: unshare -Urm node bench/control-latency.mjs 100 disk');
  return false;
}

function show(title, { confirm, exit }) {
  console.log(`\n== ${title}, ${confirm.length} tries`);
  histogram('commit to confirmation', confirm, CONFIRM_TARGET_MS);
  if (exit !== null) histogram('spawn to exit', exit, EXIT_TARGET_MS);
}

/** A quarter of the target a line, down to what was measured: so that two runs look alike. */
function histogram(what, values, targetMs) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => sorted[Math.ceil(share * sorted.length) - 1];
  const [p50, p90, p99, max] = [at(0.5), at(0.9), at(0.99), at(1)];
  const verdict = p99 < targetMs ? 'met' : 'MISSED';
  const figures = `p50 ${p50.toFixed(1)}, p90 ${p90.toFixed(1)}, p99 ${p99.toFixed(1)}, max ${max.toFixed(1)} ms`;
  console.log(`${what}: ${figures}; target p99 < ${targetMs} ms: ${verdict}`);
  const width = targetMs / 20;
  const first = Math.floor(sorted[0] / width);
  for (let i = first; i * width <= max; i++) {
    const count = sorted.filter((value) => Math.floor(value / width) === i).length;
    if (count > 0)
      console.log(
        `${String(i * width).padStart(6)} ms ${'#'.repeat(Math.ceil((50 * count) / sorted.length))} ${count}`,
      );
  }
}

const days = [...(isLive ? [] : ['good day']), ...Object.keys(BAD_DAYS)].filter((name) => name.includes(wanted));
if (!(tries >= 1) || days.length === 0) {
  console.error(
    'usage: node bench/control-latency.mjs [tries] [part of a day: good, fresh, locked, full, broken, corrupt]',
  );
  process.exit(2);
}
try {
  console.log(`node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}, load ${loadavg()[0].toFixed(2)}`);
  timed(work, ['demo-recording', join(work, 'demo'), '--seconds', String(RECORDING_SECONDS)]);
  for (const day of days) await (day === 'good day' ? goodDay() : badDay(day));
} finally {
  cleanUp();
}
