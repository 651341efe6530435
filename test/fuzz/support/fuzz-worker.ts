/** One process of the fuzz: takes its part of the pairs and prints a report a line as JSON. Started by codec-fuzz.test.ts. */

import { FuzzFailure, fuzzPair } from './fuzz-pair.ts';
import { allSeeds } from './seeds.ts';

/** What heapUsed after a collection may grow by between the first fifth of the frames and the end, bytes. */
const MAX_HEAP_GROWTH = 48 * 1024 * 1024;

const [seed = '1', totalText = '60000', partText = '0', partsText = '1', only = ''] = process.argv.slice(2);
const part = Number(partText);
const seeds = await allSeeds();
const pairs = seeds.flatMap((venue) =>
  [...new Set(venue.stories.flat().map(({ kind }) => kind))].sort().map((kind) => ({ venue, kind })),
);
const total = Number(totalText);
// A million frames are at least 20,000 of each pair.
const count = Math.max(Math.ceil(total / pairs.length), Math.ceil(total / 50));
const mine = pairs.filter(
  ({ venue, kind }, i) => i % Number(partsText) === part && `${venue.venue} ${kind}`.includes(only),
);
let firstHeap = 0;

for (const [index, { venue, kind }] of mine.entries()) {
  if (index === Math.floor(mine.length / 5)) firstHeap = heapUsed();
  const startMs = performance.now();
  try {
    const report = fuzzPair(venue, kind, count, seed);
    print({ ...report, ms: Math.round(performance.now() - startMs) });
  } catch (error) {
    // The other pairs go on: one fault must not hide the next.
    if (!(error instanceof FuzzFailure)) throw error;
    print({ failure: error.message });
  }
}
const growth = heapUsed() - firstHeap;
if (growth > MAX_HEAP_GROWTH) throw new Error(`the heap grew by ${Math.round(growth / 1024)} KiB`);
print({ heapGrowth: growth });

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function heapUsed(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
