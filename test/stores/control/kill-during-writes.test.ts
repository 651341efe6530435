/** Many writers at once, each killed at a moment that nobody chose, two hundred times: what was acknowledged is there. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { Prng } from '../../../src/core/base/prng.ts';
import { auditLine } from '../../../src/core/ops/audit/chain.ts';
import { verifyChain } from '../../../src/core/ops/audit/verify-chain.ts';
import { diagnose } from '../../../src/shell/stores/control/doctor/diagnose.ts';
import { exportLines, storedRecords } from '../../../src/shell/stores/control/doctor/read-audit.ts';
import { openControl } from '../../../src/shell/stores/control/open-control.ts';
import { change, NOW_MS, note, stateFolder } from './support/control-state.ts';

const KILLS = 200;
const WRITERS = 4;
/** Long enough for some changes and to be in the middle of one, short enough for two hundred lives. */
const MAX_LIFE_MS = 100;

const PACKAGES = fileURLToPath(new URL('../../../node_modules', import.meta.url));

/** One file that starts in 50 ms, where tsx would take ten times as long. */
async function bundledWriter(dir: string): Promise<string> {
  const outfile = join(dirname(dir), 'writer.cjs');
  const entry = fileURLToPath(new URL('./support/writer.ts', import.meta.url));
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['libsql'],
    logLevel: 'error',
  });
  return outfile;
}

/** When a writer is killed: so many ms after it had opened the state, or after its first acknowledged change. */
interface Life {
  readonly from: 'open' | 'first change';
  readonly lifeMs: number;
}

interface Acknowledged {
  readonly seq: number;
  readonly hash: string;
  readonly name: string;
  readonly isOn: boolean;
}

/** Runs one writer after the other under a name of its own, until there were enough kills. */
async function killWriters(
  writer: string,
  dir: string,
  name: string,
  next: () => Life | null,
): Promise<{ acknowledged: Acknowledged[]; odd: string[] }> {
  let told = '';
  const odd: string[] = [];
  for (let life = next(); life !== null; life = next()) {
    const said = await livedAndKilled(
      spawn(process.execPath, [writer, dir, name], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, NODE_PATH: PACKAGES },
      }),
      life,
    );
    // A line that the kill cut off was not acknowledged.
    told += said.slice(0, said.lastIndexOf('\n') + 1);
  }
  const acknowledged = told.split('\n').flatMap((line): Acknowledged[] => {
    const [, seq, hash, own, state] = /^(\d+) ([0-9a-f]{64}) (\S+) (on|off)$/.exec(line) ?? [];
    if (seq === undefined) {
      if (line !== 'open' && line !== '') odd.push(line);
      return [];
    }
    return [{ seq: Number(seq), hash: hash!, name: own!, isOn: state === 'on' }];
  });
  return { acknowledged, odd };
}

/** What a writer said until it was killed. */
function livedAndKilled(child: ChildProcess, { from, lifeMs }: Life): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout!.setEncoding('latin1').on('data', (text: string) => {
      const isNew = !hasBegun(said, from);
      said += text;
      if (isNew && hasBegun(said, from)) setTimeout(() => child.kill('SIGKILL'), lifeMs);
    });
    child.on('error', reject).on('close', () => resolve(said));
  });
}

function hasBegun(said: string, from: Life['from']): boolean {
  return from === 'open' ? said !== '' : /\n./.test(said);
}

test(`${KILLS} kills of ${WRITERS} concurrent writers lose no acknowledged change`, {
  timeout: 180_000,
}, async (t: TestContext) => {
  const dir = stateFolder(t);
  mkdirSync(dirname(dir), { recursive: true });
  const writer = await bundledWriter(dir);
  const seed = Number(process.env['SIM_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  t.diagnostic(`SIM_SEED=${seed}`);
  const random = new Prng(seed);
  let kills = 0;
  const next = (): Life | null => {
    if (kills === KILLS) return null;
    kills += 1;
    return { from: kills % 2 === 0 ? 'open' : 'first change', lifeMs: random.next() * MAX_LIFE_MS };
  };
  const names = Array.from({ length: WRITERS }, (_, i) => `venue.v${i}`);
  // All of them begin with the first opening of the folder.
  const runs = await Promise.all(names.map((name) => killWriters(writer, dir, name, next)));
  const acknowledged = runs.flatMap((run) => run.acknowledged);
  t.diagnostic(`${acknowledged.length} changes were acknowledged`);
  assert.deepEqual(
    runs.flatMap((run) => run.odd),
    [],
  );
  assert.ok(acknowledged.length > KILLS, `only ${acknowledged.length} changes: the writers hardly lived`);

  const store = openControl(dir, { busyTimeoutMs: 2000 });
  t.after(() => store.close());
  const records = [...storedRecords(store)];
  const verdict = verifyChain(records, { anchor: store.read().auditHead });
  assert.deepEqual([verdict.kind, verdict.count, verdict.notes], ['intact', records.length, []]);
  for (const { seq, hash } of acknowledged) assert.equal(records[seq - 1]?.hash, hash, `record ${seq}`);
  assert.equal(new Set(acknowledged.map(({ seq }) => seq)).size, acknowledged.length, 'each number was given once');
  assert.equal(store.revision(), records.length, 'one revision a change');
  // The document is what its audit says, and no switch is older than what its writer was told.
  for (const name of names) {
    const last = records.findLast(({ target }) => target === name);
    const isOn = (last?.to as { isOn: boolean } | undefined)?.isOn;
    assert.equal(store.read().document.switches[name]?.isOn, isOn, name);
  }

  assert.equal(change(store, note('afterwards')).exportProblem, null);
  const lines = [...storedRecords(store)].map((record) => auditLine(record));
  assert.deepEqual([...exportLines(join(dir, 'audit.ndjson'))], lines, 'the export: every record, once, in order');
  assert.ok(readFileSync(join(dir, 'audit.ndjson'), 'utf8').endsWith('\n'));
  const bad = diagnose(dir, { nowMs: NOW_MS }).filter(({ grade }) => grade !== 'OK' && grade !== 'NO DATA');
  assert.deepEqual(bad, []);
});
