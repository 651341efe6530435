/** `npm run soak`: a scanner under load for minutes: does it grow, does it stall? Exits 1 when a limit is broken. Measures nothing itself. */

import { bundled, ROOT } from './load/build.mjs';

const { module, serverPath } = await bundled('soak/main');
process.exitCode = await module.main(process.argv.slice(2), { root: ROOT, serverPath });
