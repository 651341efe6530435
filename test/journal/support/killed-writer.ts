/** A process that journals to argv[2], tells its parent what it has flushed, and goes on until it is killed. */

import { writeSync } from 'node:fs';
import { JournalWriter } from '../../../src/shell/journal/journal-writer.ts';
import { frameInput, startInput, T0 } from './journals.ts';

const options = { session: 'killed', start: startInput(), maxSegmentBytes: 20_000, checkpoint: () => ({}) };
const writer = JournalWriter.create(process.argv[2]!, options);
for (let i = 1; ; i++) {
  writer.append(frameInput(`{"i":${i}}`, T0 + i / 1000));
  if (i % 500 !== 0) continue;
  writer.flush();
  writeSync(1, `flushed ${i}\n`);
}
