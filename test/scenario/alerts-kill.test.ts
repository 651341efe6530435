/**
 * A scanner's alerts, killed a hundred times at seeded moments, beside a receiver that loses answers and operators who acknowledge:
 * every trouble is told, none twice, and a receiver that dedupes sees each state of each episode once.
 */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { Prng } from '../../src/core/base/prng.ts';
import { verifyChain } from '../../src/core/ops/audit/verify-chain.ts';
import type { AlertRecord } from '../../src/core/signal/detect/alert-record.ts';
import { CryptorunError } from '../../src/shell/errors.ts';
import type { AlertStore } from '../../src/shell/stores/alerts/alert-store.ts';
import { openAlerts } from '../../src/shell/stores/alerts/open-alerts.ts';
import { openControl } from '../../src/shell/stores/control/open-control.ts';
import { madeStateFolder } from '../stores/control/support/control-state.ts';
import { INSTRUMENTS, lengthOf, periodAt, SECOND_MS, START_MS, troubleOf } from './alerts-kill/world.ts';

const KILLS = 100;
/** Worlds at the same time: a life is mostly waiting. */
const WORLDS = 2;
/** Seconds of the world in one life: long enough for a pending alert to fire in it, so that no trouble can be missed. */
const LIFE = { least: 8, most: 45 };
/** Real time within such a second at which it is killed, and after it has opened its state. */
const WITHIN_MS = 4;
const AFTER_OPEN_MS = 30;
/** Seconds of the world that nobody sees after a kill, at most. */
const MAX_OUTAGE = 3;
const PERIODS = 10;

const PACKAGES = fileURLToPath(new URL('../../node_modules', import.meta.url));
const ANA = { user: 'ana', host: 'desk', via: 'cli' };

/** One file that starts in 100 ms, where tsx would take ten times as long. */
async function bundledChild(folder: string): Promise<string> {
  const outfile = join(folder, 'alerts-kill-child.cjs');
  const entry = fileURLToPath(new URL('./alerts-kill/child.ts', import.meta.url));
  const options = { bundle: true, platform: 'node', format: 'cjs', logLevel: 'error' } as const;
  await build({ entryPoints: [entry], outfile, ...options, external: ['libsql'] });
  return outfile;
}

/** What came in, repeats left out, as a receiver sees it that dedupes by source and id. */
class Deduplicating {
  /** `pager a1b2/trigger`, in the order of first arrival. */
  readonly seen: string[] = [];
  readonly #ids = new Set<string>();
  repeats = 0;
  readonly #random: Prng;
  readonly #http = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    request.on('end', () => this.#take(request.url ?? '', JSON.parse(text), response));
    // A killed child breaks off.
    request.on('error', () => {});
  });

  constructor(random: Prng) {
    this.#random = random;
  }

  async started(): Promise<string> {
    await new Promise<void>((resolve) => this.#http.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  /** Now and then it fails before it has it, or has it and its answer is lost: that cannot be told from outside. */
  #take(path: string, body: unknown, response: ServerResponse): void {
    const fate = this.#random.next();
    if (fate < 0.05) return void response.writeHead(503).end();
    for (const event of Array.isArray(body) ? body : [body]) {
      const { source, id } = event as { source: string; id: string };
      if (this.#ids.has(`${path} ${source} ${id}`)) this.repeats += 1;
      else this.seen.push(`${path.slice(1)} ${id}`);
      this.#ids.add(`${path} ${source} ${id}`);
    }
    if (fate < 0.1) response.destroy();
    else response.writeHead(202).end();
  }
}

interface Told {
  /** The last second that it began; null: it was killed before. */
  readonly lastSecond: number | null;
  readonly isDone: boolean;
}

/** When a life ends: so many ms after it had opened its state, or after it began its n-th second. */
type Death = { readonly from: 'open' | number; readonly afterMs: number };

/** One life. @param death - null: it may live on */
function live(child: ChildProcess, death: Death | null): Promise<Told> {
  return new Promise((resolve, reject) => {
    let said = '';
    let isDying = false;
    child.stdout!.setEncoding('latin1').on('data', (text: string) => {
      said += text;
      if (death === null || isDying || !said.startsWith('open\n')) return;
      isDying = death.from === 'open' || said.split('\n').length - 2 >= death.from;
      if (isDying) setTimeout(() => child.kill('SIGKILL'), death.afterMs);
    });
    child.on('error', reject).on('close', () => {
      const lines = said.slice(0, said.lastIndexOf('\n') + 1).split('\n');
      const last = lines.findLast((line) => /^\d+$/.test(line));
      resolve({ lastSecond: last === undefined ? null : Number(last), isDone: lines.includes('done') });
    });
  });
}

function deathBy(random: Prng): Death {
  if (random.chance(0.2)) return { from: 'open', afterMs: random.next() * AFTER_OPEN_MS };
  return { from: LIFE.least + random.int(LIFE.most - LIFE.least), afterMs: random.next() * WITHIN_MS };
}

/** Acknowledges something that fires, as an operator beside the scanner does. Busy: not this time. */
function acknowledgeOne(store: AlertStore, random: Prng): void {
  try {
    const firing = store
      .list({ activeOnly: true, limit: 50 })
      .filter(({ state, acknowledgement }) => state === 'firing' && acknowledgement === null);
    if (firing.length === 0) return;
    const { id } = random.pick(firing);
    store.order({ kind: 'alert_acknowledge', alert: id, actor: 'ana', reason: 'looking' }, Date.now(), ANA);
  } catch (error) {
    if (!(error instanceof CryptorunError) || error.code !== 'state_busy') throw error;
  }
}

/** Lives and dies until so many kills are done, then lives to the end of the world. */
async function runWorld(t: TestContext, child: string, random: Prng, kills: number) {
  const stateDir = madeStateFolder(t);
  const store = openAlerts(stateDir, 5);
  const receiver = new Deduplicating(random.fork('receiver'));
  const url = await receiver.started();
  let alive: ChildProcess | null = null;
  t.signal.addEventListener('abort', () => alive?.kill('SIGKILL'));
  let second = 0;
  let killed = 0;
  for (let isDone = false; !isDone && !t.signal.aborted; ) {
    const isLast = killed === kills;
    alive = spawn(process.execPath, [child, stateDir, url, String(second), String(PERIODS)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_PATH: PACKAGES },
    });
    const told = await live(alive, isLast ? null : deathBy(random));
    isDone = told.isDone;
    assert.ok(isDone || !isLast || t.signal.aborted, 'the last life did not come to its end');
    killed += isDone ? 0 : 1;
    const next = told.lastSecond === null ? second : told.lastSecond + 1 + random.int(MAX_OUTAGE + 1);
    second = Math.min(lengthOf(PERIODS) - 1, next);
    if (random.chance(0.5)) acknowledgeOne(store, random);
  }
  await receiver.close();
  return { stateDir, store, receiver, killed };
}

/** What receivers must have seen of an episode, in this order, by what is stored of it. */
function expectedOf({ id, originalPriority, escalationReason, ladderStep, acknowledgement }: AlertRecord): {
  log: string[];
  pager: string[];
} {
  const isEscalated = escalationReason === 'unresolved';
  const isPaged = originalPriority === 'P1' || isEscalated || ladderStep > 0;
  const acked = acknowledgement === null ? [] : [`${id}/acknowledge`];
  const climbed = ladderStep > 0 && (originalPriority === 'P1' || isEscalated) ? [`${id}/ladder-${ladderStep}`] : [];
  return {
    log: [`${id}/trigger`, ...(isEscalated ? [`${id}/escalate`] : []), ...acked, `${id}/resolve`],
    pager: isPaged ? [`${id}/trigger`, ...climbed, ...acked, `${id}/resolve`] : [],
  };
}

/** The trouble that an episode is of: instrument, period, type. */
function troubleKey({ instrument, type, pendingAtMs }: AlertRecord): string {
  const index = INSTRUMENTS.indexOf(instrument as (typeof INSTRUMENTS)[number]);
  return `${instrument} ${periodAt(index, (pendingAtMs - START_MS) / SECOND_MS)} ${type}`;
}

test(`${KILLS} kills: no alert is lost, none fires twice, each state of each episode is seen once`, {
  timeout: 300_000,
}, async (t) => {
  const seed = process.env['SIM_SEED'] ?? String(Math.floor(Math.random() * 2 ** 31));
  t.diagnostic(`SIM_SEED=${seed}`);
  const child = await bundledChild(dirname(madeStateFolder(t)));
  const startMs = performance.now();
  const worlds = Array.from({ length: WORLDS }, (_, i) =>
    runWorld(t, child, new Prng(seed).fork(`world ${i}`), KILLS / WORLDS),
  );
  const runs = await Promise.all(worlds);
  t.diagnostic(`${Math.round((performance.now() - startMs) / 1000)} s`);
  let kinds = '';
  for (const { stateDir, store, receiver, killed } of runs) {
    t.after(() => store.close());
    assert.equal(killed, KILLS / WORLDS);
    const alerts = store.list({ activeOnly: false, limit: 9999 });
    const resolutions = alerts.map(({ resolution }) => resolution?.kind ?? 'none');
    kinds += resolutions.join(' ');
    t.diagnostic(
      `${killed} kills, ${alerts.length} episodes, ${receiver.seen.length} states, ${receiver.repeats} repeats, ` +
        `${alerts.filter(({ acknowledgement }) => acknowledgement !== null).length} acknowledged, ` +
        `${resolutions.filter((kind) => kind === 'while_down').length} over while down`,
    );

    // Nothing is left over: all fired, all ended, all told.
    assert.deepEqual(
      alerts.filter(({ state, firedAtMs }) => state !== 'resolved' || firedAtMs === null),
      [],
    );
    assert.deepEqual(store.queues(), []);

    // No alert lost, none fired twice: one episode for each trouble.
    const troubles = alerts.map(troubleKey).sort();
    assert.equal(new Set(troubles).size, troubles.length, 'no trouble fired twice');
    const wanted = INSTRUMENTS.flatMap((instrument, i) =>
      Array.from({ length: PERIODS }, (_, period) => `${instrument} ${period} ${troubleOf(i, period)}`),
    );
    assert.deepEqual(
      wanted.filter((trouble) => !troubles.includes(trouble)),
      [],
    );

    // What a receiver saw of an episode, in the order in which it came, is what is stored of it.
    for (const name of ['log', 'pager'] as const) {
      const seen = new Map<string, string[]>();
      for (const event of receiver.seen
        .filter((one) => one.startsWith(`${name} `))
        .map((one) => one.slice(name.length + 1))) {
        const id = event.slice(0, event.indexOf('/'));
        seen.set(id, [...(seen.get(id) ?? []), event]);
      }
      const expected = new Map(
        alerts.map((alert) => [alert.id, expectedOf(alert)[name]]).filter(([, events]) => events!.length > 0) as [
          string,
          string[],
        ][],
      );
      assert.deepEqual([...seen.keys()].sort(), [...expected.keys()].sort());
      for (const [id, events] of expected) assert.deepEqual(sortedAsSaid(seen.get(id)!), sortedAsSaid(events), name);
      for (const events of seen.values()) {
        assert.match(events[0]!, /trigger$/);
        assert.match(events.at(-1)!, /resolve$/);
      }
    }

    const control = openControl(stateDir, { busyTimeoutMs: 1000 });
    const records = control.auditAfter(0, 9999);
    assert.equal(verifyChain(records, { anchor: control.read().auditHead }).kind, 'intact');
    control.close();
  }
  assert.match(kinds, /while_down/, 'some ended while nobody looked');
  assert.match(kinds, /superseded/);
});

/** Escalation, ladder and acknowledgement come in whichever order operators and time made. */
function sortedAsSaid(events: readonly string[]): string[] {
  return [events[0]!, ...events.slice(1, -1).sort(), events.at(-1)!];
}
