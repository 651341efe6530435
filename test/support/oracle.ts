/** Finds and reads the independent numeric cases of the operations core, which are not part of the project. Judges nothing. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ORACLE = process.env.CRYPTORUN_ORACLE ?? fileURLToPath(new URL('../../../shared/oracle', import.meta.url));

const OPS_FILE = join(ORACLE, 'cryptorun_ops_oracle.json');
export const hasOracle = existsSync(OPS_FILE);

type Scalar = string | number | boolean;

/** One thing done, `t` seconds on the case's own clock. */
export interface OracleStep {
  readonly op: string;
  readonly t?: number;
  readonly times?: number;
  readonly [key: string]: Scalar | undefined;
}

/** One thing seen afterwards. `go_bug` marks what the original does and nobody should. */
export interface OracleExpectation {
  readonly get: string;
  readonly t?: number;
  readonly equals?: Scalar;
  readonly approx?: number;
  readonly contains?: string;
  readonly not_equals?: Scalar;
  readonly gte?: number;
  readonly lte?: number;
  readonly one_of?: readonly Scalar[];
  readonly equals_set?: readonly Scalar[];
  readonly values?: readonly Scalar[];
  readonly metric?: string;
  readonly value?: number;
  readonly go_bug?: boolean;
  readonly [key: string]: Scalar | readonly Scalar[] | undefined;
}

export interface OracleCase {
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: each case has the keys of its own part of the config
  readonly config: any;
  readonly steps: readonly OracleStep[];
  readonly expect: readonly OracleExpectation[];
  readonly go_code_agrees: boolean;
  readonly note?: string;
}

/** All cases; none where the file is absent. */
export const OPS_CASES: readonly OracleCase[] = hasOracle ? JSON.parse(readFileSync(OPS_FILE, 'utf8')) : [];
