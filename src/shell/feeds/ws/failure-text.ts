/** Says in one line of plain words why a connection or a request failed. Decides nothing by it. */

/** What the system's and the libraries' codes mean to people. */
const CODES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name cannot be looked up: is there a network?',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  UND_ERR_SOCKET: 'connection lost',
  UND_ERR_CONNECT_TIMEOUT: 'no answer',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is self-signed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate cannot be verified',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 'a message was larger than allowed',
};

/** Longer texts come from peers, and say nothing more. */
const MAX_LENGTH = 200;

/** The innermost cause that says something, on one line. */
export function failureText(error: unknown): string {
  const cause = innermost(error);
  const { code } = cause as { code?: unknown };
  const message = cause instanceof Error ? cause.message : String(cause);
  if (typeof code !== 'string') return oneLine(message === '' ? 'failed without a word' : message);
  const words = Object.hasOwn(CODES, code) ? CODES[code]! : message;
  return oneLine(words === '' ? code : `${words} (${code})`);
}

/** A text from a peer, on one line and not too long. */
export function oneLine(text: string): string {
  return text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, MAX_LENGTH);
}

/** `fetch failed` and the error of several addresses say nothing themselves. */
function innermost(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors[0]);
  if (error instanceof Error && error.cause !== undefined) return innermost(error.cause);
  return error;
}
