/** What commands and a running scan say to each other: one line of JSON each way. Opens no socket. */

import { join } from 'node:path';
import { MAX_REASON } from '../../../core/ops/control/outcome.ts';

export interface BookQuestion {
  readonly ask: 'book';
  readonly venue: string;
  /** As the venue writes it, or our id. */
  readonly symbol: string;
  /** Levels a side. */
  readonly depth: number;
}

/** An order to a feed, and who gives it why: both go into the audit. */
export interface FeedOrder {
  readonly ask: 'resync' | 'reconnect';
  readonly venue: string;
  /** As the venue writes it, or our id; of `reconnect`: null. */
  readonly symbol: string | null;
  readonly user: string;
  readonly host: string;
  readonly reason: string;
}

export type DeskQuestion = BookQuestion | FeedOrder;

/** Price and size as the venue writes them; sizes in its units. */
export type DeskLevel = readonly [price: string, size: string];

export interface BookAnswer {
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
  /**
   * The worst prices up to which every level is known; beyond them only those that have changed since the last snapshot. Null:
   * the book has no such end.
   */
  readonly bidsKnownTo: string | null;
  readonly asksKnownTo: string | null;
  /** Newer snapshots that took its place while it was live, and those of them in which a level was another. */
  readonly refreshes: number;
  readonly refreshMismatches: number;
  /** Best first. */
  readonly bids: readonly DeskLevel[];
  readonly asks: readonly DeskLevel[];
}

/** The order was stepped; what comes of it is the feed's to decide, within its limits. */
export interface OrderAnswer {
  readonly kind: 'ordered';
  readonly venue: string;
  /** As the venue writes it. */
  readonly symbol: string | null;
  /** The run's time. */
  readonly atMs: number;
}

/** `code`: as an error of the command that asked. */
export interface Refusal {
  readonly kind: 'refused';
  readonly code: 'usage' | 'precondition_failed';
  readonly reason: string;
}

export type DeskAnswer = BookAnswer | OrderAnswer | Refusal;

/** More than the longest reason takes, each of its characters escaped. */
export const MAX_QUESTION_BYTES = 16_384;
export const MAX_DEPTH = 1000;
const MAX_NAME = 255;

export function deskPath(stateDir: string): string {
  return join(stateDir, 'desk.sock');
}

export function lineOf(value: DeskQuestion | DeskAnswer): string {
  return `${JSON.stringify(value)}\n`;
}

/** Null: it is no question. */
export function questionOf(text: string): DeskQuestion | null {
  try {
    const said = JSON.parse(text) as Record<string, unknown>;
    return said['ask'] === 'book' ? bookQuestion(said) : feedOrder(said);
  } catch {
    return null;
  }
}

function bookQuestion({ venue, symbol, depth }: Record<string, unknown>): BookQuestion | null {
  if (!isText(venue, MAX_NAME) || !isText(symbol, MAX_NAME)) return null;
  if (typeof depth !== 'number' || !(depth >= 1 && depth <= MAX_DEPTH)) return null;
  return { ask: 'book', venue, symbol, depth: Math.floor(depth) };
}

function feedOrder({ ask, venue, symbol, user, host, reason }: Record<string, unknown>): FeedOrder | null {
  if (!isText(venue, MAX_NAME) || !isText(user, MAX_NAME) || !isText(host, MAX_NAME)) return null;
  if (!isText(reason, MAX_REASON)) return null;
  if (ask === 'resync' && isText(symbol, MAX_NAME)) return { ask, venue, symbol, user, host, reason };
  return ask === 'reconnect' && symbol === null ? { ask, venue, symbol, user, host, reason } : null;
}

function isText(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= maxLength;
}
