/** Reads the few fields of control messages that matter, from text that a venue or anybody sent. Never throws; judges nothing. */

import type { Json, JsonObject } from '../../base/json.ts';
import type { ControlReply } from '../dialect.ts';

/** A reason is for people and stands in status rows. */
const MAX_REASON = 120;

export const OTHER: ControlReply = { kind: 'other' };

/** The object that this text is; null for anything else. */
export function objectOf(text: string): JsonObject | null {
  try {
    return asObject(JSON.parse(text) as Json);
  } catch {
    return null;
  }
}

export function asObject(value: Json | undefined): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
}

/** The objects in an array; empty for anything else. */
export function objectsOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.map(asObject).filter((item) => item !== null) : [];
}

export function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

/** The texts in an array; empty for anything else. */
export function textsOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** A request id as we sent it, as a number or as digits. */
export function idOf(value: Json | undefined): number | null {
  const id = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof id === 'number' && Number.isSafeInteger(id) ? id : null;
}

/** The first that is text, cut short and on one line; never empty. */
export function reasonOf(...values: readonly (Json | undefined)[]): string {
  const said = values.map(textOf).find((text) => text !== null && text !== '') ?? 'no reason given';
  return said.replace(/\s+/g, ' ').slice(0, MAX_REASON);
}
