/** The journal of a scan: a disk that refuses ends the recording, loudly and once, and never the scan. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { diskStore } from '../../src/shell/journal/segment-file.ts';
import { Recorder } from '../../src/shell/run/scan/recorder.ts';
import { startInput, T0, temporaryFolder } from '../journal/support/journals.ts';

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
