/** Holds a folder's scanner lock until it is killed: `hold-lock.ts DIR`. Collects garbage meanwhile, which must not free it. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { lockScanner } from '../../../../src/shell/stores/control/scanner-lock.ts';

lockScanner(process.argv[2]!);
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
setImmediate(() => {
  collect();
  setImmediate(() => process.send!('held'));
});
process.on('disconnect', () => process.exit());
