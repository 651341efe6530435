/** Bundles what a load runs into bench/node_modules/.cache, where git does not see it and the peers' names resolve. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundle } from '../../bin/bundle.mjs';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BENCH = fileURLToPath(new URL('..', import.meta.url));
const OUT = fileURLToPath(new URL('../node_modules/.cache/cryptorun-load/', import.meta.url));

/**
 * @param main - of bench/, without its ending
 * @returns the module, as `main` and as the URL's folder
 */
export async function bundled(main) {
  mkdirSync(OUT, { recursive: true });
  const files = await bundle({
    entryPoints: { main: `${BENCH}${main}.ts`, server: `${BENCH}load/server-main.ts` },
    outdir: OUT,
    format: 'esm',
    target: 'node20',
    // What is CommonJS in it asks for Node's own modules by `require`.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    logLevel: 'error',
  });
  for (const { path, text } of files) writeFileSync(path, text);
  return { module: await import(`${OUT}main.js`), serverPath: `${OUT}server.js` };
}
