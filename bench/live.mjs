/** `npm run bench:live`: what a message costs a live scanner, and two libraries of the field, over real sockets. Measures nothing itself. */

import { bundled, ROOT } from './load/build.mjs';

const { module, serverPath } = await bundled('live/main');
process.exitCode = await module.main(process.argv.slice(2), { root: ROOT, serverPath });
