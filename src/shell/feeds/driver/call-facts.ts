/** What a request or a handshake came to, as a fact for the operations core. Knows the headers of HTTP and of the venues. */

import type { CallFact, CallOutcome } from '../../../core/ops/facts.ts';
import { retryAfterMs } from '../retry-after.ts';
import type { RestReply } from '../transport.ts';

type Call = Omit<CallFact, 'timeMs'>;

/** What Binance has counted of us in the current minute (its REST documentation, IP limits). */
const SERVER_WEIGHT = 'x-mbx-used-weight-1m';
const SERVER_WEIGHT_WINDOW_MS = 60_000;

/** Of an opened WebSocket, or of one that was refused. @param status - of HTTP; null: nobody answered */
export function socketCall(
  provider: string,
  end: { readonly outcome: CallOutcome; readonly latencyMs: number | null; readonly retryAfterMs: number | null },
): Call {
  return { provider, transport: 'websocket', ...end, weight: 1, serverWeight: null };
}

export function restCall(provider: string, weight: number, reply: RestReply, latencyMs: number, nowMs: number): Call {
  const call = { provider, transport: 'rest', weight } as const;
  if (reply.kind !== 'answered') {
    return { ...call, outcome: reply.kind, latencyMs: null, serverWeight: null, retryAfterMs: null };
  }
  const { status, headers } = reply;
  return {
    ...call,
    outcome: outcomeOf(status),
    latencyMs,
    serverWeight: serverWeightOf(headers),
    retryAfterMs: retryAfterMs(headers['retry-after'], nowMs),
  };
}

/**
 * 429 asks to slow down; 418 is Binance's word for a ban; with 403 the firewalls of Binance and Bybit shut an address out, and
 * want ten minutes of silence. Redirects lead nowhere: we follow none.
 */
export function outcomeOf(status: number): CallOutcome {
  if (status === 429) return 'rate_limited';
  if (status === 418 || status === 403) return 'banned';
  if (status >= 500) return 'server_error';
  return status >= 200 && status < 300 ? 'ok' : 'client_error';
}

function serverWeightOf(headers: Readonly<Record<string, string>>): Call['serverWeight'] {
  const used = Number(headers[SERVER_WEIGHT] ?? Number.NaN);
  return Number.isFinite(used) ? { used, windowMs: SERVER_WEIGHT_WINDOW_MS } : null;
}
