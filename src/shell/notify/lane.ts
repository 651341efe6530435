/**
 * One receiver's lane: takes what is due, groups it, keeps the pace, waits after a failure, writes down what became of it. One
 * request at a time, so that nothing is overtaken. Never throws.
 */

import { backoffMs } from '../../core/feed/backoff.ts';
import type { QueuedNotification, Settlement } from '../../core/signal/detect/notification.ts';
import type { DelivererOptions } from './deliverer.ts';
import type { PostReply } from './http-post.ts';
import type { Outgoing, Receiver, Repeat } from './receiver.ts';
import { type Verdict, verdictOf } from './verdict.ts';

export type LaneOptions = Pick<DelivererOptions, 'outbox' | 'post' | 'clock' | 'random' | 'print' | 'onProblem'> & {
  readonly giveUpMs: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
};

/** Since this process began. */
export interface LaneFigures {
  readonly delivered: number;
  /** Requests in a row that failed; 0: the last one did not. */
  readonly failures: number;
  readonly refused: number;
  /** Given up after too long. */
  readonly abandoned: number;
  readonly lastDeliveredAtMs: number | null;
}

const BACKOFF = { initialMs: 1000, capMs: 60_000 };
/** A receiver may ask for more patience than that, and does not get it: an hour later it is asked again. */
const MAX_RETRY_AFTER_MS = 3_600_000;

export class Lane {
  readonly receiver: Receiver;
  readonly #options: LaneOptions;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #repeatAtMs = Number.NEGATIVE_INFINITY;
  /** Ids of what stands and was repeated in this round; null: the round is over. */
  #repeated: Set<string> | null = null;
  /** So many are sent one by one, because a group of them was refused. */
  #singly = 0;
  /** Became of deliveries, and could not be written down yet. Nothing is sent before it is. */
  #unsettled: readonly Settlement[] = [];
  #sending: Promise<void> | null = null;
  #isFlushing = false;
  #isClosed = false;
  #said = '';
  #figures: LaneFigures = { delivered: 0, failures: 0, refused: 0, abandoned: 0, lastDeliveredAtMs: null };

  constructor(receiver: Receiver, options: LaneOptions) {
    this.receiver = receiver;
    this.#options = options;
  }

  get figures(): LaneFigures {
    return this.#figures;
  }

  /** Begins what can be begun now. Returns at once. */
  turn(): void {
    if (this.#sending !== null || this.#isClosed) return;
    this.#safely(() => this.#begin(this.#options.clock.nowMs()));
  }

  /** Sends what is due until nothing is, without waiting for groups to fill; a receiver that fails is left alone. */
  async flush(): Promise<void> {
    this.#isFlushing = true;
    await this.#sending;
    for (;;) {
      this.turn();
      if (this.#sending === null) return;
      await this.#sending;
    }
  }

  close(): void {
    this.#isClosed = true;
  }

  #begin(nowMs: number): void {
    this.#settle([]);
    if (nowMs < this.#notBeforeMs) return;
    const { receiver } = this;
    const due = this.#options.outbox.due(receiver.name, nowMs, this.#singly > 0 ? 1 : receiver.maxGroup);
    if (due.length > 0) {
      if (this.#isRipe(due, nowMs)) this.#tell(due, nowMs);
    } else if (receiver.repeat !== null && !this.#isFlushing) this.#repeat(receiver.repeat, nowMs);
  }

  /** Is it time to send the group? What is urgent waits for nothing, and takes along what waits. */
  #isRipe(due: readonly QueuedNotification[], nowMs: number): boolean {
    const { groupMs, maxGroup } = this.receiver;
    if (groupMs === 0 || due.length === maxGroup || this.#isFlushing || this.#singly > 0) return true;
    const isOld = ({ createdAtMs, attempts }: QueuedNotification): boolean =>
      attempts > 0 || nowMs - createdAtMs >= groupMs;
    return due.some((told) => isUrgent(told) || isOld(told));
  }

  /** Looks anew at what stands for each request: what has ended meanwhile must not be told to fire. */
  #repeat(repeat: Repeat, nowMs: number): void {
    if (nowMs >= this.#repeatAtMs) {
      this.#repeatAtMs = nowMs + repeat.everyMs;
      this.#repeated = new Set();
    }
    const done = this.#repeated;
    if (done === null) return;
    const left = this.#options.outbox.standing(this.receiver.name).filter(({ id }) => !done.has(id));
    const standing = left.slice(0, this.receiver.maxGroup);
    for (const { id } of standing) done.add(id);
    if (left.length === standing.length) this.#repeated = null;
    if (standing.length > 0) this.#send(repeat.request(standing, nowMs), (reply) => this.#onRepeated(reply));
  }

  #tell(group: readonly QueuedNotification[], nowMs: number): void {
    const outgoing = this.#outgoing(group, nowMs);
    if (outgoing !== null) this.#send(outgoing, (reply) => this.#onReply(group, reply));
  }

  /** Null: a record that cannot be put into words, such as another version's. It must not stop what waits behind it. */
  #outgoing(group: readonly QueuedNotification[], nowMs: number): Outgoing | null {
    try {
      return this.receiver.request(group, nowMs);
    } catch (error) {
      this.#onRefused(group, `it cannot be put into words: ${(error as Error).message}`, nowMs);
      return null;
    }
  }

  #send(outgoing: Outgoing, onReply: (reply: PostReply) => void): void {
    const { post, print, timeoutMs, signal } = this.#options;
    this.#notBeforeMs = this.#options.clock.nowMs() + this.receiver.spacingMs;
    if (outgoing.kind === 'print') {
      for (const line of outgoing.lines) print(line);
      onReply(PRINTED);
      return;
    }
    const replied = post(outgoing.request, timeoutMs, signal).catch((error: unknown): PostReply => {
      return { kind: 'failed', reason: (error as Error).message };
    });
    this.#sending = replied.then((reply) => {
      this.#sending = null;
      // What was broken off at the end is no failure of the receiver's: the next start tells it again.
      if (signal.aborted) return;
      this.#safely(() => onReply(reply));
      this.turn();
    });
  }

  #safely(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#say(`waits: ${(error as Error).message}`);
    }
  }

  #onReply(group: readonly QueuedNotification[], reply: PostReply): void {
    const nowMs = this.#options.clock.nowMs();
    const verdict = this.#judge(reply);
    this.#singly = Math.max(0, this.#singly - 1);
    if (verdict.kind === 'delivered') this.#onDelivered(group, nowMs);
    else if (verdict.kind === 'refused') this.#onRefused(group, verdict.reason, nowMs);
    else this.#onFailed(group, verdict, nowMs);
  }

  #onDelivered(group: readonly QueuedNotification[], nowMs: number): void {
    const { failures, delivered } = this.#figures;
    if (failures > 0) this.#say(`answers again after ${failures} failures`);
    this.#figures = { ...this.#figures, failures: 0, delivered: delivered + group.length, lastDeliveredAtMs: nowMs };
    this.#settle(group.map(({ id }) => ({ kind: 'delivered', id, atMs: nowMs })));
  }

  /** One bad one spoils a group: each is tried by itself, and only what is refused alone is given up. */
  #onRefused(group: readonly QueuedNotification[], reason: string, nowMs: number): void {
    if (group.length > 1) {
      this.#singly = group.length;
      return;
    }
    this.#figures = { ...this.#figures, failures: 0, refused: this.#figures.refused + 1 };
    this.#say(`refused ${group[0]!.event}, which is given up: ${reason}`, true);
    this.#settle(group.map(({ id }) => ({ kind: 'dead', id, reason, atMs: nowMs })));
  }

  #onFailed(
    group: readonly QueuedNotification[],
    { reason, retryAfterMs }: Extract<Verdict, { kind: 'failed' }>,
    nowMs: number,
  ): void {
    const giveUpMs = this.receiver.giveUpMs ?? this.#options.giveUpMs;
    const isOver = ({ createdAtMs }: QueuedNotification): boolean => nowMs - createdAtMs >= giveUpMs;
    const abandoned = group.filter(isOver);
    this.#backOff(retryAfterMs, nowMs);
    this.#figures = { ...this.#figures, abandoned: this.#figures.abandoned + abandoned.length };
    if (this.#figures.failures === 1) this.#say(`fails: ${reason}`);
    for (const { event } of abandoned) this.#say(`could not be told ${event}, which is given up: ${reason}`, true);
    this.#settle(
      group.map((told) => {
        const { id, attempts } = told;
        if (isOver(told)) return { kind: 'dead', id, reason: `waited too long: ${reason}`, atMs: nowMs };
        // Each its own wait: so one that the receiver stumbles over does not stay in the company of the others.
        const ownMs = nowMs + backoffMs(attempts, BACKOFF, this.#options.random());
        return { kind: 'failed', id, reason, nextAttemptAtMs: Math.max(ownMs, this.#notBeforeMs) };
      }),
    );
  }

  #onRepeated(reply: PostReply): void {
    const verdict = this.#judge(reply);
    if (verdict.kind === 'delivered') return;
    this.#repeated = null;
    if (verdict.kind === 'failed') this.#backOff(verdict.retryAfterMs, this.#options.clock.nowMs());
    this.#say(`cannot be told what still fires: ${verdict.reason}`);
  }

  #judge(reply: PostReply): Verdict {
    return verdictOf(reply, (text) => this.receiver.mask(text));
  }

  #backOff(retryAfterMs: number | null, nowMs: number): void {
    const { failures } = this.#figures;
    const waitMs = backoffMs(failures, BACKOFF, this.#options.random());
    const askedMs = Math.min(MAX_RETRY_AFTER_MS, retryAfterMs ?? 0);
    this.#notBeforeMs = nowMs + Math.max(waitMs, askedMs, this.receiver.spacingMs);
    this.#figures = { ...this.#figures, failures: failures + 1 };
  }

  /** Writes down what became of deliveries, or keeps it for the next turn when the store cannot take it. */
  #settle(settlements: readonly Settlement[]): void {
    this.#unsettled = [...this.#unsettled, ...settlements];
    if (this.#unsettled.length === 0) return;
    this.#options.outbox.settle(this.#unsettled);
    this.#unsettled = [];
  }

  /** The same sentence once, until another is said; `isAlways` ones each time. */
  #say(text: string, isAlways = false): void {
    if (text === this.#said && !isAlways) return;
    this.#said = text;
    const { name, kind, target } = this.receiver;
    this.#options.onProblem(`receiver ${name} (${kind}, ${target}) ${text}`);
  }
}

const PRINTED: PostReply = { kind: 'answered', status: 200, retryAfterMs: null, text: '' };

function isUrgent({ alert, state }: QueuedNotification): boolean {
  return alert.priority === 'P1' && state !== 'resolve' && state !== 'acknowledge';
}
