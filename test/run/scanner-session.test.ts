/** The heartbeat of a running scanner: as often as it says, though looks come a little early or late. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OpsRun } from '../../src/core/ops/run/ops-run.ts';
import { ScannerSession } from '../../src/shell/run/attached/scanner-session.ts';
import { readHeartbeat } from '../../src/shell/stores/control/heartbeat-file.ts';
import { DEFAULTS, madeStateFolder } from '../stores/control/support/control-state.ts';

const T0_MS = 1_772_366_400_000;

test('a look a millisecond before the beat is due beats; one long before does not', (t) => {
  const stateDir = madeStateFolder(t);
  let nowMs = T0_MS;
  const session = ScannerSession.open({
    stateDir,
    source: 'live',
    name: 'scan-1',
    defaults: DEFAULTS,
    heartbeatMs: 100,
    nowMs: () => nowMs,
    onProblem: assert.fail,
  });
  t.after(() => session.close());
  const ops = {
    latch: { kind: 'released' },
    view: { revision: 0, mode: 'normal' },
    isReady: true,
  } as unknown as OpsRun;
  const beatAt = (atMs: number): number => {
    nowMs = T0_MS + atMs;
    session.beat(ops, null);
    const read = readHeartbeat(stateDir, { nowMs, staleAfterMs: 1000 });
    assert.equal(read.kind, 'alive');
    return read.kind === 'alive' ? read.beat.writtenAtMs - T0_MS : Number.NaN;
  };
  assert.deepEqual([0, 25, 99, 150, 198, 297].map(beatAt), [0, 0, 99, 99, 198, 297]);
});
