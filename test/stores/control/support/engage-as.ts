/** Engages as another user: `engage-as.ts DIR UID`. Prints what came of it. */

import { CryptorunError } from '../../../../src/shell/errors.ts';
import { engage } from '../../../../src/shell/stores/control/kill-file.ts';

const [dir = '', uid = ''] = process.argv.slice(2);
process.setuid!(Number(uid));
try {
  const outcome = engage(dir, { level: 'kill', reason: 'x', operator: 'x', source: 'command', timeMs: 0 });
  process.stdout.write(`${outcome.kind}\n`);
} catch (error) {
  if (!(error instanceof CryptorunError)) throw error;
  process.stdout.write(`${error.code}: ${error.message}\n`);
}
