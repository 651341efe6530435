/** Says where config and state are, from what was typed. Loads nothing, so that it can be asked first on a bad day. */

import type { ConfigRequest } from '../config/resolve-home.ts';
import type { CliContext } from '../context.ts';
import type { PlaceOptions } from './shared-options.ts';

export function configRequest({ config, state }: PlaceOptions, { env, cwd, packageRoot }: CliContext): ConfigRequest {
  return { flags: { ...(config && { config }), ...(state && { state }) }, env, cwd, packageRoot };
}
