/** What the tests of the configuration share: where the project is, and throw-away folders. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { EffectiveConfig } from '../../src/shell/config/effective-config.ts';
import { loadConfig } from '../../src/shell/config/load-config.ts';
import { problemText } from '../../src/shell/config/problem.ts';
import type { ConfigRequest } from '../../src/shell/config/resolve-home.ts';

export const PROJECT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
export const GOLDEN = join(PROJECT, 'test', 'golden', 'config');

/** A request as an operator in an empty folder would make it, with the project as the installed package. */
export function requestIn(cwd: string, more: Partial<ConfigRequest> = {}): ConfigRequest {
  return { flags: {}, env: {}, cwd, packageRoot: PROJECT, ...more };
}

/** A folder with these files, gone when the test ends. */
export function folderWith(t: TestContext, files: { readonly [path: string]: string }): string {
  const folder = mkdtempSync(join(tmpdir(), 'cryptorun-config-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** The configuration, or a failure that shows the report. */
export function loaded(request: ConfigRequest): EffectiveConfig {
  const result = loadConfig(request);
  if (!result.ok) throw new Error(`refused:\n${reportOf(request)}`);
  return result.config;
}

/** The report of a refused configuration, as an operator reads it; '' when it was not refused. */
export function reportOf(request: ConfigRequest): string {
  const result = loadConfig(request);
  return result.ok ? '' : `${result.problems.map(problemText).join('\n')}\n`;
}
