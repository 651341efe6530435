/** Where the frames come from: the folder of recorded market data, or the recording that the project makes itself. */

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { writeDemoRecording } from '../src/shell/sim/record.ts';
import type { Kind } from './kinds.ts';

export interface Source {
  /** For the head of the table. */
  readonly name: string;
  pathsOf(kind: Kind): readonly string[];
}

/**
 * @param root - the project's folder; the recordings are looked for in `../shared/marketdata` beside it
 * @param temporary - where the project's own recording is made when there are none
 */
export function sourceOf(root: string, temporary: string): Source {
  const marketdata = process.env['CRYPTORUN_MARKETDATA'] ?? resolve(root, '../shared/marketdata');
  if (existsSync(marketdata)) {
    return { name: 'recorded frames', pathsOf: ({ paths }) => paths.map((path) => join(marketdata, path)) };
  }
  const { framesFolder } = writeDemoRecording(join(temporary, 'demo'));
  return { name: "the project's own recording (simulated)", pathsOf: () => [framesFolder] };
}
