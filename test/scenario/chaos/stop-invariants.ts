/** What is stopped is silent: after `kill` nothing is asked for, published or open, and a venue that is switched off has no socket. */

import type { Action } from '../../../src/core/ops/run/action.ts';
import { OPS_SERIES } from '../../../src/core/ops/run/readings.ts';
import type { Effect } from '../../../src/core/scan/effect.ts';
import { SECOND_MS, type Watched } from './invariant.ts';
import type { Operator } from './operator.ts';

/** Effects that reach out to a venue. */
const ASKS: ReadonlySet<string> = new Set(['open_connection', 'send_text', 'rest_request']);
/** What `kill` stops, whoever asks. */
const STOPPED: readonly Action[] = [
  { kind: 'publish', what: 'event' },
  { kind: 'publish', what: 'candidate' },
  { kind: 'alert', about: 'market' },
];
/** What alerts say of the scanner itself: that it was killed, first of all. Nothing stops these. */
const OPERATIONAL: ReadonlySet<string> = new Set(OPS_SERIES);
/** After it the last socket's end has reached the venue; the limit for a switch is 100 ms. */
const AFTERMATH_MS = 100;

export class StopInvariants {
  readonly #watched: Watched;
  readonly #operator: Operator;
  #killedAtMs: number | null = null;
  #asksAtKill = '';

  constructor(watched: Watched, operator: Operator) {
    this.#watched = watched;
    this.#operator = operator;
  }

  /** Since the world began; null: it was not. */
  get killedAtMs(): number | null {
    return this.#killedAtMs;
  }

  onEffect(effect: Effect): void {
    if (this.#killedAtMs !== null && isStopped(effect)) this.#watched.fail(`${effect.kind} after kill`);
    if (effect.kind === 'kill_level_changed' && effect.to === 'kill') this.#killedAtMs = this.#watched.scan.elapsedMs;
  }

  /** @param atMs - since the world began */
  onSecond(atMs: number): void {
    if (this.#killedAtMs !== null) this.#expectSilence(atMs);
    for (const [venue, sinceMs] of this.#operator.closed) {
      const { sessions } = this.#watched.scan.world.venue(venue);
      if (atMs > sinceMs + AFTERMATH_MS && sessions > 0)
        this.#watched.fail(`${venue}: ${sessions} connections though it is switched off`);
    }
  }

  #expectSilence(atMs: number): void {
    const { scan, fail } = this.#watched;
    if (atMs < this.#killedAtMs! + AFTERMATH_MS + SECOND_MS) return;
    const { world, transport, scanner, clock } = scan;
    if (transport.sockets > 0) fail(`${transport.sockets} sockets after kill`);
    for (const action of STOPPED)
      if (scanner.ops!.isAllowed(action, clock.nowMs()).isAllowed) fail(`${action.kind} is allowed after kill`);
    const asks = world.venues.map((name) => {
      const { sessions, counts } = world.venue(name);
      if (sessions > 0) fail(`${name}: ${sessions} connections after kill`);
      return `${counts.connects} ${counts.messagesIn} ${counts.requests}`;
    });
    if (this.#asksAtKill === '') this.#asksAtKill = asks.join();
    if (asks.join() !== this.#asksAtKill) fail('something was asked for after kill');
  }
}

function isStopped(effect: Effect): boolean {
  if (effect.kind === 'alert') return effect.isNotified && !OPERATIONAL.has(effect.alert.metric);
  return ASKS.has(effect.kind);
}
