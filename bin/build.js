// Builds dist/cryptorun.js: the whole command line in one file, so that it starts fast. Needs no dev dependency.
import { mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const { compileSchemas } = await import('./compile-schemas.js');
compileSchemas();

const { build } = await import('esbuild');
// Built beside its place and then moved: a program that is started meanwhile finds the old one or the new one, never half.
const outfile = join(root, 'dist/cryptorun.js');
const draft = join(root, `dist/.cryptorun-${process.pid}.js`);
mkdirSync(join(root, 'dist'), { recursive: true });
await build({
  entryPoints: [join(root, 'src/shell/cli/start.ts')],
  outfile: draft,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: false,
  legalComments: 'none',
  logLevel: 'warning',
  // CommonJS packages inside the bundle still call require for Node's own modules.
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
});
renameSync(draft, outfile);
