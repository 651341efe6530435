/** Finds the peers, which live in bench/node_modules and may be missing. */

import { createRequire } from 'node:module';

// The bundle lies in bench/node_modules/.cache, so that names resolve as they would in bench/.
const require = createRequire(import.meta.url);

/** A CommonJS peer, or null when it is not installed. */
// biome-ignore lint/suspicious/noExplicitAny: its types are not there when it is not
export function loadPeer(name: string): any {
  try {
    return require(name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}

/** An ES module peer, or null when it is not installed. */
// biome-ignore lint/suspicious/noExplicitAny: as above
export async function importPeer(name: string): Promise<any> {
  try {
    return await import(name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return null;
    throw error;
  }
}
