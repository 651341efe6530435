/** Alerts of a scan as operators live with them: listed, taken, silenced, switched off, kept over a restart, found in the history. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Running, ScanHome, until } from './scan-support.ts';

const DEMO = ['scan', '--demo', '--speed', '20', '--no-screen', '--json', '--duration', '30m'];

interface Listed {
  readonly id: string;
  readonly type: string;
  readonly state: string;
  readonly priority: string;
  readonly acknowledgement: { readonly actor: string; readonly reason: string } | null;
  readonly silencedBy: string | null;
}

class Desk {
  readonly place = new ScanHome();
  readonly #state = ['--state', this.place.stateDir];

  scan(): Running {
    return this.place.start(...DEMO, ...this.#state);
  }

  async does(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.place.run(...args, ...this.#state);
    assert.equal(code, 0, `${args.join(' ')}\n${stderr}`);
    return stdout;
  }

  /** Asks until it says so; orders are obeyed a moment later. */
  async shows(pattern: RegExp, ...args: string[]): Promise<void> {
    for (let tries = 0; tries < 1000; tries++) if (pattern.test(await this.does(...args))) return;
    assert.fail(`${args.join(' ')} never said ${pattern}`);
  }

  async listed(...more: string[]): Promise<readonly Listed[]> {
    const text = await this.does('alerts', 'list', '-o', 'json', ...more);
    return (JSON.parse(text) as { readonly alerts: readonly Listed[] }).alerts;
  }
}

test('taken, silenced, switched off: the running scan obeys, tells, and remembers', async () => {
  const desk = new Desk();
  const scan = desk.scan();
  // The demo locks Kraken out: calls fail.
  await scan.said(/"change":"fired".*"type":"error_rate_critical"/);
  await scan.said(/"type":"data_gap".*"venue":"kraken"/);
  const p1 = (await desk.listed()).find(({ type }) => type === 'error_rate_critical')!;
  assert.deepEqual([p1.state, p1.priority, p1.acknowledgement], ['firing', 'P1', null]);

  await desk.does('alerts', 'ack', p1.id.slice(0, 8), '--reason', 'looking at it');
  await scan.said(/"change":"acknowledged".*"type":"error_rate_critical"/);
  const taken = (await desk.listed()).find(({ id }) => id === p1.id);
  assert.deepEqual([taken?.acknowledgement?.actor, taken?.acknowledgement?.reason], ['alice', 'looking at it']);

  await desk.does('alerts', 'silence', 'type=data_gap', '--for', '1h', '--reason', 'known');
  await desk.shows(/type=data_gap/, 'alerts', 'silences');
  await desk.does('switch', 'off', 'detector.error_rate_critical', '--reason', 'too noisy', '--wait');
  await scan.said(/"change":"resolved".*"type":"error_rate_critical".*"kind":"disabled"/);
  const refused = await desk.place.run('switch', 'off', 'detector.eror_rate_critical', '--reason', 'x');
  assert.deepEqual([refused.code, /did you mean detector\.error_rate_critical/.test(refused.stderr)], [2, true]);

  await desk.does('switch', 'off', 'alerts', '--reason', 'all quiet', '--wait');
  await scan.said(/"switch_changed","name":"alerts"/);
  await desk.shows(/^no alerts: nothing is pending or firing$/m, 'alerts', 'list');
  const audit = await desk.does('audit', 'tail', '-o', 'json');
  for (const action of ['alert_acknowledge', 'silence_add', 'set_switch']) assert.match(audit, new RegExp(action));

  process.kill(process.pid, 'SIGINT');
  await scan.ended;
  assert.match(await desk.does('alerts', 'silences'), /type=data_gap/);
  const all = await desk.listed('--all');
  assert.equal(all.find(({ id }) => id === p1.id)?.state, 'resolved');
  // The demo's clock is not ours: everything that was ever kept is asked for.
  const kept = await desk.does(
    'history',
    'alerts',
    '--from',
    '2000-01-01T00:00:00Z',
    '--to',
    '2100-01-01T00:00:00Z',
    '-o',
    'ndjson',
  );
  assert.match(kept, new RegExp(`"id":"${p1.id}"`));
});

test('a journal with alerts replays to the same', async () => {
  const desk = new Desk();
  const journal = join(desk.place.home, 'journal');
  const scan = desk.place.start(...DEMO.slice(0, -1), '4m', '--record', journal, '--state', desk.place.stateDir);
  const { code, stdout, stderr } = await scan.ended;
  assert.equal(code, 0, stderr);
  assert.match(stdout, /"event":"alert"/);
  const [, digest = ''] = /digest (sha256:[0-9a-f]{64})/.exec(stderr) ?? [];
  const replayed = await desk.place.run('replay', journal, '--verify', digest, '--out', join(desk.place.home, 'out'));
  assert.equal(replayed.code, 0, replayed.stderr);
});

test('a venue that is switched off takes its alerts with it at once, and a replay sees the same', async () => {
  const desk = new Desk();
  const journal = join(desk.place.home, 'journal');
  const scan = desk.place.start(...DEMO, '--record', journal, '--state', desk.place.stateDir);
  // The demo locks Kraken out.
  await scan.said(/"change":"fired".*"type":"data_gap".*"venue":"kraken"/);
  await desk.does('switch', 'off', 'venue.kraken', '--reason', 'locked out', '--wait');
  await scan.said(/"change":"resolved".*"type":"data_gap".*"venue":"kraken".*"kind":"switched_off"/);
  const left = (await desk.listed()).filter((alert) => (alert as { venue?: string }).venue === 'kraken');
  assert.deepEqual(left, []);
  process.kill(process.pid, 'SIGINT');
  const { code, stdout, stderr } = await scan.ended;
  assert.equal(code, 130, stderr);
  const events = stdout
    .split('\n')
    .filter((line) => line.includes('"event":"alert"') && line.includes('"venue":"kraken"'));
  const lastOff = events.findLastIndex((line) => line.includes('"kind":"switched_off"'));
  assert.deepEqual(events.slice(lastOff + 1), [], 'nothing about it begins while it is off');
  const [, digest = ''] = /digest (sha256:[0-9a-f]{64})/.exec(stderr) ?? [];
  const replayed = await desk.place.run('replay', journal, '--verify', digest, '--out', join(desk.place.home, 'out'));
  assert.equal(replayed.code, 0, replayed.stderr);
});

test('the kill switch: people are told at every level, and that they were does not keep it engaged', async () => {
  const desk = new Desk();
  // At this speed nothing of the demo's faults happens here.
  const scan = desk.place.start(
    'scan',
    '--demo',
    '--speed',
    '1',
    '--no-screen',
    '--json',
    '--state',
    desk.place.stateDir,
  );
  await scan.said(/"venue":"okx","from":"syncing","to":"live"/);
  await desk.does('killswitch', 'activate', '--level', 'pause', '--reason', 'a look');
  await scan.said(/"change":"fired".*"type":"kill_switch_engaged"/);
  // The figures of a second in which it fired.
  await until('its P1 is in the status', () => {
    const rows = desk.place.status()?.rows ?? [];
    return rows.some(({ category, name, value }) => category === 'alert' && name === 'P1' && value === 1);
  });
  const check = await desk.place.run('killswitch', 'check', '--state', desk.place.stateDir);
  assert.match(check.stdout, /p1_alerts +│ ✅yes/, check.stdout + check.stderr);
  process.kill(process.pid, 'SIGINT');
  await scan.ended;
});

test('at `kill` a scan ends within moments, and has told of it before', async () => {
  const desk = new Desk();
  const scan = desk.place.start(
    'scan',
    '--demo',
    '--speed',
    '1',
    '--no-screen',
    '--json',
    '--state',
    desk.place.stateDir,
  );
  await scan.said(/"venue":"okx","from":"syncing","to":"live"/);
  await desk.does('killswitch', 'activate', '--reason', 'stop');
  assert.equal((await scan.ended).code, 9);
  const open = await desk.listed();
  assert.deepEqual(
    open.filter(({ type }) => type === 'kill_switch_engaged').map(({ state, priority }) => [state, priority]),
    [['firing', 'P1']],
  );
  const { stdout } = await desk.place.run('notify', 'list', '--state', desk.place.stateDir, '-o', 'json');
  assert.match(stdout, /"waiting": 0/);
});
