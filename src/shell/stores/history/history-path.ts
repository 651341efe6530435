/** Where the history lies. Opens nothing. */

import { join } from 'node:path';

/** Its own file: SQLite has one writer at a time a file, and a change of `control.db` must not wait for rows. */
export function historyPath(stateDir: string): string {
  return join(stateDir, 'history.db');
}
