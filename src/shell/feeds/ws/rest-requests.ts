/**
 * Single GETs by the platform's `fetch`: a deadline, a limit of bytes, headers as they came. Follows no redirect, repeats
 * nothing, caches nothing. Connections are kept alive by the platform.
 */

import type { Clock, RestReply, RestRequest } from '../transport.ts';
import { failureText } from './failure-text.ts';
import { joined } from './joined.ts';

export class RestRequests {
  readonly #clock: Clock;
  readonly #userAgent: string;
  readonly #running = new Set<AbortController>();
  #isClosed = false;

  constructor(clock: Clock, userAgent: string) {
    this.#clock = clock;
    this.#userAgent = userAgent;
  }

  /** @param onReply - called once, later; not called after `close` */
  get(request: RestRequest, onReply: (reply: RestReply) => void): void {
    if (this.#isClosed) return;
    const running = new AbortController();
    this.#running.add(running);
    let isLate = false;
    const cancel = this.#clock.after(request.timeoutMs, () => {
      isLate = true;
      running.abort();
    });
    void this.#fetch(request, running.signal)
      .catch((error: unknown): RestReply => (isLate ? { kind: 'timeout' } : failed(error)))
      .then((reply) => {
        cancel();
        this.#running.delete(running);
        if (!this.#isClosed) onReply(reply);
      });
  }

  close(): void {
    this.#isClosed = true;
    for (const running of this.#running) running.abort();
  }

  async #fetch({ url, maxBytes }: RestRequest, signal: AbortSignal): Promise<RestReply> {
    const headers = { accept: 'application/json', 'user-agent': this.#userAgent };
    const response = await fetch(url, { signal, headers, redirect: 'manual' });
    const body = await bodyOf(response, maxBytes);
    if (body === null) return { kind: 'failed', reason: `the reply was larger than ${maxBytes} bytes` };
    return { kind: 'answered', status: response.status, headers: Object.fromEntries(response.headers), body };
  }
}

/** Null: larger than allowed, as unpacked; what came of it is thrown away. */
async function bodyOf({ body }: Response, maxBytes: number): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels the rest of the body.
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > maxBytes) return null;
    chunks.push(chunk);
  }
  return joined(chunks);
}

function failed(error: unknown): RestReply {
  return { kind: 'failed', reason: failureText(error) };
}
