/** What `book show` and a running scan say to each other: one line of JSON each way. Opens no socket. */

import { join } from 'node:path';

export interface DeskQuestion {
  readonly ask: 'book';
  readonly venue: string;
  /** As the venue writes it, or our id. */
  readonly symbol: string;
  /** Levels a side. */
  readonly depth: number;
}

/** Price and size as the venue writes them; sizes in its units. */
export type DeskLevel = readonly [price: string, size: string];

export type BookAnswer =
  | {
      readonly kind: 'book';
      readonly venue: string;
      readonly symbol: string;
      readonly state: string;
      /** Why it is not live; empty when it is. */
      readonly reason: string;
      /** The run's time. */
      readonly atMs: number;
      readonly lastId: number | null;
      readonly mid: string | null;
      readonly spreadBps: number | null;
      /** Best first. */
      readonly bids: readonly DeskLevel[];
      readonly asks: readonly DeskLevel[];
    }
  | { readonly kind: 'refused'; readonly reason: string };

export const MAX_QUESTION_BYTES = 4096;
export const MAX_DEPTH = 1000;

export function deskPath(stateDir: string): string {
  return join(stateDir, 'desk.sock');
}

export function askText(value: DeskQuestion | BookAnswer): string {
  return `${JSON.stringify(value)}\n`;
}

/** Null: it is no question. */
export function questionOf(text: string): DeskQuestion | null {
  try {
    const { ask, venue, symbol, depth } = JSON.parse(text) as Record<string, unknown>;
    const isWhole = ask === 'book' && typeof venue === 'string' && typeof symbol === 'string';
    if (!isWhole || typeof depth !== 'number' || !(depth >= 1 && depth <= MAX_DEPTH)) return null;
    return { ask, venue, symbol, depth: Math.floor(depth) };
  } catch {
    return null;
  }
}
