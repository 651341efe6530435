/** The receivers of a configuration, ready to be told: what each is sent, and how it likes to be sent it. Sends nothing. */

import type { AlertRecord } from '../../core/signal/detect/alert-record.ts';
import type { Notification } from '../../core/signal/detect/notification.ts';
import type { PostRequest } from './http-post.ts';
import type { NotifyConfig, ReceiverConfig, ReceiverKind, ReceiverSigning, ValueSource } from './notify-config.ts';
import { alertmanagerUrl, MAX_ALERTMANAGER_GROUP, postableAlerts, REPEAT_MS } from './payloads/alertmanager.ts';
import { consoleLine } from './payloads/console.ts';
import { PAGERDUTY_URL, pagerdutyEvent } from './payloads/pagerduty.ts';
import { MAX_SLACK_GROUP, slackMessage } from './payloads/slack.ts';
import { CLOUD_EVENT, CLOUD_EVENT_BATCH, cloudEvent } from './payloads/webhook.ts';
import { readValue, type ValuePlace } from './read-value.ts';
import { type RequestHeaders, requestHeaders } from './request-headers.ts';
import { MASK, Secret } from './secret.ts';

export interface Receiver {
  readonly name: string;
  readonly kind: ReceiverKind;
  /** Where it is, with nothing secret in it: `https://hooks.slack.com/***`. */
  readonly target: string;
  /** Between two requests at least. */
  readonly spacingMs: number;
  readonly groupMs: number;
  /** What it could not be told for so long is given up; null: the deliverer's own patience. */
  readonly giveUpMs: number | null;
  /** Notifications in one request at most. */
  readonly maxGroup: number;
  /** @param group - at least one, at most `maxGroup` */
  request(group: readonly Notification[], nowMs: number): Outgoing;
  /** For a receiver that forgets what it is not told anew; null: it does not. */
  readonly repeat: Repeat | null;
  /** Takes the receiver's secrets out of a text. */
  mask(text: string): string;
}

export interface Repeat {
  readonly everyMs: number;
  /** @param standing - at least one, at most `maxGroup` */
  request(standing: readonly AlertRecord[], nowMs: number): Outgoing;
}

export type Outgoing =
  | { readonly kind: 'post'; readonly request: PostRequest }
  | { readonly kind: 'print'; readonly lines: readonly string[] };

export interface OpenedReceivers {
  readonly receivers: ReadonlyMap<string, Receiver>;
  /** One text for each receiver that cannot be told, such as `receivers.pager: the variable X is not set`. No secret. */
  readonly problems: readonly string[];
}

const JSON_TYPE = 'application/json; charset=utf-8';
const MAX_WEBHOOK_GROUP = 100;
const MAX_CONSOLE_GROUP = 100;
/** Of PagerDuty's own keys, which it refuses otherwise. */
const ROUTING_KEY_LENGTH = 32;
const MINUTE_MS = 60_000;

/**
 * Makes a receiver of each in the configuration, reading its URL and key now: a secret that changes needs a new start.
 *
 * @param host - names this machine in payloads
 */
export function openReceivers(config: NotifyConfig, place: ValuePlace, host: string): OpenedReceivers {
  const receivers = new Map<string, Receiver>();
  const problems: string[] = [];
  for (const [name, own] of Object.entries(config.receivers)) {
    const opened = openReceiver(name, own, place, host);
    if (typeof opened === 'string') problems.push(`receivers.${name}: ${opened}`);
    else receivers.set(name, opened);
  }
  return { receivers, problems };
}

/** Where a receiver is. */
interface Address {
  readonly url: Secret;
  /** Without anything secret. */
  readonly target: string;
  /** What is to be taken out of texts. A URL that stands in the configuration is none. */
  readonly secrets: readonly Secret[];
  readonly headers: RequestHeaders['values'];
}

/** How one kind is told. */
interface Manner {
  /** Null: it is printed. */
  readonly address: Address | null;
  readonly maxGroup: number;
  readonly contentType: string;
  /** The JSON of one request, or the lines to be printed. */
  body(group: readonly Notification[], nowMs: number): unknown;
  readonly repeat?: { readonly everyMs: number; body(standing: readonly AlertRecord[], nowMs: number): unknown };
}

/** @returns a text: what is wrong */
function openReceiver(name: string, config: ReceiverConfig, place: ValuePlace, host: string): Receiver | string {
  const manner = mannerOf(config, place, host);
  if (typeof manner === 'string') return manner;
  const { address, maxGroup, contentType, repeat } = manner;
  const sent = () => Object.fromEntries(Object.entries(address?.headers ?? {}).map(([key, at]) => [key, at.reveal()]));
  const outgoing = (body: unknown): Outgoing =>
    address === null
      ? { kind: 'print', lines: body as string[] }
      : {
          kind: 'post',
          request: { url: address.url.reveal(), contentType, headers: sent(), body: JSON.stringify(body) },
        };
  return {
    name,
    kind: config.kind,
    target: address?.target ?? 'console',
    spacingMs: MINUTE_MS / config.ratePerMinute,
    groupMs: maxGroup === 1 ? 0 : config.groupMs,
    giveUpMs: config.giveUpMs ?? null,
    maxGroup,
    request: (group, nowMs) => outgoing(manner.body(group, nowMs)),
    repeat: repeat
      ? { everyMs: repeat.everyMs, request: (standing, nowMs) => outgoing(repeat.body(standing, nowMs)) }
      : null,
    mask: (text) => (address?.secrets ?? []).reduce((masked, secret) => secret.maskIn(masked), text),
  };
}

function mannerOf(config: ReceiverConfig, place: ValuePlace, host: string): Manner | string {
  switch (config.kind) {
    case 'console':
      return {
        address: null,
        maxGroup: MAX_CONSOLE_GROUP,
        contentType: '',
        body: (group) => group.map(consoleLine),
      };
    case 'webhook':
      return signedIn(config, place, (address) => webhookManner(address, config.groupMs > 0, host));
    case 'slack':
      return at(config.url, place, (address) => ({
        address,
        maxGroup: MAX_SLACK_GROUP,
        contentType: JSON_TYPE,
        body: slackMessage,
      }));
    case 'alertmanager':
      return signedIn(config, place, (address) => alertmanagerManner(address, host));
    case 'pagerduty':
      return pagerdutyManner(config, place, host);
  }
}

function alertmanagerManner({ url, ...given }: Address, host: string): Manner {
  return {
    address: { ...given, url: new Secret(alertmanagerUrl(new URL(url.reveal()))) },
    maxGroup: MAX_ALERTMANAGER_GROUP,
    contentType: JSON_TYPE,
    body: (group, nowMs) => group.flatMap((told) => postableAlerts(told, host, nowMs)),
    repeat: {
      everyMs: REPEAT_MS,
      body: (standing, nowMs) => standing.flatMap((alert) => postableAlerts({ alert, state: 'trigger' }, host, nowMs)),
    },
  };
}

/** Whoever is configured to get several at once always gets a list, so that it need not know two formats. */
function webhookManner(address: Address, isBatched: boolean, host: string): Manner {
  const events = (group: readonly Notification[]) => group.map((told) => cloudEvent(told, host));
  return isBatched
    ? { address, contentType: CLOUD_EVENT_BATCH, maxGroup: MAX_WEBHOOK_GROUP, body: events }
    : { address, contentType: CLOUD_EVENT, maxGroup: 1, body: (group) => events(group)[0] };
}

function pagerdutyManner(
  { url, routingKey }: Extract<ReceiverConfig, { kind: 'pagerduty' }>,
  place: ValuePlace,
  host: string,
): Manner | string {
  const key = readValue(routingKey, place);
  if (key.kind === 'problem') return `routing key: ${key.problem}`;
  const { secret } = key;
  const { length } = secret.reveal();
  if (url === null && length !== ROUTING_KEY_LENGTH)
    return `routing key: wanted ${ROUTING_KEY_LENGTH} characters, found ${length}`;
  return at(url ?? { kind: 'text', text: PAGERDUTY_URL }, place, (address) => ({
    address: { ...address, secrets: [secret, ...address.secrets] },
    maxGroup: 1,
    contentType: JSON_TYPE,
    body: (group) => pagerdutyEvent(group[0]!, secret.reveal(), host),
  }));
}

/** A server of one's own, which may want to know who asks. @returns a text: what is wrong with the URL or a header */
function signedIn(
  config: ReceiverSigning & { readonly url: ValueSource },
  place: ValuePlace,
  make: (address: Address) => Manner,
): Manner | string {
  const headers = requestHeaders(config, place);
  if (typeof headers === 'string') return headers;
  const { values, secrets } = headers;
  return at(config.url, place, (address) =>
    make({ ...address, headers: values, secrets: [...secrets, ...address.secrets] }),
  );
}

/** @returns a text: what is wrong with the URL */
function at(source: ValueSource, place: ValuePlace, make: (address: Address) => Manner): Manner | string {
  const read = readValue(source, place);
  if (read.kind === 'problem') return `url: ${read.problem}`;
  const { secret: url } = read;
  const text = url.reveal();
  if (!URL.canParse(text)) return 'url: wanted a URL such as https://example.com/hook, found something else';
  const { protocol, username, password, search, origin } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:') return 'url: wanted one that begins with https:// or http://';
  // The platform's `fetch` refuses it, and says it aloud.
  if (username !== '' || password !== '') return 'url: wanted one without a user and a password';
  if (source.kind !== 'text') return make({ url, target: `${origin}/${MASK}`, secrets: [url], headers: {} });
  if (search === '') return make({ url, target: text, secrets: [], headers: {} });
  return 'url: what stands behind `?` may be a secret: put the URL into a variable, or into a file of mode 0600';
}
