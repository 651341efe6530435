/** A deliverer over a store in memory, with a clock moved by hand and receivers that answer as a test says. */

import { setImmediate as immediately } from 'node:timers/promises';
import { Prng } from '../../../src/core/base/prng.ts';
import type { Notification } from '../../../src/core/signal/detect/notification.ts';
import { Deliverer, type DelivererOptions, type Outbox } from '../../../src/shell/notify/deliverer.ts';
import type { PostReply, PostRequest } from '../../../src/shell/notify/http-post.ts';
import type { ReceiverConfig } from '../../../src/shell/notify/notify-config.ts';
import { openReceivers } from '../../../src/shell/notify/receiver.ts';
import { MemoryAlertStore } from '../../../src/shell/stores/alerts/memory-alert-store.ts';
import { VirtualClock } from '../../feeds/support/virtual-clock.ts';
import { T0_MS } from './alert-records.ts';

export const OK = answer(200);
export const TIMEOUT: PostReply = { kind: 'timeout' };
/** Never answers, until it is broken off. */
export const HANGS = 'hangs';
export type Answer = PostReply | typeof HANGS;

export function answer(status: number, text = '', retryAfterMs: number | null = null): PostReply {
  return { kind: 'answered', status, text, retryAfterMs };
}

export interface Sent {
  readonly atMs: number;
  /** Host of the receiver. */
  readonly to: string;
  readonly body: unknown;
}

export interface WorldOptions extends Partial<Pick<DelivererOptions, 'giveUpMs'>> {
  readonly receivers: Readonly<Record<string, ReceiverConfig>>;
  /** What a receiver answers to its n-th request, from 0. */
  readonly answers?: (to: string, n: number, request: PostRequest) => Answer;
  readonly outbox?: (store: MemoryAlertStore) => Outbox;
}

/** A webhook at `http://<host>/`, one event a request unless it groups. */
export function hook(
  host: string,
  more: Partial<Pick<ReceiverConfig, 'ratePerMinute' | 'groupMs'>> = {},
): ReceiverConfig {
  const url = { kind: 'text', text: `http://${host}/hook` } as const;
  return { kind: 'webhook', url, ratePerMinute: 6000, groupMs: 0, ...more };
}

export class DeliveryWorld {
  readonly store = new MemoryAlertStore();
  readonly clock = new VirtualClock(T0_MS);
  readonly sent: Sent[] = [];
  readonly said: string[] = [];
  readonly printed: string[] = [];
  readonly deliverer: Deliverer;
  /** Requests under way, by receiver, and the most there were at once. */
  readonly #running = new Map<string, number>();
  mostAtOnce = 0;

  constructor({ receivers, answers = () => OK, outbox, giveUpMs }: WorldOptions) {
    const counts = new Map<string, number>();
    const opened = openReceivers({ receivers, routes: [] }, { env: process.env, home: '/nowhere' }, 'scan-1');
    this.deliverer = new Deliverer({
      receivers: opened.receivers,
      outbox: outbox?.(this.store) ?? this.store,
      clock: this.clock,
      random: randomOf('deliveries'),
      print: (line) => this.printed.push(line),
      onProblem: (text) => this.said.push(text),
      ...(giveUpMs === undefined ? {} : { giveUpMs }),
      post: async (request, _timeoutMs, signal) => {
        const to = new URL(request.url).host;
        const n = counts.get(to) ?? 0;
        counts.set(to, n + 1);
        this.sent.push({ atMs: this.clock.nowMs() - T0_MS, to, body: JSON.parse(request.body) });
        this.#track(to, 1);
        const reply = answers(to, n, request);
        const given = reply === HANGS ? await brokenOff(signal) : reply;
        this.#track(to, -1);
        return given;
      },
    });
  }

  tell(...notifications: readonly Notification[]): void {
    this.store.commit([], notifications, 0, []);
  }

  /** So much time, in small steps, so that answers come in between. */
  async pass(ms: number, stepMs = 250): Promise<void> {
    await this.settled();
    for (let left = ms; left > 0; left -= stepMs) {
      this.clock.advance(Math.min(left, stepMs));
      await this.settled();
    }
  }

  async settled(): Promise<void> {
    for (let i = 0; i < 5; i++) await immediately();
  }

  /** Events that a receiver was sent, in order. */
  events(to: string): string[] {
    return this.sent.filter((one) => one.to === to).flatMap(({ body }) => eventsOf(body));
  }

  /** Requests under way. */
  get running(): number {
    return [...this.#running.values()].reduce((sum, one) => sum + one, 0);
  }

  #track(to: string, by: number): void {
    const running = (this.#running.get(to) ?? 0) + by;
    this.#running.set(to, running);
    this.mostAtOnce = Math.max(this.mostAtOnce, running);
  }
}

function eventsOf(body: unknown): string[] {
  return (Array.isArray(body) ? body : [body]).map((event) => String((event as { id?: string }).id));
}

function brokenOff(signal: AbortSignal): Promise<PostReply> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve({ kind: 'failed', reason: 'broken off' }), { once: true });
  });
}

function randomOf(seed: string): () => number {
  const prng = new Prng(seed);
  return () => prng.next();
}
