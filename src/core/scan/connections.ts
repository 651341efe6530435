/**
 * The connections of a run, by their numbers in Inputs: what each of them carries, and what it means to books and minutes when
 * something of it is lost. Asks nobody for anything.
 */

import type { JsonObject } from '../base/json.ts';
import { Connection } from './connection.ts';
import type { FeedWiring } from './feed-wiring.ts';
import type { DroppedInput, LinkInput } from './input.ts';
import type { InstrumentRun } from './instrument-run.ts';
import type { VenueRun } from './venue-run.ts';

export class Connections {
  /** Absent: never introduced, or a socket of the feeds that is gone. */
  readonly byNumber: (Connection | undefined)[] = [];
  /** The REST reply that a `link` Input has just introduced. Its number is high, so it is kept apart. */
  #reply: { readonly request: number; readonly connection: Connection } | null = null;

  /**
   * What was known by that number is lost; where it is up, it is another one from now on.
   *
   * @param isReply - to a request of the feeds: its only frame comes right after this
   */
  onLink(input: LinkInput, venue: VenueRun | null, isReply: boolean): void {
    const { connection: number, symbol, transport } = input;
    const known = this.byNumber[number];
    if (known?.isUp) this.#loseSocket(known, number, input.reason);
    if (input.state === 'down') {
      if (known !== undefined) known.isUp = false;
      return;
    }
    if (venue === null) return;
    venue.isLinked = true;
    const carried = known?.venue === venue ? known.instruments : [];
    this.#introduce(number, new Connection(venue, symbol, transport, carried), isReply);
  }

  /** The connection of the reply, once; null: not introduced by the last `link`. */
  takeReply(request: number): Connection | null {
    const reply = this.#reply;
    if (reply?.request !== request) return null;
    this.#reply = null;
    return reply.connection;
  }

  /** A socket of the feeds is gone: who carries its instruments on takes over their trades, and the books that grew on it. */
  handOver(number: number, successor: number | null, reason: string, feed: FeedWiring, nowMs: number): void {
    const connection = this.byNumber[number];
    if (connection === undefined) return;
    const heir = successor === null ? undefined : this.byNumber[successor];
    for (const run of connection.instruments) {
      feed.dropSuccessor(run, number);
      if (run.depthConnection === number) {
        if (heir !== undefined && feed.takeOver(run, successor!)) run.depthConnection = successor!;
        else {
          run.invalidateBook(feed.lossKind(run, reason), reason);
          feed.onBookLost(run, nowMs);
        }
      }
      if (run.tradeConnection !== number) continue;
      if (heir === undefined) run.uncoverTrades();
      else {
        run.tradeConnection = successor!;
        heir.carry(run);
      }
    }
    this.byNumber[number] = undefined;
  }

  /** The shell threw frames away: the books they were about are no books, the minute's trades are not all there. */
  onDropped({ connection: number, symbol, what }: DroppedInput): void {
    const connection = this.byNumber[number];
    if (connection === undefined) return;
    for (const run of connection.instruments) {
      if (symbol !== null && run.instrument.symbol !== symbol) continue;
      if (what === 'other') run.uncoverTrades();
      else if (run.depthConnection === number) run.invalidateBook('overflow', 'overflow');
    }
  }

  /**
   * Venues that number the messages of a connection: a missing number may have been any instrument's update.
   *
   * @param sequence - of the message; NaN: it has none
   */
  followSequence(connection: Connection, sequence: number): void {
    if (Number.isNaN(sequence)) return;
    const last = connection.lastSequence;
    connection.lastSequence = sequence;
    if (!Number.isNaN(last) && sequence !== last && sequence !== last + 1)
      this.distrust(connection, 'sequence', 'connection_sequence_gap');
  }

  /** None of the books that grow on it can be believed any more. */
  distrust(connection: Connection, kind: 'sequence' | 'malformed', reason: string): void {
    const number = this.byNumber.indexOf(connection);
    for (const run of connection.instruments) {
      if (run.depthConnection === number) run.invalidateBook(kind, reason);
    }
  }

  save(): JsonObject[] {
    const saved = this.byNumber.flatMap((connection, number) =>
      connection === undefined ? [] : [connection.save(number)],
    );
    return this.#reply === null ? saved : [...saved, this.#reply.connection.save(this.#reply.request)];
  }

  /** @param runs - those that were saved, in their order then */
  restore(
    saved: readonly JsonObject[],
    runs: readonly InstrumentRun[],
    venueOf: (name: string) => VenueRun,
    isRequest: (number: number) => boolean,
  ): void {
    for (const entry of saved) {
      const number = entry['index'] as number;
      const venue = venueOf(entry['venue'] as string);
      this.#introduce(number, Connection.restore(entry, venue, runs), isRequest(number));
    }
  }

  #introduce(number: number, connection: Connection, isReply: boolean): void {
    if (isReply) this.#reply = { request: number, connection };
    else this.byNumber[number] = connection;
  }

  #loseSocket(connection: Connection, number: number, reason: string): void {
    if (connection.transport === 'rest') return;
    for (const run of connection.instruments) {
      if (run.depthConnection === number) run.invalidateBook('disconnect', reason);
      if (run.tradeConnection === number) run.uncoverTrades();
    }
  }
}
