import type { BuildOptions } from 'esbuild';

export function bundle(
  options: BuildOptions,
  around?: { readonly head?: string; readonly foot?: string; readonly minify?: boolean },
): Promise<readonly { readonly path: string; readonly text: string }[]>;
