#!/usr/bin/env node
// Starts the built program. It is compiled from V8's own cache where that fits this Node, which halves the start; where it does
// not (another Node than the one that built it), Node ignores the cache and only takes longer.
'use strict';
const { existsSync, readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

const root = dirname(__dirname);
const path = join(root, 'dist', 'cryptorun.cjs');
const cachePath = join(root, 'dist', 'cryptorun.cache');

if (existsSync(path)) {
  const cachedData = existsSync(cachePath) ? readFileSync(cachePath) : undefined;
  const script = new Script(readFileSync(path, 'utf8'), { filename: path, cachedData });
  script.runInThisContext()(require, path).start(root);
} else {
  process.stderr.write(`cryptorun is not built: run \`npm ci\` in ${root}\n`);
  process.exitCode = 1;
}
