/** What no schema can say of the receivers of alerts.yaml: one address each, one way to show who we are, and no secret in the file. */

import { type ConfigProblem, quoted } from '../problem.ts';
import { keysAt, problemAt, type Section, textAt } from './section.ts';

const URL_KEYS = ['url', 'url_env', 'url_file'];
const KEY_KEYS = ['routing_key_env', 'routing_key_file'];
const HEADER_KEYS = ['headers', 'headers_env', 'headers_file'];
const BEARER_KEYS = ['bearer_token_env', 'bearer_token_file'];
const PASSWORD_KEYS = ['basic_password_env', 'basic_password_file'];
const AUTH_KEYS = [...BEARER_KEYS, 'basic_user', ...PASSWORD_KEYS];
const ALL_KEYS = [...URL_KEYS, ...KEY_KEYS, ...HEADER_KEYS, ...AUTH_KEYS];

/** Keys of which exactly one must stand there, or one may. */
interface KeyGroup {
  readonly keys: readonly string[];
  readonly isNeeded: boolean;
}
const OWN_SERVER: readonly KeyGroup[] = [{ keys: URL_KEYS, isNeeded: true }];
const ADDRESS_KEYS: Readonly<Record<string, readonly KeyGroup[]>> = {
  console: [],
  webhook: OWN_SERVER,
  alertmanager: OWN_SERVER,
  // The URL is the secret, so it does not stand in the file.
  slack: [{ keys: ['url_env', 'url_file'], isNeeded: true }],
  pagerduty: [
    { keys: KEY_KEYS, isNeeded: true },
    { keys: URL_KEYS, isNeeded: false },
  ],
};
/** A value of such a name is most likely a secret. */
const SECRET_HEADER = /auth|token|secret|key|cookie|password/i;
/** What a request is made of is not the operator's. */
const OWN_HEADERS: readonly string[] = [
  'content-type',
  'content-length',
  'host',
  'connection',
  'keep-alive',
  'upgrade',
  'expect',
  'transfer-encoding',
];

/** Of one receiver. */
export function receiverProblems(alerts: Section, name: string): ConfigProblem[] {
  const place = ['receivers', name];
  const kind = textAt(alerts.data, [...place, 'kind']) ?? '';
  const groups = Object.hasOwn(ADDRESS_KEYS, kind) ? ADDRESS_KEYS[kind] : undefined;
  if (groups === undefined) return [];
  const given = keysAt(alerts.data, place).filter((key) => ALL_KEYS.includes(key));
  const odd = oddKeys(alerts, place, kind, groups, given);
  // Who wrote a key that does not belong there meant the one that is missing.
  if (odd.length > 0) return odd;
  return [
    ...wrongGroups(alerts, place, `, as the kind is ${kind}`, groups, given),
    ...authProblems(alerts, place, given),
    ...headerProblems(alerts, place),
  ];
}

function oddKeys(
  alerts: Section,
  place: readonly string[],
  kind: string,
  groups: readonly KeyGroup[],
  given: readonly string[],
): ConfigProblem[] {
  const addresses = groups.flatMap(({ keys }) => keys);
  const allowed = groups === OWN_SERVER ? [...addresses, ...HEADER_KEYS, ...AUTH_KEYS] : addresses;
  return given
    .filter((key) => !allowed.includes(key))
    .map((key) => {
      const isAddress = URL_KEYS.includes(key) || KEY_KEYS.includes(key);
      const some = addresses.length === 0 ? 'no address' : `one of ${addresses.join(', ')}`;
      const wanted = `${isAddress ? some : 'no header and no sign-in'}, as the kind is ${kind}`;
      return problemAt(alerts, { path: [...place, key], on: 'key', wanted, found: quoted(key) });
    });
}

function wrongGroups(
  alerts: Section,
  place: readonly string[],
  why: string,
  groups: readonly KeyGroup[],
  given: readonly string[],
): ConfigProblem[] {
  return groups.flatMap(({ keys, isNeeded }) => {
    const count = keys.filter((key) => given.includes(key)).length;
    if (count === 1 || (count === 0 && !isNeeded)) return [];
    const wanted = `one of ${keys.join(', ')}${why}`;
    return [problemAt(alerts, { path: place, on: 'key', wanted, found: count === 0 ? 'none' : 'more than one' })];
  });
}

/** A bearer token, or a user with a password, or neither. */
function authProblems(alerts: Section, place: readonly string[], given: readonly string[]): ConfigProblem[] {
  const bearer = { keys: BEARER_KEYS, isNeeded: false };
  const isBasic = given.some((key) => key === 'basic_user' || PASSWORD_KEYS.includes(key));
  if (!isBasic) return wrongGroups(alerts, place, '', [bearer], given);
  const odd = given.find((key) => BEARER_KEYS.includes(key));
  if (odd !== undefined) {
    const wanted = 'a bearer token, or a user and a password';
    return [problemAt(alerts, { path: [...place, odd], on: 'key', wanted, found: 'both' })];
  }
  const user = { keys: ['basic_user'], isNeeded: true };
  const password = { keys: PASSWORD_KEYS, isNeeded: true };
  return wrongGroups(alerts, place, ', as it signs in with a user and a password', [user, password], given);
}

function headerProblems(alerts: Section, place: readonly string[]): ConfigProblem[] {
  const isSignedIn = keysAt(alerts.data, place).some((key) => AUTH_KEYS.includes(key));
  const seen = new Set<string>(isSignedIn ? ['authorization'] : []);
  return HEADER_KEYS.flatMap((key) =>
    keysAt(alerts.data, [...place, key]).flatMap((header) => {
      const wanted = headerWanted(key, header, seen);
      seen.add(header.toLowerCase());
      if (wanted === null) return [];
      return [problemAt(alerts, { path: [...place, key, header], on: 'key', wanted, found: quoted(header) })];
    }),
  );
}

/** Null: nothing is wrong with it. */
function headerWanted(key: string, header: string, seen: ReadonlySet<string>): string | null {
  if (OWN_HEADERS.includes(header.toLowerCase())) return 'no header that the request itself has';
  if (key === 'headers' && SECRET_HEADER.test(header))
    return 'it under headers_env or headers_file, as its value looks like a secret';
  return seen.has(header.toLowerCase()) ? 'each header once' : null;
}
