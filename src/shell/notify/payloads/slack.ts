/** Notifications as one message for a Slack incoming webhook. Sends nothing. */

import type { Json, JsonObject } from '../../../core/base/json.ts';
import { isoText } from '../../../core/base/time.ts';
import { printable } from '../../../core/render/printable.ts';
import type { Notification } from '../../../core/signal/detect/notification.ts';
import { cut, summaryOf } from './summary.ts';

/** A message has 50 blocks at most, and each of ours takes two. */
export const MAX_SLACK_GROUP = 20;
/** Of the text of a section. @see https://docs.slack.dev/reference/block-kit/blocks/section-block */
const MAX_SECTION = 3000;
/** Longer fallback texts are cut by Slack itself. */
const MAX_TEXT = 4000;

/** `text` is what notifications on a phone and screen readers show; the blocks are the message itself. */
export function slackMessage(group: readonly Notification[]): JsonObject {
  const [first] = group;
  const text = group.length === 1 ? summaryOf(first!) : `${group.length} alerts: ${group.map(summaryOf).join('; ')}`;
  return { text: cut(escaped(text), MAX_TEXT), blocks: group.flatMap(blocksOf) };
}

function blocksOf(told: Notification): Json[] {
  const { alert, dedupKey } = told;
  const mark = told.state === 'resolve' ? ':large_green_circle:' : MARKS[alert.priority];
  const fired = alert.firedAtMs === null ? '' : `fired ${isoText(alert.firedAtMs)} · `;
  const why = alert.acknowledgement === null ? '' : ` · ${alert.acknowledgement.reason}`;
  const small = printable(`${fired}${dedupKey} · \`cryptorun alerts show ${alert.id}\`${why}`);
  return [
    { type: 'section', text: { type: 'mrkdwn', text: cut(`${mark} *${escaped(summaryOf(told))}*`, MAX_SECTION) } },
    { type: 'context', elements: [{ type: 'mrkdwn', text: cut(escaped(small), MAX_SECTION) }] },
  ];
}

const MARKS = { P1: ':red_circle:', P2: ':large_yellow_circle:', P3: ':large_blue_circle:' } as const;

/** The three characters that Slack's markup is made of. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
