/** The headers that a receiver is sent besides our own, and how it is shown who asks. Shows no secret, and sends nothing. */

import type { ReceiverAuth, ReceiverSigning, ValueSource } from './notify-config.ts';
import { readValue, type ValuePlace } from './read-value.ts';
import { MIN_SECRET, Secret } from './secret.ts';

/** By name. What is secret of them is in `secrets` as well, in every form in which a peer could quote it. */
export interface RequestHeaders {
  readonly values: Readonly<Record<string, Secret>>;
  readonly secrets: readonly Secret[];
}

/** What a header may hold (RFC 9110, 5.5), ASCII only: `fetch` refuses other things, and quotes them. */
const VISIBLE = /^[!-~]([ -~]*[!-~])?$/;

/** @returns a text: what is wrong with one of them */
export function requestHeaders({ headers = {}, auth }: ReceiverSigning, place: ValuePlace): RequestHeaders | string {
  const values: Record<string, Secret> = {};
  const secrets: Secret[] = [];
  for (const [name, source] of Object.entries(headers)) {
    const read = secretOf(source, place);
    if (typeof read === 'string') return `header ${name}: ${read}`;
    if (!VISIBLE.test(read.reveal())) return `header ${name}: wanted visible ASCII, found something else`;
    values[name] = read;
    if (source.kind !== 'text') secrets.push(read, ...piecesOf(read));
  }
  if (auth === undefined) return { values, secrets };
  const signed = authorization(auth, place);
  if (typeof signed === 'string') return signed;
  return {
    values: { ...values, authorization: signed.value },
    secrets: [...secrets, ...signed.secrets],
  };
}

function authorization(
  auth: ReceiverAuth,
  place: ValuePlace,
): { readonly value: Secret; readonly secrets: readonly Secret[] } | string {
  const what = auth.kind === 'bearer' ? 'bearer token' : 'password';
  const secret = secretOf(auth.kind === 'bearer' ? auth.token : auth.password, place);
  if (typeof secret === 'string') return `${what}: ${secret}`;
  if (auth.kind === 'bearer') {
    if (!/^[!-~]+$/.test(secret.reveal())) return `${what}: wanted visible ASCII without spaces, found something else`;
    return { value: new Secret(`Bearer ${secret.reveal()}`), secrets: [secret] };
  }
  const pair = Buffer.from(`${auth.user}:${secret.reveal()}`, 'utf8').toString('base64');
  return { value: new Secret(`Basic ${pair}`), secrets: [new Secret(pair), secret] };
}

/** `Token abc`, `session=abc; x=1`: a peer quotes what is behind the scheme or the name. Too short ones mask nothing. */
function piecesOf(secret: Secret): Secret[] {
  const text = secret.reveal();
  const rests = [' ', '=', ':'].flatMap((mark) =>
    text.includes(mark) ? [text.slice(text.indexOf(mark) + 1).trim()] : [],
  );
  return [...rests, ...text.split(/[\s;,=:]+/)].map((piece) => new Secret(piece));
}

function secretOf(source: ValueSource, place: ValuePlace): Secret | string {
  const read = readValue(source, place);
  if (read.kind === 'problem') return read.problem;
  const { length } = read.secret.reveal();
  if (source.kind === 'text' || length >= MIN_SECRET) return read.secret;
  return `wanted at least ${MIN_SECRET} characters, as fewer cannot be masked, found ${length}`;
}
