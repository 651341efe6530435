/** The configuration for commands that cannot do without. Reads files only through the config room. */

import type { EffectiveConfig } from '../../config/effective-config.ts';
import type { ConfigRequest } from '../../config/resolve-home.ts';
import { CryptorunError } from '../../errors.ts';

/** @throws CryptorunError `bad_config` with all problems */
export async function strictConfig(request: ConfigRequest): Promise<EffectiveConfig> {
  const [{ loadConfig }, { problemText }] = await Promise.all([
    import('../../config/load-config.ts'),
    import('../../config/problem.ts'),
  ]);
  const loaded = loadConfig(request);
  if (!loaded.ok) throw new CryptorunError('bad_config', loaded.problems.map(problemText).join('\n'));
  return loaded.config;
}
