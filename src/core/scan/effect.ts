/** Everything the core may ask of the shell, in one union of plain values. Holds types only. */

import type { FeedEffect } from '../feed/feed-effect.ts';
import type { Bar } from '../market/bars/bar.ts';
import type { Gap } from '../market/book/gap.ts';
import type { OpsEffect } from '../ops/run/ops-effect.ts';
import type { AlertEffect } from '../signal/detect/alert-effect.ts';
import type { Sample } from '../signal/surveillance/metric.ts';

export type Effect =
  | OpsEffect
  | FeedEffect
  | AlertEffect
  /** An operator's order to an alert was not obeyed. */
  | { readonly kind: 'alert_order_refused'; readonly order: string; readonly reason: string; readonly atMs: number }
  /** One instrument's metrics at one second of exchange time. */
  | { readonly kind: 'sample'; readonly sample: Sample }
  /** Fetch this instrument's depth over REST (`initial`: the first one; else after a gap). With a feed: `rest_request` instead. */
  | {
      readonly kind: 'request_depth_snapshot';
      readonly venue: string;
      readonly symbol: string;
      readonly reason: string;
    }
  /** Unsubscribe and subscribe its depth channel, so that the venue sends a new snapshot. With a feed: `send_text` instead. */
  | { readonly kind: 'resubscribe'; readonly venue: string; readonly symbol: string; readonly reason: string }
  | { readonly kind: 'gap_opened'; readonly venue: string; readonly symbol: string; readonly gap: Gap }
  | { readonly kind: 'gap_closed'; readonly venue: string; readonly symbol: string; readonly gap: Gap }
  /** A finished bar, or a new revision of one. `minutes`: 1, 15 or 60. */
  | {
      readonly kind: 'bar';
      readonly venue: string;
      readonly symbol: string;
      readonly minutes: number;
      readonly bar: Bar;
    }
  /** One line of the digest: what this instrument did up to the close of `minuteMs`, chained. */
  | {
      readonly kind: 'digest';
      readonly venue: string;
      readonly symbol: string;
      readonly minuteMs: number;
      readonly sha256: string;
    };
