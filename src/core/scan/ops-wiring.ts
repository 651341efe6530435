/** Runs the operations core beside the market: tells it facts, asks it before calls, chains what it decided. Decides nothing. */

import type { JsonObject } from '../base/json.ts';
import { MINUTE_MS, minuteOf, SECOND_MS } from '../base/time.ts';
import type { Instrument } from '../market/instrument.ts';
import { providerOf } from '../market/venues/registry.ts';
import type { Action } from '../ops/run/action.ts';
import type { OpsStart } from '../ops/run/ops-input.ts';
import { OpsRun } from '../ops/run/ops-run.ts';
import { isAlertCommand, isFeedCommand } from './command.ts';
import { DigestChain } from './digest.ts';
import type { Effect } from './effect.ts';
import type { CacheInput, CallInput, CommandInput, HostInput } from './input.ts';
import { VenueWatch, venueFact } from './venue-facts.ts';
import type { VenueRun } from './venue-run.ts';

/** As `venue` and `symbol` of the digest's own chain for operations. */
export const OPS_CHAIN = 'ops';
const FACTS_EVERY_MS = SECOND_MS;

export class OpsWiring {
  readonly ops: OpsRun;
  readonly #push: (effect: Effect) => void;
  readonly #digest = new DigestChain();
  readonly #uptimeWindowMs: number;
  /** By venue, from its first connection on. */
  readonly #watches = new Map<string, VenueWatch>();
  #factsMs: number;
  #minuteMs: number;

  constructor(start: OpsStart, startMs: number, push: (effect: Effect) => void) {
    this.ops = new OpsRun(start, startMs);
    this.#push = push;
    this.#uptimeWindowMs = start.config.guards.venueHealth.uptimeWindowSeconds * SECOND_MS;
    this.#factsMs = startMs;
    this.#minuteMs = minuteOf(startMs);
    this.#flush();
  }

  onInput(input: CallInput | CacheInput | HostInput | CommandInput): void {
    const timeMs = input.receiveTimeMs;
    switch (input.kind) {
      case 'call':
        this.ops.onCall({ ...input.call, timeMs });
        break;
      case 'cache':
        this.ops.onCache({ isHit: input.isHit, timeMs });
        break;
      case 'host':
        this.ops.onHost({ ...input.host, timeMs });
        break;
      case 'command':
        // Orders to a feed or to an alert are theirs.
        if (!isFeedCommand(input.command) && !isAlertCommand(input.command)) this.ops.onCommand(input.command, timeMs);
    }
    this.#flush();
  }

  /** Time went on; once a second the venues are told, once a minute the chain is closed. */
  onTime(venues: readonly VenueRun[], nowMs: number): void {
    const linked = venues.filter((venue) => venue.isLinked);
    for (const venue of linked) this.#watchOf(venue.name, nowMs).look(venue);
    if (nowMs >= this.#factsMs) {
      this.#factsMs = nowMs - (nowMs % FACTS_EVERY_MS) + FACTS_EVERY_MS;
      const facts = linked.map((venue) => venueFact(venue, this.#watchOf(venue.name, nowMs), nowMs));
      this.ops.onVenues(facts, nowMs);
    }
    this.ops.onTime(nowMs);
    this.#flush();
    if (nowMs >= this.#minuteMs + MINUTE_MS) this.#closeMinute(nowMs);
  }

  /** Asks before a request to a venue leaves; a refusal is told as an effect, and counted by venue. */
  begin(kind: 'call' | 'connect' | 'subscribe', instrument: Instrument, nowMs: number): boolean {
    const { venue, symbol, spec } = instrument;
    return this.beginAction({ kind, provider: providerOf(venue), venue, quote: spec.quote }, symbol, nowMs);
  }

  /** As `begin`, of a venue as such too. */
  beginAction(action: Action, symbol: string | null, nowMs: number): boolean {
    const permission = this.ops.begin(action, symbol, nowMs);
    this.#flush();
    return permission.isAllowed;
  }

  /** The chain's last word; changes nothing. */
  closing(nowMs: number): { minuteMs: number; sha256: string } {
    return { minuteMs: this.#minuteMs, sha256: this.#digest.closing(this.#rowLines(nowMs)) };
  }

  save(): JsonObject {
    return {
      ops: this.ops.save(),
      digest: this.#digest.save(),
      watches: Object.fromEntries([...this.#watches].map(([venue, watch]) => [venue, watch.save()])),
      factsMs: this.#factsMs,
      minuteMs: this.#minuteMs,
    };
  }

  restore(saved: JsonObject): void {
    this.ops.restore(saved['ops'] as JsonObject);
    this.#digest.restore(saved['digest'] as JsonObject);
    for (const [venue, watch] of Object.entries(saved['watches'] as JsonObject)) {
      this.#watchOf(venue, 0).restore(watch as JsonObject);
    }
    this.#factsMs = saved['factsMs'] as number;
    this.#minuteMs = saved['minuteMs'] as number;
  }

  #watchOf(venue: string, startMs: number): VenueWatch {
    const known = this.#watches.get(venue);
    if (known !== undefined) return known;
    const watch = new VenueWatch(this.#uptimeWindowMs, startMs);
    this.#watches.set(venue, watch);
    return watch;
  }

  #closeMinute(nowMs: number): void {
    this.#minuteMs = minuteOf(nowMs);
    const sha256 = this.#digest.close(this.#minuteMs, this.#rowLines(nowMs));
    this.#push({ kind: 'digest', venue: OPS_CHAIN, symbol: OPS_CHAIN, minuteMs: this.#minuteMs, sha256 });
  }

  #rowLines(nowMs: number): string[] {
    return this.ops.rows(nowMs).map((row) => JSON.stringify(row));
  }

  #flush(): void {
    for (const effect of this.ops.takeEffects()) {
      this.#digest.note(JSON.stringify(effect));
      this.#push(effect);
    }
  }
}
