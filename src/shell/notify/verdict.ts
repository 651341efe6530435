/** What a receiver's answer means for what it was sent. Decides by status alone: bodies are for people. */

import { printable } from '../../core/render/printable.ts';
import type { PostReply } from './http-post.ts';

/**
 * - `delivered`: it has it
 * - `refused`: it would refuse it for ever: a wrong key, a wrong address, a wrong payload
 * - `failed`: another time it may take it
 */
export type Verdict =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string; readonly retryAfterMs: number | null };

/** Longer answers of peers say nothing more. */
const MAX_TEXT = 200;
/** Request time-out, too early, too many requests: the only ones of 4xx that pass by themselves. */
const PASSING: readonly number[] = [408, 425, 429];

/**
 * @param mask - takes secrets out of what others say, before that is cut
 * @returns `reason` is one line
 */
export function verdictOf(reply: PostReply, mask: (text: string) => string): Verdict {
  if (reply.kind === 'timeout') return { kind: 'failed', reason: 'no answer in time', retryAfterMs: null };
  if (reply.kind === 'failed') return { kind: 'failed', reason: mask(reply.reason), retryAfterMs: null };
  const { status, retryAfterMs, text } = reply;
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  const said = printable(mask(text)).slice(0, MAX_TEXT);
  const reason = said === '' ? `HTTP ${status}` : `HTTP ${status}: ${said}`;
  if (status >= 500 || PASSING.includes(status)) return { kind: 'failed', reason, retryAfterMs };
  return { kind: 'refused', reason };
}
