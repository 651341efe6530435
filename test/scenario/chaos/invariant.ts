/** What every invariant of chaos is given, and what it is to be told. Types, and the error of one that did not hold. */

import type { VirtualScan } from '../../../src/shell/run/drill/virtual-scan.ts';
import type { ChaosScript } from './chaos-script.ts';

/** A run under watch. */
export interface Watched {
  readonly scan: VirtualScan;
  readonly script: ChaosScript;
  /** Ends the run, naming seed and step. */
  fail(what: string): never;
}

/** An invariant, or something under it, did not hold. */
export class ChaosFailure extends Error {
  override readonly name = 'ChaosFailure';
}

export const SECOND_MS = 1_000;
