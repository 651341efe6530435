/** The journal of a scan: a disk that refuses ends the recording, loudly and once, and never the scan. */

import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { diskStore } from '../../src/shell/journal/segment-file.ts';
import { Recorder } from '../../src/shell/run/scan/recorder.ts';
import { startInput, T0, temporaryFolder } from '../journal/support/journals.ts';
import { ScanHome } from './scan-support.ts';

test('a full disk', (t) => {
  let isFull = false;
  const store: typeof diskStore = {
    ...diskStore,
    create(path) {
      const file = diskStore.create(path);
      return {
        ...file,
        write(bytes) {
          if (isFull) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
          return file.write(bytes);
        },
      };
    },
  };
  const said: string[] = [];
  const folder = join(temporaryFolder(t), 'journal');
  const options = { folder, session: 's', segmentBytes: null, checkpoint: () => ({}), store };
  const recorder = new Recorder({ ...options, onStop: (reason) => said.push(reason) }, startInput());
  recorder.append({ kind: 'pulse', receiveTimeMs: T0 + 1 });
  recorder.flush();
  assert.equal(recorder.isWhole, true);
  isFull = true;
  for (let i = 2; i < 5; i++) {
    recorder.append({ kind: 'pulse', receiveTimeMs: T0 + i });
    recorder.flush();
  }
  recorder.close();
  assert.equal(recorder.isWhole, false);
  assert.equal(said.length, 1);
  assert.match(said[0]!, /recording stopped: .*no space left.*; the scan goes on without a record$/);
  recorder.append({ kind: 'pulse', receiveTimeMs: T0 + 9 });
});

test('a scan whose record stops says so, fires an alert, and ends it when a reload begins another record', async () => {
  const place = new ScanHome();
  const folder = join(place.home, 'journal');
  const record = ['--record', folder, '--segment-bytes', '20000', '--state', place.stateDir];
  const scan = place.start('scan', '--demo', '--speed', '20', '--no-screen', '--json', '--duration', '30m', ...record);
  await scan.said(/"to":"live"/);
  // The next segment cannot be made: a file stands where the folder was.
  rmSync(folder, { recursive: true });
  writeFileSync(folder, '');
  await scan.said(/recording stopped: .*; the scan goes on without a record/);
  await scan.said(/"change":"fired".*"type":"recording_stopped".*"priority":"P2"/);
  const status = await place.run('ops', 'status', '--state', place.stateDir);
  assert.match(status.stdout, /recording .*stopped/);
  rmSync(folder);
  mkdirSync(folder);
  process.kill(process.pid, 'SIGHUP');
  await scan.said(/"change":"resolved".*"type":"recording_stopped".*"kind":"auto"/);
  process.kill(process.pid, 'SIGINT');
  const { stdout } = await scan.ended;
  const fired = stdout.split('\n').filter((line) => /"change":"fired".*"type":"recording_stopped"/.test(line));
  assert.equal(fired.length, 1);
});
