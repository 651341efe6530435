/** Posts by the platform's `fetch`: a deadline, a bound on the answer, no redirect followed, nothing repeated. Never rejects. */

import { retryAfterMs } from '../../feeds/retry-after.ts';
import { failureText } from '../../feeds/ws/failure-text.ts';
import type { HttpPost, PostReply } from '../../notify/http-post.ts';

/** More of an answer is not read: it is for people. */
const MAX_ANSWER_BYTES = 4096;

export const httpPost: HttpPost = async (request, timeoutMs, signal) => {
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    return await answered(request, AbortSignal.any([deadline, signal]));
  } catch (error) {
    return deadline.aborted ? { kind: 'timeout' } : { kind: 'failed', reason: failureText(error) };
  }
};

async function answered(request: Parameters<HttpPost>[0], signal: AbortSignal): Promise<PostReply> {
  const { url, contentType, body } = request;
  const headers = new Headers({ 'user-agent': 'cryptorun', ...request.headers });
  headers.set('content-type', contentType);
  const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
  const text = await beginningOf(response);
  const { status } = response;
  return {
    kind: 'answered',
    status,
    retryAfterMs: retryAfterMs(response.headers.get('retry-after') ?? undefined, Date.now()),
    text,
  };
}

async function beginningOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels the rest.
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= MAX_ANSWER_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8', 0, Math.min(length, MAX_ANSWER_BYTES));
}
