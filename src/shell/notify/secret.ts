/** A text that is used and never shown: it prints as stars wherever it gets to, and takes itself out of other texts. */

import { inspect } from 'node:util';

export const MASK = '***';
/** Shorter parts would take ordinary words out of every text. */
export const MIN_SECRET = 6;

export class Secret {
  readonly #text: string;
  readonly #parts: readonly string[];

  constructor(text: string) {
    this.#text = text;
    this.#parts = partsOf(text);
  }

  /** For the request itself, and for nothing else. */
  reveal(): string {
    return this.#text;
  }

  /** Takes the secret, and of a URL all that is behind the host, out of a text of somebody else's. */
  maskIn(text: string): string {
    return this.#parts.reduce((masked, part) => masked.replaceAll(part, MASK), text);
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}

/** Longest first. A URL's path and query hold what is secret of it, whole or in pieces, as libraries and peers quote them. */
function partsOf(text: string): string[] {
  const parts = [text];
  if (URL.canParse(text)) {
    const { href, pathname, search, username, password } = new URL(text);
    const pieces = [...pathname.split('/'), ...new URLSearchParams(search).values(), username, password];
    parts.push(href, pathname + search, pathname, ...pieces, ...pieces.map(decoded));
  }
  return [...new Set(parts)].filter((part) => part.length >= MIN_SECRET).sort((a, b) => b.length - a.length);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
