/** Keeps the step of a scanner compiled as a whole, whatever comes in what order. Changes how V8 compiles and nothing else. */

import { setFlagsFromString } from 'node:v8';

/**
 * How much bytecode V8 may take into one function: 920 unless told. The path of a message is more than that, and what is left over is
 * called, some of it once a book level or number.
 */
const INLINED_BYTES = 4000;

/**
 * V8 11 looks anew at whether a function is worth compiling for speed each time that so many bytes of its bytecode have run: 67,584 unless
 * told. At that it spends a tenth of a busy scan's time, for minutes, on code that runs once a second (ADR 5).
 */
const HOT_BYTES = 1_000_000;

/**
 * V8 11 (Node 20) may compile a running loop on its own and enter it in its middle. Once it has, and the function around it must
 * be compiled again, which the first empty book side or the first odd number brings about, that never happens: every later call
 * begins uncompiled and changes over at its first turn, for as long as the process lives (seen in a third of runs, where reading
 * book levels then took three to five times as long). V8 12 and later were not seen to do so (ADR 5).
 */
export function keepFunctionsWhole(): void {
  setFlagsFromString(`--max-inlined-bytecode-size-cumulative=${INLINED_BYTES}`);
  if (process.versions.v8.startsWith('11.')) setFlagsFromString('--no-use-osr');
}

/** For a process that runs on: code that is run all the time is compiled as soon as ever, the rest when it has been worth it. */
export function compileOnlyHotCode(): void {
  if (process.versions.v8.startsWith('11.')) setFlagsFromString(`--interrupt-budget=${HOT_BYTES}`);
}
