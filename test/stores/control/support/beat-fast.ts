/** Writes heartbeats without a pause until it is killed: `beat-fast.ts DIR`. */

import { HeartbeatWriter, readBootId } from '../../../../src/shell/stores/control/heartbeat-file.ts';
import { NOW_MS } from './control-state.ts';

const writer = new HeartbeatWriter(process.argv[2]!);
const bootId = readBootId();

function burst(from: number): void {
  for (let i = from; i < from + 500; i++) {
    writer.write({
      pid: process.pid,
      bootId,
      startedAtMs: NOW_MS,
      session: 'x'.repeat(i % 150),
      source: 'live',
      mode: 'normal',
      isReady: true,
      revisionSeen: i,
      killLevel: null,
      killSeenAtMs: null,
      lastProgressMs: null,
      writtenAtMs: NOW_MS,
    });
  }
  setImmediate(burst, from + 500);
}

burst(0);
process.send!('ready');
process.on('disconnect', () => process.exit());
