/** A status document as CSV records in the guide's six columns. Quotes nothing: that is the CSV writer's work. */

import { isoText } from '../base/time.ts';
import type { StatusDocument, StatusRow } from '../ops/status.ts';
import { printable } from './printable.ts';
import { rowName } from './row-name.ts';
import { knownIsoText, valueText } from './value-text.ts';

export const STATUS_CSV_COLUMNS = ['timestamp', 'category', 'name', 'value', 'status', 'message'] as const;

/**
 * A spreadsheet runs a cell that begins with one of these, full-width ones too. (Tab and carriage return, which some skip
 * first, are gone by then.)
 */
const FORMULA_START = /^[=+\-@\uff1d\uff0b\uff0d\uff20]/;

/** A number in plain decimals, which is safe to begin with a sign. */
const NUMBER = /^-?[0-9]+(?:\.[0-9]+)?$/;

/**
 * The records, header first.
 *
 * The first row names the source, so that a snapshot of a replay does not pass for a live one. Unknown values are empty
 * cells. Texts that a spreadsheet would run begin with an apostrophe; control characters are shown, not kept.
 *
 * @param nowMs - wall clock of the snapshot: the timestamp of every row, RFC 3339 UTC
 */
export function statusCsvRecords(document: StatusDocument, nowMs: number): string[][] {
  const timestamp = isoText(nowMs);
  const rows = [sourceFields(document), ...document.rows.map(rowFields)];
  return [[...STATUS_CSV_COLUMNS], ...rows.map((fields) => [timestamp, ...fields.map(safeText)])];
}

function sourceFields({ source, savedAtMs, dataTimeMs }: StatusDocument): string[] {
  const liveness = source.kind === 'live' ? 'live' : 'not live';
  const data = dataTimeMs === null ? 'none' : isoText(dataTimeMs);
  const saved = knownIsoText(savedAtMs) ?? 'never';
  return ['source', source.kind, source.name, '', `${liveness}; saved ${saved}; last data ${data}`];
}

function rowFields(row: StatusRow): string[] {
  const { category, name } = rowName(row);
  return [category, name, valueText(row) ?? '', row.status ?? '', withOverride(row)];
}

/** A switch that operators changed says so behind its message. */
function withOverride({ message, override }: StatusRow): string {
  if (override === null) return message;
  const { configuredOn, untilMs, operator, reason } = override;
  const until = knownIsoText(untilMs);
  const why = reason === '' ? '' : ` (${reason})`;
  const changed = `config has ${configuredOn ? 'ON' : 'OFF'}; set by ${operator}${why}${until === null ? '' : ` until ${until}`}`;
  return message === '' ? changed : `${message}; ${changed}`;
}

/** @param text - a cell; shown, never run, whatever it begins with */
export function safeText(text: string): string {
  const shown = printable(text);
  return FORMULA_START.test(shown) && !NUMBER.test(shown) ? `'${shown}` : shown;
}
