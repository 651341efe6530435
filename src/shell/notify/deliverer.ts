/**
 * Delivers what waits in the outbox: each receiver in its own lane, at its own pace, one request at a time. Never blocks, never
 * throws, never lets one receiver hold up another, and knows nothing of alerts but what it is told.
 *
 * At least once: what is settled is written down after the receiver said so, and a kill in between repeats it under the same key.
 */

import type { AlertRecord } from '../../core/signal/detect/alert-record.ts';
import type { QueuedNotification, ReceiverQueue, Settlement } from '../../core/signal/detect/notification.ts';
import type { Clock, HttpPost } from './http-post.ts';
import { Lane, type LaneFigures } from './lane.ts';
import type { Receiver } from './receiver.ts';

/** Where notifications wait. Methods may throw errors with `isRetryable`: they are asked again later. */
export interface Outbox {
  due(receiver: string, nowMs: number, limit: number): readonly QueuedNotification[];
  standing(receiver: string): readonly AlertRecord[];
  settle(settlements: readonly Settlement[]): void;
  queues(): readonly ReceiverQueue[];
}

export interface DelivererOptions {
  readonly receivers: ReadonlyMap<string, Receiver>;
  readonly outbox: Outbox;
  readonly post: HttpPost;
  readonly clock: Clock;
  /** In [0, 1), for the jitter. */
  readonly random: () => number;
  /** Prints one line of a console receiver. */
  readonly print: (line: string) => void;
  /** One line for people: a receiver that fails, refuses, answers again. No secret in it. */
  readonly onProblem: (text: string) => void;
  /** What a receiver that says nothing else could not be told for so long is given up. Default: a day. */
  readonly giveUpMs?: number;
  /** Default: 10 s. */
  readonly timeoutMs?: number;
}

/** One receiver's row in status: what waits, and how delivering goes. */
export interface ReceiverStatus extends ReceiverQueue, LaneFigures {
  readonly kind: Receiver['kind'] | 'unknown';
  readonly target: string;
}

/** How often a lane looks for something to do when nobody says that there is. */
const LOOK_MS = 250;
const GIVE_UP_MS = 86_400_000;
const TIMEOUT_MS = 10_000;
/** Looked at in one read. */
const ORPHANS = 500;

export class Deliverer {
  readonly #options: DelivererOptions;
  readonly #lanes: readonly Lane[];
  readonly #stopping = new AbortController();
  #cancel: (() => void) | null = null;

  constructor(options: DelivererOptions) {
    this.#options = options;
    const { giveUpMs = GIVE_UP_MS, timeoutMs = TIMEOUT_MS } = options;
    const own = { ...options, giveUpMs, timeoutMs, signal: this.#stopping.signal };
    this.#lanes = [...options.receivers.values()].map((receiver) => new Lane(receiver, own));
  }

  start(): void {
    this.#giveUpOrphans();
    this.#look();
  }

  /** Something may be due. Cheap, and needed by nobody: the lanes look by themselves a moment later. */
  wake(): void {
    for (const lane of this.#lanes) lane.turn();
  }

  /** Tells what can be told by then, and ends. Resolves within `limitMs`, whatever receivers do; the rest waits in the outbox. */
  async stop(limitMs: number): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    const { clock } = this.#options;
    await new Promise<void>((resolve) => {
      const cancel = clock.after(limitMs, resolve);
      const flushed = Promise.all(this.#lanes.map((lane) => lane.flush()));
      void flushed.then(() => {
        cancel();
        resolve();
      });
    });
    this.#stopping.abort();
    for (const lane of this.#lanes) lane.close();
  }

  /** One row for each receiver that is configured, or that anything waits for, by name. */
  status(): ReceiverStatus[] {
    const queues = new Map(this.#options.outbox.queues().map((queue) => [queue.receiver, queue]));
    const lanes = new Map(this.#lanes.map((lane) => [lane.receiver.name, lane]));
    const names = [...new Set([...lanes.keys(), ...queues.keys()])].sort();
    return names.map((name) => {
      const lane = lanes.get(name);
      const { kind = 'unknown', target = 'not configured' } = lane?.receiver ?? {};
      const queue = queues.get(name) ?? emptyQueue(name);
      return { ...queue, kind, target, ...(lane?.figures ?? NO_FIGURES) };
    });
  }

  #look(): void {
    this.wake();
    this.#cancel = this.#options.clock.after(LOOK_MS, () => this.#look());
  }

  /** What waits for a receiver that cannot be told in this run (gone from config, its key not to be had) waits on, but not for ever. */
  #giveUpOrphans(): void {
    const { outbox, receivers, clock, onProblem, giveUpMs = GIVE_UP_MS } = this.#options;
    const atMs = clock.nowMs();
    const reason = 'waited too long: there is no such receiver, or it cannot be told';
    try {
      for (const { receiver, waiting } of outbox.queues()) {
        if (waiting === 0 || receivers.has(receiver)) continue;
        onProblem(`${waiting} notifications wait for ${receiver}, which cannot be told`);
        const old = (): readonly QueuedNotification[] =>
          outbox.due(receiver, Number.MAX_SAFE_INTEGER, ORPHANS).filter((told) => atMs - told.createdAtMs >= giveUpMs);
        for (let orphans = old(); orphans.length > 0; orphans = old()) {
          outbox.settle(orphans.map(({ id }) => ({ kind: 'dead', id, reason, atMs })));
        }
      }
    } catch (error) {
      onProblem(`notifications: ${(error as Error).message}`);
    }
  }
}

const NO_FIGURES: LaneFigures = { delivered: 0, failures: 0, refused: 0, abandoned: 0, lastDeliveredAtMs: null };

function emptyQueue(receiver: string): ReceiverQueue {
  return { receiver, waiting: 0, failing: 0, dead: 0, oldestWaitingAtMs: null, problem: null };
}
