/** The words that codecs describe their messages with: where each value stands, how it is read, where it goes. Reads nothing. */

import { asciiBytes } from '../instrument.ts';

/** Where a number goes. `otherTime` is a second time in the frame, used as event time only if there is no better one. */
export const Slot = {
  eventTime: 0,
  otherTime: 1,
  firstId: 2,
  lastId: 3,
  previousId: 4,
  checksum: 5,
  price: 6,
  size: 7,
  tradeId: 8,
  takerSide: 9,
  bidPrice: 10,
  bidSize: 11,
  askPrice: 12,
  askSize: 13,
  markPrice: 14,
  indexPrice: 15,
  fundingRate: 16,
  nextFundingTime: 17,
  openInterest: 18,
} as const;
/** How many slots there are. */
export const SLOTS = 19;
/** The slot of numbers that nobody asked for. */
export const SCRATCH = 31;

/**
 * How a value is read.
 *
 * - `constant`: part of the text to compare (symbol, channel, type); another value is another shape
 * - `integer`, `quoted_integer`, `signed_integer`: non-negative (signed: any) integers up to 2^53 - 1
 * - `price`, `size`: decimals between quotes, as the instrument has them; `bare_…`: JSON numbers
 * - `number`: any decimals between quotes, with or without a minus sign, as the nearest double
 * - `maker`: true when the buyer was the maker (taker sold); `side`: "buy" | "sell" of the taker; `maker_side`: of the maker
 * - `iso_time`: quoted RFC 3339
 * - `bids`, `asks`: `[["price","size",…],…]`; `timed_…`: its third element is a time in seconds; `object_…`: `[{"price":1,"qty":2},…]`
 */
export type Read =
  | 'constant'
  | 'integer'
  | 'quoted_integer'
  | 'signed_integer'
  | 'price'
  | 'size'
  | 'number'
  | 'bare_price'
  | 'bare_size'
  | 'maker'
  | 'side'
  | 'maker_side'
  | 'iso_time'
  | 'bids'
  | 'asks'
  | 'timed_bids'
  | 'timed_asks'
  | 'object_bids'
  | 'object_asks'
  | 'skip';

export interface FieldRule {
  readonly read: Read;
  /** The slot of a number; absent for levels and constants. */
  readonly slot?: keyof typeof Slot;
}

/**
 * Rules by path: keys and array indexes joined by dots (`data.p`, `data.0.asks`). A key without a rule is passed over. `each`
 * in place of an index is every element of a list, each of them a tick (`data.each.px`).
 */
export type FieldRules = Readonly<Record<string, FieldRule>>;

/** Rules for keys of one object that we know of and do not read. */
export function passedOver(path: string, keys: readonly string[]): FieldRules {
  return Object.fromEntries(keys.map((key) => [`${path}.${key}`, { read: 'skip' }] as const));
}

/** The reads as numbers, in the order in which the runner tells them apart; 0 is the end of the message. */
export const Op: Readonly<Record<Exclude<Read, 'constant'>, number>> = {
  integer: 1,
  quoted_integer: 2,
  signed_integer: 3,
  price: 4,
  size: 5,
  bare_price: 6,
  bare_size: 7,
  maker: 8,
  side: 9,
  maker_side: 10,
  iso_time: 11,
  bids: 12,
  asks: 13,
  timed_bids: 14,
  timed_asks: 15,
  object_bids: 16,
  object_asks: 17,
  number: 18,
  skip: 20,
};
/** The op at the end of a list's element, which reads nothing: does another one follow? */
export const ANOTHER = 19;

/** One step of a shape: compare the text `[from, to)` of the frame it is learned from, then read one value. */
export interface Step {
  readonly from: number;
  readonly to: number;
  readonly op: number;
  readonly slot: number;
}

/** Rules as a tree, a node for each key and array index on the way to a rule: what a walk over a message follows. */
export interface RuleNode {
  /** What stands here; undefined where there are only rules further in. */
  rule: FieldRule | undefined;
  readonly members: { readonly key: Uint8Array; readonly node: RuleNode }[];
  readonly elements: (RuleNode | undefined)[];
  /** Every element of a list of ticks; undefined where this is none. */
  each: RuleNode | undefined;
}

const trees = new WeakMap<FieldRules, RuleNode>();

/** The rules as a tree: made once, when their first message is learned. */
export function treeOf(rules: FieldRules): RuleNode {
  let tree = trees.get(rules);
  if (tree === undefined) {
    tree = newNode();
    for (const [path, rule] of Object.entries(rules)) path.split('.').reduce(childOf, tree).rule = rule;
    trees.set(rules, tree);
  }
  return tree;
}

function newNode(): RuleNode {
  return { rule: undefined, members: [], elements: [], each: undefined };
}

function childOf(parent: RuleNode, step: string): RuleNode {
  if (step === 'each') {
    parent.each ??= newNode();
    return parent.each;
  }
  if (/^\d+$/.test(step)) {
    parent.elements[Number(step)] ??= newNode();
    return parent.elements[Number(step)]!;
  }
  const key = asciiBytes(step);
  let member = parent.members.find(({ key: other }) => isSame(other, key));
  if (member === undefined) {
    member = { key, node: newNode() };
    parent.members.push(member);
  }
  return member.node;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
