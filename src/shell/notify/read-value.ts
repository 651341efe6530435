/** Reads URLs and keys of receivers from where config says they are. Refuses files that others may read; names no secret. */

import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ValueSource } from './notify-config.ts';
import { Secret } from './secret.ts';

export interface ValuePlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What paths in config are relative to. */
  readonly home: string;
}

export type ReadValue =
  | { readonly kind: 'read'; readonly secret: Secret }
  /** For the operator: what was wanted, and what was found. */
  | { readonly kind: 'problem'; readonly problem: string };

/** More is no URL and no key. */
const MAX_BYTES = 8192;
const OTHERS = 0o077;

export function readValue(source: ValueSource, { env, home }: ValuePlace): ReadValue {
  switch (source.kind) {
    case 'text':
      return filled(source.text, 'it is empty');
    case 'env':
      return filled(env[source.name] ?? '', `the variable ${source.name} is not set`);
    case 'file':
      return readPrivateFile(resolve(home, source.path));
  }
}

function filled(text: string, problem: string): ReadValue {
  const value = text.trim();
  return value === '' ? { kind: 'problem', problem } : { kind: 'read', secret: new Secret(value) };
}

function readPrivateFile(path: string): ReadValue {
  try {
    const { mode, size } = statSync(path);
    if ((mode & OTHERS) !== 0) {
      const found = (mode & 0o777).toString(8).padStart(4, '0');
      return { kind: 'problem', problem: `others may read ${path}: wanted mode 0600, found ${found}` };
    }
    if (size > MAX_BYTES) return { kind: 'problem', problem: `${path} is larger than ${MAX_BYTES} bytes` };
    return filled(readFileSync(path, 'utf8'), `${path} is empty`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { kind: 'problem', problem: `cannot read ${path}: ${code ?? 'unknown error'}` };
  }
}
