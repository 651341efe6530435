// How long a scanner takes to obey: switches and the kill switch, try by try, as a histogram. Needs a built program; run by
// `node bench/control-latency.mjs [tries]`. Times nothing that a test asserts.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, cpSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const program = join(root, 'bin/cryptorun.js');
const tries = Number(process.argv[2] ?? 100);
const home = mkdtempSync(join(tmpdir(), 'cryptorun-latency-'));
const env = { ...process.env, CRYPTORUN_HOME: home };
cpSync(join(root, 'config'), join(home, 'config'), { recursive: true });

function run(...args) {
  const startMs = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { env, encoding: 'utf8' });
  return { ms: performance.now() - startMs, status, stdout, stderr };
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What the command's JSON says of the scanner's confirmation, ms after the commit; null: none. */
function tookMs(stdout) {
  const found = /"tookMs":\s*([\d.]+)/.exec(stdout) ?? /"confirmedAfterMs":\s*([\d.]+)/.exec(stdout);
  return found === null ? null : Number(found[1]);
}

function show(title, values) {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  if (sorted.length === 0) return console.log(`${title}: nothing measured`);
  const at = (share) => sorted[Math.ceil(share * sorted.length) - 1].toFixed(1);
  console.log(`\n${title}: ${sorted.length} tries, p50 ${at(0.5)} ms, p90 ${at(0.9)}, p99 ${at(0.99)}, max ${at(1)}`);
  const width = Math.max(1, Math.ceil(sorted.at(-1) / 10));
  for (let from = 0; from <= sorted.at(-1); from += width) {
    const count = sorted.filter((value) => value >= from && value < from + width).length;
    console.log(`${String(from).padStart(6)} ms ${'#'.repeat(Math.ceil((60 * count) / sorted.length))} ${count || ''}`);
  }
}

run('demo-recording', join(home, 'demo'), '--seconds', '600');
const log = openSync(join(home, 'scanner.log'), 'w');
const scanner = spawn(process.execPath, [program, 'replay', join(home, 'demo/frames'), '--speed', '1'], {
  env,
  stdio: ['ignore', log, log],
});
try {
  while (!existsSync(join(home, 'artifacts/state/status.json'))) await wait(100);
  const [confirmed, whole] = [[], []];
  for (let i = 0; i < tries; i++) {
    const verb = i % 2 === 0 ? 'off' : 'on';
    const done = run('switch', verb, 'alerts', '--reason', `try ${i}`, '--wait', '-o', 'json');
    if (done.status !== 0) throw new Error(done.stderr);
    confirmed.push(tookMs(done.stdout));
    whole.push(done.ms);
  }
  show('switch, commit to confirmation', confirmed);
  show('switch --wait, spawn to exit', whole);
  const [killConfirmed, killWhole] = [[], []];
  for (let i = 0; i < tries; i++) {
    const done = run('killswitch', 'activate', '--level', 'pause', '--reason', `try ${i}`, '-o', 'json');
    if (done.status !== 0) throw new Error(done.stderr);
    killConfirmed.push(tookMs(done.stdout));
    killWhole.push(done.ms);
    // Released by ending and restoring nothing: a milder way than the checks, for a bench alone.
    if (i === 0)
      process.env.TOKEN = run('token', 'create', '--role', 'admin', '--ttl', '1h', '--reason', 'bench').stdout.trim();
    env.CRYPTORUN_TOKEN = process.env.TOKEN;
    for (let again = 0; again < 40; again++) {
      const released = run('killswitch', 'deactivate', '--reason', 'bench', '--confirm', 'release');
      if (released.status === 0) break;
      if (again === 39) throw new Error(released.stderr);
      await wait(500);
    }
  }
  show('killswitch activate, commit to confirmation', killConfirmed);
  show('killswitch activate, spawn to exit', killWhole);
} finally {
  scanner.kill('SIGTERM');
  await new Promise((resolve) => scanner.on('exit', resolve));
  closeSync(log);
  if (process.exitCode) console.error(readFileSync(join(home, 'scanner.log'), 'utf8').slice(-2000));
  rmSync(home, { recursive: true, force: true });
}
