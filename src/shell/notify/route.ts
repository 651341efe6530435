/** Who is told of what has happened to an alert. Pure: sends nothing, stores nothing. */

import type { AlertEffect } from '../../core/signal/detect/alert-effect.ts';
import type { AlertRecord } from '../../core/signal/detect/alert-record.ts';
import type { LadderStep } from '../../core/signal/detect/alerts-config.ts';
import type { Notification, NotificationState } from '../../core/signal/detect/notification.ts';
import type { RouteConfig } from './notify-config.ts';

export interface Routing {
  readonly routes: readonly RouteConfig[];
  readonly ladder: readonly LadderStep[];
}

/**
 * What is to be told, receivers in the order of routes and ladder.
 *
 * What a receiver hears first of an episode is `trigger`, whenever that is. Of its end every receiver is told that was told of its
 * beginning, also where the alert is silenced or turned off by then, since else an incident stays open for good; and no other is.
 *
 * @param told - receivers that were told of this episode, or are about to be
 * @param nowMs - wall clock
 */
export function notificationsOf(
  effect: AlertEffect,
  { routes, ladder }: Routing,
  told: readonly string[],
  nowMs: number,
): Notification[] {
  const { change, alert, isNotified } = effect;
  const made = (receivers: readonly string[], state: NotificationState): Notification[] =>
    receivers.map((receiver) => notificationOf(receiver, alert, state, nowMs));
  if (change === 'resolved') return made(told, 'resolve');
  if (!isNotified) return [];
  const listed = [...new Set([...routed(alert, routes), ...climbed(alert, ladder)])];
  const triggers = made(
    listed.filter((receiver) => !told.includes(receiver)),
    'trigger',
  );
  switch (change) {
    case 'fired':
      return triggers;
    case 'escalated':
      return [...made(told, 'escalate'), ...triggers];
    // Its priority may have risen under the silence.
    case 'unsilenced':
      return [...(alert.priority === alert.originalPriority ? [] : made(told, 'escalate')), ...triggers];
    case 'ladder': {
      const step = ladder[alert.ladderStep]?.receivers ?? [];
      return [
        ...made(
          told.filter((receiver) => step.includes(receiver)),
          'ladder',
        ),
        ...triggers,
      ];
    }
    case 'acknowledged':
      return made(told, 'acknowledge');
    default:
      return [];
  }
}

/** Names of the receivers of the first route that matches, and of those below it for as long as each says `isContinued`. */
export function routed(alert: AlertRecord, routes: readonly RouteConfig[]): string[] {
  const receivers: string[] = [];
  for (const route of routes) {
    if (!isMatch(alert, route)) continue;
    receivers.push(...route.receivers);
    if (!route.isContinued) break;
  }
  return [...new Set(receivers)];
}

/** Those of the ladder's steps so far, for as long as nobody has acknowledged it. */
function climbed({ ladderStep, priority }: AlertRecord, ladder: readonly LadderStep[]): string[] {
  const steps = ladder.slice(0, ladderStep + 1).filter(({ priorities }) => priorities.includes(priority));
  return steps.flatMap(({ receivers }) => receivers);
}

function isMatch({ priority, venue, instrument, type }: AlertRecord, route: RouteConfig): boolean {
  const isIn = <T>(list: readonly T[] | null, one: T | null): boolean =>
    list === null || (one !== null && list.includes(one));
  return (
    isIn(route.priorities, priority) &&
    isIn(route.venues, venue) &&
    isIn(route.instruments, instrument) &&
    isIn(route.types, type)
  );
}

function notificationOf(
  receiver: string,
  alert: AlertRecord,
  state: NotificationState,
  createdAtMs: number,
): Notification {
  const event = state === 'ladder' ? `${alert.id}/ladder-${alert.ladderStep}` : `${alert.id}/${state}`;
  return { receiver, event, dedupKey: alert.key, state, alert, createdAtMs };
}
