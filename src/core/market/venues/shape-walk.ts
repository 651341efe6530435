/** Takes one message apart into constant text and values: the learning half of shapes. Gives up on what a shape cannot express. */

import { ByteReader } from './byte-reader.ts';
import { type FieldRule, type FieldRules, Op, type Read, SCRATCH, SLOTS, Slot, type Step } from './shape-rules.ts';

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

/** Takes one valid, compact message apart into steps. Gives up on what a shape cannot express. */
export class ShapeWalk {
  readonly steps: Step[] = [];
  unknownFields = 0;
  readonly #bytes: Uint8Array;
  readonly #to: number;
  readonly #rules: FieldRules;
  readonly #reader = new ByteReader();
  #at: number;
  #textFrom: number;
  #textBytes = 0;
  #depth = 0;
  /** A bit for each slot, and one for each side of levels, that a step fills. */
  #taken = 0;

  constructor(bytes: Uint8Array, from: number, to: number, rules: FieldRules) {
    this.#bytes = bytes;
    this.#at = from;
    this.#textFrom = from;
    this.#to = to;
    this.#rules = rules;
    this.#reader.open(bytes, from, to);
  }

  read(): boolean {
    return this.#value('', false) && this.#at === this.#to && this.#step(0, SCRATCH);
  }

  /** Ends the constant text here and adds a step that reads the value standing here. False when there is too much of it. */
  #step(op: number, slot: number): boolean {
    this.#textBytes += this.#at - this.#textFrom;
    if (this.#textBytes > MAX_TEXT_BYTES || this.steps.length === MAX_STEPS) return false;
    this.steps.push({ text: this.#bytes.slice(this.#textFrom, this.#at), op, slot });
    return true;
  }

  #value(path: string, isElement: boolean): boolean {
    const rule = this.#rules[path];
    const first = this.#bytes[this.#at];
    if (rule !== undefined && rule.read !== 'constant') return this.#variable(rule);
    // An element that no rule names may be a second tick: not ours to pass over.
    if (isElement && !this.#isNamed(path)) return false;
    if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      if (this.#depth === MAX_DEPTH) return false;
      this.#depth += 1;
      if (!(first === OPEN_BRACE ? this.#members(path) : this.#elements(path))) return false;
      this.#depth -= 1;
      return true;
    }
    if (rule === undefined) {
      if (path === '') return false;
      this.unknownFields += 1;
      return first === 110 ? this.#scan() : this.#variable({ read: 'skip' });
    }
    return this.#scan();
  }

  #isNamed(path: string): boolean {
    return Object.keys(this.#rules).some((key) => key === path || key.startsWith(`${path}.`));
  }

  /** A value that changes from message to message. */
  #variable(rule: FieldRule): boolean {
    const op = Op[rule.read as Exclude<Read, 'constant'>];
    const slot = rule.slot === undefined ? SCRATCH : Slot[rule.slot];
    return this.#takesOnce(op, slot) && this.#step(op, slot) && this.#passValue();
  }

  /** False where a second value would fill what one has filled: two paths may read alike (a key `data.p`, a nested copy). */
  #takesOnce(op: number, slot: number): boolean {
    const isSide = op >= Op.bids && op <= Op.object_asks;
    if (slot === SCRATCH && !isSide) return true;
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

  #members(path: string): boolean {
    const bytes = this.#bytes;
    const keys = new Set<string>();
    do {
      this.#at += 1;
      this.#reader.at = this.#at;
      const from = this.#at + 1;
      const end = this.#reader.string();
      if (end < 0 || end - from > MAX_KEY_BYTES || bytes[this.#reader.at] !== COLON) return false;
      const key = String.fromCharCode(...bytes.subarray(from, end));
      if (keys.has(key)) return false;
      keys.add(key);
      this.#at = this.#reader.at + 1;
      if (!this.#value(path === '' ? key : `${path}.${key}`, false)) return false;
    } while (bytes[this.#at] === COMMA);
    if (bytes[this.#at] !== CLOSE_BRACE) return false;
    this.#at += 1;
    return true;
  }

  #elements(path: string): boolean {
    const bytes = this.#bytes;
    if (bytes[this.#at + 1] === CLOSE_BRACKET) {
      this.#at += 2;
      return true;
    }
    let index = 0;
    do {
      this.#at += 1;
      if (!this.#value(path === '' ? `${index}` : `${path}.${index}`, true)) return false;
      index += 1;
    } while (bytes[this.#at] === COMMA);
    if (bytes[this.#at] !== CLOSE_BRACKET) return false;
    this.#at += 1;
    return true;
  }
}
