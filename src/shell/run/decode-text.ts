/** UTF-8 bytes to text for the core, which has no decoder of its own. Refuses what is not UTF-8. */

import { isAscii } from 'node:buffer';

// The mark at the start is kept, so that text and bytes stay the same thing.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of `bytes[from, to)`; null when it is not valid UTF-8. Venues send ASCII: that is copied, not decoded. */
export function decodeText(bytes: Uint8Array, from: number, to: number): string | null {
  const view = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset + from, to - from);
  if (isAscii(view)) return view.toString('latin1');
  try {
    return decoder.decode(view);
  } catch {
    return null;
  }
}
