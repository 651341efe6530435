/** Makes operators' tokens and their hashes. Stores nothing: the hash goes into the control document, the secret to the operator. */

import { createHash, randomBytes } from 'node:crypto';

export interface NewToken {
  /** Names the token in lists and in the audit; not secret. */
  readonly id: string;
  /** To be shown once. Begins with `crt_`, so that scanners for leaked secrets can know it. */
  readonly secret: string;
  readonly hash: string;
}

const PREFIX = 'crt_';
/** 256 bits: nothing that could be guessed, so a plain hash is enough to store. */
const SECRET_BYTES = 32;
const ID_BYTES = 6;

export function newToken(): NewToken {
  const secret = `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { id: randomBytes(ID_BYTES).toString('hex'), secret, hash: hashOf(secret) };
}

/** SHA-256 of a secret as it was given to the operator, spaces around it forgiven. Lower-case hex. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret.trim()).digest('hex');
}
