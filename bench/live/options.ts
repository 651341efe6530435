/** The live bench's command line. */

import { parseArgs } from 'node:util';

export interface LiveOptions {
  /** Of the comparison. */
  readonly framesPerSecond: number;
  readonly symbols: number;
  /** Each of fresh processes. */
  readonly rounds: number;
  /** Of every client in a round. */
  readonly turns: number;
  readonly warmMs: number;
  /** Measured in each. */
  readonly turnMs: number;
  /** Frames a second, one step after the other; empty: no steps. */
  readonly steps: readonly number[];
  readonly help: boolean;
}

export const LIVE_USAGE = `npm run bench:live -- [options]
  --rate N        messages a second of the comparison (default 40000: about what the slowest client keeps up with)
  --symbols N     of Binance spot (default 20)
  --rounds N      of fresh processes (default 3), each after 75 s of warm-up
  --turns N       of every client in a round (default 5)
  --seconds N     measured in each turn (default 4)
  --steps N,…     rates of the scanner alone (default 5000,10000,20000,40000,60000,80000,100000); 0: none
  --quick         one short round and fewer steps: a look, not a measurement
`;

const STEPS = '5000,10000,20000,40000,60000,80000,100000';

/** @throws Error in words when an option is none */
export function readLiveOptions(argv: readonly string[]): LiveOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      rate: { type: 'string', default: '40000' },
      symbols: { type: 'string', default: '20' },
      rounds: { type: 'string' },
      turns: { type: 'string' },
      seconds: { type: 'string' },
      steps: { type: 'string' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { quick } = values;
  return {
    framesPerSecond: wholeNumber('--rate', values.rate),
    symbols: wholeNumber('--symbols', values.symbols),
    rounds: wholeNumber('--rounds', values.rounds ?? (quick ? '1' : '3')),
    turns: wholeNumber('--turns', values.turns ?? (quick ? '2' : '5')),
    warmMs: quick ? 10_000 : 75_000,
    turnMs: wholeNumber('--seconds', values.seconds ?? '4') * 1000,
    steps: (values.steps ?? (quick ? '20000,60000' : STEPS))
      .split(',')
      .map((text) => (text === '0' ? 0 : wholeNumber('--steps', text)))
      .filter((rate) => rate > 0),
    help: values.help,
  };
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${option}: wanted a whole number from 1, found ${text}`);
  return value;
}
