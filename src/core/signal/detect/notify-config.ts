/** Who is told of alerts, and how fast (config `alerts.yaml`, `receivers` and `routes`). Types only; holds no secret. */

import type { AlertPriority } from './alert-record.ts';

/** Where a URL or a key comes from. A secret is never in the file itself: it is in a variable, or in a file of mode 0600. */
export type ValueSource =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'env'; readonly name: string }
  /** As written: relative to the home. */
  | { readonly kind: 'file'; readonly path: string };

type SecretSource = Exclude<ValueSource, { kind: 'text' }>;

/** How a server of one's own is shown who asks. Absent: it does not ask. */
export type ReceiverAuth =
  | { readonly kind: 'bearer'; readonly token: SecretSource }
  | { readonly kind: 'basic'; readonly user: string; readonly password: SecretSource };

/** What a server of one's own is sent besides the alert. */
export interface ReceiverSigning {
  /** By name as written, each once; absent: none but our own. */
  readonly headers?: Readonly<Record<string, ValueSource>>;
  readonly auth?: ReceiverAuth;
}

interface ReceiverPace {
  /** At most so many requests a minute; what is more waits. */
  readonly ratePerMinute: number;
  /** What comes within this time is sent together, where the receiver can take it so; 0: each at once. */
  readonly groupMs: number;
  /** What it could not be told for so long is given up; absent: a day. */
  readonly giveUpMs?: number;
}

export type ReceiverConfig = ReceiverPace &
  (
    | { readonly kind: 'console' }
    | (ReceiverSigning & { readonly kind: 'webhook' | 'alertmanager'; readonly url: ValueSource })
    /** The whole URL of an incoming webhook is its secret. */
    | { readonly kind: 'slack'; readonly url: SecretSource }
    /** `url` null: PagerDuty's own Events API v2. */
    | {
        readonly kind: 'pagerduty';
        readonly routingKey: SecretSource;
        readonly url: ValueSource | null;
      }
  );
export type ReceiverKind = ReceiverConfig['kind'];

/** Null: any. Lists are never empty. An alert without a venue or an instrument matches only where that is null. */
export interface RouteConfig {
  readonly name: string;
  readonly priorities: readonly AlertPriority[] | null;
  readonly venues: readonly string[] | null;
  readonly instruments: readonly string[] | null;
  readonly types: readonly string[] | null;
  /** Names of `receivers`. */
  readonly receivers: readonly string[];
  /** Look at the routes below as well; else the first route that matches is the last. */
  readonly isContinued: boolean;
}

export interface NotifyConfig {
  /** By the operator's name. */
  readonly receivers: Readonly<Record<string, ReceiverConfig>>;
  /** In the order of the file. */
  readonly routes: readonly RouteConfig[];
}
