/**
 * A recorded run replays to the same bytes: the files of bars, gaps and digests, what operations, feeds and alerts decided, and
 * the final state. Drills in virtual time, through a journal on disk and the real `replay`.
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Effect } from '../../src/core/scan/effect.ts';
import { Scanner } from '../../src/core/scan/scanner.ts';
import { main } from '../../src/shell/cli/main.ts';
import { readJournal } from '../../src/shell/journal/journal-reader.ts';
import { JournalWriter } from '../../src/shell/journal/journal-writer.ts';
import { openJournal } from '../../src/shell/journal/open-journal.ts';
import { decodeText } from '../../src/shell/run/decode-text.ts';
import { DrillRun } from '../../src/shell/run/drill/run-drill.ts';
import { Results } from '../../src/shell/run/scan/results.ts';
import { readDrill } from '../../src/shell/sim/drill/read-drills.ts';
import { tempFolder } from '../cli/support/cryptorun.ts';
import { PACKAGE_ROOT } from '../run/scan-support.ts';
import { shippedConfig } from './chaos/chaos-many.ts';

const FOLDER = fileURLToPath(new URL('../../config/drills', import.meta.url));

/** What each run must have, so that equal files are not equally empty. */
const DRILLS: readonly (readonly [drill: string, decided: readonly Effect['kind'][]])[] = [
  ['bad-day', ['bar', 'gap_opened', 'gap_closed', 'feed_changed', 'open_connection', 'rest_request', 'digest']],
  ['outage-kraken', ['bar', 'gap_opened', 'gap_closed', 'feed_changed', 'breaker_changed', 'rest_request', 'digest']],
  ['overwhelmed', ['bar', 'gap_opened', 'gap_closed', 'engage_kill_switch', 'kill_level_changed', 'digest']],
];

/** A drill with its files as a scan writes them, and its journal. */
function recorded(name: string, home: string) {
  const files = new Results(join(home, 'live'), assert.fail);
  const lines: string[] = [];
  const kinds = new Set<string>();
  const run = new DrillRun(readDrill(FOLDER, name), shippedConfig(), {
    mayPerform: (effect) => {
      kinds.add(effect.kind);
      lines.push(lineOf(effect));
      files.take(effect);
      return true;
    },
  });
  const { digest } = run.finish();
  const { scanner, tape } = run.scan;
  files.finish(scanner.closing().lines, digest);
  const [start, ...inputs] = tape;
  assert.ok(start?.kind === 'start');
  const checkpoint = () => assert.fail('a drill is shorter than a segment');
  const journal = JournalWriter.create(join(home, 'journal'), { session: 'drill', start, checkpoint });
  for (const input of inputs) journal.append(input);
  journal.close();
  assert.equal(journal.failure, null);
  return { kinds, decisions: lines.join(''), digest, state: stateOf(scanner) };
}

/** Steps the journal's Inputs in a new Scanner. */
function stepped(folder: string): { readonly decisions: string; readonly state: string } {
  const scanner = new Scanner({ decodeText });
  const lines: string[] = [];
  const reader = readJournal(openJournal(folder));
  for (let input = reader.next(); input !== null; input = reader.next()) {
    for (const effect of scanner.step(input)) lines.push(lineOf(effect));
  }
  return { decisions: lines.join(''), state: stateOf(scanner) };
}

function lineOf(effect: Effect): string {
  return `${JSON.stringify(effect)}\n`;
}

function stateOf(scanner: Scanner): string {
  return JSON.stringify(scanner.save());
}

/** Of all files in a folder, by name. */
function bytesIn(folder: string): Record<string, string> {
  const names = readdirSync(folder).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'latin1')]));
}

describe('live equals replay', () => {
  for (const [name, decided] of DRILLS) {
    test(name, async () => {
      const home = tempFolder();
      const live = recorded(name, home);
      for (const kind of decided) assert.ok(live.kinds.has(kind), `no ${kind}`);

      const again = stepped(join(home, 'journal'));
      // Compared as one text: every effect, in order, to the last digit.
      assert.ok(again.decisions === live.decisions, 'what was decided differs');
      assert.ok(again.state === live.state, 'the final state differs');

      const [code, said] = await replayed(home, live.digest);
      assert.deepEqual([code, said], [0, '']);
      const [ours, theirs] = [bytesIn(join(home, 'live')), bytesIn(join(home, 'again'))];
      for (const [file, bytes] of Object.entries(ours)) assert.equal(theirs[file], bytes, file);
      for (const file of ['bars_1m.csv', 'gaps.csv', 'digest.ndjson'])
        assert.ok(ours[file]!.split('\n').length > 3, `${file} says little`);
    });
  }
});

async function replayed(home: string, digest: string): Promise<[code: number, said: string]> {
  let [code, said] = [0, ''];
  const write = (text: string) => (said += text);
  await main(['replay', join(home, 'journal'), '-q', '--verify', digest, '--out', join(home, 'again')], {
    env: {},
    cwd: home,
    packageRoot: PACKAGE_ROOT,
    stdout: { write },
    stderr: { write },
    setExitCode: (to) => {
      code = to;
    },
  });
  return [code, said];
}
