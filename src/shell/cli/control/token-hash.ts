/** Finds the token that a command was given, and gives only its hash away. Judges no token. */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CliContext } from '../../context.ts';
import { CryptorunError } from '../../errors.ts';
import type { TokenOptions } from '../shared-options.ts';

/** Longer files hold something else, which need not be read whole. */
const MAX_SECRET_LENGTH = 1000;

/**
 * From `--token`, else `--token-file`, else `CRYPTORUN_TOKEN`.
 *
 * @returns SHA-256, lower-case hex; null: no token was given
 * @throws CryptorunError `usage` for both options at once, `permission_denied` for a file that cannot be read
 */
export async function tokenHashOf(options: TokenOptions, { env, cwd }: CliContext): Promise<string | null> {
  const secret = secretOf(options, env, cwd);
  if (secret === null) return null;
  const { hashOf } = await import('../../stores/control/tokens.ts');
  return hashOf(secret);
}

function secretOf({ token, tokenFile }: TokenOptions, env: NodeJS.ProcessEnv, cwd: string): string | null {
  if (token !== undefined && tokenFile !== undefined) {
    throw new CryptorunError('usage', '--token and --token-file: wanted one of them, found both');
  }
  const text = token ?? (tokenFile === undefined ? env['CRYPTORUN_TOKEN'] : textOf(resolve(cwd, tokenFile)));
  return text === undefined || text.trim() === '' ? null : text;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').slice(0, MAX_SECRET_LENGTH);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new CryptorunError('permission_denied', `--token-file: cannot read it: ${said}`, { cause });
  }
}
