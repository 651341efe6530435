#!/usr/bin/env node
// Starts the built program: nothing else happens here.
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const packageRoot = dirname(dirname(fileURLToPath(import.meta.url)));
const program = `${packageRoot}/dist/cryptorun.js`;
if (existsSync(program)) {
  const { start } = await import(pathToFileURL(program).href);
  await start(packageRoot);
} else {
  process.stderr.write(`cryptorun is not built: run \`npm ci\` in ${packageRoot}\n`);
  process.exitCode = 1;
}
