/** Tells one receiver of an alert that is none, past the outbox, and says what became of it: for `cryptorun notify test`. */

import type { AlertRecord } from '../../core/signal/detect/alert-record.ts';
import type { Notification, NotificationState } from '../../core/signal/detect/notification.ts';
import type { Clock, HttpPost, PostReply } from './http-post.ts';
import type { Receiver } from './receiver.ts';
import { verdictOf } from './verdict.ts';

export interface TestOptions {
  readonly post: HttpPost;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly print: (line: string) => void;
  /** Default: 10 s a request. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What a receiver said to each of what it was told. */
export interface TestResult {
  readonly receiver: string;
  readonly kind: Receiver['kind'];
  /** Without anything secret. */
  readonly target: string;
  readonly isDelivered: boolean;
  /** Null: it was delivered; else one line, without anything secret. */
  readonly problem: string | null;
  readonly tookMs: number;
}

/**
 * Tells a P3 alert of the type `notify_test`, and its end where the receiver keeps alerts open. Nothing is repeated: the first
 * answer that is no success is the result.
 */
export async function sendTest(receiver: Receiver, options: TestOptions): Promise<TestResult> {
  const { name, kind, target } = receiver;
  const startMs = options.clock.nowMs();
  const keepsOpen = kind !== 'console' && kind !== 'slack';
  const states: readonly NotificationState[] = keepsOpen ? ['trigger', 'resolve'] : ['trigger'];
  let problem: string | null = null;
  for (const state of states) {
    problem ??= await tell(receiver, testOf(name, state, startMs), options);
  }
  const tookMs = options.clock.nowMs() - startMs;
  return { receiver: name, kind, target, isDelivered: problem === null, problem, tookMs };
}

async function tell(receiver: Receiver, told: Notification, options: TestOptions): Promise<string | null> {
  const outgoing = receiver.request([told], options.clock.nowMs());
  if (outgoing.kind === 'print') {
    for (const line of outgoing.lines) options.print(line);
    return null;
  }
  const { post, timeoutMs = 10_000, signal = new AbortController().signal } = options;
  const reply: PostReply = await post(outgoing.request, timeoutMs, signal);
  const verdict = verdictOf(reply, (text) => receiver.mask(text));
  return verdict.kind === 'delivered' ? null : verdict.reason;
}

function testOf(receiver: string, state: NotificationState, nowMs: number): Notification {
  const id = `notify_test-${Math.floor(nowMs).toString(36)}`;
  const firing: AlertRecord = {
    id,
    key: 'notify_test:-:-',
    type: 'notify_test',
    priority: 'P3',
    originalPriority: 'P3',
    severity: 'info',
    venue: null,
    instrument: null,
    metric: 'notify_test',
    condition: 'gt',
    threshold: 0,
    zscoreThreshold: null,
    state: 'firing',
    pendingAtMs: nowMs,
    heldMs: 0,
    firedAtMs: nowMs,
    value: 1,
    zscore: null,
    lastValue: 1,
    lastAtMs: nowMs,
    peakValue: 1,
    peakAtMs: nowMs,
    escalatedAtMs: null,
    escalationReason: null,
    acknowledgement: null,
    ladderStep: 0,
    silencedBy: null,
    isTold: true,
    resolution: null,
  };
  const alert: AlertRecord =
    state === 'resolve'
      ? { ...firing, state: 'resolved', resolution: { kind: 'manual', atMs: nowMs, value: 0 } }
      : firing;
  return { receiver, event: `${id}/${state}`, dedupKey: firing.key, state, alert, createdAtMs: nowMs };
}
