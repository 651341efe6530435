// Loaded before each test file by `test/run.js`: every property test of one run begins with the seed that the run has printed.
import fc from 'fast-check';

const { FC_SEED: seed, FC_PATH: path } = process.env;
if (seed !== undefined) {
  // `path`, of the one test that failed, goes straight to its counterexample: give it together with a filter.
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed), ...(path === undefined ? {} : { path }) });
}
