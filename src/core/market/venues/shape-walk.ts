/** Takes one message apart into constant text and values: the learning half of shapes. Gives up on what a shape cannot express. */

import type { ByteReader } from './byte-reader.ts';
import {
  ANOTHER,
  type FieldRule,
  type FieldRules,
  Op,
  type Read,
  type RuleNode,
  SCRATCH,
  SLOTS,
  Slot,
  type Step,
  treeOf,
} from './shape-rules.ts';

/** A message with more numbers, deeper nesting, longer keys or more constant text than this is no tick of ours. */
const MAX_STEPS = 64;
const MAX_DEPTH = 8;
const MAX_KEY_BYTES = 64;
const MAX_TEXT_BYTES = 4096;

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

const PASSED_OVER: FieldRule = { read: 'skip' };

/** Takes one valid, compact message apart into steps. Gives up on what a shape cannot express. */
export class ShapeWalk {
  readonly steps: Step[] = [];
  /** The first step of a list's further elements, and the one behind the list; 0: it has no further element. */
  repeat = 0;
  behind = 0;
  /** Keys without a rule; of a list's elements those of the first. */
  unknownFields = 0;
  readonly #bytes: Uint8Array;
  readonly #to: number;
  readonly #rules: RuleNode;
  readonly #reader: ByteReader;
  #at: number;
  #textFrom: number;
  #textBytes = 0;
  #depth = 0;
  /** A bit for each slot, and one for each side of levels, that a step fills. */
  #taken = 0;
  /** Does the walk stand behind a list of several ticks? */
  #isBehindList = false;

  /** @param reader - open on the message; left anywhere */
  constructor(reader: ByteReader, rules: FieldRules) {
    this.#reader = reader;
    this.#bytes = reader.bytes;
    this.#at = reader.at;
    this.#textFrom = reader.at;
    this.#to = reader.end;
    this.#rules = treeOf(rules);
  }

  read(): boolean {
    return this.#value(this.#rules, false) && this.#at === this.#to && this.#step(0, SCRATCH);
  }

  /** Ends the constant text here and adds a step that reads the value standing here. False when there is too much of it. */
  #step(op: number, slot: number): boolean {
    this.#textBytes += this.#at - this.#textFrom;
    if (this.#textBytes > MAX_TEXT_BYTES || this.steps.length === MAX_STEPS) return false;
    this.steps.push({ from: this.#textFrom, to: this.#at, op, slot });
    return true;
  }

  /** @param node - the rules for this value and what is in it; undefined where there are none */
  #value(node: RuleNode | undefined, isElement: boolean): boolean {
    const rule = node?.rule;
    const first = this.#bytes[this.#at];
    if (rule !== undefined && rule.read !== 'constant') return this.#variable(rule);
    // An element that no rule names may be a second tick: not ours to pass over.
    if (isElement && node === undefined) return false;
    if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      if (this.#depth === MAX_DEPTH) return false;
      this.#depth += 1;
      if (!(first === OPEN_BRACE ? this.#members(node) : this.#elements(node))) return false;
      this.#depth -= 1;
      return true;
    }
    if (rule === undefined) {
      if (node === this.#rules) return false;
      this.unknownFields += 1;
      return first === 110 ? this.#scan() : this.#variable(PASSED_OVER);
    }
    return this.#scan();
  }

  /** A value that changes from message to message. */
  #variable(rule: FieldRule): boolean {
    const op = Op[rule.read as Exclude<Read, 'constant'>];
    const slot = rule.slot === undefined ? SCRATCH : Slot[rule.slot];
    return this.#takesOnce(op, slot) && this.#step(op, slot) && this.#passValue();
  }

  /**
   * False where a second value would fill what one has filled: two paths may read alike (a key `data.p`, a nested copy). False
   * also behind a list of several ticks, which have been read by then.
   */
  #takesOnce(op: number, slot: number): boolean {
    const isSide = op >= Op.bids && op <= Op.object_asks;
    if (slot === SCRATCH && !isSide) return true;
    if (this.#isBehindList) return false;
    const target = 1 << (isSide ? SLOTS + (op & 1) : slot);
    if ((this.#taken & target) !== 0) return false;
    this.#taken |= target;
    return true;
  }

  #passValue(): boolean {
    if (!this.#scan()) return false;
    this.#textFrom = this.#at;
    return true;
  }

  /** Moves past one value of any kind. The frame is valid JSON already, so brackets outside strings balance. */
  #scan(): boolean {
    const bytes = this.#bytes;
    let depth = 0;
    for (;;) {
      const byte = bytes[this.#at]!;
      if (byte === QUOTE) {
        this.#reader.at = this.#at;
        if (this.#reader.string() < 0) return false;
        this.#at = this.#reader.at;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        depth += 1;
        this.#at += 1;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        if (depth === 0) return true;
        depth -= 1;
        this.#at += 1;
      } else if (byte === COMMA && depth === 0) {
        return true;
      } else {
        if (byte <= 32) return false;
        this.#at += 1;
      }
      const next = bytes[this.#at];
      if (depth === 0 && (next === COMMA || next === CLOSE_BRACE || next === CLOSE_BRACKET)) return true;
      if (this.#at >= this.#to) return depth === 0;
    }
  }

  #members(node: RuleNode | undefined): boolean {
    const bytes = this.#bytes;
    const members = node?.members ?? [];
    let known = 0;
    let others: Set<string> | null = null;
    do {
      const from = this.#at + 2;
      this.#reader.at = this.#at + 1;
      const end = this.#reader.string();
      if (end < 0 || end - from > MAX_KEY_BYTES || bytes[end + 1] !== COLON) return false;
      const index = this.#memberAt(members, from, end);
      if (index < 0) {
        const key = String.fromCharCode(...bytes.subarray(from, end));
        others ??= new Set();
        if (others.has(key)) return false;
        others.add(key);
      } else {
        if ((known & (1 << index)) !== 0) return false;
        known |= 1 << index;
      }
      this.#at = end + 2;
      if (!this.#value(members[index]?.node, false)) return false;
    } while (bytes[this.#at] === COMMA);
    if (bytes[this.#at] !== CLOSE_BRACE) return false;
    this.#at += 1;
    return true;
  }

  /** Which of the members the key `bytes[from, end)` is; -1 for none. */
  #memberAt(members: RuleNode['members'], from: number, end: number): number {
    const bytes = this.#bytes;
    for (let m = 0; m < members.length; m++) {
      const { key } = members[m]!;
      if (key.length !== end - from) continue;
      let i = 0;
      while (i < key.length && key[i] === bytes[from + i]) i += 1;
      if (i === key.length) return m;
    }
    return -1;
  }

  #elements(node: RuleNode | undefined): boolean {
    const bytes = this.#bytes;
    if (bytes[this.#at + 1] === CLOSE_BRACKET) {
      this.#at += 2;
      return true;
    }
    if (node?.each !== undefined) return this.#list(node.each);
    let index = 0;
    do {
      this.#at += 1;
      if (!this.#value(node?.elements[index], true)) return false;
      index += 1;
    } while (bytes[this.#at] === COMMA);
    if (bytes[this.#at] !== CLOSE_BRACKET) return false;
    this.#at += 1;
    return true;
  }

  /** The message's list of ticks, of which it has one: steps for its first element and for its second, by which all further ones are read. */
  #list(node: RuleNode): boolean {
    if (this.repeat > 0) return false;
    const { steps } = this;
    const taken = this.#taken;
    let takenByFirst = 0;
    for (let ticks = 1; ; ticks++) {
      const [first, textBytes, unknownFields] = [steps.length, this.#textBytes, this.unknownFields];
      this.#at += 1;
      this.#taken = taken;
      if (!this.#value(node, true)) return false;
      // One that has a value which another has not would lend it to that.
      if (ticks === 1) takenByFirst = this.#taken;
      else if (this.#taken !== takenByFirst) return false;
      const isLast = this.#bytes[this.#at] !== COMMA;
      if (isLast && ticks === 1) break;
      if (!this.#step(ANOTHER, SCRATCH)) return false;
      this.#textFrom = this.#at;
      if (ticks === 1) this.repeat = steps.length;
      else this.unknownFields = unknownFields;
      if (ticks === 2) this.behind = steps.length;
      if (ticks > 2) {
        steps.length = first;
        this.#textBytes = textBytes;
      }
      if (isLast) break;
    }
    this.#isBehindList = this.repeat > 0;
    if (this.#bytes[this.#at] !== CLOSE_BRACKET) return false;
    this.#at += 1;
    return true;
  }
}
